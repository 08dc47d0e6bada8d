package transport

import (
	"net/http"
	"net/url"
	"time"
)

// Repeat says whether an operation may be sent again after a failure.
type Repeat int

// How an operation may be repeated.
const (
	// Never: one attempt, whatever happens.
	Never Repeat = iota
	// IfNotSent: again only when it is certain that the platform did not execute
	// it, because no connection came about or because it was refused for its rate.
	// Creates are of this kind; any other failure is Ambiguous.
	IfNotSent
	// Safe: again after any transient failure; reads, and writes that say how
	// things shall be.
	Safe
)

// Op is one call of a platform's API.
type Op struct {
	// Name is the operation's name in the platform's API document: createPod.
	Name string
	// Method is the HTTP verb.
	Method string
	// Path begins with a slash and is escaped; it has no query.
	Path string
	// Route is the path with placeholders, for quotas kept per route; "" is Path.
	Route string
	// Query is the query, nil for none. It never holds a secret.
	Query url.Values
	// Body is marshalled as JSON; nil sends none.
	Body any
	// Repeat says whether the call may be repeated.
	Repeat Repeat
	// Interval is the least time between two calls of the operation, where the
	// platform names one; 0 where it does not.
	Interval time.Duration
	// Patience is how long one attempt may take, in real time; 0 is two minutes
	// for what is Safe, within what is left of the deadline, and five for the rest.
	Patience time.Duration
}

// Reply is an answer as it came: status, header and the whole capped body.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// route is the key of quotas kept per route.
func (o Op) route() string {
	if o.Route != "" {
		return o.Method + " " + o.Route
	}
	return o.Method + " " + o.Path
}
