package sim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

func newWorld(change ...func(*sim.Options)) *sim.World {
	o := sim.Options{Clock: clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)), Seed: 1, APIKey: "k"}
	for _, c := range change {
		c(&o)
	}
	return sim.New(o)
}

func ask(t *testing.T, h http.Handler, method, path, body string) (status int, text string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer k")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

// TestOneWorld: both platforms have one clock, one journal and one control.
func TestOneWorld(t *testing.T) {
	t.Parallel()
	w := newWorld()
	if status, text := ask(t, w.RunPod, "POST", "/v2/network-volumes", `{"name":"v","size":730,"dataCenter":"US-KS-2"}`); status != 201 {
		t.Fatalf("%d %s", status, text)
	}
	if status, text := ask(t, w.Vastai, "POST", "/api/v0/bundles/", `{"limit":1}`); status != 200 || !strings.Contains(text, "dph_total") {
		t.Fatalf("%d %s", status, text)
	}
	w.Advance(100 * time.Hour)
	var platforms []string
	for _, e := range w.Journal(0) {
		platforms = append(platforms, e.Platform)
	}
	if diff := cmp.Diff([]string{runpodsim.Name, vastaisim.Name}, platforms); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	if got := w.Ledger(); len(got) != 1 || got[0].USD < 6.999 || got[0].USD > 7.001 {
		t.Errorf("ledger %+v, want 100 hours at 0.07", got)
	}
	if err := w.Market(simkit.MarketAction{Action: simkit.Reprice, Factor: 2}); err != nil {
		t.Error(err)
	}
	if err := w.Fault(simkit.Fault{Path: "/", Kind: simkit.Status, Status: 500}); err != nil {
		t.Error(err)
	}
	for name, h := range map[string]http.Handler{runpodsim.Name: w.RunPod, vastaisim.Name: w.Vastai} {
		if status, _ := ask(t, h, "GET", "/", ""); status != 500 {
			t.Errorf("%s answers %d in spite of the fault", name, status)
		}
	}
	w.Reset()
	if len(w.Journal(0)) != 0 || len(w.Ledger()) != 0 {
		t.Error("a reset left something")
	}
	if status, text := ask(t, w, "GET", "/state", ""); status != 200 || !strings.Contains(text, `"network_volumes":[]`) {
		t.Errorf("control API: %d %s", status, text)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(func(o *sim.Options) {
		o.RunPod = func(r *runpodsim.Options) { r.Balance = 12 }
		o.Vastai = func(v *vastaisim.Options) { v.Balance = 34 }
	})
	if got := w.RunPod.Balance(); got != 12 {
		t.Errorf("RunPod's balance is %v", got)
	}
	if status, text := ask(t, w.Vastai, "GET", "/api/v0/users/current/", ""); status != 200 || !strings.Contains(text, "34") {
		t.Errorf("account of Vast.ai: %d %s", status, text)
	}
	if got := newWorld(func(o *sim.Options) { o.APIKey = "" }).Kit.APIKey(); got != simkit.DefaultAPIKey {
		t.Errorf("key %q", got)
	}
}

const (
	oneGPU   = `{"gpus":[{"id":"NVIDIA Test","price":{"secure":1,"community":0}}]}`
	oneOffer = `{"offers":[{"id":77,"machine_id":5,"gpu_name":"RTX 4090","num_gpus":1,"dph_base":0.4}]}`
)

func TestLoadMarket(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file     string
		runpod, vastai bool // replaced
		fails          string
	}{
		{"both", `{"runpod":` + oneGPU + `,"vastai":` + oneOffer + `}`, true, true, ""},
		{"one", `{"vastai":` + oneOffer + `}`, false, true, ""},
		{"the other", `{"runpod":` + oneGPU + `}`, true, false, ""},
		{"none", `{}`, false, false, ""},
		{"sections without lists", `{"runpod":{},"vastai":{}}`, false, false, ""},
		{"no object", `[]`, false, false, "market"},
		{"unknown platform", `{"runpod":` + oneGPU + `,"aws":{}}`, false, false, `"aws"`},
		{"unknown list", `{"runpod":` + oneGPU + `,"vastai":{"offer":[]}}`, false, false, `"offer"`},
		{"bad offer leaves RunPod alone", `{"runpod":` + oneGPU + `,"vastai":{"offers":[{}]}}`, false, false, "offers[0]"},
		{"bad type leaves Vast.ai alone", `{"runpod":{"gpus":[{}]},"vastai":` + oneOffer + `}`, false, false, "gpus[0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			err := w.LoadMarket([]byte(tt.file))
			if (err != nil) != (tt.fails != "") || (err != nil && !strings.Contains(err.Error(), tt.fails)) {
				t.Errorf("error %v, want %q", err, tt.fails)
			}
			w.Reset()
			_, gpus := ask(t, w.RunPod, "GET", "/v2/catalog/gpus", "")
			if got := !strings.Contains(gpus, "RTX 4090") && strings.Contains(gpus, "NVIDIA Test"); got != tt.runpod {
				t.Errorf("RunPod's catalog was replaced: %v, want %v", got, tt.runpod)
			}
			_, offers := ask(t, w.Vastai, "POST", "/api/v0/bundles/", `{"limit":10}`)
			if got := strings.Count(offers, `"ask_contract_id"`) == 1; got != tt.vastai {
				t.Errorf("Vast.ai's offers were replaced: %v, want %v", got, tt.vastai)
			}
		})
	}
}
