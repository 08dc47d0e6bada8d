package runpodsim

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Sim is the simulated platform: an [http.Handler] with one account. It is
// safe for concurrent use.
type Sim struct {
	kit     *simkit.Kit
	options Options
	routes  []route
	handler http.Handler

	mu  sync.Mutex
	now time.Time // up to when everything has been played
	rnd *rand.Rand

	catalog    catalog
	hosts      []*machine
	shelves    map[shelf]*stock
	pods       []*pod
	volumes    []*volume
	templates  []*template
	registries []*registryOut
	keys       []string
	installed  int             // pods ever created
	gone       []simkit.Charge // of objects that no longer exist
	spent      float64         // by objects that no longer exist, USD
	broke      bool            // the balance has reached zero
	quota      quota
}

// New returns a platform in its initial state.
func New(options Options) *Sim {
	s := &Sim{kit: options.Kit, options: options.withDefaults()}
	s.routes = s.newRoutes()
	s.handler = s.kit.Wrap(simkit.Platform{
		Name: Name, Operations: s.operations(), Resolve: s.resolve, IsList: s.isList, Refuse: injected,
	}, http.HandlerFunc(s.serve))
	s.Reset()
	return s
}

// ServeHTTP answers a request of the API.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Reset returns to the initial state.
func (s *Sim) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.kit.Now()
	s.rnd = s.kit.Rand(Name)
	s.catalog = newCatalog(s.options.Catalog)
	s.stockUp()
	s.pods, s.volumes, s.registries, s.keys = nil, nil, nil, []string{}
	s.templates = publicTemplates()
	s.gone, s.spent, s.broke, s.quota, s.installed = nil, 0, false, quota{}, 0
}

// LoadCatalog replaces parts of the catalog and resets the platform; later
// resets keep it.
func (s *Sim) LoadCatalog(c *Catalog) {
	s.mu.Lock()
	s.options.Catalog = c
	s.mu.Unlock()
	s.Reset()
}

// call is one request on its way to a handler.
type call struct {
	r     *http.Request
	id    string // of the path
	query url.Values
	body  []byte
}

// stream is a body that is no JSON object.
type stream struct {
	contentType string
	header      http.Header
	body        []byte
}

// serve checks a request in the documented order and answers it.
func (s *Sim) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		badRequest("request could not be processed").write(w)
		return
	}
	status, answer, p := s.answer(w.Header(), &call{r: r, body: body, query: r.URL.Query()})
	if p != nil {
		p.write(w)
		return
	}
	switch answer := answer.(type) {
	case nil:
		w.WriteHeader(status)
	case stream:
		for key, values := range answer.header {
			w.Header()[key] = values
		}
		simkit.Write(w, status, answer.contentType, answer.body)
	default:
		simkit.WriteJSON(w, status, answer)
	}
}

// answer works one request out. What it returns is no longer changed by later
// requests, so that it can be written without holding the lock.
func (s *Sim) answer(header http.Header, c *call) (int, any, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())

	token, ok := simkit.Bearer(c.r)
	switch {
	case !ok:
		return 0, nil, refuse(http.StatusUnauthorized, "missing bearer token")
	case !s.kit.KeyOK(token):
		return 0, nil, refuse(http.StatusUnauthorized, "invalid bearer token")
	}
	if s.kit.QuotaDocumented() {
		p := s.quota.take(s.now)
		s.quota.headers(s.now, header)
		if p != nil {
			return 0, nil, p
		}
	}
	return s.dispatch(c)
}

// dispatch finds the route, checks the body against its schema and runs it.
func (s *Sim) dispatch(c *call) (int, any, *problem) {
	found, id, allowed := s.find(c.r)
	switch {
	case found == nil && len(allowed) > 0:
		p := refuse(http.StatusMethodNotAllowed, "The requested method is not allowed for this path.")
		p.header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
		return 0, nil, p
	case found == nil && s.options.UnknownRoute422:
		return 0, nil, refuse(http.StatusUnprocessableEntity, "%s Path '%s' not found", c.r.Method, c.r.URL.Path)
	case found == nil:
		return 0, nil, refuse(http.StatusNotFound, "The requested path was not found.")
	}
	c.id = id
	return found.handle(c)
}

// handler answers a request; a problem that is not nil counts alone.
type handler func(*call) (status int, answer any, p *problem)

