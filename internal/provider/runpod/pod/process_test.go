package pod_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestPodResource_Killed: the next apply takes over what a killed process rented,
// and nothing that another configuration rented.
func TestPodResource_Killed(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	other := env.CLI(t)
	other.Write("main.tf", pod())
	other.MustRun("apply", "-auto-approve")
	theirs := only(t, env).ID
	env.ResetJournal()

	cli := env.CLI(t)
	cli.Write("main.tf", pod())
	fault(t, env, simkit.Fault{Operation: "createPod", Kind: simkit.Delay, DelayMS: 600_000, Times: 1})
	process := cli.Start("apply", "-auto-approve")
	env.Await(t, "createPod")
	process.Kill()
	if n := len(pods(t, env)); n != 2 {
		t.Fatalf("the account has %d pods, want 2", n)
	}
	cli.MustRun("apply", "-auto-approve")
	env.Wrote(t, "createPod")
	cli.MustRun("destroy", "-auto-approve")
	if left := only(t, env).ID; left != theirs {
		t.Errorf("%s is left, want %s", left, theirs)
	}
	other.MustRun("destroy", "-auto-approve")
	none(t, env)
}

// TestPodResource_Interrupted: Ctrl-C while the pod boots leaves it in the state.
func TestPodResource_Interrupted(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime, func(o *sim.Options) { o.Boot = time.Hour })
	cli := env.CLI(t)
	cli.Write("main.tf", pod())
	process := cli.Start("apply", "-auto-approve")
	env.Await(t, "createPod")
	env.Await(t, "listPods")
	process.Interrupt()
	result := process.Wait()
	if result.Code == 0 || !strings.Contains(result.Output(), only(t, env).ID) {
		t.Errorf("exit code %d, want a failure that names the pod\n%s", result.Code, result.Output())
	}
	resources := cli.State().Values.RootModule.Resources
	if len(resources) != 1 || resources[0].AttributeValues["id"] != only(t, env).ID {
		t.Errorf("state has %+v, want the pod", resources)
	}
	cli.MustRun("destroy", "-auto-approve")
	none(t, env)
}
