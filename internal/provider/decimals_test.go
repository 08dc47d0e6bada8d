package provider_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestNumbers_Decimal: what is computed with the provider's numbers is as clean as
// what is computed with those of a configuration, and the second plan is empty.
func TestNumbers_Decimal(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	outputs := map[string]string{
		"plus": `gpumarket_runpod_network_volume.v.estimated_cost.hourly + 0.1`,
		"sum": `sum([gpumarket_runpod_pod.p.estimated_cost.hourly, gpumarket_runpod_pod.q.estimated_cost.hourly,
    gpumarket_vastai_instance.i.estimated_cost.hourly, gpumarket_runpod_network_volume.v.estimated_cost.hourly])`,
		"parts":    `gpumarket_runpod_pod.p.estimated_cost.compute_hourly + gpumarket_runpod_pod.p.estimated_cost.storage_hourly == gpumarket_runpod_pod.p.estimated_cost.hourly`,
		"price":    `gpumarket_runpod_pod.p.hourly_price + gpumarket_vastai_instance.i.hourly_price + 0.001`,
		"bid":      `gpumarket_vastai_instance.i.current_bid + 0.001`,
		"reliable": `gpumarket_vastai_instance.i.reliability - 0.001`,
		"offer":    `data.gpumarket_offers.o.cheapest.hourly_price * 1.1 + data.gpumarket_offers.o.cheapest.reliability`,
		"table":    `provider::gpumarket::cost_table({ all = merge(gpumarket_runpod_pod.p.estimated_cost, { hourly = 1 / 3 }) })`,
	}
	config := env.ProviderBlock(acctest.Block("budget", `max_hourly = 100 / 3`, `max_hourly_each = 10 / 3`)) + `
data "gpumarket_offers" "o" {
  gpu_names         = ["RTX 4090"]
  marketplaces      = ["vastai"]
  interruptible     = true
  min_reliability   = 0.9 + 0.001
  min_gpu_memory_gb = 70 / 3
  min_ram_gb        = 4 / 3
  min_cpu_cores     = 1 / 3
  min_download_mbps = 10 / 3
  min_upload_mbps   = 10 / 3
  disk_gb           = 100 / 3
  max_hourly_price  = 4 / 3
}

data "gpumarket_vastai_offers" "o" {
  gpu_names = ["RTX 4090"]
  disk_gb   = 100 / 3
}

data "gpumarket_runpod_gpu_types" "t" {
  min_memory_gb = 70 / 3
}

resource "gpumarket_runpod_network_volume" "v" {
  name           = "v"
  size_gb        = 25
  data_center_id = "US-KS-2"
}

resource "gpumarket_runpod_pod" "p" {
  name             = "p"
  image            = "ubuntu:24.04"
  gpu {
    types = ["RTX 4090"]
  }
  max_hourly_price = 4 / 3
}

resource "gpumarket_runpod_pod" "q" {
  name  = "q"
  image = "ubuntu:24.04"
  gpu {
    types = ["RTX 3090"]
    count = 3
  }
}

resource "gpumarket_vastai_instance" "i" {
  image            = "ubuntu:24.04"
  selection        = data.gpumarket_offers.o.selection
  disk_gb          = 100 / 3
  bid_price        = 2 / 3
  max_hourly_price = 4 / 3
}

resource "gpumarket_vastai_instance" "w" {
  image   = "ubuntu:24.04"
  disk_gb = 20 / 3
  offer {
    gpu_names               = ["RTX 4090"]
    min_gpu_memory_gb       = 70 / 3
    min_reliability         = 0.9 + 0.001
    min_cpu_cores           = 4 / 3
    min_ram_gb              = 4 / 3
    min_download_mbps       = 10 / 3
    min_upload_mbps         = 10 / 3
    min_disk_bandwidth_mbps = 10 / 3
    min_duration_hours      = 10 / 3
  }
  max_hourly_price = 4 / 3
}
`
	for name, value := range outputs {
		config += fmt.Sprintf("output %q {\n  value = %s\n}\n", name, value)
	}
	var checks []statecheck.StateCheck
	for name, want := range map[string]knownvalue.Check{
		"plus": knownvalue.Float64Exact(0.102397), "sum": clean{}, "parts": knownvalue.Bool(true), "price": clean{}, "bid": clean{}, "reliable": clean{}, "offer": clean{},
	} {
		checks = append(checks, statecheck.ExpectKnownOutputValue(name, want))
	}
	changed := strings.NewReplacer("bid_price        = 2 / 3", "bid_price = 5 / 7", "max_hourly_price = 4 / 3", "max_hourly_price = 5 / 3").Replace(config)
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		Steps: []resource.TestStep{
			{Config: config, ConfigStateChecks: checks},
			{Config: config, ConfigPlanChecks: empty},
			// What is kept from one plan to the next passes through the state once more.
			{Config: config, ConfigPlanChecks: empty},
			{Config: changed, ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("bid", knownvalue.Float64Exact(0.715286))}},
			{Config: changed, ConfigPlanChecks: empty},
		},
	})
}

// clean accepts a number of few decimals, seen with a hundred of them: Terraform's own
// 512 bits end after some 150.
type clean struct{}

func (clean) CheckValue(value any) error {
	number, ok := new(big.Rat).SetString(fmt.Sprint(value))
	if !ok {
		return fmt.Errorf("%v is no number", value)
	}
	if text := number.FloatString(100); strings.Trim(text[len(text)-88:], "0") != "" {
		return fmt.Errorf("%s has more than twelve decimals", text)
	}
	return nil
}

func (clean) String() string { return "a number of few decimals" }
