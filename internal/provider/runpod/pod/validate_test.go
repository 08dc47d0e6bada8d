package pod_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestPodResource_Invalid: what RunPod would refuse, or what cannot be meant, is
// refused in the plan on the right attribute, and nothing is written.
func TestPodResource_Invalid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		lines   []string
		message string
	}{
		{"gpu and cpu", []string{`cpu { flavors = ["cpu3c"] }`}, "Set exactly one of gpu and cpu"},
		{"neither gpu nor cpu", []string{`-gpu`}, "Set exactly one of gpu and cpu"},
		{"no image", []string{`-image`}, "Set image, or a template_id"},
		{"unknown gpu", []string{`-gpu`, `gpu { types = ["RTX 4091"] }`}, "RTX 4090"},
		{"unknown id", []string{`-gpu`, `gpu { types = ["NVIDIA GeForce RTX 4091"] }`}, "RTX 4091"},
		{"no gpu of RunPod", []string{`-gpu`, `gpu { types = ["GTX 1080 Ti"] }`}, "does not sell"},
		{"not sold in the cloud", []string{`-gpu`, `gpu { types = ["RTX 3070"] }`}, "RTX 3070, SECURE: not sold in the SECURE cloud"},
		{"more gpus than a machine has", []string{`-gpu`, acctest.Block("gpu", `types = ["RTX 3090"]`, `count = 16`)}, "the largest machine in the SECURE cloud has 4 GPUs"},
		{"zero gpus", []string{`-gpu`, acctest.Block("gpu", `types = ["RTX 3090"]`, `count = 0`)}, "must be at least 1"},
		{"cuda set and floor", []string{`-gpu`, acctest.Block("gpu", `types = ["RTX 3090"]`, `min_cuda_version = "12.1"`, `cuda_versions = ["12.4"]`)}, "Both min_cuda_version and cuda_versions"},
		{"cuda major", []string{`-gpu`, acctest.Block("gpu", `types = ["RTX 3090"]`, `min_cuda_version = "12"`)}, "CUDA version like 12.8"},
		{"unknown flavor", []string{`-gpu`, `cpu { flavors = ["cpu9x"] }`}, "RunPod has no CPU flavor cpu9x"},
		{"odd vcpus", []string{`-gpu`, acctest.Block("cpu", `flavors = ["cpu3c"]`, `vcpus = 6`)}, "power of two"},
		{"more vcpus than there are", []string{`-gpu`, acctest.Block("cpu", `flavors = ["cpu3c"]`, `vcpus = 64`)}, "2 to 32 vCPUs"},
		{"community cpu", []string{`-gpu`, `cpu { flavors = ["cpu3c"] }`, `clouds = ["COMMUNITY"]`}, "CPU pods are in the SECURE cloud only"},
		{"volume of a cpu pod", []string{`-gpu`, `cpu { flavors = ["cpu3c"] }`, `volume { size_gb = 20 }`}, "CPU pods have no volume"},
		{"community with network volume", []string{`clouds = ["SECURE", "COMMUNITY"]`, `network_volume { id = "v" }`}, "SECURE cloud only"},
		{"two volumes", []string{`volume { size_gb = 20 }`, `network_volume { id = "v" }`}, "Both volume and network_volume"},
		{"no such network volume", []string{`network_volume { id = "nothing" }`}, "has no network volume"},
		{"small volume", []string{`volume { size_gb = 9 }`}, "at least 10"},
		{"negative disk", []string{`container_disk_gb = -1`}, "at least 1"},
		{"udp", []string{`ports = ["80/udp"]`}, "RunPod has no UDP"},
		{"port without protocol", []string{`ports = ["8888"]`}, "8888/http or 22/tcp"},
		{"port above the last", []string{`ports = ["66000/http"]`}, "port numbers end at 65535"},
		{"symmetric http port", []string{`ports = ["70001/http"]`}, "port numbers end at 65535"},
		{"port far above the last", []string{`ports = ["700000/tcp"]`}, "end at 79999"},
		{"no clouds", []string{`clouds = []`}, "[] has no meaning here. To leave the attribute out, set it to null"},
		{"empty template", []string{`template_id = ""`}, "set it to null"},
		{"no such template", []string{`template_id = "absent"`}, `RunPod has no template "absent"`},
		{"too many http ports", []string{`ports = [for i in range(11) : "${8000 + i}/http"]`}, "at most 10 http ports"},
		{"reserved variable", []string{`env = { GPUMARKET_CREATE_ID = "x" }`}, "Reserved variable"},
		{"variable twice", []string{`env = { A = "1" }`, `env_wo = { A = "2" }`, `env_wo_version = 1`}, "The same variable twice"},
		{"cloud", []string{`clouds = ["secure"]`}, "SECURE"},
		{"desired status", []string{`desired_status = "EXITED"`}, "stopped"},
		{"free of charge", []string{`max_hourly_price = 0`}, "above 0"},
		{"name", []string{`-name`, `name = ""`}, "between 1 and 191"},
		{"relative mount", []string{acctest.Block("volume", `size_gb = 20`, `mount_path = "data"`)}, "absolute path"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			run(t, env, resource.TestStep{
				Config: env.Config(pod(tt.lines...)), ExpectError: wrapped(tt.message), PlanOnly: true,
			})
			env.NoWrites(t)
		})
	}
}

// TestPodResource_VolumeElsewhere: the data center of a network volume binds.
func TestPodResource_VolumeElsewhere(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	mounted := pod(`network_volume { id = gpumarket_runpod_network_volume.data.id }`, `data_center_ids = ["EU-RO-1"]`)
	run(t, env,
		resource.TestStep{Config: env.Config(volumeConfig)},
		resource.TestStep{
			PreConfig:   env.ResetJournal,
			Config:      env.Config(volumeConfig, mounted),
			ExpectError: wrapped("is in US-KS-2, and a pod that mounts it can run nowhere else"),
		},
		resource.TestStep{
			PreConfig: func() { env.NoWrites(t) },
			Config:    env.Config(volumeConfig, pod(`network_volume { id = gpumarket_runpod_network_volume.data.id }`)),
		},
	)
}

// TestPodResource_Shrink: a volume does not shrink, and the refusal says how to
// destroy nevertheless, which works.
func TestPodResource_Shrink(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	run(t, env,
		resource.TestStep{Config: env.Config(pod(`volume { size_gb = 20 }`))},
		resource.TestStep{
			PreConfig:   env.ResetJournal,
			Config:      env.Config(pod(`volume { size_gb = 10 }`)),
			ExpectError: wrapped("To destroy what runs: terraform destroy -refresh=false."),
		},
	)
	env.Wrote(t, "deletePod")
}

// TestPodResource_Advice: what RunPod accepts but hardly anybody means.
func TestPodResource_Advice(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	market(t, env, simkit.MarketAction{Action: simkit.Stock, GPU: "RTX 4090", Cloud: "COMMUNITY", Level: "NONE"})
	cli := env.CLI(t)
	cli.Write("main.tf", pod(`data_center_ids = ["US-KS-2"]`, `clouds = ["COMMUNITY"]`, `start_ssh = true`, `env_wo = { A = "1" }`))
	output := cli.MustRun("plan", "-no-color").Output()
	for _, words := range []string{
		"shuts out most machines", "The account has no SSH keys",
		"Out of stock now", "Set env_wo_version",
	} {
		if !wrapped(words).MatchString(output) {
			t.Errorf("the plan does not say %q:\n%s", words, output)
		}
	}
	env.NoWrites(t)
}
