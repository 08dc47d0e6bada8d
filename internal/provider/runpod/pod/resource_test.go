package pod_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

func value(path string, check knownvalue.Check) statecheck.StateCheck {
	at := tfjsonpath.New(path)
	return statecheck.ExpectKnownValue(address, at, check)
}

func TestPodResource_Minimal(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	run(t, env,
		resource.TestStep{
			Config: env.Config(pod()),
			ConfigStateChecks: []statecheck.StateCheck{
				value("status", knownvalue.StringExact("RUNNING")),
				value("gpu_type", knownvalue.StringExact(theType)),
				value("cloud", knownvalue.StringExact("SECURE")),
				value("container_disk_gb", knownvalue.Int64Exact(20)),
				value("hourly_price", knownvalue.Float64Exact(0.59)),
				value("volume", knownvalue.Null()),
				value("args", knownvalue.Null()),
			},
		},
		empty(t, env, env.Config(pod())),
	)
}

const volumeConfig = `
resource "gpumarket_runpod_network_volume" "data" {
  name           = "data"
  size_gb        = 50
  data_center_id = "US-KS-2"
}
`

// TestPodResource_Maximal sets everything that fits together and reads it back.
func TestPodResource_Maximal(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	registry := console(t, env, http.MethodPost, "/v2/registries", `{"name":"private","username":"u","password":"p"}`)
	config := env.Config(volumeConfig, pod(
		`-gpu`, acctest.Block("gpu", `types = ["RTX 5090", "RTX 4090"]`, `count = 2`, `min_cuda_version = "12.1"`),
		`clouds            = ["SECURE"]`,
		`data_center_ids   = ["US-KS-2", "EU-RO-1"]`,
		`container_disk_gb = 30`,
		acctest.Block("network_volume", `id = gpumarket_runpod_network_volume.data.id`, `mount_path = "/data"`),
		`args              = "serve"`,
		`env               = { MODE = "train" }`,
		`env_wo            = { TOKEN = "hush" }`,
		`env_wo_version    = 1`,
		`ports             = ["8888/http", "22/tcp"]`,
		`registry_id       = "`+registry+`"`,
		`start_ssh         = true`,
		`start_jupyter     = true`,
		`global_networking = true`,
		`locked            = true`,
		`desired_status    = "running"`,
		`max_hourly_price  = 5`,
		acctest.Block("timeouts", `create = "20m"`, `update = "15m"`, `delete = "5m"`),
	))
	run(t, env,
		resource.TestStep{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				value("gpu_type", knownvalue.StringExact("NVIDIA GeForce RTX 5090")),
				value("data_center_id", knownvalue.StringExact("US-KS-2")),
				value("hourly_price", knownvalue.Float64Exact(1.78)),
				value("locked", knownvalue.Bool(true)),
				value("ssh", knownvalue.ObjectPartial(map[string]knownvalue.Check{"user": knownvalue.StringExact("root")})),
				value("http_urls", knownvalue.MapPartial(map[string]knownvalue.Check{
					"8888": knownvalue.StringRegexp(regexp.MustCompile(`^https://.+-8888\.proxy\.runpod\.net$`)),
				})),
				value("tcp_ports", knownvalue.MapPartial(map[string]knownvalue.Check{"22": knownvalue.NotNull()})),
				value("public_ip", knownvalue.NotNull()),
				value("cuda_version", knownvalue.NotNull()),
				value("created_at", knownvalue.NotNull()),
				value("started_at", knownvalue.NotNull()),
			},
		},
		resource.TestStep{
			PreConfig: func() {
				now := only(t, env)
				if now.Env["TOKEN"] != "hush" || now.Env["MODE"] != "train" || now.Args != "serve" || now.Disk != 30 ||
					len(now.Mounts.Network) != 1 || now.Mounts.Network[0].Path != "/data" || now.GPU.Count != 2 || !now.Locked {
					t.Errorf("the platform has %+v", now)
				}
			},
			Config: config, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
		},
	)
}

