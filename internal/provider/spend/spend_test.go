package spend_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/spend"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

const market = `{
  "runpod": {"gpus": [{"id": "NVIDIA GeForce RTX 4090", "name": "RTX 4090", "memory": 24, "price": {"secure": 0.59, "community": 0.49}}]},
  "vastai": {"offers": [
    {"id": 101, "gpu_name": "RTX 4090", "num_gpus": 2, "gpu_ram": 24564, "dph_base": 0.52, "storage_cost": 0.1},
    {"id": 102, "gpu_name": "RTX 3090", "num_gpus": 1, "gpu_ram": 24576, "dph_base": 0.12, "storage_cost": 0.36}
  ]}
}`

// accounts are both simulated accounts and their clients.
type accounts struct {
	t              *testing.T
	world          *sim.World
	clock          *clocktest.Leaping
	runpod, vastai string // base URLs
	rp             *runpod.Client
	va             *vastai.Client
}

func newAccounts(t *testing.T) *accounts {
	t.Helper()
	clk := clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	a := &accounts{t: t, clock: clk, world: sim.New(sim.Options{Clock: clk, Seed: 1, APIKey: "k"})}
	if err := a.world.LoadMarket([]byte(market)); err != nil {
		t.Fatal(err)
	}
	serve := func(h http.Handler) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	a.runpod, a.vastai = serve(a.world.RunPod), serve(a.world.Vastai)
	var err error
	if a.rp, err = runpod.New(runpod.Config{APIKey: "k", BaseURL: a.runpod, UserAgent: "test", Clock: clk}); err != nil {
		t.Fatal(err)
	}
	if a.va, err = vastai.New(vastai.Config{APIKey: "k", BaseURL: a.vastai, UserAgent: "test", Clock: clk}); err != nil {
		t.Fatal(err)
	}
	return a
}

// send rents or changes something and returns the field of the answer as text.
func (a *accounts) send(method, url, body, field string) string {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer k")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode >= http.StatusBadRequest {
		a.t.Fatalf("%s %s: HTTP %d, %v %v", method, url, resp.StatusCode, answer, err)
	}
	if id, ok := answer[field].(float64); ok {
		return fmt.Sprintf("%.0f", id)
	}
	return fmt.Sprint(answer[field])
}

func (a *accounts) pod(body string) string {
	a.t.Helper()
	return a.send(http.MethodPost, a.runpod+"/v2/pods", `{"image":"i:1",`+body+`}`, "id")
}

func (a *accounts) instance(offer int, body string) string {
	a.t.Helper()
	return a.send(http.MethodPut, fmt.Sprintf("%s/api/v0/asks/%d/", a.vastai, offer), `{"image":"i:1",`+body+`}`, "new_contract")
}

// bill is what each object was charged so far.
func (a *accounts) bill() map[string]float64 {
	sums := map[string]float64{}
	for _, charge := range a.world.Ledger() {
		sums[charge.Platform+"/"+charge.Kind+"/"+charge.ID] += charge.USD
	}
	return sums
}

// TestItems: every item costs what the platforms charge for it in an hour,
// whatever its status, and is told apart by its marker.
func TestItems(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	const gpu = `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":%d}`
	running := a.pod(fmt.Sprintf(`"name":"running","disk":20,`+gpu+`,"env":{%q:"x"}`, 2, rent.MarkerEnv))
	stopped := a.pod(fmt.Sprintf(`"name":"stopped","disk":30,`+gpu+`,"cloud":"COMMUNITY","mounts":{"persistent":{"size":100,"path":"/data"}}`, 1))
	gone := a.pod(fmt.Sprintf(`"name":"gone","disk":20,`+gpu, 1))
	cpu := a.pod(`"name":"cpu","disk":10,"cpu":{"id":"cpu3c","vcpuCount":4}`)
	volume := a.send(http.MethodPost, a.runpod+"/v2/network-volumes", `{"name":"volume","size":1500,"dataCenter":"US-KS-2"}`, "id")
	instance := a.instance(101, fmt.Sprintf(`"disk":40,"label":"two","env":{%q:"x"}`, rent.MarkerEnv))
	idle := a.instance(102, `"disk":100,"label":"idle"`)
	a.world.Advance(10 * time.Minute)
	a.send(http.MethodPost, a.runpod+"/v2/pods/"+stopped+"/action", `{"action":"stop"}`, "id")
	a.delete(a.runpod + "/v2/pods/" + gone)
	a.send(http.MethodPut, a.vastai+"/api/v0/instances/"+idle+"/", `{"state":"stopped"}`, "success")
	a.world.Advance(10 * time.Minute)

	yes, no := true, false
	want := map[string]spend.Item{
		"runpod/pod/" + running:           {Name: "running", GPUName: "RTX 4090", GPUCount: 2, Status: "RUNNING", Managed: &yes, Marker: "x"},
		"runpod/pod/" + stopped:           {Name: "stopped", GPUName: "RTX 4090", GPUCount: 1, Status: "EXITED", Managed: &no},
		"runpod/pod/" + cpu:               {Name: "cpu", Status: "RUNNING", Managed: &no},
		"runpod/network_volume/" + volume: {Name: "volume"},
		"vastai/instance/" + instance:     {Name: "two", GPUName: "RTX 4090", GPUCount: 2, Status: "running", Managed: &yes, Marker: "x"},
		"vastai/instance/" + idle:         {Name: "idle", GPUName: "RTX 3090", GPUCount: 1, Status: "exited", Managed: &no},
	}
	pods, err := spend.RunPod(t.Context(), a.rp, transport.Recent)
	if err != nil {
		t.Fatal(err)
	}
	instances, err := spend.Vastai(t.Context(), a.va, transport.Recent)
	if err != nil {
		t.Fatal(err)
	}
	before := a.bill()
	a.world.Advance(time.Hour)
	after := a.bill()
	got := map[string]spend.Item{}
	for _, item := range append(pods, instances...) {
		key := item.Key()
		if charged := after[key] - before[key]; math.Abs(float64(item.Hourly)-charged) > 1e-6 || charged <= 0 {
			t.Errorf("%s: %v USD/h, and %.6f USD were charged in an hour", key, item.Hourly, charged)
		}
		item.Platform, item.Kind, item.ID, item.Hourly = "", "", "", 0
		got[key] = item
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
}

func (a *accounts) delete(url string) {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodDelete, url, http.NoBody)
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer k")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode >= http.StatusBadRequest {
		a.t.Fatalf("DELETE %s: HTTP %d %v", url, resp.StatusCode, err)
	}
}

