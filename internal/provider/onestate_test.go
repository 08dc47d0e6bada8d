package provider_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// idsIn are the ids that a state file has, by address without the index.
func idsIn(t *testing.T, cli *acctest.CLI, file string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(cli.Dir, file))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Mode      string
			Instances []struct {
				Attributes struct{ ID any }
			}
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			if r.Mode == "managed" {
				ids = append(ids, fmt.Sprint(i.Attributes.ID))
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// oneOfEach is a resource of every kind, count times.
func oneOfEach(count int) string {
	var config strings.Builder
	for _, v := range victims() {
		config.WriteString(repeated(&v, count))
	}
	return config.String()
}

// held are the ids that the platforms hold.
func held(env *acctest.Env) []string {
	var ids []string
	for _, rented := range env.Rented() {
		ids = append(ids, rented.ID)
	}
	slices.Sort(ids)
	return ids
}

// inBackend makes path the local state of the working directory, as a configuration
// with that backend block does after init -reconfigure.
func inBackend(t *testing.T, cli *acctest.CLI, path string) {
	t.Helper()
	cli.Write("backend.tf", fmt.Sprintf("terraform {\n  backend \"local\" {\n    path = %q\n  }\n}\n", path))
	// The provider comes from the CLI's configuration: init sets up the backend, and
	// may then fail to find the provider in a registry.
	cli.Run("init", "-reconfigure")
	record, err := os.ReadFile(filepath.Join(cli.Dir, ".terraform", "terraform.tfstate"))
	if err != nil || !strings.Contains(string(record), path) {
		t.Fatalf("init did not set up the backend: %v\n%s", err, record)
	}
}

// TestOneState_Backends: two backends in one directory with the same configuration. The
// second state gets objects of its own, and its destroy leaves the first one's alone.
func TestOneState_Backends(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	cli := env.CLI(t)
	cli.Write("main.tf", oneOfEach(1))
	inBackend(t, cli, "a.tfstate")
	cli.MustRun("apply", "-auto-approve")
	first := held(env)
	inBackend(t, cli, "b.tfstate")
	result := cli.MustRun("apply", "-auto-approve")
	if n := len(env.Rented()); n != 6 {
		t.Fatalf("%v, want one of each for each state\n%s", env.Rented(), result.Output())
	}
	if strings.Contains(result.Output(), "in no state known here") {
		t.Errorf("the other state's objects are reported:\n%s", result.Output())
	}
	cli.MustRun("destroy", "-auto-approve")
	if left := held(env); !slices.Equal(left, first) {
		t.Errorf("after the destroy of the second state %v is left, want %v", left, first)
	}
	inBackend(t, cli, "a.tfstate")
	cli.MustRun("plan", "-detailed-exitcode")
	cli.MustRun("destroy", "-auto-approve")
	nothingLeft(t, env)
}

// TestOneState_BackendKilled: what a killed apply of one backend left waits for that
// backend.
func TestOneState_BackendKilled(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	cli := env.CLI(t)
	cli.Write("main.tf", faultyPod)
	inBackend(t, cli, "a.tfstate")
	if err := env.World.Fault(simkit.Fault{Operation: "createPod", Kind: simkit.Delay, DelayMS: 600_000, Times: 1}); err != nil {
		t.Fatal(err)
	}
	process := cli.Start("apply", "-auto-approve")
	env.Await(t, "createPod")
	process.Kill()
	orphan := held(env)
	inBackend(t, cli, "b.tfstate")
	cli.MustRun("apply", "-auto-approve")
	if second := idsIn(t, cli, "b.tfstate"); slices.Equal(second, orphan) {
		t.Errorf("the second backend adopted %v", second)
	}
	inBackend(t, cli, "a.tfstate")
	cli.MustRun("apply", "-auto-approve", "-lock=false")
	if first := idsIn(t, cli, "a.tfstate"); !slices.Equal(first, orphan) || len(env.Rented()) != 2 {
		t.Errorf("the first backend has %v of %v, want %v adopted", first, env.Rented(), orphan)
	}
}

// TestOneState_KilledWhileBooting: an apply that is killed while the machine boots has
// not told Terraform its id, so the next one adopts it.
func TestOneState_KilledWhileBooting(t *testing.T) {
	t.Parallel()
	for _, v := range victims() {
		if v.create == "createNetworkVolume" {
			continue // which needs no time
		}
		t.Run(v.kind, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime, func(o *sim.Options) { o.Boot = 5 * time.Second })
			cli := env.CLI(t)
			cli.Write("main.tf", v.config)
			process := cli.Start("apply", "-auto-approve")
			lists := map[string]string{"createPod": "listPods", "createInstance": "showInstances"}
			env.Await(t, v.create)
			env.Await(t, lists[v.create])
			process.Kill()
			cli.MustRun("apply", "-auto-approve", "-lock=false")
			if n := len(env.Requests(v.create)); n != 1 {
				t.Errorf("%d creates, want the one of the killed process", n)
			}
			if trouble := v.differs(t, env, cli, 1); trouble != "" {
				t.Error(trouble)
			}
			cli.MustRun("destroy", "-auto-approve", "-lock=false")
			nothingLeft(t, env)
		})
	}
}

