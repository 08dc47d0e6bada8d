package runpodsim

import (
	"bytes"
	_ "embed"
	"net/http"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

type noun = simkit.Noun[handler]

// newNouns lists the parts of the API. Resets follow this order.
func (s *Sim) newNouns() simkit.Nouns[handler] {
	return simkit.Nouns[handler]{s.catalogNoun(), s.keyNoun(), s.registryNoun(), s.templateNoun(), s.volumeNoun(), s.podNoun(), emptyNoun()}
}

// emptyNoun are the kinds of which this account has nothing, because they cannot
// be created here.
func emptyNoun() noun {
	return noun{Routes: []route{
		onList("/v2/clusters", "listClusters", nothing("clusters")),
		onList("/v2/serverless", "listEndpoints", nothing("endpoints")),
		onList("/v2/registries/delegations", "listDelegations", nothing("delegations")),
	}}
}

func nothing(key string) handler {
	return func(*call) (int, any, *problem) { return http.StatusOK, map[string]any{key: []any{}}, nil }
}

// handler answers a request; a problem that is not nil counts alone.
type handler func(*call) (status int, answer any, p *problem)

// route is one operation; its handler is nil when it is not simulated.
type route = simkit.Route[handler]

func on(method, path, operation string, h handler) route {
	return route{Method: method, Path: path, Operation: operation, Handle: h}
}

// onList is an operation that answers with an object of one list, in pages when
// the options say so.
func onList(path, operation string, h handler) route {
	r := on(http.MethodGet, path, operation, h)
	r.List = true
	return r
}

// body makes a handler of a function that takes a decoded body.
func body[T any](schema *rule, handle func(*call, T) (int, any, *problem)) handler {
	return func(c *call) (int, any, *problem) {
		var in T
		if len(bytes.TrimSpace(c.body)) == 0 {
			return 0, nil, badRequest("request could not be processed")
		}
		if p := schema.parse(c.body, &in); p != nil {
			return 0, nil, p
		}
		return handle(c, in)
	}
}

// published are the operations of the service: verb and path. Those that no noun
// registers answer 501.
//
//go:embed operations.tsv
var published string

// newRouter registers the nouns, and what is published besides.
func newRouter(nouns simkit.Nouns[handler]) *simkit.Router[handler] {
	router := &simkit.Router[handler]{}
	for _, n := range nouns {
		router.Register(n.Routes...)
	}
	for line := range strings.Lines(published) {
		method, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if !router.Has(method, path) {
			router.Register(route{Method: method, Path: path})
		}
	}
	return router
}