// TestItems_Budget: the budget counts the accounts that are configured, and a
// fresh look sees what was rented a moment ago.
func TestItems_Budget(t *testing.T) {
	t.Parallel()
	a := newAccounts(t)
	tests := map[string]struct {
		rp *runpod.Client
		va *vastai.Client
	}{"both": {a.rp, a.va}, "RunPod alone": {a.rp, nil}, "Vast.ai alone": {nil, a.va}, "none": {}}
	count := func(name string, fresh bool) int {
		items, err := spend.Items(a.clock, tests[name].rp, tests[name].va)(t.Context(), fresh)
		if err != nil {
			t.Fatal(err)
		}
		return len(items)
	}
	if n := count("both", false); n != 0 {
		t.Fatalf("%d items on new accounts", n)
	}
	a.pod(`"name":"p","gpu":{"id":"NVIDIA GeForce RTX 4090","count":1}`)
	a.instance(101, `"disk":40`)
	a.clock.Advance(time.Second)
	for name, want := range map[string]int{"both": 2, "RunPod alone": 1, "Vast.ai alone": 1, "none": 0} {
		if n := count(name, true); n != want {
			t.Errorf("%s: %d items, want %d", name, n, want)
		}
	}
}

// TestItems_Failing: one account that cannot be listed leaves the spend unknown;
// half a sum would let too much pass.
func TestItems_Failing(t *testing.T) {
	t.Parallel()
	for _, platform := range []string{"runpod", "vastai"} {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			a := newAccounts(t)
			var err error
			broken := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(broken.Close)
			if platform == "runpod" {
				a.rp, err = runpod.New(runpod.Config{APIKey: "k", BaseURL: broken.URL, UserAgent: "test", Clock: a.clock})
			} else {
				a.va, err = vastai.New(vastai.Config{APIKey: "k", BaseURL: broken.URL, UserAgent: "test", Clock: a.clock})
			}
			if err != nil {
				t.Fatal(err)
			}
			ctx := transport.WithDeadline(context.Background(), a.clock, 10*time.Second)
			if items, err := spend.Items(a.clock, a.rp, a.va)(ctx, true); err == nil {
				t.Errorf("%d items and no error", len(items))
			}
		})
	}
}

// TestRunPod_PriceToCome: a pod that is coming up counts at its list price while RunPod
// says that it costs nothing; a stopped one costs its disk.
func TestRunPod_PriceToCome(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]float64{"PROVISIONING": 1.19, "STARTING": 1.19, "EXITED": 0} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			a := newAccounts(t)
			body := fmt.Sprintf(`{"pods": [{"id": "p", "name": "p", "status": %q, "actions": [], "image": "ubuntu", "args": "", "disk": 73,
				"mounts": {}, "ports": [], "env": {}, "registry": null, "cloud": "SECURE", "dataCenterId": null, "cudaVersion": null,
				"gpu": {"id": "NVIDIA GeForce RTX 4090", "count": 2}, "ssh": {"proxy": null, "direct": null}, "template": null, "cost": 0,
				"locked": false, "globalNetworking": {"enabled": false}, "runtime": null, "createdAt": "2026-03-02T09:00:00Z", "startedAt": null}]}`, status)
			if err := a.world.Fault(simkit.Fault{Operation: "listPods", Kind: simkit.Status, Status: http.StatusOK, Body: []byte(body)}); err != nil {
				t.Fatal(err)
			}
			items, err := spend.RunPod(t.Context(), a.rp, transport.Recent)
			if err != nil || len(items) != 1 {
				t.Fatalf("%d items, %v", len(items), err)
			}
			if got := items[0].Hourly.Float64(); got != want {
				t.Errorf("it counts %v USD/h, want %v", got, want)
			}
		})
	}
}