// TestOneState_StateFlag: an apply into another state file, and second, equal resources
// that are targeted alone.
func TestOneState_StateFlag(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	cli := env.CLI(t)
	cli.Write("main.tf", oneOfEach(1))
	cli.MustRun("apply", "-auto-approve", "-state=elsewhere.tfstate")
	cli.Write("main.tf", oneOfEach(2))
	apply := []string{"apply", "-auto-approve", "-state=elsewhere.tfstate"}
	for _, v := range victims() {
		apply = append(apply, "-target="+v.kind+".v[1]")
	}
	cli.MustRun(apply...)
	ids := idsIn(t, cli, "elsewhere.tfstate")
	if all := held(env); !slices.Equal(ids, all) || len(all) != 6 {
		t.Fatalf("the state has %v, the platforms %v; want two of each", ids, all)
	}
	if result := cli.MustRun("plan", "-detailed-exitcode", "-state=elsewhere.tfstate"); strings.Contains(result.Output(), "no state known here") {
		t.Errorf("reported:\n%s", result.Output())
	}
	cli.MustRun("destroy", "-auto-approve", "-state=elsewhere.tfstate")
	nothingLeft(t, env)
}

// TestOneState_Aliases: two aliases of one account create equal resources in one apply,
// each in a process of its own.
func TestOneState_Aliases(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	cli := env.CLI(t)
	cli.Write("alias.tf", strings.Replace(env.ProviderBlock(), "{\n", "{\n  alias = \"second\"\n", 1))
	second := strings.NewReplacer(`"v"`, `"w"`, "{\n  count = 2\n", "{\n  count = 2\n  provider = gpumarket.second\n")
	cli.Write("main.tf", oneOfEach(2)+second.Replace(oneOfEach(2)))
	const rounds, objects = 3, 12
	for range rounds {
		cli.MustRun("apply", "-auto-approve", "-parallelism=20")
		ids := idsIn(t, cli, "terraform.tfstate")
		if all := held(env); !slices.Equal(ids, all) || len(slices.Compact(all)) != objects {
			t.Fatalf("the state has %v, the platform %v; want %d distinct objects", ids, all, objects)
		}
		cli.MustRun("destroy", "-auto-approve", "-parallelism=20")
		nothingLeft(t, env)
	}
}

