package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// guardsMarket has a cheap type and a dear one of each platform.
const guardsMarket = `{
  "runpod": {"gpus": [
    {"id": "NVIDIA RTX A5000", "name": "RTX A5000", "memory": 24, "price": {"secure": 0.27, "community": 0.22}},
    {"id": "NVIDIA GeForce RTX 4090", "name": "RTX 4090", "memory": 24, "price": {"secure": 0.59, "community": 0.49}},
    {"id": "NVIDIA L40S", "name": "L40S", "memory": 48, "price": {"secure": 0.86, "community": 0.79}},
    {"id": "NVIDIA H100 80GB HBM3", "name": "H100 SXM", "memory": 80, "price": {"secure": 2.39, "community": 2.29}, "maxCount": {"secure": 8, "community": 8}},
    {"id": "NVIDIA A100-SXM4-80GB", "name": "A100 SXM", "memory": 80, "price": {"secure": 1.51, "community": 1.39}, "maxCount": {"secure": 8, "community": 8}}
  ]},
  "vastai": {"offers": [
    {"id": 301, "machine_id": 31, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 0.3, "storage_cost": 0.144},
    {"id": 302, "machine_id": 32, "gpu_name": "H100 SXM", "num_gpus": 1, "gpu_ram": 81559, "dph_base": 2.5, "storage_cost": 0.144}
  ]}
}`

// stoppedPod stops a pod.
const stoppedPod = `desired_status = "stopped"`

// gpuWish is what a pod wants to run on.
func gpuWish(count int, names ...string) string {
	return fmt.Sprintf("gpu {\n    types = [\"%s\"]\n    count = %d\n  }", strings.Join(names, `", "`), count)
}

// podVolume is a volume disk of a pod.
func podVolume(sizeGB int) string {
	return fmt.Sprintf("volume {\n    size_gb    = %d\n    mount_path = \"/data\"\n  }", sizeGB)
}

// guardPod is a pod with 73 GB of container disk, 0.01 USD/h while it runs.
func guardPod(lines ...string) string {
	return fmt.Sprintf(`
resource "gpumarket_runpod_pod" "a" {
  name              = "a"
  image             = "ubuntu:24.04"
  container_disk_gb = 73
  %s
}
`, strings.Join(lines, "\n  "))
}

// guardInstance rents what a data source selected.
func guardInstance(lines ...string) string {
	return fmt.Sprintf(`
data "gpumarket_offers" "o" {
  gpu_names    = ["RTX 4090", "H100 SXM"]
  marketplaces = ["vastai"]
  disk_gb      = 50
}

resource "gpumarket_vastai_instance" "i" {
  %s
  image   = "ubuntu:24.04"
  disk_gb = 50
  %s
}
`, selectedOffers, strings.Join(lines, "\n  "))
}

const selectedOffers = `selection = data.gpumarket_offers.o.selection`

func newGuarded(t *testing.T) *budgeted {
	t.Helper()
	b := newBudgeted(t)
	if err := b.env.World.LoadMarket([]byte(guardsMarket)); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *budgeted) market(action simkit.MarketAction) {
	b.t.Helper()
	if err := b.env.World.Market(action); err != nil {
		b.t.Fatal(err)
	}
}

func (b *budgeted) soldOut(gpu string) {
	b.t.Helper()
	b.market(simkit.MarketAction{Platform: "runpod", Action: simkit.Stock, GPU: gpu, Level: "NONE"})
}

// cost is estimated_cost of the only resource in the state.
func (b *budgeted) cost() map[string]any {
	b.t.Helper()
	for _, resource := range b.cli.State().Values.RootModule.Resources {
		if cost, ok := resource.AttributeValues["estimated_cost"].(map[string]any); ok {
			return cost
		}
	}
	b.t.Fatal("no estimated_cost in the state")
	return nil
}

func (b *budgeted) costs(hourly, basis string) {
	b.t.Helper()
	cost := b.cost()
	if fmt.Sprint(cost["hourly"]) != hourly || !strings.Contains(fmt.Sprint(cost["basis"]), basis) {
		b.t.Errorf("estimated_cost says %v USD/h by %q, want %s by %q", cost["hourly"], cost["basis"], hourly, basis)
	}
}

