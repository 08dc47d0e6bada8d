package pod_test

import (
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/conform"
)

// TestPodResource_Conform runs the cases that every object must stand. What a pod alone
// does, and most of its wrong values, have tests of their own.
func TestPodResource_Conform(t *testing.T) {
	t.Parallel()
	const update, action = "updatePod", "podAction"
	in := func(path, to string, calls ...string) conform.Change {
		return conform.Change{Path: path, To: to, Calls: calls}
	}
	const small = `
		name  = "it"
		image = "a:1"
		gpu { types = ["RTX 4090"] }`
	own := map[string]string{}
	for _, path := range []string{
		"start_ssh", "start_jupyter", "template_id", "cpu.flavors", "cpu.vcpus", "volume.mount_path",
		"gpu.cuda_versions", "gpu.min_cuda_version", "gpu.min_ram_per_gpu_gb", "gpu.min_vcpus_per_gpu",
	} {
		own[path] = "a change of it replaces, which TestPodResource_Replace and TestReplacing show"
	}
	conform.Run(t, &conform.Object{
		Type: "gpumarket_runpod_pod", Platform: "runpod", Path: "/v2/pods", Rows: "pods",
		Create: "createPod", Read: "getPod", Update: update, Delete: "deletePod", List: "listPods",
		Marked: true, Bills: true,
		Setup: `
			resource "gpumarket_runpod_network_volume" "data" {
				name           = "data"
				size_gb        = 50
				data_center_id = "US-KS-2"
			}`,
		Minimal: small,
		Maximal: small + `
			clouds            = ["SECURE"]
			data_center_ids   = ["US-KS-2"]
			container_disk_gb = 30
			args              = "serve"
			env               = { MODE = "train" }
			env_wo            = { TOKEN = "x" }
			env_wo_version    = 1
			ports             = ["8888/http", "22/tcp"]
			global_networking = true
			desired_status    = "running"
			max_hourly_price  = 5
			network_volume {
				id         = gpumarket_runpod_network_volume.data.id
				mount_path = "/data"
			}
			timeouts { create = "20m" }`,
		Others: []string{`
			name        = "it"
			template_id = "runpodubuntu"
			start_ssh   = true
			start_jupyter = true
			gpu {
				types                = ["RTX 4090"]
				count                = 1
				min_cuda_version     = "12.1"
				min_ram_per_gpu_gb   = 8
				min_vcpus_per_gpu    = 2
			}
			volume {
				size_gb    = 20
				mount_path = "/work"
			}`, `
			name  = "it"
			image = "a:1"
			cpu {
				flavors = ["cpu3c"]
				vcpus   = 2
			}`, `
			name   = "it"
			image  = "a:1"
			locked = true
			gpu {
				types         = ["RTX 4090"]
				cuda_versions = ["12.8"]
			}`},
		Expect: map[string]any{
			"clouds": []any{"SECURE"}, "container_disk_gb": 20, "desired_status": "running", "global_networking": false, "locked": false,
		},
		Fixed: own,
		Changes: []conform.Change{
			in("name", `"more"`, update), in("image", `"a:2"`, update), in("args", `"other"`, update), in("container_disk_gb", "40", update),
			in("env", `{ MODE = "serve" }`, update), in("ports", `["22/tcp"]`, update), in("locked", "false", update), in("global_networking", "false", update),
			{Path: "env_wo_version", To: "2", Also: map[string]string{"env_wo": `{ TOKEN = "y" }`}, Calls: []string{update}},
			{Path: "desired_status", To: `"stopped"`, Calls: []string{action}, From: small},
			in("max_hourly_price", "6"),
			{Path: "clouds", To: `["SECURE", "COMMUNITY"]`, From: small},
			in("data_center_ids", `["US-KS-2", "EU-RO-1"]`),
			{Path: "gpu.types", To: `["RTX 4090", "H100"]`},
			{Path: "gpu.types", To: `["H100"]`, Replaced: true},
			{Path: "gpu.count", To: "2", Replaced: true},
			{Path: "network_volume", To: "", Replaced: true},
			in("network_volume.mount_path", `"/other"`, update),
			{Path: "volume.size_gb", To: "30", Calls: []string{update}},
			in("timeouts.create", `"2m"`),
		},
		Pairs:       [][2]string{{"gpu", "cpu"}, {"image", "template_id"}, {"volume", "network_volume"}, {"env_wo", "env_wo_version"}},
		NotReturned: []string{"start_ssh", "start_jupyter", "env", "env_wo_version", "max_hourly_price", "clouds", "data_center_ids", "gpu", "template_id", "estimated_cost"},
		Except:      map[string]string{"description": "TestPodResource_Invalid has the wrong values", "wrong": "TestPodResource_Invalid"},
	})
}
