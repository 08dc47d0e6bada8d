package runpodsim

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
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
	nouns   simkit.Nouns[handler]
	router  *simkit.Router[handler]
	handler http.Handler

	mu  sync.Mutex
	now time.Time // up to when everything has been played
	rnd *rand.Rand

	catalog    catalog
	hosts      []*machine
	shelves    map[shelf]*stock
	pods       *simkit.Table[*pod]
	volumes    *simkit.Table[*volume]
	templates  *simkit.Table[*template]
	registries *simkit.Table[*registryOut]
	keys       []string
	installed  int             // pods ever created
	gone       []simkit.Charge // of objects that no longer exist
	spent      float64         // by objects that no longer exist, USD
	broke      bool            // the balance has reached zero
	quota      quota
}

// New returns a platform in its initial state.
func New(options Options) *Sim {
	s := &Sim{
		kit: options.Kit, options: options.withDefaults(),
		pods:       simkit.NewTable(func(p *pod) string { return p.id }),
		volumes:    simkit.NewTable(func(v *volume) string { return v.ID }),
		templates:  simkit.NewTable(func(t *template) string { return t.ID }),
		registries: simkit.NewTable(func(r *registryOut) string { return r.ID }),
	}
	s.nouns = s.newNouns()
	s.router = newRouter(s.nouns)
	s.handler = s.kit.Wrap(simkit.Platform{
		Name: Name, Operations: s.router.Operations(), Resolve: s.router.Resolve, IsList: s.router.IsList, Refuse: injected,
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
	s.gone, s.spent, s.broke, s.quota, s.installed = nil, 0, false, quota{}, 0
	s.nouns.Reset()
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
	found, ids, allowed := s.router.Find(c.r.Method, c.r.URL.EscapedPath())
	switch {
	case found == nil && len(allowed) > 0:
		p := refuse(http.StatusMethodNotAllowed, "The requested method is not allowed for this path.")
		p.header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
		return 0, nil, p
	case found == nil && s.options.UnknownRoute422:
		return 0, nil, refuse(http.StatusUnprocessableEntity, "%s Path '%s' not found", c.r.Method, c.r.URL.Path)
	case found == nil:
		return 0, nil, refuse(http.StatusNotFound, "The requested path was not found.")
	case found.Handle == nil:
		return 0, nil, refuse(http.StatusNotImplemented, "The simulator does not simulate %s %s.", found.Method, found.Path)
	}
	if len(ids) > 0 {
		c.id = ids[0]
	}
	status, answer, p := found.Handle(c)
	if p != nil || !found.List {
		return status, answer, p
	}
	answer, p = s.paginate(c, found.Operation, answer)
	return status, answer, p
}
