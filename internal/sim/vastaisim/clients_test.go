package vastaisim_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// TestPathsThatLookLikeIDs: what stands where an id could stand is no id.
func TestPathsThatLookLikeIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, threeOffers)
	w.call("GET", "/api/v0/instances/pending-price-increases/", "").want(http.StatusOK, `"pending_price_increases":[]`)
	w.call("PUT", "/api/v0/instances/accept-price-increase/", `{"pending_price_increase_id":7}`).want(http.StatusNotFound, "no_pending_price_increase")
	w.call("PUT", "/api/v0/instances/reject-price-increase/", `{}`).want(http.StatusBadRequest, "pending_price_increase_id")

	var made struct {
		Success         bool
		Created, Failed []int64
		Results         []struct {
			AskID       int64 `json:"ask_id"`
			Success     bool
			NewContract int64 `json:"new_contract"`
			Error       string
		}
	}
	w.api = w.sim // the generated document leaves the body of the next call out
	w.call("POST", "/api/v0/asks/bulk/", `{"ids":[11,5,12],"image":"a:1","disk":10}`).into(&made)
	if !made.Success || len(made.Created) != 2 || !slices.Equal(made.Failed, []int64{5}) {
		t.Errorf("rented %+v, want two of three", made)
	}
	if r := made.Results; len(r) != 3 || !r[0].Success || r[1].Error != "invalid_args" || r[2].NewContract != made.Created[1] {
		t.Errorf("results %+v", made.Results)
	}
	w.call("POST", "/api/v0/asks/bulk/", `{"image":"a:1"}`).want(http.StatusBadRequest, "missings offer 'ids'")
	w.call("POST", "/api/v0/asks/bulk/", `{"ids":[]}`).want(http.StatusBadRequest, "no ask ids")
	w.call("POST", "/api/v0/asks/bulk/", `{"ids":[5],"image":"a:1"}`).want(http.StatusBadRequest, `"failed":[5]`)
}

// TestWhatClientsAskFor: searches as the vendor's command line sends them.
func TestWhatClientsAskFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	var found struct{ Offers []map[string]any }
	w.call("POST", "/api/v0/volumes/search/", `{"disk_space":{"gte":1},"order":[["score","desc"]],"limit":3}`).into(&found)
	if len(found.Offers) != 3 || found.Offers[0]["score"] != nil {
		t.Errorf("%d offers, the first with score %v; want 3 without", len(found.Offers), found.Offers[0]["score"])
	}
	w.api = w.sim // documented nowhere
	var names struct {
		All []string `json:"gpu_names"`
	}
	w.callWith("", "GET", "/api/v0/gpu_names/unique/", "").into(&names)
	if !slices.Contains(names.All, "RTX 4090") || !slices.IsSorted(names.All) {
		t.Errorf("names %v", names.All)
	}
}

// TestNotSimulated: what the service has and the simulator lacks says so.
func TestNotSimulated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	w.api = w.sim // no document has the answer
	for _, call := range []struct{ method, path string }{
		{"GET", "/api/v0/machines/"}, {"POST", "/api/v0/network_volumes/search/"}, {"DELETE", "/api/v0/team/members/7/"},
	} {
		w.call(call.method, call.path, "").want(http.StatusNotImplemented, "The simulator does not simulate "+call.method)
	}
	w.callWith("", "GET", "/api/v0/machines/", "").want(http.StatusUnauthorized, "auth_error")
	w.call("GET", "/api/v0/nothing/", "").want(http.StatusNotFound, "404")
	w.call("PATCH", "/api/v0/ssh/", "").want(http.StatusMethodNotAllowed, "405")
}

