package vastaisim

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Sim is the simulated platform: an [http.Handler] with one account. It is
// safe for concurrent use.
type Sim struct {
	kit     *simkit.Kit
	opt     Options
	nouns   simkit.Nouns[endpoint]
	router  *simkit.Router[endpoint]
	handler http.Handler

	mu     sync.Mutex
	now    time.Time // up to when everything has been played
	opened time.Time // when the market began
	rnd    *rand.Rand
	file   []row // offers that replace the built-in market; nil keeps it

	machineID, gpuID, askID, contractID, keyID, templateID int64

	machines  []*machine
	asks      map[int64]*ask
	instances *simkit.Table[*instance]
	destroyed []*instance // still listed
	volumes   *simkit.Table[*volume]
	templates *simkit.Table[*template]
	keys      *simkit.Table[*sshKey]
	gone      []simkit.Charge // of objects that no longer exist
	spent     float64         // by objects that no longer exist, USD
	broke     bool            // the credit has reached zero
	quota     quota
}

// userID is the account's id.
const userID = 301_877

// New returns a platform in its initial state.
func New(options Options) *Sim {
	s := &Sim{
		kit: options.Kit, opt: options.withDefaults(), asks: map[int64]*ask{},
		instances: simkit.NewTable(func(i *instance) string { return key(i.id) }),
		volumes:   simkit.NewTable(func(v *volume) string { return key(v.id) }),
		templates: simkit.NewTable(func(t *template) string { return key(t.id()) }),
		keys:      simkit.NewTable(func(k *sshKey) string { return key(k.id) }),
	}
	s.nouns = s.newNouns()
	s.router = newRouter(s.nouns)
	s.handler = s.kit.Wrap(simkit.Platform{
		Name: Name, Operations: s.router.Operations(), Resolve: s.resolve, IsList: s.router.IsList, Empty: emptied, Refuse: injected,
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
	s.reset()
}

func (s *Sim) reset() {
	s.now = s.kit.Now()
	s.opened = s.now
	s.rnd = s.kit.Rand(Name)
	s.machineID, s.gpuID, s.askID, s.contractID = 20_000, 90_000, 24_000_000, 31_000_000
	s.keyID, s.templateID = 410_000, 334_000
	s.gone, s.spent, s.broke, s.quota = nil, 0, false, quota{}
	s.nouns.Reset()
}

// step moves an id counter by a few, as if others used the service too.
func (s *Sim) step(counter *int64) int64 {
	*counter += 1 + int64(s.rnd.IntN(7))
	return *counter
}

func (s *Sim) nextMachineID() int64  { return s.step(&s.machineID) }
func (s *Sim) nextGPUID() int64      { return s.step(&s.gpuID) }
func (s *Sim) nextAskID() int64      { return s.step(&s.askID) }
func (s *Sim) nextContractID() int64 { return s.step(&s.contractID) }

// addMachine puts a machine on the market with every slice it can offer.
func (s *Sim) addMachine(m *machine) {
	s.machines = append(s.machines, m)
	s.relist(m)
}

// call is one request on its way to a handler.
type call struct {
	ids       []string // of the path
	query     url.Values
	body      row
	anonymous bool
}

// serve answers one request.
func (s *Sim) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		bare("invalid_request", "Invalid json body").write(w)
		return
	}
	answer, bad := s.answer(r, body)
	if bad != nil {
		bad.write(w)
		return
	}
	simkit.WriteJSON(w, http.StatusOK, answer)
}

// answer works one request out. What it returns is no longer changed by later
// requests, so that it can be written without holding the lock.
func (s *Sim) answer(r *http.Request, body []byte) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())

	found, ids, allowed := s.find(r)
	switch {
	case found == nil && len(allowed) > 0:
		return nil, plain(http.StatusMethodNotAllowed, "405: Method Not Allowed")
	case found == nil:
		return nil, plain(http.StatusNotFound, "404: Not Found")
	}
	anonymous, bad := s.admit(r, found.Handle.access)
	if bad != nil {
		return nil, bad
	}
	if s.kit.QuotaDocumented() {
		if bad := s.quota.take(s.now, found); bad != nil {
			return nil, bad
		}
	}
	c := &call{ids: ids, query: r.URL.Query(), body: row{}, anonymous: anonymous}
	if len(bytes.TrimSpace(body)) > 0 && r.Method != http.MethodGet {
		if json.Unmarshal(body, &c.body) != nil || c.body == nil {
			return nil, bare("invalid_request", "Invalid json body")
		}
	}
	if found.Handle.handle == nil {
		return nil, refused(http.StatusNotImplemented, "not_simulated", "The simulator does not simulate %s %s.", found.Method, found.Path)
	}
	return found.Handle.handle(c)
}

// emptied takes the items out of a list's body. The counts go with them: a list
// that contradicted itself would be told from an empty account.
func emptied(operation string, body []byte) []byte {
	switch operation {
	case "showInstances":
		return []byte(`{"success":true,"instances_found":0,"total_instances":0,"label_counts":{},"next_token":null,"instances":[]}`)
	case "searchTemplates":
		return []byte(`{"success":true,"templates_found":0,"templates":[]}`)
	case "showSshKeys":
		return []byte(`{"success":true,"ssh_keys":"[]"}`)
	default:
		return simkit.EmptyArrays(body)
	}
}
