package networkvolume_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/conform"
)

const minimal = `
	name           = "data"
	size_gb        = 100
	data_center_id = "US-KS-2"`

// TestVolumeResource_CLI is the life of a volume with the real CLI.
func TestVolumeResource_CLI(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(`resource "gpumarket_runpod_network_volume" "data" {` + minimal + "\n}\n")
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: []resource.TestStep{
		{Config: config},
		{Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
	}})
	if left := env.Rented(); len(left) > 0 {
		t.Errorf("left on the account: %v", left)
	}
}

func TestVolumeResource(t *testing.T) {
	t.Parallel()
	const update = "updateNetworkVolume"
	conform.Run(t, &conform.Object{
		Type: "gpumarket_runpod_network_volume", Platform: "runpod", Path: "/v2/network-volumes", Rows: "network_volumes",
		Create: "createNetworkVolume", Read: "getNetworkVolume", Update: update, Delete: "deleteNetworkVolume", List: "listNetworkVolumes",
		Bills:   true,
		Minimal: minimal,
		Maximal: minimal + `
			type = "HIGH_PERFORMANCE"
			timeouts {
				create = "1m"
				update = "1m"
				delete = "1m"
			}`,
		Expect:  map[string]any{"type": "STANDARD"},
		Planned: map[string]any{"estimated_cost": map[string]any{"monthly": 7, "hourly": 0.009589, "stopped_hourly": 0.009589}},
		Changes: []conform.Change{
			{Path: "name", To: `"more"`, Calls: []string{update}, Holds: map[string]any{"name": "more"}, Planned: map[string]any{"estimated_cost.monthly": 7}},
			{Path: "size_gb", To: "2000", Calls: []string{update}, Holds: map[string]any{"size": 2000}, Planned: map[string]any{"estimated_cost.monthly": 120}},
			{Path: "size_gb", To: "50", Refused: "A volume cannot shrink"},
			{Path: "data_center_id", To: `"EU-RO-1"`, Replaced: true},
			{Path: "type", To: `"STANDARD"`, Replaced: true},
			{Path: "timeouts", To: `create = "2m"`},
			{Path: "timeouts.update", To: `"2m"`},
			{Path: "timeouts.delete", To: `"2m"`},
		},
		Wrong: []conform.Wrong{
			{Path: "size_gb", To: "5", Says: "between 10 and 4096"},
			{Path: "size_gb", To: "5000", Says: "between 10 and 4096"},
			{Path: "name", To: `""`, Says: "at least 1"},
			{Path: "data_center_id", To: `""`, Says: "at least 1"},
			{Path: "data_center_id", To: `"OC-AU-1"`, Says: "hosts no network volumes"},
			{Path: "data_center_id", To: `"US-TX-3"`, Also: map[string]string{"type": `"HIGH_PERFORMANCE"`}, At: "type", Says: "offers STANDARD"},
			{Path: "type", To: `"FAST"`, Says: "STANDARD"},
		},
	})
}
