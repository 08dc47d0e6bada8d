package instance_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// template makes one and returns its number and hash.
func template(t *testing.T, env *acctest.Env, name, image string) (id int64, hash string) {
	t.Helper()
	var reply struct {
		Template struct {
			ID     int64  `json:"id"`
			HashID string `json:"hash_id"`
		} `json:"template"`
	}
	body := fmt.Sprintf(`{"name": %q, "image": %q, "tag": "1", "env": "-e FROM_TEMPLATE=%s -p 7000:7000", "onstart": "echo template",
		"runtype": "jupyter", "use_ssh": true, "jup_direct": true, "recommended_disk_space": 10}`, name, image, name)
	if err := json.Unmarshal([]byte(request(t, env, "POST", "/api/v0/template/", body)), &reply); err != nil {
		t.Fatal(err)
	}
	return reply.Template.ID, reply.Template.HashID
}

// TestInstanceResource_Template keeps what a template says where the configuration
// says nothing.
func TestInstanceResource_Template(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	number, _ := template(t, env, "one", "me/one")
	_, hash := template(t, env, "two", "me/two")
	first := env.Config(instance(fmt.Sprintf(`template_id = "%d"`, number), `env = { A = "1" }`, `ports = ["8000"]`))
	second := env.Config(instance(fmt.Sprintf(`template_id = %q`, hash), `env = { A = "1" }`, `ports = ["8000"]`))
	steps(t, env,
		resource.TestStep{
			Config: first, ConfigPlanChecks: planned(unknown("image", "launch_mode", "direct")...),
			ConfigStateChecks: []statecheck.StateCheck{
				text("image", "me/one:1"), text("launch_mode", "jupyter"), value("direct", knownvalue.Bool(true)), value("onstart", knownvalue.Null()),
				value("env", knownvalue.MapExact(map[string]knownvalue.Check{"A": knownvalue.StringExact("1")})),
				value("tcp_ports", knownvalue.MapPartial(map[string]knownvalue.Check{"7000": knownvalue.NotNull(), "8000": knownvalue.NotNull()})),
			},
		},
		emptyPlan(first),
		resource.TestStep{
			PreConfig: env.ResetJournal, Config: second,
			ConfigPlanChecks:  planned(append(unknown("image", "ssh"), action(plancheck.ResourceActionUpdate))...),
			ConfigStateChecks: []statecheck.StateCheck{text("image", "me/two:1"), text("launch_mode", "jupyter")},
		},
		resource.TestStep{
			PreConfig: func() {
				env.Wrote(t, "updateInstanceTemplate")
				if got := env.Rented()[0].Env; got["FROM_TEMPLATE"] == "" || got["A"] != "1" {
					t.Errorf("env %v", got)
				}
			},
			Config: second, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
	)
}

// TestInstanceResource_Volume mounts a volume of the machine, and is imported with
// it.
func TestInstanceResource_Volume(t *testing.T) {
	t.Parallel()
	env := acctest.New(t) // whose built-in market has volumes
	var search struct {
		Offers []struct {
			MachineID int64  `json:"machine_id"`
			VolumeAsk *int64 `json:"avail_vol_ask_id"`
		} `json:"offers"`
	}
	if err := json.Unmarshal([]byte(request(t, env, "POST", "/api/v0/bundles/", `{"limit": 500}`)), &search); err != nil {
		t.Fatal(err)
	}
	var machine, ask int64
	for _, offer := range search.Offers {
		if offer.VolumeAsk != nil {
			machine, ask = offer.MachineID, *offer.VolumeAsk
			break
		}
	}
	request(t, env, "PUT", "/api/v0/volumes/", fmt.Sprintf(`{"id": %d, "size": 20}`, ask))
	var list struct {
		Volumes []struct {
			ID int64 `json:"id"`
		} `json:"volumes"`
	}
	if err := json.Unmarshal([]byte(request(t, env, "GET", "/api/v0/volumes?owner=me&type=all_volume", "")), &list); err != nil {
		t.Fatal(err)
	}
	cli := env.Attached(t)
	cli.Write("main.tf", instance(
		fmt.Sprintf(`offer { machine_id = %d }`, machine),
		fmt.Sprintf(acctest.Block("volume", `id = "%d"`, `mount_path = "/data"`), list.Volumes[0].ID)))
	cli.MustRun("apply", "-auto-approve")
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("second plan: exit code %d\n%s", result.Code, result.Output())
	}
	id := env.Rented()[0].ID
	cli.MustRun("state", "rm", address)
	cli.MustRun("import", address, id)
	cli.MustRun("apply", "-auto-approve")
	if now := env.Rented(); len(now) != 1 || now[0].ID != id {
		t.Errorf("after the import %v, want %s still", now, id)
	}
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("plan after import: exit code %d\n%s", result.Code, result.Output())
	}
	cli.MustRun("destroy", "-auto-approve")
}

// TestInstanceResource_Destroy works against what a plan cannot have.
func TestInstanceResource_Destroy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		lines   []string
		disturb func(env *acctest.Env, id simkit.ID)
	}{
		{name: "too_dear_now", lines: []string{`max_hourly_price = 0.01`}},
		{name: "gpu_not_offered", lines: []string{acctest.Block("offer", `gpu_names = ["RTX 4090"]`, `min_reliability = 1`)}},
		{name: "offers_not_searchable", disturb: func(env *acctest.Env, _ simkit.ID) {
			fault(t, env, simkit.Fault{Operation: "searchOffers", Kind: simkit.Status, Status: 503})
		}},
		{name: "host_lost", disturb: func(env *acctest.Env, id simkit.ID) {
			move(t, env, simkit.MarketAction{Action: simkit.HostOffline, InstanceID: id})
		}},
		{name: "gone_already", disturb: func(env *acctest.Env, id simkit.ID) {
			request(t, env, "DELETE", "/api/v0/instances/"+string(id)+"/", `{}`)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := world(t, ladder())
			cli := env.Attached(t)
			cli.Write("main.tf", instance())
			cli.MustRun("apply", "-auto-approve")
			if tt.lines != nil {
				cli.Write("main.tf", instance(tt.lines...))
			}
			if tt.disturb != nil {
				tt.disturb(env, simkit.ID(env.Rented()[0].ID))
			}
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}
