package provider_test

import (
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestBudget_Dearer: what makes an object dearer is held against all that the accounts
// are billed for when it is applied. A plan of one resource does not know the others.
func TestBudget_Dearer(t *testing.T) {
	t.Parallel()
	bigDisk := acctest.Block("volume", `size_gb = 730`, `mount_path = "/data"`)
	disk := acctest.Block("volume", `size_gb = 73`, `mount_path = "/data"`)
	for name, tt := range map[string]struct{ address, before, config, limit, refused string }{
		"volume grows": {
			address: aVolume + ".v",
			before:  budgetVolume(73), config: budgetVolume(730), limit: "0.65",
			refused: "verything else costs 0.60 USD/h, this costs 0.07 USD/h instead of 0.007 USD/h, and budget.max_hourly is 0.65 USD/h",
		},
		"pod's volume grows": {
			address: aPod + ".a",
			before:  budgetPod("a", disk), config: budgetPod("a", bigDisk), limit: "1.25",
			refused: "verything else costs 0.60 USD/h, this costs 0.70 USD/h instead of 0.61 USD/h, and budget.max_hourly is 1.25 USD/h",
		},
		"stopped pod's volume grows": {
			address: aPod + ".a",
			before:  budgetPod("a", disk, `desired_status = "stopped"`), config: budgetPod("a", bigDisk, `desired_status = "stopped"`), limit: "0.75",
			refused: "verything else costs 0.60 USD/h, this costs 0.20 USD/h instead of 0.02 USD/h, and budget.max_hourly is 0.75 USD/h",
		},
		"pod starts": {
			address: aPod + ".a",
			before:  budgetPod("a", disk, `desired_status = "stopped"`), config: budgetPod("a", disk), limit: "1.2",
			refused: "verything else costs 0.60 USD/h, this costs 0.61 USD/h instead of 0.02 USD/h, and budget.max_hourly is 1.20 USD/h",
		},
		"instance starts": {
			address: aInstance + ".i",
			before:  budgetInstance(`desired_status = "stopped"`), config: budgetInstance(), limit: "1.2",
			refused: "verything else costs 0.60 USD/h, this costs 0.62 USD/h instead of 0.10 USD/h, and budget.max_hourly is 1.20 USD/h",
		},
		"instance bids more": {
			address: aInstance + ".i",
			before:  budgetInstance("bid_price = 0.3"), config: budgetInstance("bid_price = 0.5"), limit: "1.1",
			refused: "verything else costs 0.60 USD/h, this costs 0.60 USD/h instead of 0.40 USD/h, and budget.max_hourly is 1.10 USD/h",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBudgeted(t)
			b.cli.Write("main.tf", budgetPod("z")+tt.before)
			b.cli.MustRun("apply", "-auto-approve")
			b.limit(tt.limit)
			b.cli.Write("main.tf", budgetPod("z")+tt.config)
			b.says(b.cli.Run("plan", "-out=saved", "-target="+tt.address), false, "1 to change")
			b.env.ResetJournal()
			refused := b.cli.Run("apply", "saved")
			b.says(refused, true, tt.refused+noRoom)
			b.says(refused, true, "or raise budget.max_hourly in the provider block")
			b.env.NoWrites(t)

			b.provider("")
			b.cli.MustRun("apply", "-auto-approve")
			if plan := b.cli.Run("plan", "-detailed-exitcode"); plan.Code != 0 {
				t.Errorf("the plan after it has exit code %d\n%s", plan.Code, plan.Output())
			}
		})
	}
}

// TestBudget_UnknownSize: a size that only the apply knows is held against the
// limits then.
func TestBudget_UnknownSize(t *testing.T) {
	t.Parallel()
	b := newBudgeted(t)
	b.provider("budget { max_hourly_each = 0.05 }")
	b.cli.Write("main.tf", `
resource "terraform_data" "size" {
  input = 730
}

resource "gpumarket_runpod_network_volume" "v" {
  name           = "v"
  size_gb        = terraform_data.size.output
  data_center_id = "US-KS-2"
}
`)
	b.cli.MustRun("plan", "-out=saved")
	b.says(b.cli.Run("apply", "saved"), true, "t costs 0.07 USD/h and budget.max_hourly_each is 0.05 USD/h")
	b.env.NoWrites(t)
	b.holds()
}

// TestBudget_NamesTheLimit: a create that the budget refuses advises about the budget,
// and waits for room once, whatever the number of candidates.
func TestBudget_NamesTheLimit(t *testing.T) {
	t.Parallel()
	b := newBudgeted(t)
	b.limit("1")
	b.cli.Write("main.tf", budgetPod("z"))
	b.cli.MustRun("apply", "-auto-approve")
	b.cli.Write("main.tf", budgetPod("z")+budgetPod("a", `clouds = ["COMMUNITY", "SECURE"]`))
	b.cli.MustRun("plan", "-out=saved", "-target="+aPod+".a")
	b.env.ResetJournal()
	refused := b.cli.Run("apply", "saved")
	b.env.NoWrites(t)
	b.says(refused, true, "RTX 4090, SECURE: everything else costs 0.60 USD/h, this adds 0.60 USD/h, and budget.max_hourly is 1.00 USD/h"+noRoom)
	b.says(refused, true, "RTX 4090, COMMUNITY: everything else costs 0.60 USD/h, this adds 0.50 USD/h, and budget.max_hourly is 1.00 USD/h"+noRoom)
	b.says(refused, true, "or raise budget.max_hourly in the provider block")
	// A wait of two minutes looks every five seconds.
	if looks := len(b.env.Requests("listPods")); looks > 40 {
		t.Errorf("%d looks at the spend: each candidate waited", looks)
	}
}
