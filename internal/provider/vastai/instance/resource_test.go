package instance_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

const (
	keyOne = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOldOldOldOldOldOldOldOldOldOldOldOldOldOldOldOl one"
	keyTwo = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINewNewNewNewNewNewNewNewNewNewNewNewNewNewNewNe two"
)

func cost(fields map[string]knownvalue.Check) statecheck.StateCheck {
	return value("estimated_cost", knownvalue.ObjectPartial(fields))
}

func TestInstanceResource_Minimal(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	config := env.Config(instance())
	steps(t, env,
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: planned(unknown("id", "offer_id", "status", "ssh", "current_bid")...),
			ConfigStateChecks: []statecheck.StateCheck{
				value("offer_id", knownvalue.Int64Exact(101)),
				text("status", "running"), text("desired_status", "running"), text("on_interruption", "wait"),
				text("launch_mode", "ssh"), value("direct", knownvalue.Bool(false)),
				text("gpu_name", "RTX 4090"), value("gpu_count", knownvalue.Int64Exact(1)), text("country", "US"),
				value("machine_id", knownvalue.Int64Exact(9101)), value("reliability", knownvalue.Float64Exact(0.99)),
				value("hourly_price", knownvalue.Float64Exact(0.31)),
				value("current_bid", knownvalue.Null()), value("interrupted", knownvalue.Bool(false)),
				cost(map[string]knownvalue.Check{
					"hourly": knownvalue.Float64Exact(0.31), "monthly": knownvalue.Float64Exact(226.3), "compute_hourly": knownvalue.Float64Exact(0.3),
					"storage_hourly": knownvalue.Float64Exact(0.01), "stopped_hourly": knownvalue.Float64Exact(0.01), "max_hourly": knownvalue.Null(),
				}),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("ssh").AtMapKey("user"), knownvalue.StringExact("root")),
				value("created_at", knownvalue.NotNull()), value("end_at", knownvalue.NotNull()),
				value("http_urls", knownvalue.MapExact(map[string]knownvalue.Check{})), value("jupyter_url", knownvalue.Null()),
			},
		},
		emptyPlan(config),
	)
	env.Wrote(t, "createInstance", "destroyInstance")
	nothingLeft(t, env)
}

func maximal() string {
	return instance(
		`offer {
  gpu_names = ["RTX 4090", "H100"]
  gpu_count = 1
  min_gpu_memory_gb = 24
  min_reliability = 0.9
  verified = true
  countries = ["US", "CA"]
  min_cuda_version = "12.4"
  min_duration_hours = 1
  direct_ports = 2
  machine_id = 9102
  query = "num_gpus=1 rentable=true"
  order_by = "reliability"
  max_candidates = 3
}`,
		`image = "pytorch/pytorch:2.6.0"`, `disk_gb = 100`,
		`env = { A = "1", LINES = "a\nb\n" }`, `env_wo = { TOKEN = "canary-of-env" }`, `env_wo_version = 1`,
		`ports = ["8000", "9000/tcp", "5000/udp"]`, "onstart = \"echo hello\\n\"",
		`launch_mode = "jupyter"`, `direct = true`,
		`image_login_wo = "-u me -p canary-of-login docker.io"`, `image_login_wo_version = 1`,
		`label = "everything"`, fmt.Sprintf("ssh_public_keys = [%q]", keyOne),
		`bid_price = 0.25`, `on_interruption = "rebid"`, `max_hourly_price = 0.5`,
		acctest.Block("timeouts", `create = "20m"`, `update = "10m"`, `delete = "5m"`),
	)
}

