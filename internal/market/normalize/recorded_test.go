package normalize_test

import (
	"cmp"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	runpod "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market/normalize"
)

// recorded decodes a recording of the real market. The recordings are no part of
// the repository.
func recorded(t *testing.T, name string, into any) {
	t.Helper()
	dir := cmp.Or(os.Getenv("GPUMARKET_MARKET_DIR"), filepath.Join("..", "..", "..", "..", "shared", "market", "recorded"))
	file := filepath.Join(dir, name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("no recorded market: %v; set GPUMARKET_MARKET_DIR to the folder that has it", err)
	}
	decode(t, file, into)
}

// recordedDiskGB is the disk that the recorded search was priced for.
const recordedDiskGB = 8

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(b)) }

// soldMemory is the memory of a GPU in GB as the makers' data sheets have it, by what
// Vast.ai calls it and about how much memory it reports.
func soldMemory(name string, mb float64) float64 {
	sheet := map[string][]float64{"H100 SXM": {80}, "H100 NVL": {94}, "A100 SXM4": {40, 80}}[name]
	for _, gb := range sheet {
		if math.Abs(mb/1024-gb) < gb/10 {
			return gb
		}
	}
	return 0
}

// holdAgainstRows computes from the bare JSON of recorded rows what their offers have
// to show: nothing of it goes through the code that reads them for the provider.
func holdAgainstRows(t *testing.T, file string, rows []map[string]any, decoded []vastai.Offer) {
	t.Helper()
	figure := func(row map[string]any, key string) float64 {
		value, ok := row[key].(float64)
		if !ok {
			t.Fatalf("%s: %s of row %v is %v", file, key, row["id"], row[key])
		}
		return value
	}
	for _, disk := range []float64{0, recordedDiskGB, 50, 500} {
		offers := normalize.VastaiAll(decoded, disk, false)
		if len(offers) != len(rows) {
			t.Fatalf("%s: %d offers of %d rows", file, len(offers), len(rows))
		}
		for i, o := range offers {
			row := rows[i]
			id := int64(figure(row, "id"))
			place, _ := row["geolocation"].(string)
			name, _ := row["gpu_name"].(string)
			for what, values := range map[string][2]float64{
				"id":     {float64(*o.OfferID), float64(id)},
				"RAM":    {*o.RAMGB, figure(row, "cpu_ram") / 1000},
				"cores":  {*o.CPUCores, figure(row, "cpu_cores_effective")},
				"price":  {float64(o.Hourly()), figure(row, "dph_base") + figure(row, "storage_cost")*disk/720},
				"memory": {o.GPUMemoryGB, soldMemory(name, figure(row, "gpu_ram"))},
				"disk":   {*o.DiskSpaceGB, figure(row, "disk_space")},
				"GPUs":   {float64(o.GPUCount), figure(row, "num_gpus")},
			} {
				if !near(values[0], values[1]) {
					t.Errorf("%s, row %d with %v GB: %s %v; the row says %v", file, id, disk, what, values[0], values[1])
				}
			}
			if o.Country == nil || *o.Country != place[len(place)-2:] {
				t.Errorf("%s, row %d: country %v; the place is %q", file, id, o.Country, place)
			}
			// What is asked of it at once is what it has.
			has := market.Wishes{MinRAMGB: figure(row, "cpu_ram") / 1000, MinCPUCores: *o.CPUCores, Countries: []string{place[len(place)-2:]}}
			if got := has.Refusal(o); got != "" && got != "out of stock" {
				t.Errorf("%s, row %d is refused for what it has: %s", file, id, got)
			}
		}
	}
	// Slices of one machine have memory in proportion to their share: cpu_ram is
	// theirs, not the machine's.
	machines := map[float64]float64{}
	for _, row := range rows {
		whole := figure(row, "cpu_ram") / figure(row, "gpu_frac")
		if seen, ok := machines[figure(row, "machine_id")]; ok && math.Abs(whole/seen-1) > 0.01 {
			t.Errorf("%s: machine %v has %v MB by one slice and %v by another", file, row["machine_id"], seen, whole)
		}
		machines[figure(row, "machine_id")] = whole
	}
}

