package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

const (
	simplePod = `
resource "gpumarket_runpod_pod" "test" {
  name  = "p"
  image = "i:1"
  gpu { types = ["RTX 4090"] }
}
`
	simpleVolume = `
resource "gpumarket_runpod_network_volume" "test" {
  name           = "v"
  size_gb        = 10
  data_center_id = "US-KS-2"
}
`
)

func runPodBlock(env *acctest.Env, key string) string {
	return fmt.Sprintf("provider \"gpumarket\" {\n  runpod {\n    api_key = %s\n    base_url = %q\n  }\n}\n", key, env.RunPodURL)
}

// TestProvider_EitherKey: the key of one platform is enough for that platform,
// and a resource of the other gets one diagnostic that says what to set.
func TestProvider_EitherKey(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	vastaiOnly := fmt.Sprintf("provider \"gpumarket\" {\n  vastai {\n    api_key = %q\n    base_url = %q\n  }\n}\n", env.APIKey, env.VastaiURL)
	says := regexp.MustCompile(`(?s)No RunPod API key.*runpod\.api_key.*RUNPOD_API_KEY`)
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: []resource.TestStep{
		{Config: vastaiOnly + simplePod, ExpectError: says},
		{Config: vastaiOnly + simpleVolume, ExpectError: says},
		{Config: runPodBlock(env, `"`+env.APIKey+`"`) + simplePod},
	}})
}

// TestProvider_WrongKey: one clear diagnostic, without the key.
func TestProvider_WrongKey(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{"pod": simplePod, "volume": simpleVolume} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime)
			cli := env.CLI(t)
			cli.Write("main.tf", config)
			cli.Write("provider.tf", "terraform {\n  required_providers {\n    gpumarket = { source = \"gpumarket/gpumarket\" }\n  }\n}\n"+
				runPodBlock(env, `"wrong-canary"`))
			result := cli.Run("plan", "-no-color")
			if n := strings.Count(result.Output(), "Error:"); result.Code == 0 || n != 1 || !strings.Contains(result.Output(), "Check the API key") {
				t.Errorf("exit code %d, %d errors; want one that says to check the key\n%s", result.Code, n, result.Output())
			}
			if strings.Contains(result.Output(), "canary") {
				t.Errorf("the key is shown:\n%s", result.Output())
			}
		})
	}
}

// TestProvider_UnknownKey: a key that is made in the same apply is no obstacle to
// the plan; what it costs is then not known yet.
func TestProvider_UnknownKey(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := `resource "terraform_data" "key" { input = "` + env.APIKey + `" }
` + runPodBlock(env, "terraform_data.key.output") + simplePod + strings.Replace(simpleVolume, `"test"`, `"other"`, 1)
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: []resource.TestStep{
		{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue("gpumarket_runpod_pod.test", tfjsonpath.New("estimated_cost")),
			}},
		},
		{
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	}})
}

// TestProvider_PlainHTTP: no key travels in the clear.
func TestProvider_PlainHTTP(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: []resource.TestStep{{
		Config:      "provider \"gpumarket\" {\n  runpod {\n    api_key = \"k\"\n    base_url = \"http://api.runpod.io\"\n  }\n}\n" + simplePod,
		ExpectError: regexp.MustCompile(`(?s)in the clear`),
	}}})
	if n := len(env.Requests("")); n != 0 {
		t.Errorf("%d requests", n)
	}
}
