package provider_test

import (
	"math"
	"testing"
	"time"
)

// TestSpend_AgreesWithLedger: what a plan says everything costs per hour is what
// the platforms charge in an hour.
func TestSpend_AgreesWithLedger(t *testing.T) {
	t.Parallel()
	b := newBudgeted(t)
	b.cli.Write("main.tf", budgetPod("a", "count = 3")+budgetVolume(1460)+`
data "gpumarket_offers" "o" {
  for_each     = toset(["RTX 4090", "RTX 3090"])
  gpu_names    = [each.key]
  marketplaces = ["vastai"]
  disk_gb      = 100
}

resource "gpumarket_vastai_instance" "i" {
  for_each = data.gpumarket_offers.o
  selection = each.value.selection
  image    = "ubuntu:24.04"
  disk_gb  = 100
  label    = each.key
}
`)
	b.cli.MustRun("plan", "-out=saved")
	planned, billing := 0.0, 0
	for _, change := range b.cli.Plan("saved").ResourceChanges {
		after, _ := change.Change.After.(map[string]any)
		if cost, ok := after["estimated_cost"].(map[string]any); ok {
			hourly, ok := cost["hourly"].(float64)
			if !ok {
				t.Errorf("%s: the plan knows no cost", change.Address)
			}
			planned, billing = planned+hourly, billing+1
		}
	}
	if billing != 6 {
		t.Fatalf("%d resources with a cost, want 3 pods, 2 instances and a volume", billing)
	}
	b.cli.MustRun("apply", "saved")
	b.env.World.Advance(10 * time.Minute) // past the boot, which costs less
	charged := -b.charged()
	b.env.World.Advance(time.Hour)
	charged += b.charged()
	if math.Abs(planned-charged) > 0.01*charged {
		t.Errorf("the plan says %.6f USD/h, and an hour costs %.6f", planned, charged)
	}
	// 3 × 0.60, 1,000 GB at 0.07 and 460 at 0.05, 0.62 and 0.48.
	if want := 1.8 + 93.0/730 + 1.1; math.Abs(planned-want) > 1e-5 {
		t.Errorf("the plan says %.6f USD/h, want %.6f", planned, want)
	}
}

// charged is the bill of both platforms up to now.
func (b *budgeted) charged() float64 {
	sum := 0.0
	for _, charge := range b.env.World.Ledger() {
		sum += charge.USD
	}
	return sum
}