func TestInstanceResource_Maximal(t *testing.T) {
	t.Parallel()
	env := world(t, ladder(), func(o *vastaisim.Options) { o.DiskSurplusGB, o.InjectedEnv, o.NullPolls = 0.08, true, 2 })
	config := env.Config(maximal())
	url := knownvalue.StringRegexp(regexp.MustCompile(`^http://[0-9.]+:[0-9]+$`))
	steps(t, env,
		resource.TestStep{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				value("offer_id", knownvalue.Int64Exact(102)), value("current_bid", knownvalue.Float64Exact(0.25)),
				text("launch_mode", "jupyter"), value("direct", knownvalue.Bool(true)), value("disk_gb", knownvalue.Float64Exact(100)),
				text("label", "everything"), text("status", "running"), value("env_wo", knownvalue.Null()), value("image_login_wo", knownvalue.Null()),
				value("http_urls", knownvalue.MapPartial(map[string]knownvalue.Check{"8000": url, "9000": url})),
				value("tcp_ports", knownvalue.MapSizeExact(4)), // the two, SSH and Jupyter
				text("onstart", "echo hello\n"),
				value("jupyter_url", knownvalue.StringRegexp(regexp.MustCompile(`^https://[0-9.]+:[0-9]+$`))),
				cost(map[string]knownvalue.Check{"compute_hourly": knownvalue.Float64Exact(0.25), "max_hourly": knownvalue.Float64Exact(0.5)}),
			},
		},
		resource.TestStep{
			PreConfig: func() {
				env.Wrote(t, "createInstance", "attachSshKey")
				got := env.Rented()[0].Env
				for name, want := range map[string]string{
					"A": "1", "LINES": "a\nb\n", "TOKEN": "canary-of-env", "-p 8000:8000": "1", "-p 9000:9000": "1", "-p 5000:5000/udp": "1",
				} {
					if got[name] != want {
						t.Errorf("env %s is %q, want %q", name, got[name], want)
					}
				}
				if len(got[rent.MarkerEnv]) != 24 {
					t.Errorf("the marker is %q", got[rent.MarkerEnv])
				}
			},
			Config: config, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
	)
	nothingLeft(t, env)
}

// TestInstanceResource_Update_InPlace changes one attribute at a time and tells
// which call that takes.
func TestInstanceResource_Update_InPlace(t *testing.T) {
	t.Parallel()
	const update = "updateInstanceTemplate"
	tests := []struct {
		name          string
		before, after []string
		calls         []string
		unknown       []string
		kept          []string
	}{
		{name: "label", after: []string{`label = "new"`}, calls: []string{"manageInstance"}, kept: []string{"ssh", "status", "hourly_price"}},
		{name: "label_removed", before: []string{`label = "old"`}, calls: []string{"manageInstance"}, kept: []string{"ssh"}},
		{name: "image", after: []string{`image = "ubuntu:22.04"`}, calls: []string{update}, unknown: []string{"ssh", "tcp_ports", "http_urls"}, kept: []string{"hourly_price"}},
		{name: "env", before: []string{`env = { A = "1", B = "2" }`}, after: []string{`env = { A = "3" }`}, calls: []string{update}, unknown: []string{"ssh"}},
		{
			name:   "env_wo",
			before: []string{`env_wo = { T = "one" }`, `env_wo_version = 1`}, after: []string{`env_wo = { T = "two" }`, `env_wo_version = 2`},
			calls: []string{update}, unknown: []string{"ssh"},
		},
		{name: "ports", before: []string{`ports = ["8080"]`}, after: []string{`ports = ["9090", "5000/udp"]`}, calls: []string{update}, unknown: []string{"tcp_ports"}},
		{name: "onstart", after: []string{`onstart = "true"`}, calls: []string{update}, unknown: []string{"ssh"}},
		{
			name:   "args",
			before: []string{`launch_mode = "args"`, `args = ["a"]`}, after: []string{`launch_mode = "args"`, `args = ["a", "b"]`},
			calls: []string{update}, unknown: []string{"ssh"},
		},
		{
			name:   "ssh_public_keys",
			before: []string{fmt.Sprintf("ssh_public_keys = [%q]", keyOne)}, after: []string{fmt.Sprintf("ssh_public_keys = [%q]", keyTwo)},
			calls: []string{"attachSshKey", "detachSshKey"}, kept: []string{"ssh", "status"},
		},
		{
			name: "bid_price", before: []string{`bid_price = 0.2`}, after: []string{`bid_price = 0.3`}, calls: []string{"changeBid"},
			unknown: []string{"hourly_price", "status"}, kept: []string{"ssh", "current_bid", "estimated_cost"},
		},
		{
			name: "label_beside_a_bid", before: []string{`bid_price = 0.2`}, after: []string{`bid_price = 0.2`, `label = "new"`},
			calls: []string{"manageInstance"}, kept: []string{"current_bid", "status"},
		},
		{name: "stop", after: []string{`desired_status = "stopped"`}, calls: []string{"manageInstance"}, unknown: []string{"status", "hourly_price"}, kept: []string{"estimated_cost", "ssh", "tcp_ports"}},
		{name: "start", before: []string{`desired_status = "stopped"`}, calls: []string{"manageInstance"}, unknown: []string{"status", "ssh", "hourly_price"}},
		{
			name:  "nothing_to_send",
			after: []string{`max_hourly_price = 3`, `on_interruption = "fail"`, `timeouts { create = "1h" }`, `image = "docker.io/ubuntu:24.04"`},
			kept:  []string{"ssh", "status", "hourly_price", "estimated_cost", "current_bid", "offer_id"},
		},
		{
			name:  "wishes_that_it_satisfies",
			after: []string{acctest.Block("offer", `gpu_names = ["H100", "4090"]`, `min_reliability = 0.999`, `countries = ["US"]`, `min_cuda_version = "12.0"`, `order_by = "reliability"`)},
			kept:  []string{"ssh", "status", "hourly_price", "gpu_name", "machine_id"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := world(t, ladder())
			checks := append([]plancheck.PlanCheck{action(plancheck.ResourceActionUpdate)}, unknown(tt.unknown...)...)
			for _, attribute := range tt.kept {
				checks = append(checks, known{attribute})
			}
			same := statecheck.CompareValue(compare.ValuesSame())
			id := func() statecheck.StateCheck { return same.AddStateValue(address, tfjsonpath.New("id")) }
			after := env.Config(instance(tt.after...))
			steps(t, env,
				resource.TestStep{Config: env.Config(instance(tt.before...)), ConfigStateChecks: []statecheck.StateCheck{id()}},
				resource.TestStep{
					PreConfig: env.ResetJournal, Config: after,
					ConfigPlanChecks: planned(checks...), ConfigStateChecks: []statecheck.StateCheck{id()},
				},
				resource.TestStep{
					PreConfig: func() { env.Wrote(t, tt.calls...) },
					Config:    after, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
				},
			)
			nothingLeft(t, env)
		})
	}
}

