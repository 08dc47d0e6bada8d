package pod_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

const (
	address = "gpumarket_runpod_pod.test"
	theType = "NVIDIA GeForce RTX 4090"
)

// pod is a configuration of one pod; extra lines come after the usual ones,
// which a line "-name" leaves out.
func pod(lines ...string) string {
	usual := []string{
		`name  = "trainer"`,
		`image = "runpod/pytorch:1.0.2"`,
		`gpu { types = ["RTX 4090"] }`,
	}
	var out []string
	for _, line := range append(usual, lines...) {
		if name, drop := strings.CutPrefix(line, "-"); drop {
			for i := range out {
				if strings.HasPrefix(out[i], name) {
					out[i] = ""
				}
			}
			continue
		}
		out = append(out, line)
	}
	return fmt.Sprintf("resource \"gpumarket_runpod_pod\" \"test\" {\n  %s\n}\n", strings.Join(out, "\n  "))
}

// onPlatform is a pod as the simulator holds it.
type onPlatform struct {
	ID         string
	Name       string
	Status     string
	Image      string
	Args       string
	Disk       int
	Env        map[string]string
	Ports      []string
	Cloud      string
	DataCenter string `json:"dataCenterId"`
	Locked     bool
	GPU        struct {
		ID    string
		Count int
	}
	CPU struct {
		ID        string
		VCPUCount int
	}
	Mounts struct {
		Persistent struct {
			Size int
			Path string
		}
		Network []struct {
			VolumeID string
			Path     string
		}
	}
	StartedAt string
}

// pods are what runs on the simulated account.
func pods(t *testing.T, env *acctest.Env) []onPlatform {
	t.Helper()
	text, err := json.Marshal(env.World.State()["runpod"])
	if err != nil {
		t.Fatal(err)
	}
	var state struct{ Pods []onPlatform }
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	return state.Pods
}

// only is the one pod of the account.
func only(t *testing.T, env *acctest.Env) onPlatform {
	t.Helper()
	all := pods(t, env)
	if len(all) != 1 {
		t.Fatalf("the account has %d pods, want 1: %+v", len(all), all)
	}
	return all[0]
}

func none(t *testing.T, env *acctest.Env) {
	t.Helper()
	if all := pods(t, env); len(all) != 0 {
		t.Errorf("the account has %d pods, want none: %+v", len(all), all)
	}
}

func market(t *testing.T, env *acctest.Env, action simkit.MarketAction) {
	t.Helper()
	action.Platform = "runpod"
	if err := env.World.Market(action); err != nil {
		t.Fatal(err)
	}
}

func fault(t *testing.T, env *acctest.Env, f simkit.Fault) {
	t.Helper()
	f.Platform = "runpod"
	if err := env.World.Fault(f); err != nil {
		t.Fatal(err)
	}
}

// run takes the steps and checks that nothing is left afterwards.
func run(t *testing.T, env *acctest.Env, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: steps})
	none(t, env)
}

// empty is a step that plans nothing and writes nothing.
func empty(t *testing.T, env *acctest.Env, config string) resource.TestStep {
	t.Helper()
	return resource.TestStep{
		PreConfig:        env.ResetJournal,
		Config:           config,
		ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
	}
}

func before(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

func does(action plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(address, action)
}

// console does by hand what the tests' subjects do not know of. It returns the
// answer's id.
func console(t *testing.T, env *acctest.Env, method, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, env.RunPodURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+env.APIKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
	var answer struct{ ID string }
	if resp.StatusCode != http.StatusNoContent {
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
	}
	return answer.ID
}

// noWayIn is the ssh object of a pod that cannot be logged in to.
func noWayIn() knownvalue.Check {
	return knownvalue.ObjectExact(map[string]knownvalue.Check{
		"host": knownvalue.Null(), "port": knownvalue.Null(), "user": knownvalue.Null(), "command": knownvalue.Null(),
	})
}