func TestPodResource_CPU(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := func(flavors string) string {
		return env.Config(pod(`-gpu`, acctest.Block("cpu", `flavors = `+flavors, `vcpus = 4`)))
	}
	run(t, env,
		resource.TestStep{
			Config:           config(`["cpu5c", "cpu3c"]`),
			ConfigPlanChecks: before(planned("estimated_cost", partial("compute_hourly", 0.14))),
			ConfigStateChecks: []statecheck.StateCheck{
				value("hourly_price", knownvalue.Float64Exact(0.14)), value("gpu_type", knownvalue.Null()),
			},
		},
		empty(t, env, config(`["cpu5c", "cpu3c"]`)),
		resource.TestStep{
			Config:           config(`["cpu3c", "cpu5c"]`),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate)),
		},
		resource.TestStep{
			Config:           config(`["cpu3c"]`),
			ConfigPlanChecks: before(does(plancheck.ResourceActionReplace)),
		},
	)
}

func partial(name string, amount float64) knownvalue.Check {
	return knownvalue.ObjectPartial(map[string]knownvalue.Check{name: knownvalue.Float64Exact(amount)})
}

// TestPodResource_Template: what the template gives is read back and kept, and
// counts in the estimate.
func TestPodResource_Template(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	template := console(t, env, http.MethodPost, "/v2/templates", `{"name":"t","image":"from/template:1","disk":73,"args":"go",
		"env":{"T":"1"},"ports":["80/http"],"mounts":{"persistent":{"size":73,"path":"/vol"}}}`)
	config := env.Config(pod(`-image`, `template_id = "`+template+`"`, `env = { A = "1" }`))
	run(t, env,
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: before(planned("estimated_cost", partial("storage_hourly", 0.02)), unknown("image")),
			ConfigStateChecks: []statecheck.StateCheck{
				value("image", knownvalue.StringExact("from/template:1")),
				value("container_disk_gb", knownvalue.Int64Exact(73)),
				value("volume", knownvalue.Null()), // the template's is nowhere in the configuration
				value("args", knownvalue.StringExact("go")),
			},
		},
		empty(t, env, config),
		resource.TestStep{
			Config:           env.Config(pod(`template_id = "`+template+`"`, `env = { A = "1" }`)),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate)),
		},
		resource.TestStep{
			PreConfig: func() {
				if now := only(t, env); now.Env["T"] != "1" || now.Env["A"] != "1" || now.Disk != 73 || now.Mounts.Persistent.Size != 73 {
					t.Errorf("the platform has %+v", now)
				}
			},
			Config:           env.Config(pod()),
			ConfigPlanChecks: before(does(plancheck.ResourceActionReplace)),
		},
	)
}

// volumeTemplate makes a template with a volume and returns a pod of it.
func volumeTemplate(t *testing.T, env *acctest.Env) (id string, config func(lines ...string) string) {
	t.Helper()
	id = console(t, env, http.MethodPost, "/v2/templates",
		`{"name":"t","image":"from/template:1","disk":73,"mounts":{"persistent":{"size":73,"path":"/vol"}}}`)
	return id, func(lines ...string) string {
		return env.Config(pod(append(lines, `-image`, `template_id = "`+id+`"`)...))
	}
}

