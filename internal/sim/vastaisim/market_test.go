package vastaisim_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// everything finds every offer of machines that are (not) rented from.
func (w *world) everything() []offer {
	w.t.Helper()
	const all = `"verified":{"in":[true,false]},"cpu_arch":{"neq":""},"limit":5000`
	return slices.Concat(w.search(`{"rented":{"eq":false},`+all+`}`), w.search(`{"rented":{"eq":true},`+all+`}`))
}

// TestRentingWithdrawsOverlaps: what shares a GPU with a rental is no longer
// offered, what does not is, and nothing keeps an id it lost.
func TestRentingWithdrawsOverlaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fourGPUs)
	if got := ids(w.everything()); fmt.Sprint(got) != "[1001 1002 1004]" {
		t.Fatalf("offers %v", got)
	}
	first := w.rent(1002, body)
	left := w.everything()
	sizes := map[int]int64{}
	for _, o := range left {
		sizes[o.NumGPUs] = o.ID
	}
	if len(left) != 2 || sizes[1] == 0 || sizes[2] == 0 || sizes[2] == 1002 {
		t.Fatalf("offers after renting two of four GPUs: %+v", left)
	}
	w.call("PUT", "/api/v0/asks/1002/", body).want(http.StatusBadRequest, "no_such_ask  Instance type by id 1002 is not available.")
	w.call("PUT", "/api/v0/asks/1004/", body).want(http.StatusBadRequest, `"error":"invalid_args"`)
	w.rent(sizes[2], body)
	if left := w.everything(); len(left) != 0 {
		t.Fatalf("offers of a full machine: %+v", left)
	}
	w.call("DELETE", fmt.Sprintf("/api/v0/instances/%d/", first), `{}`).want(http.StatusOK, "")
	left = w.everything()
	for _, o := range left {
		if o.NumGPUs > 2 || o.ID <= 1004 || o.ID == sizes[2] {
			t.Errorf("offer after two GPUs came back: %+v", o)
		}
	}
	if len(left) != 2 {
		t.Errorf("offers after two GPUs came back: %+v", left)
	}
}

// TestBuiltInMarket rents through the built-in market and holds it against
// what is always true of one: no GPU is offered that is rented, none is rented
// twice, prices add up.
func TestBuiltInMarket(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, simkit.Options{Seed: 3}, "", func(o *vastaisim.Options) { o.Balance = 1e6 })
	all := w.everything()
	models := map[string]bool{}
	seen := map[int64]bool{}
	for _, o := range all {
		models[o.GPUName] = true
		if seen[o.ID] {
			t.Errorf("offer %d twice", o.ID)
		}
		seen[o.ID] = true
		near(t, "dph_total", o.Total, o.Search.GPU+o.Search.Disk)
		if len(o.GPUIDs) != o.NumGPUs {
			t.Errorf("offer %d of %d GPUs: %v", o.ID, o.NumGPUs, o.GPUIDs)
		}
	}
	if len(all) < 300 || len(models) < 30 {
		t.Fatalf("%d offers of %d models", len(all), len(models))
	}

	rented := map[int64]int64{}
	for n := 0; n < len(all); n += 2 {
		o := all[n]
		r := w.call("PUT", fmt.Sprintf("/api/v0/asks/%d/", o.ID), `{"image":"a:1","disk":1}`)
		if r.status != http.StatusOK {
			r.want(http.StatusBadRequest, "no_such_ask")
			continue
		}
		for _, gpu := range o.GPUIDs {
			if by, taken := rented[gpu]; taken {
				t.Fatalf("GPU %d rented with offers %d and %d", gpu, by, o.ID)
			}
			rented[gpu] = o.ID
		}
	}
	if len(rented) < 100 {
		t.Fatalf("only %d GPUs rented", len(rented))
	}
	for _, o := range w.everything() {
		for _, gpu := range o.GPUIDs {
			if by, taken := rented[gpu]; taken {
				t.Errorf("offer %d has GPU %d, rented with %d", o.ID, gpu, by)
			}
		}
	}
}

