package networkvolume_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

const address = "gpumarket_runpod_network_volume.test"

func volume(name string, size int, extra ...string) string {
	return fmt.Sprintf(`
resource "gpumarket_runpod_network_volume" "test" {
  name    = %q
  size_gb = %d
  %s
}
`, name, size, strings.Join(extra, "\n  "))
}

const inKansas = `data_center_id = "US-KS-2"`

type onPlatform struct {
	ID   string
	Name string
	Size int
	Type string
}

func volumes(t *testing.T, env *acctest.Env) []onPlatform {
	t.Helper()
	text, err := json.Marshal(env.World.State()["runpod"])
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Volumes []onPlatform `json:"network_volumes"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	return state.Volumes
}

func run(t *testing.T, env *acctest.Env, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: steps})
	if left := volumes(t, env); len(left) != 0 {
		t.Errorf("left on the account: %+v", left)
	}
}

func before(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

func does(action plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(address, action)
}

func cost(name string, amount float64) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, tfjsonpath.New("estimated_cost").AtMapKey(name), knownvalue.Float64Exact(amount))
}

func fault(t *testing.T, env *acctest.Env, f simkit.Fault) {
	t.Helper()
	f.Platform = "runpod"
	if err := env.World.Fault(f); err != nil {
		t.Fatal(err)
	}
}

func TestVolumeResource_Minimal(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(volume("data", 100, inKansas))
	run(t, env,
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: before(cost("monthly", 7), cost("hourly", 0.009589), cost("stopped_hourly", 0.009589)),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address, tfjsonpath.New("type"), knownvalue.StringExact("STANDARD")),
			},
		},
		resource.TestStep{Config: config, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan())},
	)
}

func TestVolumeResource_Maximal(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(volume("data", 100, inKansas, `type = "HIGH_PERFORMANCE"`, acctest.Block("timeouts", `create = "1m"`, `update = "1m"`, `delete = "1m"`)))
	run(t, env,
		resource.TestStep{Config: config},
		resource.TestStep{Config: config, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan())},
		resource.TestStep{Config: config, ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"timeouts"}},
	)
}

func TestVolumeResource_Update_InPlace(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	same := statecheck.CompareValue(compare.ValuesSame())
	id := func() []statecheck.StateCheck {
		return []statecheck.StateCheck{same.AddStateValue(address, tfjsonpath.New("id"))}
	}
	run(t, env,
		resource.TestStep{Config: env.Config(volume("data", 100, inKansas)), ConfigStateChecks: id()},
		resource.TestStep{
			PreConfig: env.ResetJournal, Config: env.Config(volume("more", 100, inKansas)), ConfigStateChecks: id(),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate), cost("monthly", 7)),
		},
		resource.TestStep{
			PreConfig: func() { env.Wrote(t, "updateNetworkVolume"); env.ResetJournal() },
			Config:    env.Config(volume("more", 2000, inKansas)), ConfigStateChecks: id(),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate), cost("monthly", 120)),
		},
		resource.TestStep{
			PreConfig: func() {
				env.Wrote(t, "updateNetworkVolume")
				env.ResetJournal()
				if got := volumes(t, env); len(got) != 1 || got[0].Size != 2000 || got[0].Name != "more" {
					t.Errorf("the platform has %+v", got)
				}
			},
			Config:      env.Config(volume("more", 1000, inKansas)),
			ExpectError: regexp.MustCompile(`cannot shrink`),
		},
		resource.TestStep{
			PreConfig: func() { env.NoWrites(t) },
			Config:    env.Config(volume("more", 2000, inKansas, `timeouts { delete = "5m" }`)), ConfigStateChecks: id(),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate)),
		},
	)
	env.Wrote(t, "deleteNetworkVolume")
}

func TestVolumeResource_Replace(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	run(t, env,
		resource.TestStep{Config: env.Config(volume("data", 100, inKansas))},
		resource.TestStep{
			Config:           env.Config(volume("data", 100, `data_center_id = "EU-RO-1"`)),
			ConfigPlanChecks: before(does(plancheck.ResourceActionReplace)),
		},
		resource.TestStep{
			Config:           env.Config(volume("data", 100, `data_center_id = "EU-RO-1"`, `type = "HIGH_PERFORMANCE"`)),
			ConfigPlanChecks: before(does(plancheck.ResourceActionReplace)),
		},
	)
}

func TestVolumeResource_Disappears(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(volume("data", 100, inKansas))
	run(t, env,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, env.RunPodURL+"/v2/network-volumes/"+volumes(t, env)[0].ID, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+env.APIKey)
				resp, err := http.DefaultClient.Do(req)
				if err != nil || resp.StatusCode != http.StatusNoContent {
					t.Fatal(resp, err)
				}
				_ = resp.Body.Close()
				env.World.Advance(time.Minute)
			},
			Config: config, ConfigPlanChecks: before(does(plancheck.ResourceActionCreate)),
		},
	)
}

func TestVolumeResource_UnknownInputs(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(`
resource "terraform_data" "later" { input = { name = "data", size = 100, center = "US-KS-2" } }
resource "gpumarket_runpod_network_volume" "test" {
  name           = terraform_data.later.output.name
  size_gb        = terraform_data.later.output.size
  data_center_id = terraform_data.later.output.center
}
`)
	run(t, env,
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: before(plancheck.ExpectUnknownValue(address, tfjsonpath.New("estimated_cost"))),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan())},
	)
}

// TestVolumeResource_LostAnswer: the volume is found among the ids that are new,
// though an equal one exists.
func TestVolumeResource_LostAnswer(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	twins := env.Config(volume("data", 100, inKansas),
		strings.Replace(volume("data", 100, inKansas, "depends_on = ["+address+"]"), `"test"`, `"twin"`, 1))
	fault(t, env, simkit.Fault{Operation: "createNetworkVolume", Kind: simkit.DropAfter})
	run(t, env,
		resource.TestStep{Config: twins},
		resource.TestStep{
			PreConfig: func() {
				env.World.ClearFaults()
				env.Wrote(t, "createNetworkVolume", "createNetworkVolume")
				if got := volumes(t, env); len(got) != 2 {
					t.Errorf("the account has %+v, want two", got)
				}
			},
			Config: twins, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
		},
	)
}

func TestVolumeResource_Doubtful(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]simkit.Fault{
		"empty list":   {Operation: "listNetworkVolumes", Kind: simkit.EmptyList},
		"not found":    {Operation: "getNetworkVolume", Kind: simkit.Status, Status: http.StatusNotFound},
		"unauthorized": {Method: http.MethodGet, Path: "/v2/network-volumes", Kind: simkit.Status, Status: http.StatusUnauthorized},
		"html":         {Method: http.MethodGet, Path: "/v2/network-volumes", Kind: simkit.HTML},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			config := env.Config(volume("data", 100, inKansas))
			doubtful := resource.TestStep{
				PreConfig: func() { env.ResetJournal(); env.World.Advance(time.Minute); fault(t, env, f) },
				Config:    config,
			}
			if name == "unauthorized" || name == "html" {
				doubtful.ExpectError = regexp.MustCompile(`Unable to read RunPod network volume`)
			}
			run(t, env,
				resource.TestStep{Config: config}, doubtful,
				resource.TestStep{
					PreConfig: func() { env.World.ClearFaults(); env.NoWrites(t) },
					Config:    config, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
				},
			)
		})
	}
}

func TestVolumeResource_Invalid(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, config, message string }{
		{"too small", volume("data", 5, inKansas), `between 10 and 4096`},
		{"too large", volume("data", 5000, inKansas), `between 10 and 4096`},
		{"no name", volume("", 50, inKansas), `at least 1`},
		{"no volumes there", volume("data", 50, `data_center_id = "OC-AU-1"`), `hosts no network`},
		{"no such type there", volume("data", 50, `data_center_id = "US-TX-3"`, `type = "HIGH_PERFORMANCE"`), `offers STANDARD`},
		{"unknown type", volume("data", 50, inKansas, `type = "FAST"`), `STANDARD`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			run(t, env, resource.TestStep{Config: env.Config(tt.config), ExpectError: regexp.MustCompile(tt.message), PlanOnly: true})
			env.NoWrites(t)
		})
	}
}
