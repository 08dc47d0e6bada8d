package provider_test

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// examples is the folder of the examples, seen from this package.
const examples = "../../examples"

// scenario copies a scenario into the CLI's working directory and gives its
// provider block the accounts of the world.
func scenario(t *testing.T, env *acctest.Env, cli *acctest.CLI, name string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(examples, "scenarios", name, "*.tf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenario %s: %v", name, err)
	}
	if err := os.Remove(filepath.Join(cli.Dir, "provider.tf")); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cli.Write(filepath.Base(file), string(content))
	}
	cli.Write("accounts_override.tf", env.ProviderBlock())
}

// nothingLeft fails the test when something still bills.
func nothingLeft(t *testing.T, env *acctest.Env) {
	t.Helper()
	if left := env.Rented(); len(left) != 0 {
		t.Errorf("still rented: %v", left)
	}
}

// plannedCosts are the hourly and monthly estimates of a saved plan by resource type.
func plannedCosts(t *testing.T, plan *tfjson.Plan) map[string]map[string]any {
	t.Helper()
	costs := map[string]map[string]any{}
	for _, change := range plan.ResourceChanges {
		if change.Mode != tfjson.ManagedResourceMode {
			continue
		}
		after, _ := change.Change.After.(map[string]any)
		cost, ok := after["estimated_cost"].(map[string]any)
		if !ok {
			t.Errorf("%s has no estimated_cost in the plan", change.Address)
			continue
		}
		for _, key := range []string{"hourly", "monthly"} {
			if v, ok := cost[key].(float64); !ok || v <= 0 {
				t.Errorf("%s: estimated_cost.%s is %v in the plan, want a number", change.Address, key, cost[key])
			}
		}
		costs[change.Type] = cost
	}
	return costs
}

func stateOf(t *testing.T, cli *acctest.CLI, kind string) map[string]any {
	t.Helper()
	state := cli.State()
	if state.Values == nil {
		t.Fatalf("the state is empty")
	}
	for _, r := range state.Values.RootModule.Resources {
		if r.Type == kind && r.Mode == tfjson.ManagedResourceMode {
			return r.AttributeValues
		}
	}
	t.Fatalf("no %s in the state", kind)
	return nil
}

// TestScenario_Quickstart is the main job: cost in a saved plan before anything was
// created, apply, prices that agree, an empty second plan while the market moves,
// the spend, the end.
func TestScenario_Quickstart(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.Attached(t)
	scenario(t, env, cli, "quickstart")

	cli.MustRun("plan", "-out=saved")
	env.NoWrites(t)
	costs := plannedCosts(t, cli.Plan("saved"))
	if len(costs) != 3 {
		t.Fatalf("costs planned for %v, want pod, volume and instance", slices.Sorted(maps.Keys(costs)))
	}

	cli.MustRun("apply", "saved")
	for kind, attribute := range map[string]string{
		"gpumarket_runpod_pod": "compute_hourly", "gpumarket_vastai_instance": "hourly",
	} {
		paid, _ := stateOf(t, cli, kind)["hourly_price"].(float64)
		estimated, _ := costs[kind][attribute].(float64)
		if estimated == 0 || math.Abs(paid-estimated)/estimated > 0.01 {
			t.Errorf("%s: hourly_price %v, estimated_cost.%s %v; want them within 1 %%", kind, paid, attribute, estimated)
		}
		if ssh, ok := stateOf(t, cli, kind)["ssh"].(map[string]any); !ok || ssh["host"] == "" {
			t.Errorf("%s: no way in: ssh is %v", kind, ssh)
		}
	}
	secondPlan(t, cli)

	if err := env.World.Market(simkit.MarketAction{Action: simkit.Reprice, Factor: 1.5}); err != nil {
		t.Fatal(err)
	}
	secondPlan(t, cli)

	cli.MustRun("destroy", "-auto-approve")
	nothingLeft(t, env)
}

func secondPlan(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("second plan: exit code %d, want 0\n%s", result.Code, result.Output())
	}
}

// TestScenario_Repriced moves the whole market between plan and apply. Terraform
// must not find an inconsistent plan: either what was reviewed is rented, or apply
// refuses in our words, and then nothing may be paid above what was reviewed.
func TestScenario_Repriced(t *testing.T) {
	t.Parallel()
	for name, factor := range map[string]float64{"dearer": 1.5, "cheaper": 0.8} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			cli := env.Attached(t)
			scenario(t, env, cli, "quickstart")
			cli.MustRun("plan", "-out=saved")
			costs := plannedCosts(t, cli.Plan("saved"))
			if err := env.World.Market(simkit.MarketAction{Action: simkit.Reprice, Factor: factor}); err != nil {
				t.Fatal(err)
			}
			result := cli.Run("apply", "saved")
			for _, wrong := range []string{"inconsistent final plan", "bug in the provider"} {
				if strings.Contains(result.Output(), wrong) {
					t.Fatalf("apply says %q:\n%s", wrong, result.Output())
				}
			}
			if factor < 1 && result.Code != 0 {
				t.Fatalf("everything became cheaper and apply failed:\n%s", result.Output())
			}
			if factor > 1 {
				if result.Code == 0 {
					t.Fatal("everything became dearer than reviewed, and apply rented it")
				}
				if !strings.Contains(result.Output(), "0.") {
					t.Errorf("the refusal names no price:\n%s", result.Output())
				}
			}
			for _, rented := range env.Rented() {
				if limit, ok := costs[rented.Type]; ok && rented.Hourly > limit["hourly"].(float64)*1.01 { //nolint:forcetypeassert // checked by plannedCosts
					t.Errorf("%v costs %v USD/h, reviewed was %v", rented, rented.Hourly, limit["hourly"])
				}
			}
			// A new plan shows the new prices, and can be applied.
			cli.MustRun("apply", "-auto-approve")
			secondPlan(t, cli)
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}

// TestScenario_Readers applies the scenarios that only read.
func TestScenario_Readers(t *testing.T) {
	t.Parallel()
	for name, output := range map[string]string{"market": "offers", "spend": "spend", "compare": "offers"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			cli := env.Attached(t)
			scenario(t, env, cli, name)
			cli.MustRun("apply", "-auto-approve")
			if text := cli.MustRun("output", "-raw", output).Stdout; !strings.HasPrefix(text, "|") {
				t.Errorf("output %s is no table:\n%s", output, text)
			}
			env.NoWrites(t)
		})
	}
}

// TestScenario_CostReview: the table is known in the plan, and the check fails above
// the limit and passes below it.
func TestScenario_CostReview(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.Attached(t)
	scenario(t, env, cli, "cost-review")
	for limit, want := range map[string]tfjson.CheckStatus{"1": tfjson.CheckStatusFail, "3": tfjson.CheckStatusPass} {
		cli.MustRun("plan", "-out=saved", "-var=max_hourly="+limit)
		plan := cli.Plan("saved")
		table, _ := plan.PlannedValues.Outputs["cost"].Value.(string)
		if !strings.Contains(table, "| trainer") || !strings.Contains(table, "| **Total**") {
			t.Errorf("the planned output is no table of costs:\n%s", table)
		}
		if len(plan.Checks) != 1 || plan.Checks[0].Status != want {
			t.Errorf("limit %s: checks %+v, want one with status %s", limit, plan.Checks, want)
		}
	}
	env.NoWrites(t)
	cli.MustRun("apply", "-auto-approve")
	secondPlan(t, cli)
	cli.MustRun("destroy", "-auto-approve")
	nothingLeft(t, env)
}
