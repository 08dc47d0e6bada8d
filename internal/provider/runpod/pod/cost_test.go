package pod_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestPodResource_Cost: the bill stands in the plan, and is what is paid.
func TestPodResource_Cost(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(pod(`-gpu`, acctest.Block("gpu", `types = ["RTX 4090", "RTX 3090"]`, `count = 2`),
		`container_disk_gb = 73`, `volume { size_gb = 146 }`, `max_hourly_price = 2`))
	run(t, env,
		resource.TestStep{
			Config: config,
			ConfigPlanChecks: before(planned("estimated_cost", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"hourly":         knownvalue.Float64Exact(1.21),
				"monthly":        knownvalue.Float64Exact(883.3),
				"compute_hourly": knownvalue.Float64Exact(1.18),
				"storage_hourly": knownvalue.Float64Exact(0.03),
				"stopped_hourly": knownvalue.Float64Exact(0.04),
				"max_hourly":     knownvalue.Float64Exact(2),
				"basis":          knownvalue.StringExact("RunPod's list price of 2 × RTX 4090 in the SECURE cloud"),
			}))),
			ConfigStateChecks: []statecheck.StateCheck{value("hourly_price", knownvalue.Float64Exact(1.18))},
		},
		resource.TestStep{
			PreConfig: func() { market(t, env, simkit.MarketAction{Action: simkit.Reprice, Factor: 3}) },
			Config:    config, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
		},
	)
}

// TestPodResource_Ceiling: a price above a limit fails the plan, on the attribute,
// with both figures; what runs is only warned about.
func TestPodResource_Ceiling(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	run(t, env,
		resource.TestStep{
			Config:      env.Config(pod(`max_hourly_price = 0.5`)),
			ExpectError: wrapped("It would cost 0.59274 USD/h and max_hourly_price is 0.50 USD/h"),
		},
		resource.TestStep{
			PreConfig: func() { env.NoWrites(t) },
			Config:    env.Config(pod(`max_hourly_price = 0.6`)),
		},
		resource.TestStep{
			PreConfig:        env.ResetJournal,
			Config:           env.Config(pod(`max_hourly_price = 0.5`)),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate)),
		},
		resource.TestStep{
			PreConfig:   func() { env.NoWrites(t) },
			Config:      env.Config(pod(`max_hourly_price = 0.5`, `volume { size_gb = 10 }`)),
			ExpectError: wrapped("max_hourly_price is 0.50 USD/h"),
		},
	)
}

// TestPodResource_CeilingSkips: a candidate above the ceiling is passed over, with
// that as its reason.
func TestPodResource_CeilingSkips(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := func(ceiling string) string {
		return env.Config(pod(`-gpu`, `gpu { types = ["RTX 3090", "RTX 4090", "RTX A4000"] }`, `max_hourly_price = `+ceiling))
	}
	soldOut(t, env, "RTX 3090", "SECURE")
	run(t, env, resource.TestStep{
		Config:            config("0.5"),
		ConfigStateChecks: []statecheck.StateCheck{value("gpu_type", knownvalue.StringExact("NVIDIA RTX A4000"))},
	})
	env.Wrote(t, "createPod", "createPod", "deletePod")
	soldOut(t, env, "RTX A4000", "SECURE")
	env.ResetJournal()
	run(t, env, resource.TestStep{
		Config:      config("0.5"),
		ExpectError: wrapped("RTX 4090, SECURE: costs 0.59274 USD/h, disks included, and max_hourly_price is 0.50 USD/h"),
	})
	env.Wrote(t, "createPod", "createPod")
}

// TestPodResource_NoCatalog: without prices the plan succeeds, and nothing is
// rented whose price has a limit.
func TestPodResource_NoCatalog(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	fault(t, env, simkit.Fault{Operation: "listGpuTypes", Kind: simkit.Status, Status: 503})
	run(t, env,
		resource.TestStep{
			Config:      env.Config(pod(`max_hourly_price = 5`)),
			ExpectError: wrapped("The price cannot be checked, so nothing is rented"),
		},
		resource.TestStep{
			PreConfig:         func() { env.NoWrites(t) },
			Config:            env.Config(pod()),
			ConfigPlanChecks:  before(unknown("estimated_cost")),
			ConfigStateChecks: []statecheck.StateCheck{value("estimated_cost", partial("compute_hourly", 0.59))},
		},
	)
}

// TestPodResource_Repriced: the market moves between a saved plan and its apply.
// What was reviewed is rented, or refused in our words; the plan that follows
// shows the new price.
func TestPodResource_Repriced(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		lines  []string
		factor float64
		rents  bool
	}{
		{name: "dearer", factor: 1.5},
		{name: "dearer within a ceiling", lines: []string{`max_hourly_price = 5`}, factor: 1.5, rents: true},
		{name: "cheaper", factor: 0.5, rents: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime)
			cli := env.CLI(t)
			cli.Write("main.tf", pod(tt.lines...))
			cli.MustRun("plan", "-out=saved")
			market(t, env, simkit.MarketAction{Action: simkit.Reprice, Factor: tt.factor})
			result := cli.Run("apply", "-no-color", "saved")
			if strings.Contains(result.Output(), "inconsistent") {
				t.Fatalf("the two plans differ:\n%s", result.Output())
			}
			if tt.rents {
				if result.Code != 0 {
					t.Fatalf("apply failed:\n%s", result.Output())
				}
				if again := cli.Run("plan", "-detailed-exitcode"); again.Code != 0 {
					t.Errorf("second plan: exit code %d\n%s", again.Code, again.Output())
				}
			} else {
				if result.Code == 0 || !wrapped("costs 0.88774 USD/h now, disks included, and the plan that was reviewed says 0.59274 USD/h").MatchString(result.Output()) {
					t.Errorf("apply: exit code %d\n%s", result.Code, result.Output())
				}
				env.NoWrites(t)
				cli.MustRun("plan", "-out=saved")
				if got := fmt.Sprint(cli.Plan("saved").ResourceChanges[0].Change.After); !strings.Contains(got, "hourly:0.88774") {
					t.Errorf("the next plan shows %s", got)
				}
				cli.MustRun("apply", "saved")
			}
			cli.MustRun("destroy", "-auto-approve")
			none(t, env)
		})
	}
}