func TestSameSeedSameMarket(t *testing.T) {
	t.Parallel()
	a := newWorldOf(t, simkit.Options{Seed: 5}, "")
	b := newWorldOf(t, simkit.Options{Seed: 5}, "")
	c := newWorldOf(t, simkit.Options{Seed: 6}, "")
	market := func(w *world) string { return string(w.call("POST", "/api/v0/bundles/", `{"limit":50}`).body) }
	first := market(a)
	if market(b) != first {
		t.Error("the same seed gives two markets")
	}
	if market(c) == first {
		t.Error("two seeds give one market")
	}
	a.rent(a.search(`{"limit":1}`)[0].ID, `{"image":"a:1","disk":1}`)
	a.sim.Reset()
	if market(a) != first {
		t.Error("a reset does not bring the market back")
	}
}

func TestBids(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	found := w.search(`{"type":"bid"}`)
	if len(found) != 1 || !found[0].IsBid || found[0].Base != 0.10 || found[0].Search.GPU != 0.10 {
		t.Fatalf("bid search: %+v", found)
	}
	w.call("PUT", "/api/v0/asks/2001/", `{"image":"a:1","disk":10,"price":0.05}`).want(http.StatusBadRequest, `"invalid_price"`)
	w.call("PUT", "/api/v0/asks/2001/", `{"image":"a:1","disk":10,"price":200}`).want(http.StatusBadRequest, `"invalid_price"`)
	id := w.running(2001, `{"image":"a:1","disk":10,"price":0.12}`)
	if i := w.get(id); !i.IsBid || i.Base != 0.12 || i.MinBid != 0.10 {
		t.Fatalf("instance: %+v", i)
	}

	// A stranger bids more: the data stays, the disk goes on costing.
	w.market(simkit.MarketAction{Action: simkit.Outbid, InstanceID: idOf(id)})
	w.wantStatus(id, "running/stopped/exited")
	i := w.get(id)
	if i.Ports != nil || i.Instance.GPU != 0 || i.Instance.Total != i.Instance.Disk || i.MinBid <= 0.12 {
		t.Errorf("outbid: %+v", i)
	}
	w.put("", id, `{"state":"running"}`).want(http.StatusOK, "resources_unavailable")
	gpu, disk := w.billed("gpu"), w.billed("disk")
	w.kit.Advance(time.Hour)
	near(t, "GPU bill while outbid", w.billed("gpu"), gpu)
	near(t, "disk bill while outbid", w.billed("disk"), disk+10*0.36/720)

	// A bid above the stranger's wins the GPU back.
	w.put("bid_price/", id, fmt.Sprintf(`{"client_id":"me","price":%v}`, i.MinBid)).want(http.StatusOK, `"success":true`)
	w.wantStatus(id, "running/running/loading")
	w.kit.Advance(boot)
	w.wantStatus(id, "running/running/running")
	near(t, "bid", w.get(id).Base, i.MinBid)
	w.put("bid_price/", id, `{"client_id":"me","price":null}`).want(http.StatusOK, `"success":true`)
	near(t, "a bid that wins", w.get(id).Base, i.MinBid)
	w.wantStatus(id, "running/running/running")

	// Whoever rents on demand displaces any bid.
	for _, o := range w.search(`{"rented":{"eq":true}}`) {
		w.market(simkit.MarketAction{Action: simkit.TakeOffer, OfferID: idOf(o.ID)})
	}
	w.wantStatus(id, "running/stopped/exited")
	w.put("bid_price/", id, `{"client_id":"me","price":30}`).want(http.StatusOK, `"success":true`)
	w.wantStatus(id, "running/stopped/exited")

	w.put("bid_price/", id, `{"client_id":"me","price":0}`).want(http.StatusBadRequest, "Please set a bid price >= 0.001.")
	w.put("bid_price/", id, `{"client_id":"me","price":33}`).want(http.StatusBadRequest, `"invalid_args"`)
	w.put("bid_price/", 4, `{"client_id":"me","price":3}`).want(http.StatusNotFound, `"no_such_instance"`)
}