// TestPodResource_TemplateVolume: a volume that the template gave is not in the
// state, and counts in every estimate nevertheless. A block takes it over.
func TestPodResource_TemplateVolume(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	_, config := volumeTemplate(t, env)
	same := statecheck.CompareValue(compare.ValuesSame())
	id := func() statecheck.StateCheck { return same.AddStateValue(address, tfjsonpath.New("id")) }
	run(t, env,
		resource.TestStep{
			Config: config(), ConfigStateChecks: []statecheck.StateCheck{id(), value("volume", knownvalue.Null())},
			ConfigPlanChecks: before(planned("estimated_cost", partial("stopped_hourly", 0.02))),
		},
		empty(t, env, config()),
		resource.TestStep{
			Config:            config(`desired_status = "stopped"`),
			ConfigPlanChecks:  before(does(plancheck.ResourceActionUpdate), planned("estimated_cost", partial("hourly", 0.02))),
			ConfigStateChecks: []statecheck.StateCheck{id()},
		},
		empty(t, env, config(`desired_status = "stopped"`)),
		resource.TestStep{
			PreConfig:         env.ResetJournal,
			Config:            config(`desired_status = "stopped"`, acctest.Block("volume", `size_gb = 73`, `mount_path = "/vol"`)),
			ConfigPlanChecks:  before(does(plancheck.ResourceActionUpdate), planned("estimated_cost", partial("hourly", 0.02))),
			ConfigStateChecks: []statecheck.StateCheck{id()},
		},
		resource.TestStep{
			PreConfig:         func() { env.NoWrites(t) },
			Config:            config(acctest.Block("volume", `size_gb = 146`, `mount_path = "/vol"`)),
			ConfigPlanChecks:  before(does(plancheck.ResourceActionUpdate), planned("estimated_cost", partial("stopped_hourly", 0.04))),
			ConfigStateChecks: []statecheck.StateCheck{id()},
		},
		resource.TestStep{
			PreConfig: func() {
				if now := only(t, env); now.Mounts.Persistent.Size != 146 {
					t.Errorf("the platform has %+v", now)
				}
			},
			Config: config(), ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate), planned("estimated_cost", partial("stopped_hourly", 0.04))),
		},
	)
}

// TestPodResource_TemplateVolume_Import: the volume that an import finds may be the
// template's, so a configuration without the block keeps the pod as it is.
func TestPodResource_TemplateVolume_Import(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	template, config := volumeTemplate(t, env)
	id := console(t, env, http.MethodPost, "/v2/pods", `{"name":"trainer","templateId":"`+template+`","gpu":{"id":"`+theType+`","count":1}}`)
	env.World.Advance(time.Minute)
	run(t, env,
		resource.TestStep{Config: config(), ResourceName: address, ImportState: true, ImportStateId: id, ImportStatePersist: true},
		resource.TestStep{
			PreConfig: env.ResetJournal, Config: config(),
			ConfigPlanChecks:  before(does(plancheck.ResourceActionUpdate), planned("estimated_cost", partial("stopped_hourly", 0.02))),
			ConfigStateChecks: []statecheck.StateCheck{value("id", knownvalue.StringExact(id)), value("volume", knownvalue.Null())},
		},
		resource.TestStep{
			PreConfig: func() { env.NoWrites(t) },
			Config:    config(), ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
		},
		resource.TestStep{
			Config:           config(`desired_status = "stopped"`),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate), planned("estimated_cost", partial("hourly", 0.02))),
		},
	)
}

// TestPodResource_Replace changes what a pod is, or makes it unacceptable.
func TestPodResource_Replace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		before, after []string
	}{
		{name: "gpu type left types", after: []string{`-gpu`, `gpu { types = ["RTX 5090"] }`}},
		{name: "cloud left clouds", after: []string{`clouds = ["COMMUNITY"]`}},
		{name: "volume removed", before: []string{`volume { size_gb = 20 }`}},
		{name: "start_ssh", after: []string{`start_ssh = true`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			run(t, env,
				resource.TestStep{Config: env.Config(pod(tt.before...))},
				resource.TestStep{
					PreConfig:        env.ResetJournal,
					Config:           env.Config(pod(tt.after...)),
					ConfigPlanChecks: before(does(plancheck.ResourceActionReplace)),
				},
				resource.TestStep{
					PreConfig: func() { env.Wrote(t, "createPod", "deletePod") },
					Config:    env.Config(pod(tt.after...)), PlanOnly: true,
				},
			)
		})
	}
}