// TestRecordedRows_Chosen holds the offers against recorded rows that are kept here:
// slices and whole machines, odd places, a bid above the price.
func TestRecordedRows_Chosen(t *testing.T) {
	t.Parallel()
	file := filepath.Join("testdata", "recorded", "offers.json")
	var rows []map[string]any
	var decoded []vastai.Offer
	decode(t, file, &rows)
	decode(t, file, &decoded)
	holdAgainstRows(t, file, rows, decoded)
}

// TestRecordedRows_RAMOfSlices has the slices of two machines as they were listed,
// with the memory that they are rented with.
func TestRecordedRows_RAMOfSlices(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want float64
	}{
		{`{"id": 1, "machine_id": 49289, "gpu_name": "A100 SXM4", "num_gpus": 1, "gpu_ram": 40960, "gpu_frac": 0.125, "cpu_cores": 64, "cpu_cores_effective": 8.0, "cpu_ram": 64485}`, 64.485},
		{`{"id": 2, "machine_id": 31508, "gpu_frac": 0.16666666666666666, "cpu_ram": 85934}`, 85.934},
		{`{"id": 3, "machine_id": 31508, "gpu_frac": 0.3333333333333333, "cpu_ram": 171868}`, 171.868},
		{`{"id": 4, "machine_id": 31508, "gpu_frac": 0.6666666666666666, "cpu_ram": 343736}`, 343.736},
		{`{"id": 5, "machine_id": 31508, "gpu_frac": 1.0, "cpu_ram": 515605}`, 515.605},
	} {
		o := normalize.VastaiAll(rows(t, "["+row.text+"]"), 0, false)[0]
		if *o.RAMGB != row.want {
			t.Errorf("%s: %v GB; want %v", row.text, *o.RAMGB, row.want)
		}
		if got := (market.Wishes{MinRAMGB: row.want}).Refusals(o); slices.ContainsFunc(got, func(r string) bool { return strings.HasPrefix(r, "RAM") }) {
			t.Errorf("%s is refused for its RAM: %q", row.text, got)
		}
	}
}

func TestRecordedVastaiOffers(t *testing.T) {
	t.Parallel()
	const file = "vast_offers_full_2026-07-18.json"
	var raw struct {
		Offers []map[string]any `json:"offers"`
	}
	var reply struct {
		Offers []vastai.Offer `json:"offers"`
	}
	recorded(t, file, &raw)
	recorded(t, file, &reply)
	if len(reply.Offers) != 48 {
		t.Fatalf("%d offers; 48 were recorded", len(reply.Offers))
	}
	holdAgainstRows(t, file, raw.Offers, reply.Offers)
	offers := normalize.VastaiAll(reply.Offers, recordedDiskGB, false)
	verified := 0
	for i, o := range offers {
		row := reply.Offers[i]
		if !near(float64(o.Hourly()), float64(*row.DPHTotal)) {
			t.Errorf("%d: all-in %v; the platform says %v", row.ID, o.Hourly(), *row.DPHTotal)
		}
		if score := o.PerformancePerDollar(); score == nil || !near(*score, float64(*row.DLPerfPerDPH)) {
			t.Errorf("%d: performance per dollar differs from the platform's %v", row.ID, *row.DLPerfPerDPH)
		}
		if !slices.Contains(gpu.Names(), o.GPUName) {
			t.Errorf("%d: %q is not canonical", row.ID, o.GPUName)
		}
		if o.Reliability == nil || o.CUDAVersion == nil || *o.CUDAVersion > 20 {
			t.Errorf("%d: reliability or CUDA is missing or wrong: %+v", row.ID, o)
		}
		if *o.Verified {
			verified++
		}
	}
	if verified != 24 {
		t.Errorf("%d verified offers; 24 were recorded", verified)
	}

	s := market.Select(offers, market.Wishes{GPUs: []string{"H100 SXM"}, GPUCount: 1, Verified: true, MinReliability: 0.95, DiskGB: recordedDiskGB}, market.ByPrice)
	if len(s.Offers) == 0 || !slices.IsSortedFunc(s.Offers, func(a, b market.Offer) int { return cmp.Compare(a.Hourly(), b.Hourly()) }) {
		t.Errorf("%d offers, in order of price or not", len(s.Offers))
	}
	refused := 0
	for _, count := range s.Rejected {
		refused += count
	}
	if refused+len(s.Offers) != len(offers) {
		t.Errorf("%d fit and %d are refused, of %d", len(s.Offers), refused, len(offers))
	}
}