// tightened are the three limits, each below what runs, and what refuses a start.
func tightened() map[string]struct{ provider, line string } {
	return map[string]struct{ provider, line string }{
		"max_hourly_each":  {provider: "budget {\n max_hourly_each = 1\n}"},
		"max_hourly":       {provider: "budget {\n max_hourly = 1\n}"},
		"max_hourly_price": {line: "max_hourly_price = 1"},
	}
}

// TestGuards_AfterFallback_Pod: the first type is sold out and a dear one is rented.
// Limits that are tightened while it is stopped refuse the start, whether or not
// anything was refreshed since.
func TestGuards_AfterFallback_Pod(t *testing.T) {
	t.Parallel()
	for name, limit := range tightened() {
		for _, refresh := range []string{"-refresh=true", "-refresh=false"} {
			t.Run(name+"/"+refresh, func(t *testing.T) {
				t.Parallel()
				b := newGuarded(t)
				b.soldOut("RTX A5000")
				wish := gpuWish(1, "RTX A5000", "H100 SXM")
				b.cli.Write("main.tf", guardPod(wish))
				b.says(b.cli.Run("apply", "-auto-approve"), false, "The plan shows 0.28 USD/h (RunPod's list price of 1 × RTX A5000 in the SECURE cloud). "+
					"What was rented costs 2.40 USD/h (RunPod's list price of 1 × H100 SXM in the SECURE cloud).")
				b.cli.Write("main.tf", guardPod(wish, stoppedPod))
				b.cli.MustRun("apply", "-auto-approve", refresh)
				b.provider(limit.provider)
				b.cli.Write("main.tf", guardPod(wish, limit.line))
				b.env.ResetJournal()
				b.says(b.cli.Run("apply", "-auto-approve", refresh), true, "2.40 USD/h")
				b.env.NoWrites(t)
			})
		}
	}
}

// TestGuards_AfterFallback_Instance: the same with the second offer of a selection.
func TestGuards_AfterFallback_Instance(t *testing.T) {
	t.Parallel()
	for name, limit := range tightened() {
		for _, refresh := range []string{"-refresh=true", "-refresh=false"} {
			t.Run(name+"/"+refresh, func(t *testing.T) {
				t.Parallel()
				b := newGuarded(t)
				b.cli.Write("main.tf", guardInstance())
				b.cli.MustRun("plan", "-out=saved")
				b.market(simkit.MarketAction{Platform: "vastai", Action: simkit.TakeOffer, OfferID: "301"})
				b.says(b.cli.Run("apply", "saved"), false, "The plan shows 0.31 USD/h (Vast.ai offer 301: RTX 4090, US). "+
					"What was rented costs 2.51 USD/h (Vast.ai offer 302: H100 SXM, US).")
				b.cli.Write("main.tf", guardInstance(`desired_status = "stopped"`))
				b.cli.MustRun("apply", "-auto-approve", refresh)
				b.provider(limit.provider)
				b.cli.Write("main.tf", guardInstance(limit.line))
				b.env.ResetJournal()
				b.says(b.cli.Run("apply", "-auto-approve", refresh), true, "2.51 USD/h")
				b.env.NoWrites(t)
			})
		}
	}
}

// TestEstimate_AfterFallback: the next refresh corrects the estimate without proposing
// anything, and what is changed later is computed from what runs.
func TestEstimate_AfterFallback(t *testing.T) {
	t.Parallel()
	b := newGuarded(t)
	b.soldOut("RTX 4090")
	wish := gpuWish(1, "RTX 4090", "L40S")
	grown, small := podVolume(730), podVolume(73)
	b.cli.Write("main.tf", guardPod(wish, small))
	b.cli.MustRun("apply", "-auto-approve")
	b.costs("0.61", "RTX 4090")
	if plan := b.cli.Run("plan", "-detailed-exitcode"); plan.Code != 0 {
		t.Errorf("the plan after a fallback has exit code %d\n%s", plan.Code, plan.Output())
	}
	b.cli.Write("main.tf", guardPod(wish, grown))
	b.cli.MustRun("plan", "-out=saved", "-refresh=false")
	b.cli.MustRun("apply", "saved")
	b.costs("0.97", "1 × L40S")
	b.cli.MustRun("apply", "-auto-approve", "-refresh-only")
	b.costs("0.97", "1 × L40S")
	b.cli.MustRun("apply", "-auto-approve")
	b.says(b.cli.Run("plan", "-refresh-only"), false, "found no differences")
}

