package provider_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// budgetMarket makes round figures: a pod of [budgetPod] costs 0.60 USD/h, 0.59 for
// the GPU and 0.01 for 73 GB of disk; an instance with 100 GB costs 0.62 at offer
// 101 and 0.48 at offer 102, of which 0.10 and 0.20 for the disk.
const budgetMarket = `{
  "runpod": {"gpus": [{
    "id": "NVIDIA GeForce RTX 4090", "name": "RTX 4090", "memory": 24, "price": {"secure": 0.59, "community": 0.49}
  }]},
  "vastai": {"offers": [
    {"id": 101, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 0.52, "storage_cost": 0.72},
    {"id": 102, "gpu_name": "RTX 3090", "num_gpus": 1, "gpu_ram": 24576, "dph_base": 0.28, "storage_cost": 1.44}
  ]}
}`

// budgetPod is a pod for 0.60 USD/h; lines are added to it.
func budgetPod(name string, lines ...string) string {
	return fmt.Sprintf(`
resource "gpumarket_runpod_pod" %[1]q {
  name              = %[1]q
  image             = "ubuntu:24.04"
  gpu {
    types = ["RTX 4090"]
  }
  container_disk_gb = 73
  %[2]s
}
`, name, strings.Join(lines, "\n  "))
}

// budgetVolume costs 0.0001 USD/h per GB up to 1,000 GB when its size is a multiple
// of 73.
func budgetVolume(sizeGB int, lines ...string) string {
	return fmt.Sprintf(`
resource "gpumarket_runpod_network_volume" "v" {
  name           = "v"
  size_gb        = %d
  data_center_id = "US-KS-2"
  %s
}
`, sizeGB, strings.Join(lines, "\n  "))
}

func budgetInstance(lines ...string) string {
	return fmt.Sprintf(`
resource "gpumarket_vastai_instance" "i" {
  offer { gpu_names = ["RTX 4090"] }
  image   = "ubuntu:24.04"
  disk_gb = 100
  label   = "i"
  %s
}
`, strings.Join(lines, "\n  "))
}

// budgeted is a world with round figures and a CLI whose provider has no limit yet.
type budgeted struct {
	t   *testing.T
	env *acctest.Env
	cli *acctest.CLI
}

func newBudgeted(t *testing.T) *budgeted {
	t.Helper()
	env := acctest.New(t)
	if err := env.World.LoadMarket([]byte(budgetMarket)); err != nil {
		t.Fatal(err)
	}
	b := &budgeted{t: t, env: env, cli: env.Attached(t)}
	b.provider("")
	return b
}

const budgetRequires = `terraform {
  required_providers {
    gpumarket = { source = "gpumarket/gpumarket" }
  }
}
`

func (b *budgeted) provider(lines string) {
	b.t.Helper()
	b.cli.Write("provider.tf", budgetRequires+b.env.ProviderBlock(lines))
}

func (b *budgeted) limit(maxHourly string) {
	b.t.Helper()
	b.provider("budget { max_hourly = " + maxHourly + " }")
}

// others rents a pod for 0.60 USD/h behind the provider's back and returns its id.
func (b *budgeted) others() string {
	b.t.Helper()
	var pod struct{ ID string }
	content := b.request(http.MethodPost, "/v2/pods",
		`{"name":"byhand","image":"ubuntu:24.04","disk":73,"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1}}`)
	if err := json.Unmarshal(content, &pod); err != nil || pod.ID == "" {
		b.t.Fatalf("%v: %s", err, content)
	}
	return pod.ID
}

// end ends a pod behind the provider's back.
func (b *budgeted) end(id string) {
	b.t.Helper()
	b.request(http.MethodDelete, "/v2/pods/"+id, "")
}

func (b *budgeted) request(method, path, body string) []byte {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.env.RunPodURL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.env.APIKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusBadRequest {
		b.t.Fatalf("%s %s: HTTP %d, %v: %s", method, path, resp.StatusCode, err, content)
	}
	return content
}

// says fails the test unless the command ended as expected: with text in its
// output and an error, or without any error when refused is false.
func (b *budgeted) says(result acctest.Result, refused bool, text string) {
	b.t.Helper()
	if (result.Code != 0) != refused {
		b.t.Fatalf("exit code %d, should be refused: %v\n%s", result.Code, refused, result.Output())
	}
	if said := unwrapped(result.Output()); !strings.Contains(said, text) {
		b.t.Errorf("does not say %q:\n%s", text, result.Output())
	}
	if !refused && strings.Contains(result.Output(), "Over the budget") && text == "" {
		b.t.Errorf("a warning about the budget:\n%s", result.Output())
	}
}

// unwrapped is the text of diagnostics without frame and line breaks.
func unwrapped(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "│", " ")), " ")
}

// budgetSelected is an instance for 0.62 USD/h whose cost is known in the plan.
const budgetSelected = `
data "gpumarket_offers" "o" {
  gpu_names    = ["RTX 4090"]
  marketplaces = ["vastai"]
  disk_gb      = 100
}

resource "gpumarket_vastai_instance" "i" {
  selection = data.gpumarket_offers.o.selection
  image   = "ubuntu:24.04"
  disk_gb = 100
  label   = "i"
}
`