// TestOneState_SideBySide: two applies at once on one account, from one directory into
// two state files, and from two directories.
func TestOneState_SideBySide(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{true, false} {
		t.Run(fmt.Sprintf("shared=%v", shared), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime)
			first := env.CLI(t)
			second := first
			if !shared {
				second = env.CLI(t)
			}
			first.Write("main.tf", oneOfEach(1))
			second.Write("main.tf", oneOfEach(1))
			a := first.Start("apply", "-auto-approve", "-state=a.tfstate")
			b := second.Start("apply", "-auto-approve", "-state=b.tfstate")
			for _, process := range []*acctest.Process{a, b} {
				if result := process.Wait(); result.Code != 0 {
					t.Fatalf("exit code %d\n%s", result.Code, result.Output())
				}
			}
			ids := append(idsIn(t, first, "a.tfstate"), idsIn(t, second, "b.tfstate")...)
			slices.Sort(ids)
			if all := held(env); !slices.Equal(ids, all) || len(slices.Compact(all)) != 6 {
				t.Fatalf("the states have %v, the platform %v; want six distinct objects", ids, all)
			}
			first.MustRun("destroy", "-auto-approve", "-state=a.tfstate")
			if left, want := held(env), idsIn(t, second, "b.tfstate"); !slices.Equal(left, want) {
				t.Errorf("%v is left, want %v", left, want)
			}
		})
	}
}

// TestOneState_Removed: after state rm, with and without a refresh before it, a second
// object is rented; the first one is named in plans and in gpumarket_spend with its
// cost and the import command, which works.
func TestOneState_Removed(t *testing.T) {
	t.Parallel()
	for _, refreshed := range []bool{false, true} {
		t.Run(fmt.Sprintf("refreshed=%v", refreshed), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime)
			cli := env.CLI(t)
			config := strings.ReplaceAll(oneOfEach(1), "  count = 1\n", "")
			cli.Write("main.tf", config)
			cli.MustRun("apply", "-auto-approve")
			if refreshed {
				cli.MustRun("apply", "-refresh-only", "-auto-approve")
			}
			importing := map[string]string{} // the command by id
			for _, first := range env.Rented() {
				cli.MustRun("state", "rm", first.Type+".v")
				importing[first.ID] = "terraform import " + first.Type + ".NAME " + first.ID
			}
			for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}} {
				said := cli.MustRun(args...).Output()
				for id, command := range importing {
					if !strings.Contains(said, "in no state known here") || !strings.Contains(strings.Join(strings.Fields(said), " "), command) {
						t.Errorf("%v does not name %s:\n%s", args, id, said)
					}
				}
			}
			if n := len(env.Rented()); n != 6 {
				t.Fatalf("%d objects, want a second one of each", n)
			}
			cli.Write("spend.tf", `data "gpumarket_spend" "s" {}
output "items" { value = { for i in data.gpumarket_spend.s.items : i.id => "${coalesce(i.in_state, "null")} ${coalesce(i.import_command, "-")}" } }`)
			cli.MustRun("apply", "-auto-approve")
			for _, id := range held(env) {
				want := "true -"
				if command, first := importing[id]; first {
					want = "false " + command
				}
				if items, _ := cli.State().Values.Outputs["items"].Value.(map[string]any); items[id] != want {
					t.Errorf("gpumarket_spend says %q of %s, want %q", items[id], id, want)
				}
			}
			// Taken over again they are nobody's concern any more.
			cli.Write("again.tf", strings.ReplaceAll(config, `"v"`, `"again"`))
			for id, command := range importing {
				cli.MustRun(strings.Fields(strings.Replace(strings.TrimPrefix(command, "terraform "), "NAME", "again", 1))...)
				if !slices.Contains(idsIn(t, cli, "terraform.tfstate"), id) {
					t.Errorf("%s is not in the state after %q", id, command)
				}
			}
			cli.Write("third.tf", strings.ReplaceAll(config, `"v"`, `"third"`))
			if said := cli.MustRun("plan").Output(); strings.Contains(said, "in no state known here") {
				t.Errorf("still reported after the import:\n%s", said)
			}
			if err := os.Remove(filepath.Join(cli.Dir, "third.tf")); err != nil {
				t.Fatal(err)
			}
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}
