package normalize_test

import (
	"cmp"
	"math"
	"os"
	"path/filepath"
	"slices"
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

func TestRecordedVastaiOffers(t *testing.T) {
	t.Parallel()
	var reply struct {
		Offers []vastai.Offer `json:"offers"`
	}
	recorded(t, "vast_offers_full_2026-07-18.json", &reply)
	if len(reply.Offers) != 48 {
		t.Fatalf("%d offers; 48 were recorded", len(reply.Offers))
	}
	offers := normalize.VastaiAll(reply.Offers, recordedDiskGB, false)
	machines := map[int64]float64{}
	verified := 0
	for i, o := range offers {
		row := reply.Offers[i]
		if !near(float64(o.Hourly()), float64(*row.DPHTotal)) {
			t.Errorf("%d: all-in %v; the platform says %v", row.ID, o.Hourly(), *row.DPHTotal)
		}
		if !near(float64(o.StorageHourly), float64(*row.StorageTotalCost)) {
			t.Errorf("%d: storage %v; the platform says %v", row.ID, o.StorageHourly, *row.StorageTotalCost)
		}
		if score := o.PerformancePerDollar(); score == nil || !near(*score, float64(*row.DLPerfPerDPH)) {
			t.Errorf("%d: performance per dollar differs from the platform's %v", row.ID, *row.DLPerfPerDPH)
		}
		if !slices.Contains(gpu.Names(), o.GPUName) {
			t.Errorf("%d: %q is not canonical", row.ID, o.GPUName)
		}
		if o.Country == nil || o.Reliability == nil || o.CUDAVersion == nil || *o.CUDAVersion > 20 {
			t.Errorf("%d: country, reliability or CUDA is missing or wrong: %+v", row.ID, o)
		}
		if *o.Verified {
			verified++
		}
		// What a slice has of its machine's memory goes with its share of it.
		machine := *o.RAMGB / float64(*row.GPUFrac)
		if seen, ok := machines[*o.MachineID]; ok && math.Abs(machine-seen) > 0.1 {
			t.Errorf("%d: its machine has %v GB; by another slice %v", row.ID, machine, seen)
		}
		machines[*o.MachineID] = machine
	}
	if len(machines) != 26 || verified != 24 {
		t.Errorf("%d machines, %d verified offers; recorded were 26 and 24", len(machines), verified)
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
			if ok && (!slices.Contains(gpu.Names(), o.GPUName) || o.Hourly() <= 0) {
				t.Errorf("%s in %s: %q at %s", r.ID, cloud, o.GPUName, o.Hourly())
			}
		}
		if name, err := gpu.Canonical(r.ID); r.ID != "unknown" && (err != nil || name != gpu.FromRunPod(r.ID, r.MemoryInGB)) {
			t.Errorf("Canonical(%q) = %q, %v", r.ID, name, err)
		}
	}
}