func TestInstanceResource_Replace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		before, after []string
	}{
		{name: "disk_gb", after: []string{`disk_gb = 60`}},
		{name: "launch_mode", after: []string{`launch_mode = "jupyter"`}},
		{name: "direct", after: []string{`direct = true`}},
		{name: "image_login_wo_version", before: login(1), after: login(2)},
		{name: "image_login_wo_version_set", after: login(1)},
		{name: "bid_price_set", after: []string{`bid_price = 0.9`}},
		{name: "bid_price_removed", before: []string{`bid_price = 0.9`}},
		{name: "gpu_names", after: []string{`offer { gpu_names = ["H100"] }`}},
		{name: "countries", after: []string{acctest.Block("offer", `gpu_names = ["RTX 4090"]`, `countries = ["DE"]`)}},
		{name: "machine_id", after: []string{`offer { machine_id = 9103 }`}},
		{name: "offer_id", before: []string{`offer_id = 101`}, after: []string{`offer_id = 103`}},
		{name: "offer_id_instead_of_offer", after: []string{`offer_id = 103`}},
	}
	abroad := strings.Replace(row(106, "RTX 4090", 0.9), "Texas, US", "Hesse, DE", 1)
	all := strings.Replace(ladder(), `"offers": [`, `"offers": [`+abroad+",", 1)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := world(t, all)
			after := env.Config(instance(tt.after...))
			steps(t, env,
				resource.TestStep{Config: env.Config(instance(tt.before...))},
				resource.TestStep{Config: after, ConfigPlanChecks: planned(action(plancheck.ResourceActionReplace))},
				emptyPlan(after),
			)
			env.Wrote(t, "createInstance", "destroyInstance", "createInstance", "destroyInstance")
			nothingLeft(t, env)
		})
	}
}

func login(version int) []string {
	return []string{`image_login_wo = "-u me -p secret docker.io"`, fmt.Sprintf("image_login_wo_version = %d", version)}
}

// TestInstanceResource_Import takes over from the configuration what the API does
// not return, sends nothing that is equal, and never replaces.
func TestInstanceResource_Import(t *testing.T) {
	t.Parallel()
	env := world(t, ladder(), func(o *vastaisim.Options) { o.DiskSurplusGB, o.InjectedEnv = 0.08, true })
	cli := env.Attached(t)
	cli.Write("main.tf", strings.Replace(maximal(), keyOne, keyTwo, 1))
	cli.MustRun("apply", "-auto-approve")
	id := env.Rented()[0].ID
	cli.MustRun("state", "rm", address)
	cli.MustRun("import", address, id)

	env.ResetJournal()
	plan := cli.Run("plan", "-detailed-exitcode", "-out=saved")
	if plan.Code != 2 {
		t.Fatalf("plan after import: exit code %d\n%s", plan.Code, plan.Output())
	}
	for _, change := range cli.Plan("saved").ResourceChanges {
		if !change.Change.Actions.Update() {
			t.Errorf("%s: %v, want an update", change.Address, change.Change.Actions)
		}
	}
	cli.MustRun("apply", "saved")
	env.Wrote(t)
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("second plan: exit code %d\n%s", result.Code, result.Output())
	}
	cli.MustRun("destroy", "-auto-approve")
	nothingLeft(t, env)
}

