package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestMockProvider runs the guide's examples with "terraform test": the selection of a
// mocked gpumarket_offers is accepted as it comes, and what the configuration itself
// says is validated.
func TestMockProvider(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "testing.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```terraform\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	if len(blocks) != 3 {
		t.Fatalf("the guide has %d blocks of configuration, want 3", len(blocks))
	}
	config, test, mock := blocks[0][1], blocks[1][1], blocks[2][1]
	const requires = "terraform {\n  required_providers {\n    gpumarket = { source = \"gpumarket/gpumarket\" }\n  }\n}\n"

	env := acctest.New(t)
	cli := env.Attached(t)
	cli.Write("provider.tf", requires)
	cli.Write("main.tf", config)
	cli.Write("worker.tftest.hcl", test)
	cli.MustRun("test")

	cli.Write("worker.tftest.hcl", strings.Replace(test, "mock_provider \"gpumarket\" {}\n", mock, 1)+`
run "price" {
  assert {
    condition     = data.gpumarket_offers.cheap.cheapest.hourly_price == 0.38
    error_message = "The mock is not taken."
  }
}
`)
	cli.MustRun("test")

	cli.Write("main.tf", strings.Replace(config, "RTX 4090", "RTX 4091", 1))
	if result := cli.Run("test"); result.Code == 0 || !strings.Contains(result.Output(), "Did you mean") {
		t.Errorf("a misspelled GPU passes the test:\n%s", result.Output())
	}
	if requests := env.Requests(""); len(requests) > 0 {
		t.Errorf("%d requests, want none", len(requests))
	}
}

// TestCrossChecks_Variables is what people do, with the CLI: a module passes optional
// settings on, and leaves one of each pair null.
func TestCrossChecks_Variables(t *testing.T) {
	t.Parallel()
	cli := acctest.New(t).Attached(t)
	cli.Write("main.tf", `
variable "absent" {
  type    = string
  default = null
}
variable "list" {
  type    = list(string)
  default = null
}
variable "flag" {
  type    = bool
  default = null
}
variable "blocks" {
  type    = list(string)
  default = []
}
resource "gpumarket_runpod_pod" "p" {
  name  = "p"
  image = "ubuntu:24.04"
  gpu {
    types            = ["RTX 4090"]
    cuda_versions    = ["12.8"]
    min_cuda_version = var.absent
  }
  dynamic "cpu" {
    for_each = var.blocks
    content { flavors = [cpu.value] }
  }
  volume { size_gb = 20 }
  dynamic "network_volume" {
    for_each = var.blocks
    content { id = network_volume.value }
  }
  clouds = ["SECURE", "COMMUNITY"]
}
resource "gpumarket_vastai_instance" "i" {
  offer { gpu_names = ["RTX 4090"] }
  offer_id        = var.absent
  image           = "ubuntu:24.04"
  disk_gb         = 20
  args            = ["serve"]
  launch_mode     = var.absent
  direct          = var.flag
  ssh_public_keys = var.list
}
resource "gpumarket_vastai_instance" "j" {
  offer { gpu_names = ["RTX 4090"] }
  template_id = var.absent
  image       = "ubuntu:24.04"
  disk_gb     = 20
  direct      = true
  args        = var.list
}`)
	cli.MustRun("validate")
	cli.MustRun("apply", "-auto-approve")
	cli.MustRun("plan", "-detailed-exitcode")
	cli.MustRun("destroy", "-auto-approve")
}
