package normalize_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market/normalize"
)

// bigMarket is a search reply of n rows over all the GPUs that Vast.ai lists.
func bigMarket(n int) []vastai.Offer {
	random := rand.New(rand.NewPCG(1, 2))
	names := gpu.VastNames(gpu.Names())
	rows := make([]vastai.Offer, n)
	for i := range rows {
		float := func(from, to float64) *vastai.Float {
			v := vastai.Float(from + random.Float64()*(to-from))
			return &v
		}
		ports, hosting := vastai.Int(random.IntN(250)), vastai.Int(random.IntN(2))
		cores, frac := vastai.Float(64), vastai.Float(0.25)
		effective := cores * frac
		rows[i] = vastai.Offer{
			ID: int64(i + 1), MachineID: vastai.Int(i/4 + 1), HostID: vastai.Int(i/40 + 1), GPUIDs: []int64{int64(i)},
			GPUName: names[random.IntN(len(names))], NumGPUs: vastai.Int(1 + random.IntN(2)), GPURAM: 24564,
			GPUFrac: &frac, CPUCores: &cores, CPUCoresEffective: &effective, CPURAM: float(16e3, 512e3),
			DiskSpace: float(20, 4000), DiskBW: float(200, 6000), InetUp: float(50, 1000), InetDown: float(50, 1000),
			InetUpCost: float(0, 0.02), InetDownCost: float(0, 0.02), DirectPortCount: &ports,
			Geolocation:  vastai.Text(fmt.Sprintf("Somewhere, %s", []string{"US", "DE", "KR", "NO"}[random.IntN(4)])),
			Reliability2: float(0.9, 1), Verification: "verified", HostingType: &hosting, Duration: float(1e4, 1e7),
			CUDAMaxGood: float(12, 13.3), DLPerf: float(10, 400),
			DPHBase: float(0.05, 4), DPHTotal: float(0.05, 4), StorageCost: float(0.01, 0.9), MinBid: float(0.02, 2),
		}
	}
	return rows
}

func BenchmarkMarket20000(b *testing.B) {
	rows := bigMarket(20_000)
	wishes := market.Wishes{
		GPUCount: 1, MinReliability: 0.95, Verified: true, Countries: []string{"US", "NO"}, MinCUDA: "12.4", MinDownloadMbps: 100, DiskGB: 50,
	}
	b.ReportAllocs()
	for b.Loop() {
		selection := market.Select(normalize.VastaiAll(rows, 50, false), wishes, market.ByPrice)
		if len(selection.Offers) == 0 {
			b.Fatal("nothing matches")
		}
	}
}
