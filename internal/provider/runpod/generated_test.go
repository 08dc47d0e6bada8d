package runpod_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestImport_Generated: the configuration that the CLI writes for what is imported
// has what RunPod returns, and changes nothing.
func TestImport_Generated(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.Attached(t)
	cli.Write("main.tf", `
resource "gpumarket_runpod_network_volume" "data" {
  name           = "data"
  size_gb        = 20
  data_center_id = "US-KS-2"
}
resource "gpumarket_runpod_pod" "gpu" {
  name              = "gpu"
  image             = "runpod/pytorch:1.0.2"
  args              = "serve"
  ports             = ["8888/http", "22/tcp"]
  env               = { A = "1" }
  container_disk_gb = 33
  start_ssh         = true
  locked            = true
  gpu {
    types = ["RTX 4090"]
    count = 2
  }
  volume { size_gb = 40 }
}
resource "gpumarket_runpod_pod" "cpu" {
  name           = "cpu"
  image          = "ubuntu:24.04"
  desired_status = "stopped"
  cpu { flavors = ["cpu3c"] }
  network_volume { id = gpumarket_runpod_network_volume.data.id }
}`)
	cli.MustRun("apply", "-auto-approve")
	imports := ""
	for _, r := range cli.State().Values.RootModule.Resources {
		imports += fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", r.Address, r.AttributeValues["id"])
		cli.MustRun("state", "rm", r.Address)
	}
	cli.Write("main.tf", imports)

	env.ResetJournal()
	cli.MustRun("plan", "-generate-config-out=generated.tf", "-out=saved")
	for _, change := range cli.Plan("saved").ResourceChanges {
		if !change.Change.Actions.NoOp() {
			t.Errorf("%s: %v, want nothing but the import:\n%v\n%v", change.Address, change.Change.Actions, change.Change.Before, change.Change.After)
		}
	}
	generated, err := os.ReadFile(filepath.Join(cli.Dir, "generated.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`args += "serve"`, `ports += \["22/tcp", "8888/http"\]`, `container_disk_gb += 33`, `locked += true`, `size_gb += 40`, `count += 2`,
		`desired_status += "stopped"`, `flavors += \["cpu3c"\]`, `mount_path += "/workspace"`, `data_center_id += "US-KS-2"`, `size_gb += 20`,
	} {
		if !regexp.MustCompile(want).Match(generated) {
			t.Errorf("the generated configuration lacks %s:\n%s", want, generated)
		}
	}
	cli.MustRun("apply", "saved")
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("second plan: exit code %d\n%s", result.Code, result.Output())
	}
	env.NoWrites(t)
	cli.MustRun("destroy", "-auto-approve")
}