// TestSlicedRAM: an offer shows its share of the machine's memory, and is
// filtered by it.
func TestSlicedRAM(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `[{"id":1,"machine_id":7,"gpu_name":"RTX 4090","num_gpus":1,"gpu_frac":0.25,"cpu_ram":64000,"dph_base":0.4},
		{"id":4,"machine_id":7,"gpu_name":"RTX 4090","num_gpus":4,"gpu_frac":1,"dph_base":1.6},
		{"id":9,"gpu_name":"RTX 3090","num_gpus":2,"dph_base":0.6}]`)
	for query, want := range map[string]string{
		`{"cpu_ram":{"eq":64000}}`:                         "[1]",
		`{"cpu_ram":{"eq":256000}}`:                        "[4]",
		`{"cpu_ram":{"eq":131072}}`:                        "[9]",
		`{"cpu_ram":{"gte":65000},"order":[["id","asc"]]}`: "[4 9]",
	} {
		if got := fmt.Sprint(ids(w.search(query))); got != want {
			t.Errorf("%s: offers %s, want %s", query, got, want)
		}
	}
	for _, m := range w.search(`{"gpu_frac":{"lt":1},"limit":1}`) {
		if m.ID != 1 {
			t.Errorf("a slice that is none: %+v", m)
		}
	}
}

// TestLowBid: a bid below the minimum rents nothing, or leaves a stopped
// instance behind whose id the error carries.
func TestLowBid(t *testing.T) {
	t.Parallel()
	const low = `{"image":"a:1","disk":10,"price":0.05}`
	w := newWorld(t, oneGPU)
	w.call("PUT", "/api/v0/asks/2001/", low).want(http.StatusBadRequest, "invalid_price")
	if n := w.list("").Total; n != 0 {
		t.Errorf("%d instances, want none", n)
	}

	w = newWorld(t, oneGPU, func(o *vastaisim.Options) { o.LowBidLeavesInstance = true })
	r := w.call("PUT", "/api/v0/asks/2001/", low)
	r.want(http.StatusBadRequest, "invalid_price")
	r.want(http.StatusBadRequest, `"new_contract":`)
	list := w.list("")
	if list.Total != 1 || list.Instances[0].Intended != "stopped" {
		t.Fatalf("left behind %+v, want one stopped instance", list.Instances)
	}
	w.kit.Advance(time.Hour)
	if disk := w.billed("disk"); disk <= 0 {
		t.Errorf("its disk cost %v, want something", disk)
	}
	w.call("DELETE", fmt.Sprintf("/api/v0/instances/%d/", list.Instances[0].ID), "{}").want(http.StatusOK, "")
}

// TestDestroyMissing: two slugs are known for it.
func TestDestroyMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	w.call("DELETE", "/api/v0/instances/5/", "{}").want(http.StatusNotFound, `"not_found"`)
	w = newWorld(t, oneGPU, func(o *vastaisim.Options) { o.DestroyMissingNoSuch = true })
	w.call("DELETE", "/api/v0/instances/5/", "{}").want(http.StatusNotFound, `"no_such_instance"`)
}

// TestOutbidShowsStopped: with the switch every state of an outbid instance reads
// stopped; it runs again all the same once it wins.
func TestOutbidShowsStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.OutbidShowsStopped = true })
	id := w.running(2001, `{"image":"a:1","disk":10,"price":0.15}`)
	if err := w.sim.Market(simkit.MarketAction{Action: simkit.Outbid, InstanceID: simkit.ID(fmt.Sprint(id))}); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(id, "stopped/stopped/stopped")
	w.put("bid_price/", id, `{"client_id":"me","price":0.5}`).want(http.StatusOK, "")
	w.kit.Advance(boot)
	w.wantStatus(id, "running/running/running")
}

// TestUpdateNeedsRecycle: with the switch a new image runs only after a recycle.
func TestUpdateNeedsRecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.UpdateNeedsRecycle = true })
	id := w.running(2001, body)
	w.put("update_template/", id, `{"image":"b:2"}`).want(http.StatusOK, "")
	w.wantStatus(id, "running/running/running")
	w.put("update_template/", id, `{"image":"b:3","recycle":true}`).want(http.StatusOK, "")
	w.wantStatus(id, "running/running/recycling")
}

// TestSpendRate: the account's own figure agrees with what is billed.
func TestSpendRate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	w.running(2001, `{"image":"a:1","disk":100}`)
	var rate struct {
		GPU    float64 `json:"gpu_cost_per_hour"`
		Disk   float64 `json:"container_storage_cost_per_hour"`
		Active bool    `json:"has_active_resources"`
	}
	w.call("GET", "/api/v0/users/spend-rate/", "").into(&rate)
	near(t, "gpu", rate.GPU, 0.20)
	near(t, "disk", rate.Disk, 100*0.36/720)
	if !rate.Active {
		t.Error("nothing is said to be active")
	}
}
