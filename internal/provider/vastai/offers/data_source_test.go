package offers_test

import (
	"fmt"
	"math"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

const address = "data.gpumarket_vastai_offers.test"

const market = `{"vastai": {"offers": [
  {"id": 101, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 0.40, "min_bid": 0.2, "storage_cost": 0.144, "reliability2": 0.99, "geolocation": "Texas, US"},
  {"id": 102, "gpu_name": "RTX 4090", "num_gpus": 2, "gpu_ram": 24564, "dph_base": 0.70, "min_bid": 0.1, "storage_cost": 0.144, "reliability2": 0.97, "geolocation": "Hesse, DE"},
  {"id": 103, "gpu_name": "H100 SXM", "num_gpus": 1, "gpu_ram": 81559, "dph_base": 2.10, "storage_cost": 0.144, "reliability2": 0.999, "geolocation": ", SE"},
  {"id": 104, "gpu_name": "RTX 3090", "num_gpus": 1, "gpu_ram": 24576, "dph_base": 0.15, "storage_cost": 0.144, "reliability2": 0.90, "verification": "unverified"}
]}}`

func ids(want ...int64) statecheck.StateCheck {
	checks := make([]knownvalue.Check, 0, len(want))
	for _, id := range want {
		checks = append(checks, knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": knownvalue.Int64Exact(id)}))
	}
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("offers"), knownvalue.ListExact(checks))
}

func first(fields map[string]knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("offers").AtSliceIndex(0), knownvalue.ObjectPartial(fields))
}

// near allows for what binary fractions leave over: the platform's figures are not
// rounded.
func near(want float64) knownvalue.Check {
	return knownvalue.Float64Func(func(got float64) error {
		if math.Abs(got-want) > 1e-9 {
			return fmt.Errorf("%v is not %v", got, want)
		}
		return nil
	})
}

func TestOffersDataSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, config string
		checks       []statecheck.StateCheck
	}{
		{"defaults", ``, []statecheck.StateCheck{ids(101, 102, 103), first(map[string]knownvalue.Check{
			"gpu_name": knownvalue.StringExact("RTX 4090"), "num_gpus": knownvalue.Int64Exact(1), "gpu_ram": knownvalue.Float64Exact(24564),
			"dph_base": knownvalue.Float64Exact(0.4), "dph_total": near(0.41), "storage_total_cost": near(0.01),
			"verification": knownvalue.StringExact("verified"), "geolocation": knownvalue.StringExact("Texas, US"), "has_avx": knownvalue.Bool(true),
			"gpu_ids": knownvalue.ListSizeExact(1), "cluster_id": knownvalue.Null(), "is_bid": knownvalue.Bool(false),
		})}},
		{"query", `query = "verified=any gpu_ram<=25 reliability<0.98"`, []statecheck.StateCheck{ids(104, 102)}},
		{"gpu_names", `gpu_names = ["H100", "3090"]`, []statecheck.StateCheck{ids(103)}},
		{"gpu_count", `gpu_count = 2`, []statecheck.StateCheck{ids(102)}},
		{"disk", "disk_gb = 500\nlimit = 1", []statecheck.StateCheck{first(map[string]knownvalue.Check{"dph_total": near(0.5)})}},
		{"interruptible", "interruptible = true\ngpu_names = [\"RTX 4090\"]\ndisk_gb = 0", []statecheck.StateCheck{ids(102, 101), first(map[string]knownvalue.Check{
			"dph_base": knownvalue.Float64Exact(0.1), "is_bid": knownvalue.Bool(true),
		})}},
		{"order_and_limit", "order = \"reliability-\"\nlimit = 2", []statecheck.StateCheck{ids(103, 101)}},
		{"nothing", `query = "num_gpus=64"`, []statecheck.StateCheck{ids()}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			if err := env.World.LoadMarket([]byte(market)); err != nil {
				t.Fatal(err)
			}
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: env.Factories(),
				Steps: []resource.TestStep{{
					Config: env.Config("data \"gpumarket_vastai_offers\" \"test\" {\n" + tt.config + "\n}"), ConfigStateChecks: tt.checks,
				}},
			})
			env.NoWrites(t)
		})
	}
}

func TestOffersDataSource_Invalid(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	for config, want := range map[string]string{
		`query = "gpu_ram>>24"`:  `At\s+character`,
		`gpu_names = ["RTX 99"]`: `Unknown GPU`,
		`order = "price desc"`:   `Not an order`,
		`limit = 0`:              `between 1 and 3000`,
		`disk_gb = -1`:           `at least 0`,
	} {
		resource.UnitTest(t, resource.TestCase{
			ProtoV6ProviderFactories: env.Factories(),
			Steps: []resource.TestStep{{
				Config: env.Config("data \"gpumarket_vastai_offers\" \"test\" {\n" + config + "\n}"), PlanOnly: true, ExpectError: regexp.MustCompile(want),
			}},
		})
	}
}
