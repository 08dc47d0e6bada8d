package simkit_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func start() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC) }

// toy is a marketplace that counts the things it made.
type toy struct {
	name    string
	handler http.Handler
	made    atomic.Int64
	resets  atomic.Int64
	market  func(simkit.MarketAction) error
}

func newToy(kit *simkit.Kit, name string) *toy {
	t := &toy{name: name}
	mux := http.NewServeMux()
	operations := map[string]string{"GET /things": "listThings", "GET /things/{id}": "getThing", "POST /things": "createThing"}
	mux.HandleFunc("GET /things", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"things":["a","b"],"total":2}`)
	})
	mux.HandleFunc("GET /things/{id}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"id":"a","tags":["x"]}`)
	})
	mux.HandleFunc("POST /things", func(w http.ResponseWriter, r *http.Request) {
		t.made.Add(1)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.Copy(w, r.Body)
	})
	t.handler = kit.Wrap(simkit.Platform{
		Name: name, Operations: []string{"listThings", "getThing", "createThing"},
		Resolve: func(r *http.Request) string {
			_, pattern := mux.Handler(r)
			return operations[pattern]
		},
		IsList: func(operation string) bool { return operation == "listThings" },
		Refuse: func(w http.ResponseWriter, _ *http.Request, status int) {
			simkit.WriteJSON(w, status, map[string]int{"code": status})
		},
	}, mux)
	return t
}

func (t *toy) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.handler.ServeHTTP(w, r) }
func (t *toy) State() any                                       { return map[string]any{"made": t.made.Load()} }

func (t *toy) Ports() []simkit.Port {
	return []simkit.Port{{Public: 1, Private: "22/tcp", Owner: t.name}}
}
func (t *toy) Reset() { t.resets.Add(1) }

func (t *toy) Market(a simkit.MarketAction) error {
	if t.market == nil {
		return fmt.Errorf("%w: a toy", simkit.ErrNotApplicable)
	}
	return t.market(a)
}

func (t *toy) Ledger() []simkit.Charge {
	return []simkit.Charge{{Platform: t.name, Kind: "thing", ID: "a", Component: "air", USD: 1}}
}

// world is a toy behind a server.
type world struct {
	t     *testing.T
	kit   *simkit.Kit
	clock *clocktest.Leaping
	toy   *toy
	url   string
}

func newWorld(t *testing.T, options simkit.Options) *world {
	t.Helper()
	w := &world{t: t, clock: clocktest.NewLeaping(start())}
	options.Clock = w.clock
	w.kit = simkit.New(options)
	w.toy = newToy(w.kit, "runpod")
	server := httptest.NewServer(w.toy)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) fault(f simkit.Fault) {
	w.t.Helper()
	if err := w.kit.Fault(f); err != nil {
		w.t.Fatal(err)
	}
}

// answer is what a client saw: a status and a body, or a broken connection.
type answer struct {
	status int
	body   string
	broken bool
	header http.Header
}

func (w *world) ask(method, path, body string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	// A transport of one request: a client would repeat one that failed on a
	// connection it used before.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return answer{broken: true}
		}
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{status: resp.StatusCode, body: string(got), header: resp.Header}
}
