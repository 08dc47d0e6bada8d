package offers_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

const address = "data.gpumarket_offers.test"

// fourPrices is the comparison that people make by hand.
const fourPrices = `{
  "runpod": {"gpus": [{
    "id": "NVIDIA GeForce RTX 4090", "name": "RTX 4090", "pool": "ADA_24", "manufacturer": "NVIDIA", "memory": 24,
    "secure": true, "community": true, "price": {"secure": 0.59, "community": 0.49, "serverless": 1.1}, "maxCount": {"secure": 8, "community": 8}
  }]},
  "vastai": {"offers": [
    {"id": 101, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 0.52, "reliability2": 0.99, "storage_cost": 0.1},
    {"id": 102, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 0.38, "reliability2": 0.97, "storage_cost": 2.0}
  ]}
}`

func world(t *testing.T, market string) *acctest.Env {
	t.Helper()
	env := acctest.New(t)
	if market != "" {
		if err := env.World.LoadMarket([]byte(market)); err != nil {
			t.Fatal(err)
		}
	}
	return env
}

func check(t *testing.T, env *acctest.Env, config string, checks ...statecheck.StateCheck) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		Steps:                    []resource.TestStep{{Config: env.Config(config), ConfigStateChecks: checks}},
	})
	env.NoWrites(t)
}

func value(attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), want)
}

func offer(index int, attributes map[string]knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("offers").AtSliceIndex(index), knownvalue.ObjectPartial(attributes))
}

// TestOffersDataSource_ComparesMarketplaces: a two-hour job costs 0.76, 0.98, 1.04
// and 1.18.
func TestOffersDataSource_ComparesMarketplaces(t *testing.T) {
	t.Parallel()
	env := world(t, fourPrices)
	var jobs []statecheck.StateCheck
	for i, cost := range []float64{0.76, 0.98, 1.04, 1.18} {
		jobs = append(jobs, statecheck.ExpectKnownOutputValueAtPath("jobs", tfjsonpath.New(i), knownvalue.Float64Exact(cost)))
	}
	check(t, env, `
data "gpumarket_offers" "test" {
  gpu_names = ["4090"]
  disk_gb   = 0
}
output "jobs" {
  value = [for offer in data.gpumarket_offers.test.offers : provider::gpumarket::job_cost(offer.hourly_price, 2)]
}
`, append(jobs,
		value("offers", knownvalue.ListSizeExact(4)),
		offer(0, map[string]knownvalue.Check{
			"marketplace": knownvalue.StringExact("vastai"), "offer_id": knownvalue.Int64Exact(102),
			"hourly_price": knownvalue.Float64Exact(0.38), "gpu_name": knownvalue.StringExact("RTX 4090"),
			"reliability": knownvalue.Float64Exact(0.97), "interruptible": knownvalue.Bool(false),
		}),
		offer(1, map[string]knownvalue.Check{
			"marketplace": knownvalue.StringExact("runpod_community"), "offer_id": knownvalue.Null(),
			"gpu_id": knownvalue.StringExact("NVIDIA GeForce RTX 4090"), "reliability": knownvalue.Null(),
		}),
		value("by_marketplace", knownvalue.MapPartial(map[string]knownvalue.Check{
			"vastai": knownvalue.ObjectExact(map[string]knownvalue.Check{
				"count": knownvalue.Int64Exact(2), "min": knownvalue.Float64Exact(0.38),
				"median": knownvalue.Float64Exact(0.45), "max": knownvalue.Float64Exact(0.52),
			}),
		})),
		value("table", knownvalue.StringRegexp(regexp.MustCompile(`RTX 4090`))),
	)...)
}

// TestOffersDataSource_DiskChangesTheWinner: the cheapest GPU has the dearest disk.
func TestOffersDataSource_DiskChangesTheWinner(t *testing.T) {
	t.Parallel()
	for disk, winner := range map[int]int64{50: 102, 2000: 101} {
		t.Run(fmt.Sprint(disk), func(t *testing.T) {
			t.Parallel()
			env := world(t, strings.Replace(fourPrices, `"storage_cost": 0.1}`, `"storage_cost": 0.1, "disk_space": 4000}`, 1))
			check(t, env, fmt.Sprintf(`
data "gpumarket_offers" "test" {
  gpu_names    = ["RTX 4090"]
  marketplaces = ["vastai"]
  disk_gb      = %d
}
`, disk), statecheck.ExpectKnownValue(address, tfjsonpath.New("cheapest").AtMapKey("offer_id"), knownvalue.Int64Exact(winner)))
		})
	}
}

