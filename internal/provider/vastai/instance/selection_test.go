package instance_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

const offersSource = `
data "gpumarket_offers" "x" {
  gpu_names    = ["RTX 4090"]
  marketplaces = ["vastai"]
  disk_gb      = 50
  # later
}
`

// TestInstanceResource_Selection_DataSource hands the selection of gpumarket_offers
// over whole.
func TestInstanceResource_Selection_DataSource(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	config := env.Config(offersSource, instance(`selection = data.gpumarket_offers.x.selection`, `disk_gb = 100`))
	steps(t, env,
		resource.TestStep{
			Config: config,
			ConfigPlanChecks: planned(plancheck.ExpectKnownValue(
				address, tfjsonpath.New("estimated_cost").AtMapKey("hourly"), knownvalue.Float64Exact(0.32))),
			ConfigStateChecks: []statecheck.StateCheck{
				value("offer_id", knownvalue.Int64Exact(101)), value("hourly_price", knownvalue.Float64Exact(0.32)),
			},
		},
		resource.TestStep{
			PreConfig: func() { move(t, env, simkit.MarketAction{Action: simkit.Reprice, Factor: 2}) },
			Config:    config, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
	)
}

// TestInstanceResource_Selection_Switch: a selection and an offer block with the
// same wishes are the same constraint, so changing from one to the other replaces
// nothing; a wish that what runs does not satisfy does.
func TestInstanceResource_Selection_Switch(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	selected := env.Config(offersSource, instance(`selection = data.gpumarket_offers.x.selection`))
	same := statecheck.CompareValue(compare.ValuesSame())
	id := func() statecheck.StateCheck { return same.AddStateValue(address, tfjsonpath.New("id")) }
	steps(t, env,
		resource.TestStep{Config: selected, ConfigStateChecks: []statecheck.StateCheck{
			id(), value("offer", knownvalue.Null()),
			value("selection", knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"gpu_names": knownvalue.ListSizeExact(1), "candidates": knownvalue.Null(),
			})),
		}},
		emptyPlan(selected),
		resource.TestStep{
			Config: env.Config(instance()), ConfigStateChecks: []statecheck.StateCheck{id()},
			ConfigPlanChecks: planned(action(plancheck.ResourceActionUpdate)),
		},
		emptyPlan(env.Config(instance())),
		resource.TestStep{Config: selected, ConfigStateChecks: []statecheck.StateCheck{id()}},
		resource.TestStep{
			Config:           env.Config(instance(`offer { gpu_names = ["H100"] }`)),
			ConfigPlanChecks: planned(action(plancheck.ResourceActionDestroyBeforeCreate)),
		},
	)
}

// TestInstanceResource_Selection_Later: the market is read during the apply.
func TestInstanceResource_Selection_Later(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	source := strings.Replace(offersSource, "# later", "max_hourly_price = terraform_data.limit.output", 1)
	config := env.Config("resource \"terraform_data\" \"limit\" {\n  input = 1\n}\n", source,
		instance(`selection = data.gpumarket_offers.x.selection`, `max_hourly_price = 2`))
	steps(t, env,
		resource.TestStep{
			Config: config,
			ConfigPlanChecks: planned(
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("estimated_cost").AtMapKey("hourly")),
				plancheck.ExpectKnownValue(address, tfjsonpath.New("estimated_cost").AtMapKey("max_hourly"), knownvalue.Float64Exact(2))),
			ConfigStateChecks: []statecheck.StateCheck{value("offer_id", knownvalue.Int64Exact(101))},
		},
		emptyPlan(config),
	)
}

// TestInstanceResource_Selection_Bid: a selection of interruptible offers and a bid.
func TestInstanceResource_Selection_Bid(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	source := strings.Replace(offersSource, "# later", "interruptible = true", 1)
	config := env.Config(source, instance(`selection = data.gpumarket_offers.x.selection`, `bid_price = 0.25`))
	steps(t, env,
		resource.TestStep{
			Config: config,
			ConfigPlanChecks: planned(plancheck.ExpectKnownValue(
				address, tfjsonpath.New("estimated_cost").AtMapKey("hourly"), knownvalue.Float64Exact(0.26))),
			ConfigStateChecks: []statecheck.StateCheck{
				value("current_bid", knownvalue.Float64Exact(0.25)), value("hourly_price", knownvalue.Float64Exact(0.26)),
			},
		},
		emptyPlan(config),
	)
}

// TestInstanceResource_NoKey names the attribute and the variable, at plan.
func TestInstanceResource_NoKey(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	cli := env.Attached(t)
	cli.Write("provider.tf", "terraform {\n  required_providers {\n    gpumarket = { source = \"gpumarket/gpumarket\" }\n  }\n}\n")
	cli.Write("main.tf", instance())
	result := cli.Run("plan")
	if result.Code == 0 {
		t.Errorf("plan succeeded\n%s", result.Output())
	}
	says(t, result.Output(), "No Vast.ai API key", "vastai.api_key", "VAST_API_KEY")

	cli.Write("provider.tf", strings.Replace(env.ProviderBlock(), env.APIKey, "wrong", 2)+
		"terraform {\n  required_providers {\n    gpumarket = { source = \"gpumarket/gpumarket\" }\n  }\n}\n")
	for _, config := range []string{instance(), instance(`offer_id = 101`)} {
		cli.Write("main.tf", config)
		result = cli.Run("plan")
		if result.Code == 0 || strings.Count(result.Output(), "Error: ") != 1 {
			t.Errorf("plan with a wrong key: exit code %d\n%s", result.Code, result.Output())
		}
		says(t, result.Output(), "Check the API key", "vastai.api_key", "VAST_API_KEY")
	}
}

// TestInstanceResource_OfferID_Gone: an offer that is not there is a matter of the
// create; the plan says so.
func TestInstanceResource_OfferID_Gone(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	cli := env.Attached(t)
	cli.Write("main.tf", instance(`offer_id = 999`))
	says(t, cli.MustRun("plan").Output(), "The offer cannot be rented now", "Offer 999: no longer offered")
	cli.Write("main.tf", instance(`offer_id = 101`))
	if result := cli.MustRun("plan"); strings.Contains(result.Output(), "cannot be rented") {
		t.Errorf("an offer that is there:\n%s", result.Output())
	}
	env.NoWrites(t)
}

// TestInstanceResource_UnknownKey plans with a key that is known at apply.
func TestInstanceResource_UnknownKey(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	cli := env.Attached(t)
	cli.Write("provider.tf", strings.Replace(env.ProviderBlock(), "vastai {\n    api_key = \""+env.APIKey+"\"", "vastai {\n    api_key = terraform_data.key.output", 1)+`
terraform {
  required_providers {
    gpumarket = { source = "gpumarket/gpumarket" }
  }
}
resource "terraform_data" "key" {
  input = "`+env.APIKey+`"
}
`)
	cli.Write("main.tf", instance())
	plan := cli.MustRun("plan", "-out=saved")
	says(t, plan.Output(), "the Vast.ai API key is not known yet")
	cli.MustRun("apply", "saved")
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("second plan: exit code %d\n%s", result.Code, result.Output())
	}
}
