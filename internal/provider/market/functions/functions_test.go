package functions_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

func evaluate(t *testing.T, expression string, want knownvalue.Check) {
	t.Helper()
	env := acctest.New(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		Steps: []resource.TestStep{{
			Config:            "output \"test\" {\n  value = provider::gpumarket::" + expression + "\n}\n",
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("test", want)},
		}},
	})
	if n := len(env.Requests("")); n != 0 {
		t.Errorf("%d requests, want none: functions are pure", n)
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]knownvalue.Check{
		`gpu_name("NVIDIA GeForce RTX 4090")`:  knownvalue.StringExact("RTX 4090"),
		`gpu_name("RTX_4090")`:                 knownvalue.StringExact("RTX 4090"),
		`gpu_name("NVIDIA A100-SXM4-80GB")`:    knownvalue.StringExact("A100 SXM 80GB"),
		`job_cost(0.59, 2)`:                    knownvalue.Float64Exact(1.18),
		`job_cost(0.38, 2)`:                    knownvalue.Float64Exact(0.76),
		`monthly_cost(0.59)`:                   knownvalue.Float64Exact(430.7),
		`monthly_cost(0)`:                      knownvalue.Float64Exact(0),
		`job_cost(0.59 * 3, 100 / 60)`:         knownvalue.Float64Exact(2.95),
		`job_cost(1 / 3, 3)`:                   knownvalue.Float64Exact(1),
		`monthly_cost(1 / 3)`:                  knownvalue.Float64Exact(243.333333),
		`monthly_cost(sum([0.1, 0.2, 1 / 7]))`: knownvalue.Float64Exact(323.285714),
		// The results are decimals, as the literals are.
		`job_cost(0.59, 2) == 1.18`:   knownvalue.Bool(true),
		`monthly_cost(0.59) == 430.7`: knownvalue.Bool(true),
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			evaluate(t, expression, want)
		})
	}
}

func TestFunctions_Invalid(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		`gpu_name("H100")`:     `(?s)ambiguous.*H100\s+NVL.*H100\s+PCIe.*H100\s+SXM`,
		`gpu_name("RTX 4099")`: `(?s)RTX\s+4099.*RTX\s+4090`,
		`job_cost(-1, 2)`:      `0\s+or\s+more`,
		`monthly_cost(-0.5)`:   `0\s+or\s+more`,
		`monthly_cost(-1 / 3)`: `hourly\s+is\s+-0\.3333333333;\s+it\s+has\s+to\s+be\s+0\s+or\s+more`,
		`job_cost(1, 1e400)`:   `(?s)hours\s+is\s+1e\+400;.*at\s+most\s+1e\+12`,
		`job_cost(1e13, 1)`:    `hourly\s+is\s+1e\+13`,
		`monthly_cost(null)`:   `must\s+not\s+be\s+null`,
		`cost_table({ a = { hourly = 1e400, monthly = 1, compute_hourly = 1, storage_hourly = 0, stopped_hourly = 0, max_hourly = null, basis = "" } })`: `costs\["a"\]\.hourly\s+is\s+1e\+400`,
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: env.Factories(),
				Steps: []resource.TestStep{{
					Config:      "output \"test\" {\n  value = provider::gpumarket::" + expression + "\n}\n",
					ExpectError: regexp.MustCompile(want),
				}},
			})
		})
	}
}

// TestCostTable_Unknown: a table with an estimate that is not known yet is not known
// either, so that what uses it can be applied, and the next plan is empty.
func TestCostTable_Unknown(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(`
resource "gpumarket_vastai_instance" "test" {
  offer { gpu_names = ["RTX 4090"] }
  image   = "ubuntu:24.04"
  disk_gb = 20
}

resource "terraform_data" "note" {
  input = provider::gpumarket::cost_table({ worker = gpumarket_vastai_instance.test.estimated_cost })
}
`)
	note := tfjsonpath.New("output")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectUnknownValue("terraform_data.note", tfjsonpath.New("input")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("terraform_data.note", note, knownvalue.StringRegexp(regexp.MustCompile(`worker +\| +\d+\.\d+ `))),
				},
			},
			{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
		},
	})
}

func TestCostTable(t *testing.T) {
	t.Parallel()
	cost := `{ hourly = 0.6, monthly = 438, compute_hourly = 0.59, storage_hourly = 0.01, stopped_hourly = 0.02, max_hourly = null, basis = "list price" }`
	evaluate(t, `cost_table({ trainer = `+cost+`, worker = `+cost+` })`,
		knownvalue.StringRegexp(regexp.MustCompile(`(?s)^\|.*trainer.*0\.60.*worker.*1\.20`)))
}

// TestCostTable_Computed: costs that are computed have more digits than a float64.
func TestCostTable_Computed(t *testing.T) {
	t.Parallel()
	cost := `{ hourly = 1 / 3, monthly = 730 / 3, compute_hourly = 0.1 + 0.2, storage_hourly = 1 / 30, stopped_hourly = 0, max_hourly = 4 / 3, basis = "" }`
	evaluate(t, `cost_table({ trainer = `+cost+` })`, knownvalue.StringRegexp(regexp.MustCompile(`trainer +\| +0\.333333 \| +243\.33 \| +1\.333333 `)))
}
