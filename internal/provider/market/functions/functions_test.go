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
		`gpu_name("NVIDIA GeForce RTX 4090")`: knownvalue.StringExact("RTX 4090"),
		`gpu_name("RTX_4090")`:                knownvalue.StringExact("RTX 4090"),
		`gpu_name("NVIDIA A100-SXM4-80GB")`:   knownvalue.StringExact("A100 SXM 80GB"),
		`job_cost(0.59, 2)`:                   knownvalue.Float64Exact(1.18),
		`job_cost(0.38, 2)`:                   knownvalue.Float64Exact(0.76),
		`monthly_cost(0.59)`:                  knownvalue.Float64Exact(430.7),
		`monthly_cost(0)`:                     knownvalue.Float64Exact(0),
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