// TestRecordedRunPodNames: the id and the name of every type that was ever listed
// lead to the same GPU.
func TestRecordedRunPodNames(t *testing.T) {
	t.Parallel()
	var types []struct {
		ID          string `json:"gpuId"`
		DisplayName string `json:"displayName"`
	}
	recorded(t, "runpod_gpus_stock_by_dc_2026-08-17.json", &types)
	if len(types) == 0 {
		t.Fatal("no types were recorded")
	}
	for _, r := range types {
		name, err := gpu.Canonical(r.ID)
		wishes, unknown := gpu.Accepted(r.DisplayName)
		if err != nil || unknown != nil || !gpu.Matches(wishes, name) {
			t.Errorf("%q is %q (%v), and %q does not accept it (%v)", r.ID, name, err, r.DisplayName, unknown)
		}
	}
}

// recordedType is a GPU type in the shape of the older GraphQL API.
type recordedType struct {
	ID             string  `json:"id"`
	MemoryInGB     int     `json:"memoryInGb"`
	SecureCloud    bool    `json:"secureCloud"`
	CommunityCloud bool    `json:"communityCloud"`
	SecurePrice    float64 `json:"securePrice"`
	CommunityPrice float64 `json:"communityPrice"`
}

func TestRecordedRunPodTypes(t *testing.T) {
	t.Parallel()
	var reply struct {
		Data struct {
			Types []recordedType `json:"gpuTypes"`
		} `json:"data"`
	}
	recorded(t, "runpod_gpus_graphql_2026-07-18.json", &reply)
	if len(reply.Data.Types) != 49 {
		t.Fatalf("%d types; 49 were recorded", len(reply.Data.Types))
	}
	for _, r := range reply.Data.Types {
		row := runpod.GPUType{
			ID: r.ID, Memory: r.MemoryInGB, Secure: r.SecureCloud, Community: r.CommunityCloud,
			Price: runpod.GPUPrice{Secure: r.SecurePrice, Community: r.CommunityPrice},
		}
		for cloud, sold := range map[string]bool{runpod.CloudSecure: r.SecureCloud, runpod.CloudCommunity: r.CommunityCloud} {
			o, ok := normalize.RunPod(row, cloud, 1, 0)
			if ok != sold {
				t.Errorf("%s in %s: sold %v; the flag says %v", r.ID, cloud, ok, sold)
			}
			if !ok {
				continue
			}
			if !slices.Contains(gpu.Names(), o.GPUName) || o.PriceRefusal() != "" {
				t.Errorf("%s in %s: %q, %s", r.ID, cloud, o.GPUName, o.PriceRefusal())
			}
			each := r.SecurePrice
			if cloud == runpod.CloudCommunity {
				each = r.CommunityPrice
			}
			four, _ := normalize.RunPod(row, cloud, 4, 73)
			if !near(float64(o.Hourly()), each) || !near(float64(four.Hourly()), 4*each+0.10*73/730) {
				t.Errorf("%s in %s: %s, and %s for four with 73 GB; the list price is %v", r.ID, cloud, o.Hourly(), four.Hourly(), each)
			}
			// A catalog gives an H200 NVL 143 GB, a data sheet 141.
			if math.Abs(o.GPUMemoryGB-float64(r.MemoryInGB)) > 2 {
				t.Errorf("%s: %v GB; the catalog says %d", r.ID, o.GPUMemoryGB, r.MemoryInGB)
			}
		}
		if name, err := gpu.Canonical(r.ID); r.ID != "unknown" && (err != nil || name != gpu.FromRunPod(r.ID, r.MemoryInGB)) {
			t.Errorf("Canonical(%q) = %q, %v", r.ID, name, err)
		}
	}
}