// TestOffersDataSource_Limit: of 50 offers in disorder the ten cheapest, ascending.
func TestOffersDataSource_Limit(t *testing.T) {
	t.Parallel()
	var rows []string
	for i := range 50 {
		price := 0.30 + 0.01*float64((i*37)%50)
		rows = append(rows, fmt.Sprintf(`{"id": %d, "gpu_name": "RTX 4090", "num_gpus": 1, "dph_base": %.2f, "storage_cost": 0}`, 1000+i, price))
	}
	env := world(t, `{"vastai": {"offers": [`+strings.Join(rows, ",")+`]}}`)
	checks := []statecheck.StateCheck{value("offers", knownvalue.ListSizeExact(10))}
	for i := range 10 {
		checks = append(checks, offer(i, map[string]knownvalue.Check{"hourly_price": knownvalue.Float64Exact(float64(30+i) / 100)}))
	}
	// The figures are of all fifty.
	checks = append(checks, value("by_marketplace", knownvalue.MapExact(map[string]knownvalue.Check{
		"vastai": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"count": knownvalue.Int64Exact(50), "min": knownvalue.Float64Exact(0.3),
			"median": knownvalue.Float64Exact(0.545), "max": knownvalue.Float64Exact(0.79),
		}),
	})))
	check(t, env, `
data "gpumarket_offers" "test" {
  gpu_names    = ["RTX 4090"]
  marketplaces = ["vastai"]
  limit        = 10
}
`, checks...)
}

// TestOffersDataSource_IsStill: while the market stands still, so does an output of
// its offers; what is left of their time runs down with every second.
func TestOffersDataSource_IsStill(t *testing.T) {
	t.Parallel()
	env := world(t, fourPrices)
	config := env.Config(`
data "gpumarket_offers" "test" {
  gpu_names = ["4090"]
}
output "cheapest" {
  value = data.gpumarket_offers.test.cheapest
}
`)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig:        func() { env.World.Advance(90 * time.Second) },
				Config:           config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
		},
	})
}

// TestOffersDataSource_Rejected tells why offers were refused and what is nearest.
func TestOffersDataSource_Rejected(t *testing.T) {
	t.Parallel()
	env := world(t, fourPrices)
	check(t, env, `
data "gpumarket_offers" "test" {
  gpu_names        = ["RTX 4090"]
  marketplaces     = ["vastai"]
  min_reliability  = 0.98
  max_hourly_price = 0.40
}
`,
		value("offers", knownvalue.ListSizeExact(0)),
		value("cheapest", knownvalue.Null()),
		value("rejected", knownvalue.MapSizeExact(2)),
		value("near_misses", knownvalue.ListPartial(map[int]knownvalue.Check{
			0: knownvalue.StringRegexp(regexp.MustCompile(`max_hourly_price|reliability`)),
		})),
	)
}

// TestOffersDataSource_OneKey: a marketplace without a key is left out, unless it
// is named.
func TestOffersDataSource_OneKey(t *testing.T) {
	t.Parallel()
	env := world(t, fourPrices)
	provider := fmt.Sprintf("provider \"gpumarket\" {\n  vastai {\n    api_key = %q\n    base_url = %q\n  }\n}\n", env.APIKey, env.VastaiURL)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		Steps: []resource.TestStep{
			{
				Config:            provider + "data \"gpumarket_offers\" \"test\" {}\n",
				ConfigStateChecks: []statecheck.StateCheck{value("offers", knownvalue.ListSizeExact(2))},
			},
			{
				Config:      provider + "data \"gpumarket_offers\" \"test\" {\n  marketplaces = [\"runpod_secure\"]\n}\n",
				ExpectError: regexp.MustCompile(`(?s)No RunPod API key.*RUNPOD_API_KEY`),
			},
		},
	})
}

func TestOffersDataSource_Invalid(t *testing.T) {
	t.Parallel()
	env := world(t, "")
	for line, want := range map[string]string{
		`gpu_names = ["RTX 4099"]`:    `(?s)RTX 4099.*RTX 4090`,
		`min_reliability = 99`:        `between 0`,
		`countries = ["usa"]`:         `use "US"`,
		`countries = ["UK"]`:          `use "GB"`,
		`gpu_names = ["RTX 4909"]`:    `(?s)RTX 4909.*RTX 4090`,
		`marketplaces = ["aws"]`:      `runpod_secure`,
		`disk_gb = -1`:                `at least 0`,
		`order_by = "price"`:          `hourly_price`,
		`gpu_count = 0`:               `between 1`,
		`min_cuda_version = "twelve"`: `CUDA`,
		`limit = 0`:                   `between 1`,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: env.Factories(),
				Steps: []resource.TestStep{{
					Config:      env.Config("data \"gpumarket_offers\" \"test\" {\n  " + line + "\n}"),
					PlanOnly:    true,
					ExpectError: regexp.MustCompile(want),
				}},
			})
		})
	}
}
