package offers_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// bothSell has an RTX 4090 on RunPod and on hosts in three countries.
const bothSell = `{
  "runpod": {"gpus": [{
    "id": "NVIDIA GeForce RTX 4090", "name": "RTX 4090", "pool": "ADA_24", "manufacturer": "NVIDIA", "memory": 24,
    "secure": true, "community": false, "price": {"secure": 0.20, "community": 0, "serverless": 1.1}, "maxCount": {"secure": 8, "community": 0}
  }]},
  "vastai": {"offers": [
    {"id": 101, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 0.50, "storage_cost": 0.1, "reliability2": 0.99, "geolocation": "Hesse, DE"},
    {"id": 102, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "dph_base": 0.40, "storage_cost": 0.1, "reliability2": 0.99, "geolocation": "Oslo, NO"},
    {"id": 103, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 49140, "dph_base": 0.30, "storage_cost": 0.1, "reliability2": 0.99, "geolocation": "Texas, US", "disk_space": 30},
    {"id": 104, "gpu_name": "RTX 6090", "num_gpus": 1, "gpu_ram": 49140, "dph_base": 0.90, "storage_cost": 0.1, "reliability2": 0.99, "geolocation": "Texas, US"}
  ]}
}`

// stockIn leaves RunPod's RTX 4090 in some data centers alone.
func stockIn(t *testing.T, env *acctest.Env, centers ...string) {
	t.Helper()
	act := func(center, level string) {
		move := simkit.MarketAction{Action: simkit.Stock, GPU: "NVIDIA GeForce RTX 4090", Cloud: "SECURE", DataCenter: center, Level: level}
		if err := env.World.Market(move); err != nil {
			t.Fatal(err)
		}
	}
	act("", "NONE")
	for _, center := range centers {
		act(center, "HIGH")
	}
}

// TestOffers_CountriesFilterRunPod: RunPod's data centers have countries, too; what is
// elsewhere is refused, the rest is pinned to where it is.
func TestOffers_CountriesFilterRunPod(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		countries string
		centers   []string // in stock
		first     map[string]knownvalue.Check
		offers    int
	}{
		{`"EU"`, []string{"US-TX-3", "CA-MTL-1"}, map[string]knownvalue.Check{"offer_id": knownvalue.Int64Exact(101)}, 1},
		{`"EU"`, []string{"US-TX-3", "EU-RO-1", "EU-CZ-1", "EUR-IS-1"}, map[string]knownvalue.Check{
			"marketplace": knownvalue.StringExact("runpod_secure"), "country": knownvalue.Null(), "data_center_id": knownvalue.Null(),
			"data_center_ids": knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("EU-CZ-1"), knownvalue.StringExact("EU-RO-1")}),
		}, 2},
		{`"EEA"`, []string{"US-TX-3", "EUR-IS-1"}, map[string]knownvalue.Check{
			"marketplace": knownvalue.StringExact("runpod_secure"), "country": knownvalue.StringExact("IS"), "data_center_id": knownvalue.StringExact("EUR-IS-1"),
			"data_center_ids": knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("EUR-IS-1")}),
		}, 3},
	} {
		t.Run(tt.countries+strings.Join(tt.centers, " "), func(t *testing.T) {
			t.Parallel()
			env := world(t, bothSell)
			stockIn(t, env, tt.centers...)
			checks := []statecheck.StateCheck{
				value("offers", knownvalue.ListSizeExact(tt.offers)), offer(0, tt.first),
				statecheck.ExpectKnownValue(address, tfjsonpath.New("selection").AtMapKey("candidates").AtSliceIndex(0), knownvalue.ObjectPartial(tt.first)),
			}
			if tt.offers == 1 {
				// RunPod's, Norway's, and the American one.
				checks = append(checks, value("rejected", knownvalue.MapPartial(map[string]knownvalue.Check{"country not asked for": knownvalue.Int64Exact(2)})))
			}
			check(t, env, `
data "gpumarket_offers" "test" {
  gpu_names = ["RTX 4090"]
  countries = [`+tt.countries+`]
}
`, checks...)
		})
	}
}

// TestOffers_CountsSmallDisks: a disk that is too small is counted, though the
// platform would hide it.
func TestOffers_CountsSmallDisks(t *testing.T) {
	t.Parallel()
	check(t, world(t, bothSell), `
data "gpumarket_offers" "test" {
  gpu_names    = ["RTX 4090 48GB"]
  marketplaces = ["vastai"]
  disk_gb      = 50
}
`,
		value("rejected", knownvalue.MapExact(map[string]knownvalue.Check{"disk smaller than 50 GB": knownvalue.Int64Exact(1), "GPU not asked for": knownvalue.Int64Exact(2)})),
		value("near_misses", knownvalue.ListPartial(map[int]knownvalue.Check{
			0: knownvalue.StringExact("1 offer misses only disk_gb; it is 0.306944 USD/h (RTX 4090 48GB)"),
		})),
	)
}