// TestEstimate_TwoOfOneSelection: each of two instances has the basis of the offer it
// was rented at, once it was refreshed.
func TestEstimate_TwoOfOneSelection(t *testing.T) {
	t.Parallel()
	b := newGuarded(t)
	b.cli.Write("main.tf", guardInstance("count = 2"))
	b.says(b.cli.Run("apply", "-auto-approve"), false, "Another candidate was rented than the plan priced")
	b.cli.MustRun("apply", "-auto-approve", "-refresh-only")
	bases := map[string]bool{}
	for _, resource := range b.cli.State().Values.RootModule.Resources {
		if cost, ok := resource.AttributeValues["estimated_cost"].(map[string]any); ok {
			bases[fmt.Sprintf("%v %v", cost["hourly"], cost["basis"])] = true
		}
	}
	for _, want := range []string{"0.31 Vast.ai offer 301: RTX 4090, US", "2.51 Vast.ai offer 302: H100 SXM, US"} {
		if !bases[want] {
			t.Errorf("no estimate says %q: %v", want, bases)
		}
	}
	if plan := b.cli.Run("plan", "-detailed-exitcode"); plan.Code != 0 {
		t.Errorf("the plan after it has exit code %d\n%s", plan.Code, plan.Output())
	}
}

// TestCeiling_FiltersCandidatesAtPlan: the plan prices the first candidate within the
// limit, and is refused only when none is.
func TestCeiling_FiltersCandidatesAtPlan(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limit, provider, refused, hourly string
	}{
		"the second fits":                     {limit: "max_hourly_price = 7", hourly: "6.05"},
		"the second fits the budget for each": {provider: "budget {\n max_hourly_each = 7\n}", hourly: "6.05"},
		"none fits": {
			limit:   "max_hourly_price = 5",
			refused: "None of 2 candidates is within the limit. The cheapest, 4 × A100 SXM 80GB in the SECURE cloud, would cost 6.05 USD/h and max_hourly_price is 5.00 USD/h.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newGuarded(t)
			b.provider(tt.provider)
			b.cli.Write("main.tf", guardPod(gpuWish(4, "H100 SXM", "A100 SXM 80GB"), tt.limit))
			result := b.cli.Run("apply", "-auto-approve")
			b.says(result, tt.refused != "", tt.refused)
			if tt.refused != "" {
				b.env.NoWrites(t)
				return
			}
			b.costs(tt.hourly, "4 × A100 SXM 80GB")
			if strings.Contains(result.Output(), "Another candidate") {
				t.Errorf("a warning though what was planned was rented:\n%s", result.Output())
			}
		})
	}
}