// TestInstanceResource_Import_Generated: the configuration that the CLI writes for
// an imported instance has what the platform returns, can be planned, and changes
// nothing.
func TestInstanceResource_Import_Generated(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lines []string
		says  []string
	}{
		"on demand": {lines: []string{`label = "mine"`}, says: []string{`label += "mine"`}},
		"bid":       {lines: []string{`bid_price = 0.213`}, says: []string{`bid_price += 0.213`}},
		"ssh": {
			lines: []string{`ports = ["8000", "9000/tcp", "5000/udp"]`, `onstart = "echo hello"`, `env = { A = "1" }`, `direct = true`},
			says:  []string{`ports += \["5000/udp", "8000", "9000"\]`, `onstart += "echo hello"`, `direct += true`},
		},
		"args": {lines: []string{`args = ["serve", "--all"]`}, says: []string{`args += \["serve", "--all"\]`, `launch_mode += "args"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := world(t, ladder())
			cli := env.Attached(t)
			cli.Write("main.tf", instance(tt.lines...))
			cli.MustRun("apply", "-auto-approve")
			cli.MustRun("state", "rm", address)
			cli.Write("main.tf", fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, env.Rented()[0].ID))

			env.ResetJournal()
			cli.MustRun("plan", "-generate-config-out=generated.tf", "-out=saved")
			for _, change := range cli.Plan("saved").ResourceChanges {
				if !change.Change.Actions.NoOp() {
					t.Errorf("%s: %v, want nothing but the import:\n%v\n%v", change.Address, change.Change.Actions, change.Change.Before, change.Change.After)
				}
			}
			generated := read(t, cli.Dir, "generated.tf")
			for _, want := range tt.says {
				if !regexp.MustCompile(want).MatchString(generated) {
					t.Errorf("the generated configuration lacks %s:\n%s", want, generated)
				}
			}
			cli.MustRun("apply", "saved")
			if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
				t.Errorf("second plan: exit code %d\n%s", result.Code, result.Output())
			}
			env.NoWrites(t)
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}

func TestInstanceResource_ImportState(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	steps(t, env,
		resource.TestStep{Config: env.Config(instance())},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true,
			// What is not returned by the API.
			ImportStateVerifyIgnore: []string{"offer", "offer_id", "estimated_cost", "timeouts"},
		},
		resource.TestStep{ResourceName: address, ImportState: true, ImportStateId: "12", ExpectError: regexp.MustCompile(`non-existent`)},
		resource.TestStep{ResourceName: address, ImportState: true, ImportStateId: "abc", ExpectError: regexp.MustCompile(`Not an instance`)},
	)
}

func TestInstanceResource_Disappears(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	config := env.Config(instance())
	steps(t, env,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() { request(t, env, "DELETE", "/api/v0/instances/"+env.Rented()[0].ID+"/", `{}`) },
			Config:    config, ConfigPlanChecks: planned(action(plancheck.ResourceActionCreate)),
		},
	)
	nothingLeft(t, env)
}

// TestInstanceResource_UnknownInputs leaves everything to be known after apply.
func TestInstanceResource_UnknownInputs(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	config := env.Config(`
resource "terraform_data" "later" {
  input = { gpu = "4090", disk = 50, text = "x", price = 1.5, port = "8080", env = { A = "1" }, image = "ubuntu:24.04", mode = "ssh" }
}
locals { later = terraform_data.later.output }
`, instance(
		acctest.Block("offer", `gpu_names = [local.later.gpu]`, `max_candidates = local.later.disk`), `disk_gb = local.later.disk`,
		`image = local.later.image`, `label = local.later.text`, `onstart = local.later.text`, `env = local.later.env`,
		`ports = [local.later.port]`, `launch_mode = local.later.mode`, `max_hourly_price = local.later.price`,
	))
	steps(t, env,
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: planned(unknown("estimated_cost", "disk_gb", "image")...),
			ConfigStateChecks: []statecheck.StateCheck{
				value("offer_id", knownvalue.Int64Exact(101)), cost(map[string]knownvalue.Check{"max_hourly": knownvalue.Float64Exact(1.5)}),
			},
		},
		emptyPlan(config),
	)
}

// known expects an attribute to be known in the plan.
type known struct{ attribute string }

func (k known) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if unknown, ok := change.Change.AfterUnknown.(map[string]any); ok && change.Address == address {
			if all, whole := unknown[k.attribute].(bool); whole && all {
				resp.Error = fmt.Errorf("%s is unknown in the plan", k.attribute)
			}
		}
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