// TestPodResource_Import: the first plan takes the configuration over without a
// restart, and the next is empty.
func TestPodResource_Import(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := console(t, env, http.MethodPost, "/v2/pods", `{"name":"trainer","image":"runpod/pytorch:1.0.2","cloud":"COMMUNITY",
		"gpu":{"id":"`+theType+`","count":1},"disk":20,"ports":["22/tcp"],"env":{"A":"1","THEIRS":"x"}}`)
	env.World.Advance(time.Minute)
	started := only(t, env).StartedAt
	config := env.Config(pod(`ports = ["22/tcp"]`, `env = { A = "1" }`, `start_ssh = true`, `data_center_ids = ["AP-JP-1"]`, `max_hourly_price = 3`))
	run(t, env,
		resource.TestStep{
			Config: config, ResourceName: address, ImportState: true, ImportStateId: id, ImportStatePersist: true,
		},
		resource.TestStep{
			PreConfig: env.ResetJournal, Config: config,
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate)),
			ConfigStateChecks: []statecheck.StateCheck{
				value("id", knownvalue.StringExact(id)), value("cloud", knownvalue.StringExact("COMMUNITY")),
				value("estimated_cost", partial("compute_hourly", 0.49)),
			},
		},
		resource.TestStep{
			PreConfig: func() {
				env.NoWrites(t)
				if now := only(t, env); now.StartedAt != started || now.Env["THEIRS"] != "x" {
					t.Errorf("the platform has %+v; started at %s before", now, started)
				}
			},
			Config: config, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
		},
		resource.TestStep{
			Config:           env.Config(pod(`ports = ["22/tcp"]`, `env = { A = "1" }`, `start_ssh = false`)),
			ConfigPlanChecks: before(does(plancheck.ResourceActionReplace)),
		},
	)
}

// TestPodResource_Import_Own: a pod of the provider comes back as it was.
func TestPodResource_Import_Own(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(pod(`volume { size_gb = 20 }`, `ports = ["80/http", "22/tcp"]`))
	run(t, env,
		resource.TestStep{Config: config},
		resource.TestStep{
			Config: config, ResourceName: address, ImportState: true, ImportStateVerify: true,
			// The wishes are not the platform's, and the estimate is made from what it charges.
			ImportStateVerifyIgnore: []string{"gpu.types", "estimated_cost.basis"},
		},
	)
}

// TestPodResource_Disappears: what was deleted elsewhere is made again.
func TestPodResource_Disappears(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	run(t, env,
		resource.TestStep{Config: env.Config(pod())},
		resource.TestStep{
			PreConfig: func() {
				console(t, env, http.MethodDelete, "/v2/pods/"+only(t, env).ID, "")
				env.World.Advance(time.Minute)
			},
			Config: env.Config(pod()), ConfigPlanChecks: before(does(plancheck.ResourceActionCreate)),
		},
	)
}

// TestPodResource_UnknownInputs: everything may come from what is made in the
// same apply.
func TestPodResource_UnknownInputs(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(`
resource "terraform_data" "later" {
  input = { name = "trainer", image = "i:1", types = ["RTX 4090"], disk = 30, port = "22/tcp", secret = "s", clouds = ["COMMUNITY"], size = 20, max = 4 }
}
locals { later = terraform_data.later.output }
`, pod(
		`-name`, `-image`, `-gpu`, `name = local.later.name`, `image = local.later.image`, `gpu { types = local.later.types }`,
		`clouds = local.later.clouds`, `container_disk_gb = local.later.disk`, `ports = [local.later.port]`,
		`env = { A = local.later.secret }`, `env_wo = { B = local.later.secret }`, `env_wo_version = 1`,
		`volume { size_gb = local.later.size }`, `max_hourly_price = local.later.max`,
	))
	run(t, env,
		resource.TestStep{
			Config:            config,
			ConfigPlanChecks:  before(unknown("estimated_cost")),
			ConfigStateChecks: []statecheck.StateCheck{value("estimated_cost", partial("compute_hourly", 0.49))},
		},
		empty(t, env, config),
	)
}
