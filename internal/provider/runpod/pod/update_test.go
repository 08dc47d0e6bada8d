package pod_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func unknown(path string) plancheck.PlanCheck {
	return plancheck.ExpectUnknownValue(address, tfjsonpath.New(path))
}

func planned(path string, check knownvalue.Check) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, tfjsonpath.New(path), check)
}

// TestPodResource_Update_InPlace changes one attribute at a time, and looks at
// the calls, the plan and the platform.
func TestPodResource_Update_InPlace(t *testing.T) {
	t.Parallel()
	const ports = `ports = ["8888/http", "22/tcp"]`
	tests := []struct {
		name          string
		before, after []string
		writes        []string
		plan          []plancheck.PlanCheck
		// holds tells whether the platform has the new value.
		holds func(onPlatform) bool
		// restarts tells whether the container is made anew.
		restarts bool
	}{
		{
			name: "name", after: []string{`-name`, `name = "renamed"`}, writes: []string{"updatePod"},
			plan:  []plancheck.PlanCheck{planned("status", knownvalue.StringExact("RUNNING"))},
			holds: func(p onPlatform) bool { return p.Name == "renamed" },
		},
		{
			name: "image", before: []string{ports}, after: []string{ports, `-image`, `image = "other/image:2"`},
			writes: []string{"updatePod"}, plan: []plancheck.PlanCheck{unknown("ssh"), unknown("tcp_ports"), unknown("public_ip")},
			holds: func(p onPlatform) bool { return p.Image == "other/image:2" }, restarts: true,
		},
		{
			name: "env", before: []string{ports, `env = { A = "1", B = "2" }`}, after: []string{ports, `env = { A = "3", C = "4" }`},
			writes: []string{"updatePod"}, plan: []plancheck.PlanCheck{unknown("ssh"), unknown("tcp_ports")},
			holds: func(p onPlatform) bool {
				_, old := p.Env["B"]
				return p.Env["A"] == "3" && p.Env["C"] == "4" && !old && p.Env["GPUMARKET_CREATE_ID"] != ""
			}, restarts: true,
		},
		{
			name: "ports", before: []string{ports}, after: []string{`ports = ["80/http", "22/tcp", "70001/tcp"]`}, writes: []string{"updatePod"},
			plan:  []plancheck.PlanCheck{unknown("http_urls"), unknown("tcp_ports")},
			holds: func(p onPlatform) bool { return len(p.Ports) == 3 && slices.Contains(p.Ports, "70001/tcp") }, restarts: true,
		},
		{
			name: "container disk", after: []string{`container_disk_gb = 40`}, writes: []string{"updatePod"},
			plan: []plancheck.PlanCheck{plancheck.ExpectKnownValue(address, tfjsonpath.New("estimated_cost").AtMapKey("storage_hourly"),
				knownvalue.Float64Exact(0.005479))},
			holds: func(p onPlatform) bool { return p.Disk == 40 }, restarts: true,
		},
		{
			name: "volume grows", before: []string{`volume { size_gb = 20 }`}, after: []string{acctest.Block("volume", `size_gb = 50`, `mount_path = "/data"`)},
			writes: []string{"updatePod"},
			holds:  func(p onPlatform) bool { return p.Mounts.Persistent.Size == 50 && p.Mounts.Persistent.Path == "/data" }, restarts: true,
		},
		{
			name: "locked", after: []string{`locked = true`}, writes: []string{"updatePod"},
			holds: func(p onPlatform) bool { return p.Locked },
		},
		{
			name: "image of a locked pod", before: []string{`locked = true`}, after: []string{`locked = true`, `-image`, `image = "other/image:2"`},
			writes: []string{"updatePod", "updatePod", "updatePod"},
			holds:  func(p onPlatform) bool { return p.Locked && p.Image == "other/image:2" }, restarts: true,
		},
		{
			name: "global networking", before: []string{`data_center_ids = ["US-KS-2"]`},
			after: []string{`data_center_ids = ["US-KS-2"]`, `global_networking = true`}, writes: []string{"updatePod"},
			holds: func(onPlatform) bool { return true },
		},
		{
			name: "selectors that still hold", before: []string{`data_center_ids = ["US-KS-2"]`},
			after: []string{
				`-gpu`, `gpu { types = ["H100 SXM", "NVIDIA GeForce RTX 4090"] }`, `clouds = ["COMMUNITY", "SECURE"]`,
				`data_center_ids = ["US-KS-2", "EU-RO-1"]`, `max_hourly_price = 9`, `timeouts { create = "20m" }`,
			},
			plan: []plancheck.PlanCheck{
				planned("status", knownvalue.StringExact("RUNNING")), planned("hourly_price", knownvalue.Float64Exact(0.59)),
				plancheck.ExpectKnownValue(address, tfjsonpath.New("estimated_cost").AtMapKey("max_hourly"), knownvalue.Float64Exact(9)),
			},
			holds: func(onPlatform) bool { return true },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			was, is := env.Config(pod(tt.before...)), env.Config(pod(tt.after...))
			same := statecheck.CompareValue(compare.ValuesSame())
			var started string
			run(t, env,
				resource.TestStep{
					Config:            was,
					ConfigStateChecks: []statecheck.StateCheck{same.AddStateValue(address, tfjsonpath.New("id"))},
				},
				resource.TestStep{
					PreConfig:         func() { started = only(t, env).StartedAt; env.ResetJournal() },
					Config:            is,
					ConfigPlanChecks:  before(append(tt.plan, does(plancheck.ResourceActionUpdate))...),
					ConfigStateChecks: []statecheck.StateCheck{same.AddStateValue(address, tfjsonpath.New("id"))},
				},
				resource.TestStep{
					PreConfig: func() {
						env.Wrote(t, tt.writes...)
						now := only(t, env)
						if !tt.holds(now) {
							t.Errorf("the platform has %+v", now)
						}
						if restarted := now.StartedAt != started; restarted != tt.restarts {
							t.Errorf("container restarted: %v, want %v", restarted, tt.restarts)
						}
					},
					Config:           is,
					ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
				},
			)
		})
	}
}