// TestCompetitorLeaves resumes an outbid instance without a higher bid.
func TestCompetitorLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.running(2001, `{"image":"a:1","disk":10,"price":0.12}`)
	w.market(simkit.MarketAction{Action: simkit.Outbid, InstanceID: idOf(id), Factor: 3})
	near(t, "winning bid", w.get(id).MinBid, 0.36+0.001)
	w.market(simkit.MarketAction{Action: simkit.HostOnline, InstanceID: idOf(id)})
	w.kit.Advance(boot)
	w.wantStatus(id, "running/running/running")
}

// TestOnDemandDisplacesOurBid: two instances of one account compete as well.
func TestOnDemandDisplacesOurBid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	bid := w.running(2001, `{"image":"a:1","disk":10,"price":0.12}`)
	again := w.search(`{"rented":{"eq":true}}`)
	if len(again) != 1 || again[0].ID == 2001 {
		t.Fatalf("a machine with a bid on it is still for rent, under a new id: %+v", again)
	}
	demand := w.running(again[0].ID, body)
	w.wantStatus(bid, "running/stopped/exited")
	w.put("bid_price/", demand, `{"client_id":"me","price":1}`).want(http.StatusBadRequest, "not interruptible")
	w.call("DELETE", fmt.Sprintf("/api/v0/instances/%d/", demand), `{}`).want(http.StatusOK, "")
	w.kit.Advance(boot)
	w.wantStatus(bid, "running/running/running")
}

func TestBusyHostAtCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	w.market(simkit.MarketAction{Action: simkit.BusyHost, OfferID: "2001"})
	w.call("PUT", "/api/v0/asks/2001/", `{"image":"a:1","disk":10,"cancel_unavail":true}`).
		want(http.StatusGone, "error 410/3907: no_such_ask Instance type 2001 is no longer available.")
	id := w.rent(2001, `{"image":"a:1","disk":10,"cancel_unavail":false}`)
	w.kit.Advance(time.Hour)
	w.wantStatus(id, "stopped/stopped/null")
}

func TestReprice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fourGPUs)
	id := w.running(1002, body)
	price := func() float64 { return w.search(`{"rented":{"eq":true},"num_gpus":{"eq":2}}`)[0].Base }
	w.market(simkit.MarketAction{Action: simkit.Reprice, Factor: 1.5})
	near(t, "offer", price(), 1.2)
	near(t, "running contract", w.get(id).Base, 0.8)
	w.market(simkit.MarketAction{Action: simkit.Reprice, Factor: 2, GPU: "rtx 4090", MachineID: "7"})
	near(t, "offer", price(), 2.4)
}

func TestMarketRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.running(2001, body)
	tests := []struct {
		action simkit.MarketAction
		other  bool // does not concern the platform
	}{
		{simkit.MarketAction{Action: simkit.TakeOffer, OfferID: "2001"}, true},
		{simkit.MarketAction{Action: simkit.Outbid, InstanceID: "x"}, true},
		{simkit.MarketAction{Action: simkit.Outbid, InstanceID: idOf(id)}, false},
		{simkit.MarketAction{Action: simkit.Reprice}, false},
		{simkit.MarketAction{Action: simkit.Reprice, Factor: 2, GPU: "NVIDIA GeForce RTX 4090"}, true},
		{simkit.MarketAction{Action: simkit.Reprice, Factor: 2, InstanceID: idOf(id)}, true},
		{simkit.MarketAction{Action: simkit.Stock, GPU: "RTX 3090", Level: "LOW"}, true},
		{simkit.MarketAction{Action: simkit.HostOffline}, true},
		{simkit.MarketAction{Action: simkit.HostOffline, MachineID: "99"}, true},
		{simkit.MarketAction{Action: simkit.BusyHost, DataCenter: "US-KS-2"}, true},
	}
	for _, tt := range tests {
		err := w.sim.Market(tt.action)
		if err == nil || errors.Is(err, simkit.ErrNotApplicable) != tt.other {
			t.Errorf("%+v: %v", tt.action, err)
		}
	}
}
