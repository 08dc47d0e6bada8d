package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// sixOffers are RTX 4090s at 0.40 USD/h on machines of their own.
func sixOffers() string {
	var rows []string
	for i := range 6 {
		rows = append(rows, fmt.Sprintf(
			`{"id": %d, "machine_id": %d, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 0.39, "storage_cost": 0.144}`, 500+i, 50+i))
	}
	return `{"vastai": {"offers": [` + strings.Join(rows, ",") + `]}}`
}

// TestCeiling_WhileCreatesQueue: six creates queue for the documented quota when the
// market triples. None is rented above the limit, whatever its price was when it
// queued.
func TestCeiling_WhileCreatesQueue(t *testing.T) {
	t.Parallel()
	for name, wish := range map[string]string{
		"wishes":    "offer {\n    gpu_names = [\"RTX 4090\"]\n  }",
		"selection": selectedOffers,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, documented)
			if err := env.World.LoadMarket([]byte(sixOffers())); err != nil {
				t.Fatal(err)
			}
			cli := env.Attached(t)
			cli.Write("main.tf", strings.ReplaceAll(guardInstance("count = 6", "max_hourly_price = 0.5"), selectedOffers, wish))
			cli.MustRun("plan", "-out=saved")
			env.ResetJournal()
			apply := cli.Start("apply", "saved")
			env.Await(t, "createInstance")
			if err := env.Clock.Sleep(t.Context(), 12*time.Second); err != nil {
				t.Fatal(err)
			}
			if err := env.World.Market(simkit.MarketAction{Platform: "vastai", Action: simkit.Reprice, Factor: 3}); err != nil {
				t.Fatal(err)
			}
			result := apply.Wait()
			rented := env.Rented()
			for _, r := range rented {
				if r.Hourly > 0.5 {
					t.Errorf("%s bills %v USD/h, and max_hourly_price is 0.50", r, r.Hourly)
				}
			}
			if len(rented) == 0 || len(rented) == 6 || result.Code == 0 {
				t.Errorf("%d of 6 were rented before the market moved, exit code %d\n%s", len(rented), result.Code, result.Output())
			}
			if !strings.Contains(unwrapped(result.Output()), "costs 1.18 USD/h and max_hourly_price is 0.50 USD/h") {
				t.Errorf("the reason is not told:\n%s", result.Output())
			}
			if destroyed := len(env.Requests("destroyInstance")); destroyed > 0 {
				t.Logf("%d were rented in the moment between the look and the call, and destroyed", destroyed)
			}
			cli.MustRun("destroy", "-auto-approve", "-refresh=false")
			nothingLeft(t, env)
		})
	}
}

// TestCeiling_AfterRenting: what turns out to cost more than its limit once it is
// rented is ended at once, and told; nothing is left in the state or on the account.
func TestCeiling_AfterRenting(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		config, operation, body, says string
		ends                          string
	}{
		"instance": {
			config:    guardInstance("max_hourly_price = 0.5"),
			operation: "searchOffers",
			body:      `{"offers": [{"id": 302, "machine_id": 32, "gpu_name": "H100 SXM", "num_gpus": 1, "gpu_ram": 81559, "dph_base": 0.2, "dph_total": 0.21, "storage_cost": 0.144, "verification": "verified", "rentable": true, "disk_space": 500}]}`,
			says:      "Vast.ai charges 2.51 USD/h for it and max_hourly_price is 0.50 USD/h. It was destroyed at once; nothing bills.",
			ends:      "destroyInstance",
		},
		"pod": {
			config:    guardPod(gpuWish(1, "H100 SXM"), "max_hourly_price = 0.5"),
			operation: "listGpuTypes",
			body:      `{"gpus": [{"id": "NVIDIA H100 80GB HBM3", "name": "H100 SXM", "memory": 80, "secure": true, "community": true, "price": {"secure": 0.2, "community": 0.2}, "maxCount": {"secure": 8, "community": 8}}]}`,
			says:      "RunPod charges 2.40 USD/h for it, disks included, and the limit is 0.50 USD/h. It was deleted at once; nothing bills.",
			ends:      "deletePod",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newGuarded(t)
			if err := b.env.World.Fault(simkit.Fault{Operation: tt.operation, Kind: simkit.Status, Status: http.StatusOK, Body: []byte(tt.body)}); err != nil {
				t.Fatal(err)
			}
			b.cli.Write("main.tf", tt.config)
			b.says(b.cli.Run("apply", "-auto-approve"), true, tt.says)
			b.holds()
			if len(b.env.Requests(tt.ends)) != 1 {
				t.Errorf("%d calls of %s, want 1", len(b.env.Requests(tt.ends)), tt.ends)
			}
			if state := b.cli.State().Values; state != nil {
				for _, resource := range state.RootModule.Resources {
					if resource.Mode == "managed" {
						t.Errorf("%s is in the state", resource.Address)
					}
				}
			}
		})
	}
}

// TestBudget_TwoBlocks: two provider blocks rent at the same time on one account. Each
// runs in a process of its own, and together they stay within the limit.
func TestBudget_TwoBlocks(t *testing.T) {
	t.Parallel()
	for try := range 4 {
		t.Run(fmt.Sprint(try), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime)
			if err := env.World.LoadMarket([]byte(budgetMarket)); err != nil {
				t.Fatal(err)
			}
			// The answer takes a while, so that each rent is under way while the other asks.
			if err := env.World.Fault(simkit.Fault{Operation: "createPod", Kind: simkit.Delay, DelayMS: 1500}); err != nil {
				t.Fatal(err)
			}
			cli := env.CLI(t)
			block := env.ProviderBlock("budget {\n max_hourly = 0.9\n}")
			cli.Write("provider.tf", budgetRequires+block+strings.Replace(block, "{", "{\n  alias = \"two\"", 1))
			cli.Write("main.tf", budgetPod("a")+budgetPod("b", "provider = gpumarket.two"))
			apply := cli.Start("apply", "-auto-approve")
			env.Await(t, "createPod")
			// The second waits up to two minutes for room.
			if err := env.Clock.Sleep(t.Context(), 8*time.Second); err != nil {
				t.Fatal(err)
			}
			if rented := env.Rented(); len(rented) != 1 {
				t.Errorf("%d pods at 0.60 USD/h were rented under a limit of 0.90", len(rented))
			}
			apply.Interrupt()
			apply.Wait()
			if rented := env.Rented(); len(rented) != 1 {
				t.Errorf("%d pods at 0.60 USD/h are rented under a limit of 0.90", len(rented))
			}
		})
	}
}
