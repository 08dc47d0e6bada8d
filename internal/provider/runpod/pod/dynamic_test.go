package pod_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestPodResource_DynamicBlock: a block that is there or not as a variable says, and
// one whose value another resource gives that is made in the same apply.
func TestPodResource_DynamicBlock(t *testing.T) {
	t.Parallel()
	fromVariable := "variable \"sizes\" {\n  type    = list(number)\n  default = []\n}\n" + pod(
		"dynamic \"volume\" {\n    for_each = var.sizes\n    content {\n      size_gb = volume.value\n    }\n  }")
	fromResource := func(sizes string) string {
		return "resource \"terraform_data\" \"sizes\" {\n  input = " + sizes + "\n}\n" + pod(
			"dynamic \"volume\" {\n    for_each = terraform_data.sizes.output\n    content {\n      size_gb = volume.value\n    }\n  }")
	}
	size := func(gb int64) statecheck.StateCheck {
		return value("volume", knownvalue.ObjectPartial(map[string]knownvalue.Check{"size_gb": knownvalue.Int64Exact(gb)}))
	}
	t.Run("variable", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		run(t, env,
			resource.TestStep{
				Config:            env.Config(fromVariable),
				ConfigStateChecks: []statecheck.StateCheck{value("volume", knownvalue.Null())},
			},
			empty(t, env, env.Config(fromVariable)),
			resource.TestStep{
				Config: env.Config(fromVariable), ConfigVariables: config.Variables{"sizes": config.ListVariable(config.IntegerVariable(20))},
				ConfigPlanChecks: before(does(plancheck.ResourceActionReplace)), ConfigStateChecks: []statecheck.StateCheck{size(20)},
			},
		)
	})
	t.Run("resource", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		run(t, env,
			resource.TestStep{Config: env.Config(fromResource("[20]")), ConfigStateChecks: []statecheck.StateCheck{size(20)}},
			empty(t, env, env.Config(fromResource("[20]"))),
		)
	})
}