// TestOffers_AcceptsWhatItPrints: a GPU that the provider does not know is asked for
// as it is shown.
func TestOffers_AcceptsWhatItPrints(t *testing.T) {
	t.Parallel()
	check(t, world(t, bothSell), `
data "gpumarket_offers" "all" {
  min_gpu_memory_gb = 40
}
data "gpumarket_offers" "test" {
  gpu_names = [for o in data.gpumarket_offers.all.offers : o.gpu_name]
}
`, value("offers", knownvalue.ListSizeExact(1)), offer(0, map[string]knownvalue.Check{
		"gpu_name": knownvalue.StringExact("RTX 6090 48GB"), "gpu_id": knownvalue.StringExact("RTX 6090"), "offer_id": knownvalue.Int64Exact(104),
	}))
}

// TestOffers_SaysWhatDoesNotFilter: one warning in plain words, while such offers
// remain; none when they are left out, or when nothing of the kind was wished.
func TestOffers_SaysWhatDoesNotFilter(t *testing.T) {
	t.Parallel()
	const says = "RunPod does not publish reliability, so min_reliability does not filter its offers."
	for _, tt := range []struct {
		lines  string
		warned bool
		text   string
	}{
		{`min_reliability = 0.9`, true, says},
		{"min_reliability = 0.9\n  strict = true", false, ""},
		{"min_reliability = 0.9\n  marketplaces = [\"vastai\"]", false, ""},
		{`min_cuda_version = "12.0"`, false, ""},
		{`gpu_names = ["RTX 4909 24GB"]`, true, `"RTX 4909 24GB" is not among the GPUs that this provider knows, and none is offered now. Did you mean RTX 4090`},
	} {
		env := world(t, bothSell)
		cli := env.Attached(t)
		cli.Write("main.tf", "data \"gpumarket_offers\" \"test\" {\n  "+tt.lines+"\n}\noutput \"marketplaces\" {\n  value = [for o in data.gpumarket_offers.test.offers : o.marketplace]\n}\n")
		output := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ").Replace(cli.MustRun("plan").Output())), " ")
		if count := strings.Count(output, tt.text); tt.warned && count != 1 || strings.Contains(output, "does not publish") != (tt.text == says) {
			t.Errorf("%s: warned %v times, want %v:\n%s", tt.lines, count, tt.warned, output)
		}
		if strict := strings.Contains(tt.lines, "strict"); strict && strings.Contains(output, "runpod_secure") {
			t.Errorf("strict lists RunPod's offers:\n%s", output)
		}
	}
}

// TestOffers_RecordedRows: a recorded reply goes through the data source; RAM, price,
// country and memory are computed from its bare JSON.
func TestOffers_RecordedRows(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "market", "normalize", "testdata", "recorded", "offers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		ID          int64   `json:"id"`
		GPUs        int64   `json:"num_gpus"`
		Name        string  `json:"gpu_name"`
		RAM         float64 `json:"cpu_ram"`
		Base        float64 `json:"dph_base"`
		Storage     float64 `json:"storage_cost"`
		Geolocation string  `json:"geolocation"`
	}
	if err := json.Unmarshal(text, &rows); err != nil || len(rows) < 10 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	env := world(t, "")
	if err := env.World.Fault(simkit.Fault{
		Platform: "vastai", Operation: "searchOffers", Kind: simkit.Status, Status: 200, Body: json.RawMessage(fmt.Sprintf(`{"offers": %s}`, text)),
	}); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Run(fmt.Sprint(row.ID), func(t *testing.T) {
			micro := (row.Base + row.Storage*10/720) * 1e6
			memory := map[string]float64{"H100 SXM": 80, "H100 NVL": 94}[row.Name]
			check(t, env, fmt.Sprintf(`
data "gpumarket_offers" "test" {
  gpu_names    = ["H100"]
  gpu_count    = %d
  marketplaces = ["vastai"]
  verified     = false
  disk_gb      = 10
  min_ram_gb   = %v
  countries    = [%q]
}
locals {
  row = one([for o in data.gpumarket_offers.test.offers : o if o.offer_id == %d])
}
output "holds" {
  value = local.row.ram_gb == %v && abs(local.row.hourly_price * 1000000 - %v) <= 0.51 && local.row.gpu_memory_gb == %v && local.row.country == %q
}
`, row.GPUs, row.RAM/1000, row.Geolocation[len(row.Geolocation)-2:], row.ID, row.RAM/1000, micro, memory, row.Geolocation[len(row.Geolocation)-2:]),
				statecheck.ExpectKnownOutputValue("holds", knownvalue.Bool(true)))
		})
	}
}