// TestRebid_WithinTheLimit: a proposed bid leaves room for the disk that the instance
// really has, not for the one of the offer that the plan priced.
func TestRebid_WithinTheLimit(t *testing.T) {
	t.Parallel()
	b := newBudgeted(t)
	offer := func(id int, storage string) string {
		return fmt.Sprintf(`{"id": %d, "machine_id": %d, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 2, "min_bid": 0.1, "storage_cost": %s}`, id, id, storage)
	}
	if err := b.env.World.LoadMarket([]byte(`{"vastai": {"offers": [` + offer(401, "0") + "," + offer(402, "1.2") + `]}}`)); err != nil {
		t.Fatal(err)
	}
	b.cli.Write("main.tf", `
data "gpumarket_offers" "o" {
  gpu_names     = ["RTX 4090"]
  marketplaces  = ["vastai"]
  disk_gb       = 100
  interruptible = true
}

resource "gpumarket_vastai_instance" "i" {
  `+selectedOffers+`
  image            = "ubuntu:24.04"
  disk_gb          = 100
  bid_price        = 0.5
  max_hourly_price = 1
  on_interruption  = "rebid"
}
`)
	b.cli.MustRun("plan", "-out=saved")
	b.market(simkit.MarketAction{Platform: "vastai", Action: simkit.TakeOffer, OfferID: "401"})
	b.cli.MustRun("apply", "saved")
	b.market(simkit.MarketAction{Platform: "vastai", Action: simkit.Outbid, InstanceID: simkit.ID(b.env.Rented()[0].ID), Factor: 1.6})
	for _, refresh := range []string{"-refresh=true", "-refresh=false"} {
		b.cli.MustRun("apply", "-auto-approve", refresh)
		if hourly := b.env.Rented()[0].Hourly; hourly > 1 {
			t.Errorf("it bills %v USD/h, and max_hourly_price is 1", hourly)
		}
	}
	if bids := len(b.env.Requests("changeBid")); bids != 1 {
		t.Errorf("%d bids were made, want 1", bids)
	}
}

// TestDisk_OfAnotherSize: a disk cannot grow, so that a size which is nearly the same
// is a replacement too, and no update that writes nothing.
func TestDisk_OfAnotherSize(t *testing.T) {
	t.Parallel()
	b := newGuarded(t)
	config := func(diskGB string) string {
		return strings.ReplaceAll(guardInstance(), "disk_gb = 50", "disk_gb = "+diskGB)
	}
	b.cli.Write("main.tf", config("1000"))
	b.cli.MustRun("apply", "-auto-approve")
	b.cli.Write("main.tf", config("1009"))
	b.says(b.cli.Run("plan"), false, "1 to add, 0 to change, 1 to destroy")
}

// TestVolume_GrownElsewhere: a volume that was grown in the console stands in the way
// of no plan and no destroy. What is newly set may not be smaller than what exists.
func TestVolume_GrownElsewhere(t *testing.T) {
	t.Parallel()
	volumeOfPod := func(sizeGB int, lines ...string) string {
		return guardPod(append(lines, gpuWish(1, "RTX A5000"), podVolume(sizeGB))...)
	}
	for name, tt := range map[string]struct {
		config func(sizeGB int, lines ...string) string
		grow   func(b *budgeted, id string)
	}{
		"network volume": {config: budgetVolume, grow: func(b *budgeted, id string) {
			b.request(http.MethodPatch, "/v2/network-volumes/"+id, `{"size":146}`)
		}},
		"pod's volume": {config: volumeOfPod, grow: func(b *budgeted, id string) {
			b.request(http.MethodPatch, "/v2/pods/"+id, `{"mounts":{"persistent":{"size":146,"path":"/data"}}}`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newGuarded(t)
			b.cli.Write("main.tf", tt.config(73))
			b.cli.MustRun("apply", "-auto-approve")
			tt.grow(b, b.env.Rented()[0].ID)
			b.env.World.Advance(time.Minute)
			plan := b.cli.Run("plan", "-detailed-exitcode")
			b.says(plan, false, "It has 146 GB, the configuration says 73, and a volume cannot shrink. It is kept as it is.")
			b.cli.Write("main.tf", tt.config(100))
			b.says(b.cli.Run("plan"), true, "It has 146 GB and RunPod refuses a smaller size.")
			b.cli.Write("main.tf", tt.config(73, "timeouts {\n delete = \"5m\"\n}"))
			b.cli.MustRun("apply", "-auto-approve")
			b.says(b.cli.Run("plan", "-detailed-exitcode"), false, "It is kept as it is.")
			b.cli.Write("main.tf", tt.config(200))
			b.cli.MustRun("apply", "-auto-approve")
			b.cli.Write("main.tf", tt.config(146))
			b.says(b.cli.Run("plan"), true, "It has 200 GB")
			b.cli.Write("main.tf", tt.config(200))
			b.cli.MustRun("destroy", "-auto-approve")
			b.holds()
		})
	}
}
