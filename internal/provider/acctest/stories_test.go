package acctest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// step is one command of a story: an apply, or what the other fields say.
type step struct {
	// before happens in the world first; what it returns is set as a variable "given"
	// from then on, when it is not empty.
	before func(t testing.TB, env *acctest.Env) string
	config string
	// between happens between the plan and its apply.
	between func(t testing.TB, env *acctest.Env)
	planned bool // the plan alone
	destroy bool
	// actions are what must be planned, so that a story that lost its point fails;
	// not looked at when nil.
	actions map[string]string
}

// story is what a user does, for the harness and for the real CLI.
type story struct {
	name  string
	steps []step
}

const (
	podAddress      = "gpumarket_runpod_pod.a"
	volumeAddress   = "gpumarket_runpod_network_volume.v"
	instanceAddress = "gpumarket_vastai_instance.i"
)

func resource(address string, lines ...string) string {
	kind, name, _ := strings.Cut(address, ".")
	return fmt.Sprintf("resource %q %q {\n  %s\n}\n", kind, name, strings.Join(lines, "\n  "))
}

// podWith is a pod with the lines beside what every pod needs.
func podWith(name string, lines ...string) string {
	usual := []string{fmt.Sprintf("name = %q", name), `image = "runpod/pytorch:1.0.2"`}
	if !strings.Contains(strings.Join(lines, "\n"), "gpu {") {
		usual = append(usual, `gpu { types = ["RTX 4090"] }`)
	}
	return resource(podAddress, append(usual, lines...)...)
}

func market(action simkit.MarketAction) func(testing.TB, *acctest.Env) {
	return func(t testing.TB, env *acctest.Env) {
		t.Helper()
		if err := env.World.Market(action); err != nil {
			t.Fatal(err)
		}
	}
}

// found is a pod that somebody made in RunPod's console.
func found(t testing.TB, env *acctest.Env) string {
	t.Helper()
	var pod struct{ ID string }
	answer := env.Console(t, http.MethodPost, env.RunPodURL+"/v2/pods",
		`{"name":"found","image":"runpod/pytorch:1.0.2","gpu":{"id":"NVIDIA GeForce RTX 4090","count":1}}`)
	if err := json.Unmarshal(answer, &pod); err != nil {
		t.Fatal(err)
	}
	return pod.ID
}

func volume(name string, size int) string {
	return resource(volumeAddress, fmt.Sprintf("name = %q", name), fmt.Sprintf("size_gb = %d", size), `data_center_id = "US-KS-2"`)
}

// lifeOfAPod is the story that the benchmark measures.
var lifeOfAPod = story{"pod", []step{
	{config: podWith("a", `volume { size_gb = 20 }`), actions: map[string]string{podAddress: "create"}},
	{config: podWith("b", `volume { size_gb = 20 }`), actions: map[string]string{podAddress: "update"}},
	{config: podWith("b", `volume { size_gb = 30 }`), actions: map[string]string{podAddress: "update"}},
	{destroy: true},
}}

