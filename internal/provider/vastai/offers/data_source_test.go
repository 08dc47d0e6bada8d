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

// TestOffersDataSource_MemoryOfNames: Vast.ai has one name for all sizes of a model;
// a name with a memory means only that, and the limit counts those alone.
func TestOffersDataSource_MemoryOfNames(t *testing.T) {
	t.Parallel()
	const sizes = `{"vastai": {"offers": [
	  {"id": 101, "gpu_name": "RTX 4090", "gpu_ram": 24564, "dph_base": 0.30}, {"id": 102, "gpu_name": "RTX 4090", "gpu_ram": 24564, "dph_base": 0.31},
	  {"id": 103, "gpu_name": "RTX 4090", "gpu_ram": 49140, "dph_base": 0.60}, {"id": 104, "gpu_name": "RTX 4090", "gpu_ram": 49140, "dph_base": 0.70},
	  {"id": 105, "gpu_name": "A100 SXM4", "gpu_ram": 40960, "dph_base": 0.80}, {"id": 106, "gpu_name": "A100 PCIE", "gpu_ram": 81920, "dph_base": 0.90},
	  {"id": 107, "gpu_name": "RTX 4080S", "gpu_ram": 16376, "dph_base": 0.20}, {"id": 108, "gpu_name": "RTX 4080S", "gpu_ram": 32760, "dph_base": 0.40},
	  {"id": 109, "gpu_name": "RTX 3080", "gpu_ram": 10240, "dph_base": 0.10}, {"id": 110, "gpu_name": "RTX 3080", "gpu_ram": 20480, "dph_base": 0.15},
	  {"id": 111, "gpu_name": "Tesla V100", "gpu_ram": 16384, "dph_base": 0.11}, {"id": 112, "gpu_name": "Tesla V100", "gpu_ram": 32768, "dph_base": 0.16},
	  {"id": 113, "gpu_name": "RTX 6090", "gpu_ram": 49140, "dph_base": 1.10}
	]}}`
	env := acctest.New(t)
	if err := env.World.LoadMarket([]byte(sizes)); err != nil {
		t.Fatal(err)
	}
	for lines, want := range map[string][]int64{
		`gpu_names = ["RTX 4090 48GB"]`:                                {103, 104},
		"gpu_names = [\"RTX 4090 48GB\"]\nlimit = 1":                   {103},
		`gpu_names = ["RTX 4090"]`:                                     {101, 102, 103, 104},
		"gpu_names = [\"RTX 4090 24GB\"]\nquery = \"dph_total<0.35\"":  {101, 102},
		`gpu_names = ["A100 80GB"]`:                                    {106},
		`gpu_names = ["RTX 4080S 32GB", "RTX 3080 20GB", "V100 32GB"]`: {110, 112, 108},
		`gpu_names = ["RTX 6090 48GB"]`:                                {113},
	} {
		resource.UnitTest(t, resource.TestCase{
			ProtoV6ProviderFactories: env.Factories(),
			Steps: []resource.TestStep{{
				Config: env.Config("data \"gpumarket_vastai_offers\" \"test\" {\n" + lines + "\n}"), ConfigStateChecks: []statecheck.StateCheck{ids(want...)},
			}},
		})
	}
}
