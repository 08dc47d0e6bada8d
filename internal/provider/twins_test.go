package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// repeated is a configuration with so many equal resources.
func repeated(v *victim, count int) string {
	return strings.Replace(v.config, "{\n", fmt.Sprintf("{\n  count = %d\n", count), 1)
}

// TestCreate_Twins_LostAnswer: of two equal creates one is lost before it arrives,
// or its answer is. The second apply must not take the other one's object for it.
func TestCreate_Twins_LostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []simkit.FaultKind{simkit.DropBefore, simkit.DropAfter} {
		for _, v := range victims() {
			t.Run(string(kind)+"/"+v.kind, func(t *testing.T) {
				t.Parallel()
				env := acctest.New(t)
				cli := env.Attached(t)
				cli.Write("main.tf", repeated(&v, 2))
				if err := env.World.Fault(simkit.Fault{Operation: v.create, Kind: kind, Times: 1}); err != nil {
					t.Fatal(err)
				}
				cli.Run("apply", "-auto-approve")
				cli.MustRun("apply", "-auto-approve")
				if trouble := v.differs(t, env, cli, 2); trouble != "" {
					t.Errorf("after the second apply: %s", trouble)
				}
				secondPlan(t, cli)
				cli.MustRun("destroy", "-auto-approve")
				nothingLeft(t, env)
			})
		}
	}
}

// TestCreate_Targeted: an apply that is limited to one of two equal resources does
// not read the other, and does not take its object over either.
func TestCreate_Targeted(t *testing.T) {
	t.Parallel()
	for _, v := range victims() {
		t.Run(v.kind, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime)
			cli := env.CLI(t)
			cli.Write("main.tf", repeated(&v, 1))
			cli.MustRun("apply", "-auto-approve")
			cli.Write("main.tf", repeated(&v, 2))
			cli.MustRun("apply", "-auto-approve", "-target="+v.kind+".v[1]")
			if trouble := v.differs(t, env, cli, 2); trouble != "" {
				t.Error(trouble)
			}
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}

// TestVolume_Killed_Ambiguous: when two new volumes could be the one of a killed
// process, none is adopted and no third is made; once it is taken over by an
// import, the other one stays alone.
func TestVolume_Killed_Ambiguous(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	cli, other := env.CLI(t), env.CLI(t)
	cli.Write("main.tf", faultyVolume)
	other.Write("main.tf", faultyVolume)
	if err := env.World.Fault(simkit.Fault{Operation: "createNetworkVolume", Kind: simkit.Delay, DelayMS: 600_000, Times: 1}); err != nil {
		t.Fatal(err)
	}
	process := cli.Start("apply", "-auto-approve")
	env.Await(t, "createNetworkVolume")
	process.Kill()
	mine := env.Rented()[0].ID
	other.MustRun("apply", "-auto-approve")

	result := cli.Run("apply", "-auto-approve", "-lock=false")
	if result.Code == 0 || !strings.Contains(result.Output(), "2 objects") || len(env.Rented()) != 2 {
		t.Fatalf("exit code %d, %v; want a refusal and nothing new:\n%s", result.Code, env.Rented(), result.Output())
	}
	cli.MustRun("import", "-lock=false", "gpumarket_runpod_network_volume.v", mine)
	cli.MustRun("plan", "-detailed-exitcode", "-lock=false")
	if left := intents(t, cli); len(left) != 0 {
		t.Errorf("intents left behind: %v", left)
	}
	cli.MustRun("destroy", "-auto-approve", "-lock=false")
	if left := env.Rented(); len(left) != 1 || left[0].ID == mine {
		t.Errorf("%v is left, want the other configuration's", left)
	}
	other.MustRun("destroy", "-auto-approve")
	nothingLeft(t, env)
}
