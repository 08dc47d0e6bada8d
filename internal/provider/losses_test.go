package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

const (
	lossOfContainer = "The container disk is wiped"
	lossOfPod       = "The pod's data is deleted"
	lossOfDisk      = "The data on the disk is lost"
	lossOfVolume    = "The volume's data is deleted"
)

// TestLosses: a change that resets a container's disk, replaces a disk or deletes a
// volume's data says so on the attribute that causes it; others do not.
func TestLosses(t *testing.T) {
	t.Parallel()
	const (
		pod      = "gpumarket_runpod_pod.a"
		instance = "gpumarket_vastai_instance.a"
		volume   = "gpumarket_runpod_network_volume.a"

		stopped = `desired_status = "stopped"`
		disk    = "volume {\n size_gb = 20\n}"
	)
	onPod := func(lines ...string) string { return readers()["pod"].config(append(lines, anImage)...) }
	onInstance := func(lines ...string) string { return readers()["instance"].config(append(lines, anImage)...) }
	onVolume := func(center, size string) string {
		return "resource \"gpumarket_runpod_network_volume\" \"a\" " + acctest.Block("", `name = "a"`, `size_gb = `+size, `data_center_id = "`+center+`"`)
	}
	type loss struct{ path, summary, says string }
	tests := map[string]struct {
		before, after string
		address       string
		want          []loss
	}{
		"pod/env": {
			onPod(disk), onPod(disk, `env = { A = "1" }`), pod,
			[]loss{{"env", lossOfContainer, "What is on the volume at /workspace is kept."}},
		},
		"pod/without a volume": {
			onPod(), onPod(`args = "serve"`, `ports = ["22/tcp"]`), pod,
			[]loss{{"args", lossOfContainer, "Nothing is kept, as the pod has no volume."}, {"ports", lossOfContainer, "Nothing is kept"}},
		},
		"pod/secrets": {
			onPod(), onPod(`env_wo = { TOKEN = "x" }`, `env_wo_version = 1`), pod,
			[]loss{{"env_wo", lossOfContainer, "recreates the container"}, {"env_wo_version", lossOfContainer, "recreates the container"}},
		},
		"pod/grown volume": {
			onPod(disk), onPod("volume {\n size_gb = 30\n}"), pod,
			[]loss{{"volume.size_gb", lossOfContainer, "The change of volume.size_gb recreates the container"}},
		},
		"pod/moved volume": {
			onPod(disk), onPod("volume {\n size_gb = 20\n mount_path = \"/data\"\n}"), pod,
			[]loss{{"volume.mount_path", lossOfContainer, "What is on the volume at /workspace is kept."}},
		},
		"pod/replaced": {
			onPod(disk), onPod(`start_ssh = true`, disk), pod,
			[]loss{{"start_ssh", lossOfPod, "deletes its container disk and its volume of 20 GB at /workspace with all data."}},
		},
		"pod/replaced, stopped": {
			onPod(disk, stopped), onPod(`start_ssh = true`, disk, stopped), pod,
			[]loss{{"start_ssh", lossOfPod, "deletes its volume of 20 GB"}},
		},
		"pod/volume removed": {onPod(disk), onPod(), pod, []loss{{"volume", lossOfPod, "its volume of 20 GB at /workspace"}}},
		// Of a stopped pod without a volume nothing is there.
		"pod/nothing to lose":      {onPod(stopped), onPod(`start_ssh = true`, stopped), pod, nil},
		"pod/changed while down":   {onPod(stopped), onPod(stopped, `env = { A = "1" }`), pod, nil},
		"pod/changed with a start": {onPod(stopped), onPod(`env = { A = "1" }`), pod, nil},
		"pod/renamed":              {onPod(), onPod(`locked = true`, `max_hourly_price = 9`), pod, nil},
		"instance/env and ports": {
			onInstance(`ports = ["8000"]`), onInstance(`ports = ["9000"]`, `env = { A = "1" }`), instance,
			[]loss{{"env", lossOfDisk, "Nothing is kept"}, {"ports", lossOfDisk, "The change of ports recreates the container"}},
		},
		// Its disk is there, and bills, while it is stopped.
		"instance/changed while stopped": {
			onInstance(stopped), onInstance(stopped, `onstart = "true"`), instance,
			[]loss{{"onstart", lossOfDisk, "what it wrote to its disk is lost"}},
		},
		"instance/larger disk": {
			onInstance(), replaced(onInstance(), "disk_gb = 20", "disk_gb = 30"), instance,
			[]loss{{"disk_gb", lossOfDisk, "deletes its disk of 20 GB"}},
		},
		"instance/on demand": {
			onInstance(), onInstance(`bid_price = 0.4`), instance, []loss{{"bid_price", lossOfDisk, "replaces instance"}},
		},
		"instance/other label": {onInstance(), onInstance(`label = "b"`), instance, nil},
		"network volume/moved": {
			onVolume("EU-RO-1", "20"), onVolume("US-KS-2", "20"), volume,
			[]loss{{"data_center_id", lossOfVolume, "deletes its 20 GB"}},
		},
		"network volume/grown": {onVolume("EU-RO-1", "20"), onVolume("EU-RO-1", "30"), volume, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t).Protocol(t)
			losses := map[string]bool{lossOfContainer: true, lossOfPod: true, lossOfDisk: true, lossOfVolume: true}
			count := func(config string) (found []loss) {
				for _, d := range w.Plan(config).Diagnostics.Warnings() {
					if losses[d.Summary] {
						found = append(found, loss{d.Path, d.Summary, d.Detail})
					}
				}
				return found
			}
			if found := count(tt.before); len(found) > 0 {
				t.Errorf("a create warns: %v", found)
			}
			w.Apply(tt.before)
			if found := count(tt.before); len(found) > 0 {
				t.Errorf("a plan that does nothing warns: %v", found)
			}
			found := count(tt.after)
			if len(found) != len(tt.want) {
				t.Errorf("warned of %v, want %v", found, tt.want)
			}
			for _, want := range tt.want {
				if !slices.ContainsFunc(found, func(l loss) bool {
					return l.path == want.path && l.summary == want.summary && strings.Contains(l.says, want.says)
				}) {
					t.Errorf("warned of %v, want %v", found, want)
				}
			}
			w.Destroy()
		})
	}
}

func replaced(config, old, by string) string { return strings.Replace(config, old, by, 1) }