// route is one operation.
type route struct {
	method    string
	segments  []string // "{id}" matches any
	operation string
	list      bool
	handle    handler
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

func (s *Sim) newRoutes() []route {
	sc := newSchemas()
	var routes []route
	add := func(method, path, operation string, list bool, h handler) {
		routes = append(routes, route{method, strings.Split(path[1:], "/"), operation, list, h})
	}
	const get, post, patch, put, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete
	add(get, "/v2/account/ssh-keys", "getSshKeys", true, s.getKeys)
	add(put, "/v2/account/ssh-keys", "updateSshKeys", false, body(sc.keys, s.putKeys))
	add(get, "/v2/pods", "listPods", true, s.listPods)
	add(post, "/v2/pods", "createPod", false, body(sc.createPod, s.createPod))
	add(get, "/v2/pods/{id}", "getPod", false, s.getPod)
	add(patch, "/v2/pods/{id}", "updatePod", false, body(sc.updatePod, s.updatePod))
	add(del, "/v2/pods/{id}", "deletePod", false, s.deletePod)
	add(get, "/v2/pods/{id}/logs", "getPodLogs", false, s.podLogs)
	add(post, "/v2/pods/{id}/action", "podAction", false, body(sc.action, s.podAction))
	add(get, "/v2/templates", "listTemplates", true, s.listTemplates)
	add(post, "/v2/templates", "createTemplate", false, body(sc.createTemplate, s.createTemplate))
	add(get, "/v2/templates/{id}", "getTemplate", false, s.getTemplate)
	add(patch, "/v2/templates/{id}", "updateTemplate", false, body(sc.updateTemplate, s.updateTemplate))
	add(del, "/v2/templates/{id}", "deleteTemplate", false, s.deleteTemplate)
	add(get, "/v2/network-volumes", "listNetworkVolumes", true, s.listVolumes)
	add(post, "/v2/network-volumes", "createNetworkVolume", false, body(sc.createVolume, s.createVolume))
	add(get, "/v2/network-volumes/{id}", "getNetworkVolume", false, s.getVolume)
	add(patch, "/v2/network-volumes/{id}", "updateNetworkVolume", false, body(sc.updateVolume, s.updateVolume))
	add(del, "/v2/network-volumes/{id}", "deleteNetworkVolume", false, s.deleteVolume)
	add(get, "/v2/registries", "listRegistries", true, s.listRegistries)
	add(post, "/v2/registries", "createRegistry", false, body(sc.createRegistry, s.createRegistry))
	add(get, "/v2/registries/{id}", "getRegistry", false, s.getRegistry)
	add(del, "/v2/registries/{id}", "deleteRegistry", false, s.deleteRegistry)
	add(get, "/v2/catalog/gpus", "listGpuTypes", true, s.listGPUTypes)
	add(get, "/v2/catalog/gpus/{id}", "getGpuType", false, s.getGPUType)
	add(get, "/v2/catalog/cpus", "listCpuTypes", true, s.listCPUTypes)
	add(get, "/v2/catalog/cpus/{id}", "getCpuType", false, s.getCPUType)
	add(get, "/v2/catalog/datacenters", "listDataCenters", true, s.listDataCenters)
	add(get, "/v2/catalog/datacenters/{id}", "getDataCenter", false, s.getDataCenter)
	add(get, "/v2/catalog/templates", "listPublicTemplates", true, s.listPublicTemplates)
	// An account without clusters, endpoints and delegations.
	add(get, "/v2/clusters", "listClusters", true, nothing("clusters"))
	add(get, "/v2/serverless", "listEndpoints", true, nothing("endpoints"))
	add(get, "/v2/registries/delegations", "listDelegations", true, nothing("delegations"))
	return routes
}

// nothing is the list of objects of a kind that cannot be created here.
func nothing(key string) handler {
	return func(*call) (int, any, *problem) { return http.StatusOK, map[string]any{key: []any{}}, nil }
}

// find matches literal paths before those with an id. allowed lists the verbs
// of the path when the request's is none of them.
func (s *Sim) find(r *http.Request) (found *route, id string, allowed []string) {
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	literal := false
	for i := range s.routes {
		value, matches := s.routes[i].match(segments)
		if !matches || (literal && value != "") {
			continue
		}
		if value == "" && !literal {
			literal, found, allowed = true, nil, nil
		}
		allowed = append(allowed, s.routes[i].method)
		if s.routes[i].method == r.Method {
			found, id = &s.routes[i], value
		}
	}
	return found, id, allowed
}

func (r *route) match(segments []string) (id string, ok bool) {
	if len(segments) != len(r.segments) {
		return "", false
	}
	for i, want := range r.segments {
		if want == "{id}" {
			value, err := url.PathUnescape(segments[i])
			if err != nil || value == "" {
				return "", false
			}
			id = value
		} else if segments[i] != want {
			return "", false
		}
	}
	return id, true
}

func (s *Sim) resolve(r *http.Request) string {
	if found, _, _ := s.find(r); found != nil {
		return found.operation
	}
	return ""
}

func (s *Sim) isList(operation string) bool {
	return slices.ContainsFunc(s.routes, func(r route) bool { return r.list && r.operation == operation })
}

func (s *Sim) operations() []string {
	var names []string
	for _, r := range s.routes {
		names = append(names, r.operation)
	}
	return names
}