// TestPodResource_Update_ForeignEnv: variables that others set stay, and are no
// drift.
func TestPodResource_Update_ForeignEnv(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	console(t, env, http.MethodPut, "/v2/account/ssh-keys", `{"keys":["ssh-ed25519 AAAA somebody"]}`)
	was := env.Config(pod(`start_ssh = true`, `env = { A = "1" }`))
	is := env.Config(pod(`start_ssh = true`, `env = { A = "2" }`))
	run(t, env,
		resource.TestStep{Config: was},
		empty(t, env, was),
		resource.TestStep{Config: is},
		resource.TestStep{
			PreConfig: func() {
				if now := only(t, env); !strings.Contains(now.Env["PUBLIC_KEY"], "somebody") || now.Env["A"] != "2" {
					t.Errorf("env is %v, want PUBLIC_KEY kept and A = 2", now.Env)
				}
			},
			Config: is, PlanOnly: true,
		},
	)
}

// TestPodResource_Secrets: env_wo arrives, and is nowhere else.
func TestPodResource_Secrets(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := func(version, secret string) string {
		return env.Config(pod(`env = { A = "1" }`, `env_wo = { TOKEN = "`+secret+`" }`, `env_wo_version = `+version))
	}
	holds := func(secret string) func() {
		return func() {
			if got := only(t, env).Env["TOKEN"]; got != secret {
				t.Errorf("TOKEN is %q, want %q", got, secret)
			}
			env.ResetJournal()
		}
	}
	run(t, env,
		resource.TestStep{
			Config:            config("1", "canary-one"),
			ConfigStateChecks: []statecheck.StateCheck{value("env_wo", knownvalue.Null())},
		},
		resource.TestStep{
			PreConfig: holds("canary-one"), Config: config("1", "canary-two"),
			ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
		},
		resource.TestStep{
			PreConfig: holds("canary-one"), Config: config("2", "canary-two"),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate)),
		},
		resource.TestStep{
			PreConfig: holds("canary-two"), Config: env.Config(pod(`env = { A = "1" }`)),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate)),
		},
		resource.TestStep{PreConfig: holds(""), Config: env.Config(pod(`env = { A = "1" }`)), PlanOnly: true},
	)
}

// TestPodResource_Secrets_Echoed: a refusal that repeats the values of env_wo tells
// none of them, neither the new one nor the one that only RunPod still has.
func TestPodResource_Secrets_Echoed(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.Attached(t)
	cli.Write("main.tf", pod(`env_wo = { TOKEN = "canary-one" }`, `env_wo_version = 1`))
	cli.MustRun("apply", "-auto-approve")
	cli.Write("main.tf", pod(`env_wo = { TOKEN = "canary-<\"two\">" }`, `env_wo_version = 2`))
	fault(t, env, simkit.Fault{
		Operation: "updatePod", Kind: simkit.Status, Status: http.StatusBadRequest,
		Body: []byte(`{"title":"Bad Request","status":400,"detail":"the former value canary-one cannot become \"canary-\\u003c\\\"two\\\"\\u003e\""}`),
	})
	result := cli.Run("apply", "-auto-approve")
	if result.Code == 0 {
		t.Fatalf("apply succeeded\n%s", result.Output())
	}
	if text := result.Output(); strings.Contains(text, "canary") || !strings.Contains(text, "cannot become") {
		t.Errorf("want RunPod's words without the secrets:\n%s", text)
	}
	env.World.ClearFaults()
	cli.MustRun("destroy", "-auto-approve")
}
