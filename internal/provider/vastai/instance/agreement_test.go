package instance_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestInstanceResource_AgreesWithOffers: on the built-in market a resource rents what
// gpumarket_offers shows as the cheapest for the same wishes, at that price.
func TestInstanceResource_AgreesWithOffers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wishes string
		diskGB int
	}{
		"one type":        {`gpu_names = ["4090"]`, 50},
		"several types":   {`gpu_names = ["RTX 3090", "RTX_4090", "H100"]`, 50},
		"a large disk":    {`gpu_names = ["RTX 4090"]`, 400},
		"any type":        {`min_gpu_memory_gb = 40`, 50},
		"two GPUs":        {"gpu_names = [\"4090\", \"3090\"]\n gpu_count = 2", 50},
		"a good host":     {"gpu_names = [\"4090\"]\n min_reliability = 0.98\n min_download_mbps = 200\n min_ram_gb = 24\n min_cpu_cores = 4", 50},
		"unverified too":  {"gpu_names = [\"4090\"]\n verified = false", 50},
		"by performance":  {"gpu_names = [\"4090\", \"3090\"]\n order_by = \"performance_per_dollar\"", 50},
		"by reliability":  {"gpu_names = [\"4090\"]\n order_by = \"reliability\"", 50},
		"some countries":  {"gpu_names = [\"4090\", \"3090\"]\n countries = [\"US\", \"CA\"]", 50},
		"recent CUDA":     {"gpu_names = [\"4090\", \"3090\"]\n min_cuda_version = \"12.4\"", 50},
		"no data centers": {"gpu_names = [\"4090\"]\n datacenter = false", 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			config := env.Config(fmt.Sprintf(`
data "gpumarket_offers" "same" {
  marketplaces = ["vastai"]
  disk_gb      = %[2]d
  %[1]s
}

resource "gpumarket_vastai_instance" "test" {
  offer {
    %[1]s
  }
  image   = "ubuntu:24.04"
  disk_gb = %[2]d
  depends_on = [data.gpumarket_offers.same]
}
`, tt.wishes, tt.diskGB))
			cheapest := tfjsonpath.New("cheapest")
			same := func(attribute string) statecheck.StateCheck {
				return statecheck.CompareValuePairs(address, tfjsonpath.New(attribute),
					"data.gpumarket_offers.same", cheapest.AtMapKey(attribute), compare.ValuesSame())
			}
			steps(t, env, resource.TestStep{
				Config:            config,
				ConfigStateChecks: []statecheck.StateCheck{same("offer_id"), same("hourly_price"), same("gpu_name")},
			})
		})
	}
}
