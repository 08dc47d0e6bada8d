package simkit

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Route is one operation of an API. H is what a platform keeps with it: how it
// is answered, who may call it.
type Route[H any] struct {
	// Method is the HTTP verb.
	Method string
	// Path is the template: a segment in braces, "{id}", matches any value.
	Path string
	// Operation is the operationId; "" for a path that is only known by its path.
	Operation string
	// List tells that the operation answers with a list.
	List bool
	// Handle is the platform's own part.
	Handle H

	segments []string
}

// Router finds the route of a request. Literal segments go before variable ones,
// so that no route with an id swallows a path that has a name of its own.
type Router[H any] struct{ routes []Route[H] }

// Register adds the routes of a noun.
func (r *Router[H]) Register(routes ...Route[H]) {
	for _, route := range routes {
		route.segments = pathSegments(route.Path)
		r.routes = append(r.routes, route)
	}
}

func pathSegments(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

// Find is the route of a method and an escaped path, with the values of the
// variable segments, unescaped. When the path is known with other verbs only,
// found is nil and allowed lists them.
func (r *Router[H]) Find(method, path string) (found *Route[H], ids, allowed []string) {
	segments := pathSegments(path)
	fewest := len(segments) + 1
	for i := range r.routes {
		candidate := &r.routes[i]
		values, ok := candidate.match(segments)
		if !ok || len(values) > fewest {
			continue
		}
		if len(values) < fewest {
			fewest, found, ids, allowed = len(values), nil, nil, nil
		}
		allowed = append(allowed, candidate.Method)
		if candidate.Method == method {
			found, ids = candidate, values
		}
	}
	return found, ids, allowed
}

// Has tells whether a route is registered for exactly this template.
func (r *Router[H]) Has(method, path string) bool {
	return slices.ContainsFunc(r.routes, func(o Route[H]) bool { return o.Method == method && SameTemplate(o.Path, path) })
}

// SameTemplate compares two templates whatever their variables are called.
func SameTemplate(a, b string) bool {
	return slices.EqualFunc(pathSegments(a), pathSegments(b), func(x, y string) bool { return x == y || variable(x) && variable(y) })
}

func variable(segment string) bool { return strings.HasPrefix(segment, "{") }

func (r *Route[H]) match(segments []string) (ids []string, ok bool) {
	if len(segments) != len(r.segments) {
		return nil, false
	}
	for i, want := range r.segments {
		if !variable(want) {
			if segments[i] != want {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		ids = append(ids, value)
	}
	return ids, true
}

// Resolve names the operation of a request, "" when there is none.
func (r *Router[H]) Resolve(request *http.Request) string {
	if found, _, _ := r.Find(request.Method, request.URL.EscapedPath()); found != nil {
		return found.Operation
	}
	return ""
}

// IsList tells whether an operation answers with a list.
func (r *Router[H]) IsList(operation string) bool {
	return slices.ContainsFunc(r.routes, func(o Route[H]) bool { return o.List && o.Operation == operation })
}

// Operations are the names of all operations, each once, in alphabetical order.
func (r *Router[H]) Operations() []string {
	var names []string
	for _, o := range r.routes {
		if o.Operation != "" {
			names = append(names, o.Operation)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Routes are all routes, in the order they were registered.
func (r *Router[H]) Routes() []Route[H] { return r.routes }
