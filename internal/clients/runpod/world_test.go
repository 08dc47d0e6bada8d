package runpod_test

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/contract"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// boot is how long a pod takes from create to RUNNING in these tests.
const boot = 20 * time.Second

const rtx4090 = "NVIDIA GeForce RTX 4090"

// world is an account on the simulator and its client, on one virtual clock. The
// traffic is held against the published document.
type world struct {
	*runpod.Client
	t       testing.TB
	kit     *simkit.Kit
	sim     *runpodsim.Sim
	baseURL string
}

func newWorld(t testing.TB, options ...func(*simkit.Options, *runpodsim.Options)) *world {
	t.Helper()
	kit := simkit.Options{Clock: clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)), Boot: boot, Seed: 1}
	var sim runpodsim.Options
	for _, option := range options {
		option(&kit, &sim)
	}
	w := &world{t: t, kit: simkit.New(kit)}
	sim.Kit = w.kit
	w.sim = runpodsim.New(sim)
	server := httptest.NewServer(contract.RunPod(t, w.sim))
	t.Cleanup(server.Close)
	w.baseURL = server.URL
	w.Client = w.client(w.kit.APIKey())
	return w
}

// client is another client of the same platform.
func (w *world) client(key string) *runpod.Client {
	w.t.Helper()
	client, err := runpod.New(runpod.Config{APIKey: key, BaseURL: w.baseURL, UserAgent: "test", Clock: w.kit.Clock()})
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

func request() wire.CreatePodRequest {
	image, disk := "runpod/base:1.0.2", 20
	return wire.CreatePodRequest{
		Name: "p", Image: &image, Disk: &disk, GPU: &wire.CreatePodGPU{ID: rtx4090, Count: 1},
		Env: map[string]string{"A": "1"}, Ports: []string{"22/tcp"},
	}
}

func (w *world) create() *wire.Pod {
	w.t.Helper()
	pod, err := w.Pods.Create(w.t.Context(), request())
	if err != nil {
		w.t.Fatal(err)
	}
	return pod
}

// running is a pod that has booted.
func (w *world) running() *wire.Pod {
	w.t.Helper()
	pod := w.create()
	w.kit.Advance(boot)
	return w.get(pod.ID)
}

func (w *world) get(id string) *wire.Pod {
	w.t.Helper()
	pod, err := w.Pods.Get(w.t.Context(), id, transport.Freshness{NotBefore: w.kit.Now()})
	if err != nil {
		w.t.Fatal(err)
	}
	return pod
}

func (w *world) fault(f simkit.Fault) {
	w.t.Helper()
	if err := w.kit.Fault(f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) market(a simkit.MarketAction) {
	w.t.Helper()
	if err := w.sim.Market(a); err != nil {
		w.t.Fatal(err)
	}
}

// requests counts what do sends, by operation.
func (w *world) requests(do func()) map[string]int {
	w.t.Helper()
	before := len(w.kit.Journal(0))
	do()
	sent := map[string]int{}
	for _, entry := range w.kit.Journal(before) {
		sent[entry.Operation]++
	}
	return sent
}

// exist is how many pods there are, whatever the API says.
func (w *world) exist() int {
	w.t.Helper()
	text, err := json.Marshal(w.sim.State())
	if err != nil {
		w.t.Fatal(err)
	}
	var state struct {
		Pods []json.RawMessage `json:"pods"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		w.t.Fatal(err)
	}
	return len(state.Pods)
}

// wantKind wants an error of a kind, and none of NotFound unless that is it; ""
// wants none.
func wantKind(t testing.TB, what string, err error, kind apierr.Kind) {
	t.Helper()
	switch {
	case kind == "" && err != nil, kind != "" && apierr.KindOf(err) != kind:
		t.Errorf("%s: %v, want %q", what, err, kind)
	case kind != apierr.NotFound && errors.Is(err, apierr.NotFound):
		t.Errorf("%s: %v passes for not found", what, err)
	}
}
