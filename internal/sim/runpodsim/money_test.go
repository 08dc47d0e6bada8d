package runpodsim_test

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// bill is the ledger by kind and component, in USD to a hundredth of a cent.
func (w *world) bill() map[string]float64 {
	sums := map[string]float64{}
	for _, c := range w.sim.Ledger() {
		sums[c.Kind+" "+c.Component] += c.USD
	}
	for key, usd := range sums {
		sums[key] = math.Round(usd*1e4) / 1e4
	}
	return sums
}

func (w *world) wantBill(want map[string]float64) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.bill()); diff != "" {
		w.t.Errorf("bill (-want +got):\n%s", diff)
	}
}

// TestBill follows a pod with both disks and a volume of its account through
// running, stopped and gone. 73 GB make a cent an hour at 0.10 a month.
func TestBill(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, simkit.Options{Seed: 1})
	start := w.sim.Balance()
	v := w.volume(1000, "US-KS-2")
	p := w.create(image, gpu4090, `"disk":73`, `"mounts":{"persistent":{"size":146,"path":"/w"}}`)

	w.kit.Advance(time.Hour)
	w.wantBill(map[string]float64{"pod compute": 0.59, "pod container_disk": 0.01, "pod volume_disk": 0.02, "network_volume storage": 0.0959})

	w.act(p.ID, "stop").want(http.StatusOK, "")
	w.kit.Advance(time.Hour)
	w.wantBill(map[string]float64{"pod compute": 0.59, "pod container_disk": 0.01, "pod volume_disk": 0.06, "network_volume storage": 0.1918})

	w.act(p.ID, "start").want(http.StatusOK, "")
	w.patch(p.ID, `{"disk":146,"mounts":{"persistent":{"size":292,"path":"/w"}}}`)
	w.call("PATCH", "/v2/network-volumes/"+v.ID, `{"size":2000}`).want(http.StatusOK, "")
	w.kit.Advance(time.Hour)
	w.wantBill(map[string]float64{"pod compute": 1.18, "pod container_disk": 0.03, "pod volume_disk": 0.10, "network_volume storage": 0.3562})

	w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusNoContent, "")
	w.call("DELETE", "/v2/network-volumes/"+v.ID, "").want(http.StatusNoContent, "")
	w.kit.Advance(1000 * time.Hour)
	w.wantBill(map[string]float64{"pod compute": 1.18, "pod container_disk": 0.03, "pod volume_disk": 0.10, "network_volume storage": 0.3562})

	spent := 0.0
	for _, c := range w.sim.Ledger() {
		spent += c.USD
	}
	if left := w.sim.Balance(); math.Abs(start-spent-left) > 1e-9 {
		t.Errorf("balance %v, want %v less %v", left, start, spent)
	}
}

func TestNetworkVolumeRate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		gb      int
		monthly float64
	}{{10, 0.70}, {1000, 70}, {1001, 70.05}, {4096, 224.80}}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.gb), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.volume(tt.gb, "US-KS-2")
			w.kit.Advance(730 * time.Hour)
			w.t = t
			w.wantBill(map[string]float64{"network_volume storage": tt.monthly})
		})
	}
}

// TestReprice: running pods keep their rate, new ones pay the new price.
func TestReprice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.running(image, gpu4090)
	w.market(simkit.MarketAction{Action: simkit.Reprice, Factor: 2})
	if got := w.get(old.ID).Cost; got != 0.59 {
		t.Errorf("the running pod costs %v", got)
	}
	w.act(old.ID, "stop").want(http.StatusOK, "")
	w.act(old.ID, "start").want(http.StatusOK, "")
	if got := w.get(old.ID).Cost; got != 0.59 {
		t.Errorf("the restarted pod costs %v", got)
	}
	if got := w.create(image, `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":2}`).Cost; got != 2.36 {
		t.Errorf("two GPUs cost %v, want 2 × 2 × 0.59", got)
	}
	w.market(simkit.MarketAction{Action: simkit.Reprice, GPU: "RTX 4090", Cloud: "COMMUNITY", Factor: 0.5})
	if got := w.create(image, gpu4090, `"cloud":"COMMUNITY"`).Cost; got != 0.49 {
		t.Errorf("community costs %v, want 0.49 × 2 × 0.5", got)
	}
	w.sim.Reset()
	if got := w.create(image, gpu4090).Cost; got != 0.59 {
		t.Errorf("after a reset a pod costs %v", got)
	}
}

// TestBalanceReachesZero: pods with a network volume stop, the others go, at the
// moment when the money is gone and not when somebody looks.
func TestBalanceReachesZero(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, simkit.Options{Seed: 1}, func(o *runpodsim.Options) { o.Balance = 10 })
	v := w.volume(10, "US-KS-2")
	kept := w.create(image, gpu4090, `"mounts":{"network":[{"volumeId":"`+v.ID+`","path":"/w"}]}`)
	lost := w.create(image, gpu4090)
	w.kit.Advance(100 * time.Hour)
	if got := w.get(kept.ID); got.Status != "EXITED" || got.Cost != 0 {
		t.Errorf("pod with a volume: %s at %v", got.Status, got.Cost)
	}
	w.call("GET", "/v2/pods/"+lost.ID, "").want(http.StatusNotFound, "")
	bill := w.bill()
	if pods := bill["pod compute"] + bill["pod container_disk"]; pods < 9.9 || pods > 10 {
		t.Errorf("pods were billed %v of a balance of 10", pods)
	}
	if want := 0.0959; bill["network_volume storage"] != want {
		t.Errorf("the volume was billed %v, want 100 hours: %v", bill["network_volume storage"], want)
	}
	w.act(kept.ID, "start").want(http.StatusPaymentRequired, "balance")
	w.call("POST", "/v2/network-volumes", `{"name":"v","size":10,"dataCenter":"US-KS-2"}`).want(http.StatusPaymentRequired, "balance")
}

// TestExitIsBilledToTheSecond: a container that ends by itself stops costing then.
func TestExitIsBilledToTheSecond(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, simkit.Options{Seed: 1, Boot: time.Hour})
	w.create(`"image":"me/exits-at-once"`, gpu4090, `"disk":73`)
	w.kit.Advance(10 * time.Hour)
	w.wantBill(map[string]float64{"pod compute": 0.59, "pod container_disk": 0.01})
}
