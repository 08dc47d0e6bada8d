package provider_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestLive rents the cheapest thing there is on each real account for some minutes,
// sees that the second plan is empty, and destroys it. The cap is both the budget
// and the price limit: nothing dearer than the cap per hour is rented at all.
func TestLive(t *testing.T) {
	limit := acctest.Live(t)
	set := map[string]bool{}
	for _, key := range []string{"RUNPOD_API_KEY", "VAST_API_KEY"} {
		set[key] = os.Getenv(key) != ""
	}
	header := fmt.Sprintf("provider \"gpumarket\" {\n  budget { max_hourly_each = %v }\n}\n", limit)
	for name, live := range map[string]struct{ key, config string }{
		"runpod": {"RUNPOD_API_KEY", `
resource "gpumarket_runpod_pod" "live" {
  name   = "gpumarket-live-test"
  image  = "ubuntu:24.04"
  clouds = ["COMMUNITY", "SECURE"]
  gpu { types = ["RTX 3070", "RTX A4000", "RTX A2000", "RTX 3080"] }
  args   = "sleep 3600"
  container_disk_gb = 10
  timeouts { create = "15m" }
}`},
		"vastai": {"VAST_API_KEY", `
resource "gpumarket_vastai_instance" "live" {
  offer {
    min_gpu_memory_gb = 8
    min_reliability   = 0.98
  }
  image   = "ubuntu:24.04"
  disk_gb = 10
  label   = "gpumarket-live-test"
  timeouts { create = "15m" }
}`},
	} {
		t.Run(name, func(t *testing.T) {
			if !set[live.key] {
				t.Skipf("%s is not set", live.key)
			}
			cli := acctest.LiveCLI(t, header+live.config)
			cli.MustRun("apply", "-auto-approve")
			secondPlan(t, cli)
		})
	}
}
