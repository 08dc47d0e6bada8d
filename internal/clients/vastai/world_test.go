package vastai_test

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/contract"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// world is a client and the simulated platform it talks to, on one clock. What
// passes between them is held against the published document.
type world struct {
	*sim.World
	tb     testing.TB
	clock  *clocktest.Leaping
	client *vastai.Client
	url    string
}

func newWorld(tb testing.TB, options ...func(*vastaisim.Options)) *world {
	tb.Helper()
	w := &world{tb: tb, clock: clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))}
	w.World = sim.New(sim.Options{
		// With a latency time passes between two requests, as it does outside of tests.
		Clock: w.clock, Seed: 7, Quota: simkit.QuotaDocumented, Latency: 20 * time.Millisecond,
		Vastai: func(o *vastaisim.Options) {
			for _, set := range options {
				set(o)
			}
		},
	})
	server := httptest.NewServer(contract.Vastai(tb, w.Vastai))
	tb.Cleanup(server.Close)
	w.url = server.URL
	w.client = w.newClient(simkit.DefaultAPIKey)
	return w
}

func (w *world) newClient(key string) *vastai.Client {
	w.tb.Helper()
	client, err := vastai.New(vastai.Config{APIKey: key, BaseURL: w.url, UserAgent: "test", Clock: w.clock})
	if err != nil {
		w.tb.Fatal(err)
	}
	return client
}

// fault makes an operation answer a status and a body, times times; 0 is always.
func (w *world) fault(operation string, times, status int, body string) {
	w.tb.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.tb.Fatal(err)
	}
	w.do(simkit.Fault{Operation: operation, Kind: simkit.Status, Status: status, Body: text, Times: times})
}

func (w *world) do(f simkit.Fault) {
	w.tb.Helper()
	f.Platform = vastaisim.Name
	if err := w.Fault(f); err != nil {
		w.tb.Fatal(err)
	}
}

// calls counts the requests of an operation so far.
func (w *world) calls(operation string) int {
	count := 0
	for _, e := range w.Journal(0) {
		if e.Operation == operation && e.Status != 429 { // one that was let through
			count++
		}
	}
	return count
}

// cheapest are queries for offers that can be rented.
func cheapest(limit int) wire.Query {
	return wire.Query{
		"verified": map[string]any{"neq": nil}, "rentable": map[string]any{"eq": true}, "rented": map[string]any{"neq": nil}, "num_gpus": map[string]any{"eq": 1},
		"disk_space": map[string]any{"gte": 10}, "order": [][]string{{"dph_total", "asc"}}, "limit": limit, "type": "on-demand",
	}
}

func rental() wire.CreateInstanceRequest {
	image, label := "nvidia/cuda:12.4.1-base-ubuntu22.04", "test"
	return wire.CreateInstanceRequest{
		Image: &image, Disk: 10, Label: &label, Env: map[string]string{"A": "1", "-p 8080:8080": "1"}, CancelUnavail: true,
	}
}

// rent rents n instances of a GPU each and returns their ids.
func (w *world) rent(n int) []int64 {
	w.tb.Helper()
	var rented []int64
	for before := -1; len(rented) < n; {
		if before == len(rented) {
			w.tb.Fatalf("rented %d of %d", len(rented), n)
		}
		before = len(rented)
		// What is left of a machine is offered anew, under other ids.
		offers, err := w.client.Offers.Search(w.tb.Context(), cheapest(n-before))
		if err != nil {
			w.tb.Fatal(err)
		}
		for _, offer := range offers {
			id, err := w.client.Instances.Create(w.tb.Context(), offer.ID, rental())
			switch {
			case apierr.KindOf(err) == apierr.NoCapacity: // shares its GPU with one rented before
			case err != nil:
				w.tb.Fatal(err)
			default:
				rented = append(rented, id)
			}
		}
	}
	slices.Sort(rented)
	return rented
}

func ids(instances []wire.Instance) []int64 {
	out := make([]int64, 0, len(instances))
	for i := range instances {
		out = append(out, instances[i].ID)
	}
	return out
}

// wantKind checks the kind of an error, and a part of its text.
func wantKind(t *testing.T, err error, kind apierr.Kind, part string) {
	t.Helper()
	if apierr.KindOf(err) != kind || !strings.Contains(err.Error(), part) {
		t.Errorf("got %v, want kind %q and %q in it", err, kind, part)
	}
}
