package vastaisim

import (
	_ "embed"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

type noun = simkit.Noun[endpoint]

// newNouns lists the parts of the API. Resets follow this order.
func (s *Sim) newNouns() simkit.Nouns[endpoint] {
	return simkit.Nouns[endpoint]{s.accountNoun(), s.keyNoun(), s.templateNoun(), s.instanceNoun(), s.priceIncreaseNoun(), s.volumeNoun(), s.marketNoun()}
}

// handler answers a request; a refusal that is not nil counts alone.
type handler func(*call) (any, *refusal)

// endpoint is what belongs to an operation.
type endpoint struct {
	access   access
	interval float64 // smallest interval between two calls, seconds; 0 is none
	handle   handler // nil for an operation that is not simulated
}

type route = simkit.Route[endpoint]

// on is an operation that needs a key.
func on(method, path, operation string, handle handler) route {
	return route{Method: method, Path: path, Operation: operation, Handle: endpoint{access: keyed, handle: handle}}
}

// onList is an operation that answers with a list.
func onList(method, path, operation string, handle handler) route {
	r := on(method, path, operation, handle)
	r.List = true
	return r
}

// to changes who may call an operation.
func (a access) to(r route) route {
	r.Handle.access = a
	return r
}

// published are the operations of the service, each with the interval between
// two calls that its documents state: verb, path, seconds, "-" where they state
// none. Those that no noun registers answer 501.
//
//go:embed operations.tsv
var published string

// newRouter registers the nouns, and what is published besides.
func newRouter(nouns simkit.Nouns[endpoint]) *simkit.Router[endpoint] {
	type operation struct {
		method, path string
		interval     float64
	}
	var all []operation
	for line := range strings.Lines(published) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		seconds, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			seconds = 0 // "-"
		}
		all = append(all, operation{fields[0], fields[1], seconds})
	}
	router := &simkit.Router[endpoint]{}
	for _, n := range nouns {
		for _, r := range n.Routes {
			i := slices.IndexFunc(all, func(o operation) bool { return o.method == r.Method && simkit.SameTemplate(o.path, r.Path) })
			if i >= 0 {
				r.Handle.interval = all[i].interval
			}
			router.Register(r)
		}
	}
	for _, o := range all {
		if !router.Has(o.method, o.path) {
			router.Register(route{Method: o.method, Path: o.path, Handle: endpoint{interval: o.interval}})
		}
	}
	return router
}

// find is the route of a request. A slash at the end makes no difference.
func (s *Sim) find(r *http.Request) (found *route, ids, allowed []string) {
	return s.router.Find(r.Method, strings.TrimRight(r.URL.EscapedPath(), "/"))
}

func (s *Sim) resolve(r *http.Request) string {
	if found, _, _ := s.find(r); found != nil {
		return found.Operation
	}
	return ""
}

// number is the nth id of the path; ok is false when it is no number.
func (c *call) number(n int) (id int64, ok bool) {
	id, err := strconv.ParseInt(c.ids[n], 10, 64)
	return id, err == nil
}

// key is how a table knows an id.
func key(id int64) string { return strconv.FormatInt(id, 10) }