// stories are what the harness and the CLIs must agree on.
func stories() []story {
	selection := `
data "gpumarket_offers" "x" {
  gpu_names    = ["RTX 4090"]
  marketplaces = ["vastai"]
  disk_gb      = 50
}
`
	selected := func(lines ...string) string {
		return selection + resource(instanceAddress, append([]string{
			`selection = data.gpumarket_offers.x.selection`, `image = "ubuntu:24.04"`, `disk_gb = 50`,
		}, lines...)...)
	}
	imported := `
variable "given" { type = string }
import {
  to = gpumarket_runpod_pod.a
  id = var.given
}
` + podWith("found")
	attached := volume("v", 50) + podWith("a",
		`network_volume {`, `  id         = gpumarket_runpod_network_volume.v.id`, `  mount_path = "/data"`, `}`)
	return []story{
		lifeOfAPod,
		{"replacement", []step{
			{config: podWith("a")},
			{config: podWith("a", `gpu { types = ["RTX 5090"] }`), actions: map[string]string{podAddress: "replace"}},
			{config: podWith("a", `gpu { types = ["RTX 3090"] }`, `lifecycle { create_before_destroy = true }`), actions: map[string]string{podAddress: "replace"}},
			{destroy: true},
		}},
		{"network volume", []step{
			{config: volume("v", 50)},
			{config: volume("w", 60), actions: map[string]string{volumeAddress: "update"}},
			{config: volume("w", 60), planned: true, actions: map[string]string{volumeAddress: "no-op"}},
			{config: volume("w", 10), planned: true},
			{destroy: true}, // refused, as the configuration is
			{config: volume("w", 60), planned: true},
			{destroy: true},
		}},
		{"instance with a selection", []step{
			{config: selected(`label = "one"`), actions: map[string]string{instanceAddress: "create"}},
			{config: selected(`label = "two"`), actions: map[string]string{instanceAddress: "update"}},
			{destroy: true},
		}},
		{"stop and start", []step{
			{config: podWith("a", `volume { size_gb = 20 }`)},
			{config: podWith("a", `volume { size_gb = 20 }`, `desired_status = "stopped"`), actions: map[string]string{podAddress: "update"}},
			{config: podWith("a", `volume { size_gb = 20 }`, `desired_status = "running"`), actions: map[string]string{podAddress: "update"}},
			{destroy: true},
		}},
		{"secrets rotate", []step{
			{config: podWith("a", `env = { MODE = "train" }`, `env_wo = { TOKEN = "hush" }`, `env_wo_version = 1`)},
			{config: podWith("a", `env = { MODE = "train" }`, `env_wo = { TOKEN = "changed" }`, `env_wo_version = 1`), planned: true, actions: map[string]string{podAddress: "no-op"}},
			{config: podWith("a", `env = { MODE = "train" }`, `env_wo = { TOKEN = "changed" }`, `env_wo_version = 2`), actions: map[string]string{podAddress: "update"}},
			{destroy: true},
		}},
		{"import", []step{
			{before: found, config: imported},
			{config: imported, planned: true, actions: map[string]string{podAddress: "no-op"}},
			{config: strings.Replace(imported, `"found"`, `"renamed"`, 1)},
			{destroy: true},
		}},
		{"failed create", []step{
			{config: podWith("a", `timeouts { create = "2m" }`) + resource("gpumarket_runpod_pod.bad", `name = "bad"`, `depends_on = [gpumarket_runpod_pod.a]`, `image = "does-not-exist:1"`, `gpu { types = ["RTX 4090"] }`)},
			{
				config:  podWith("a", `timeouts { create = "2m" }`) + resource("gpumarket_runpod_pod.bad", `name = "bad"`, `depends_on = [gpumarket_runpod_pod.a]`, `image = "runpod/pytorch:1.0.2"`, `gpu { types = ["RTX 4090"] }`),
				actions: map[string]string{podAddress: "no-op", "gpumarket_runpod_pod.bad": "replace"},
			},
			{destroy: true},
		}},
		{"unknown from another resource", []step{
			{config: attached, actions: map[string]string{podAddress: "create", volumeAddress: "create"}},
			{config: attached, planned: true, actions: map[string]string{podAddress: "no-op", volumeAddress: "no-op"}},
			{config: strings.Replace(attached, `name = "v"`, `name = "renamed"`, 1), actions: map[string]string{podAddress: "no-op", volumeAddress: "update"}},
			{config: volume("renamed", 50), actions: map[string]string{podAddress: "delete"}},
			{destroy: true},
		}},
		{"saved plan and a market that moves", []step{
			{config: selected(`max_hourly_price = 2`), between: market(simkit.MarketAction{Action: simkit.Reprice, Factor: 0.9})},
			{config: selected(`max_hourly_price = 2`), planned: true, actions: map[string]string{instanceAddress: "no-op"}},
			{destroy: true},
		}},
		{"refusals and outputs", []step{
			{config: podWith("a", `max_hourly_price = 0.01`)},
			{config: podWith("a", `cpu { vcpus = 2 }`)},
			{config: podWith("a") + `
locals { hours = 2 }
output "job"   { value = provider::gpumarket::job_cost(0.59, local.hours) }
output "table" { value = provider::gpumarket::cost_table({ a = gpumarket_runpod_pod.a.estimated_cost }) }
output "later" { value = gpumarket_runpod_pod.a.ssh }
`},
			{destroy: true},
		}},
	}
}
