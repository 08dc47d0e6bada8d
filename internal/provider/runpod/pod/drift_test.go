package pod_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestPodResource_Drift: what others changed shows in the plan and is put back in
// one call; what they added stays.
func TestPodResource_Drift(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(pod(`env = { A = "1", B = "2" }`, `args = "serve"`, `ports = ["22/tcp"]`))
	run(t, env,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				console(t, env, http.MethodPatch, "/v2/pods/"+only(t, env).ID,
					`{"name":"theirs","image":"their/image:1","args":"other","ports":["80/http"],"locked":true,"env":{"A":"9","THEIRS":"x"}}`)
				env.World.Advance(time.Minute)
			},
			Config: config,
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate),
				planned("image", knownvalue.StringExact("runpod/pytorch:1.0.2")), unknown("ssh")),
		},
		resource.TestStep{
			PreConfig: func() {
				now := only(t, env)
				if now.Name != "trainer" || now.Image != "runpod/pytorch:1.0.2" || now.Args != "serve" || now.Locked ||
					len(now.Ports) != 1 || now.Env["A"] != "1" || now.Env["B"] != "2" || now.Env["THEIRS"] != "x" {
					t.Errorf("the platform has %+v", now)
				}
			},
			Config: config, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
		},
	)
}

// TestPodResource_Import_Stopped: RunPod tells no price of a stopped pod, so that
// the estimate waits for the start.
func TestPodResource_Import_Stopped(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := console(t, env, http.MethodPost, "/v2/pods", `{"name":"trainer","image":"runpod/pytorch:1.0.2",
		"gpu":{"id":"`+theType+`","count":1},"disk":20,"mounts":{"persistent":{"size":73,"path":"/workspace"}}}`)
	env.World.Advance(time.Minute)
	console(t, env, http.MethodPost, "/v2/pods/"+id+"/action", `{"action":"stop"}`)
	config := func(status string) string {
		return env.Config(pod(`volume { size_gb = 73 }`, `desired_status = "`+status+`"`))
	}
	run(t, env,
		resource.TestStep{
			Config: config("stopped"), ResourceName: address, ImportState: true, ImportStateId: id, ImportStatePersist: true,
		},
		resource.TestStep{
			Config:            config("stopped"),
			ConfigStateChecks: []statecheck.StateCheck{value("estimated_cost", partial("hourly", 0.02))},
		},
		resource.TestStep{
			Config:           config("running"),
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate), unknown("estimated_cost")),
			ConfigStateChecks: []statecheck.StateCheck{
				value("estimated_cost", partial("compute_hourly", 0.59)), value("id", knownvalue.StringExact(id)),
			},
		},
		empty(t, env, config("running")),
	)
}

// TestPodResource_SecretNames: another name in env_wo shows without a new
// version, because names are kept where values are not.
func TestPodResource_SecretNames(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := func(name string) string {
		return env.Config(pod(`env_wo = { `+name+` = "s" }`, `env_wo_version = 1`))
	}
	run(t, env,
		resource.TestStep{Config: config("ONE")},
		resource.TestStep{Config: config("TWO"), ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate))},
		resource.TestStep{
			PreConfig: func() {
				if _, old := only(t, env).Env["ONE"]; old || only(t, env).Env["TWO"] != "s" {
					t.Errorf("env is %v", only(t, env).Env)
				}
			},
			Config: config("TWO"), ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
		},
	)
}
