package market_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// offer is an RTX 4090 on Vast.ai that most wishes accept.
func offer(change func(*market.Offer)) market.Offer {
	o := market.Offer{
		Marketplace: market.Vastai, OfferID: new(int64(1)), GPUName: "RTX 4090", GPUID: "RTX 4090", GPUCount: 1, GPUMemoryGB: 24,
		ComputeHourly: 0.4, StoragePrice: 0.144, StorageMonth: market.VastaiStorageMonth,
		Reliability: new(0.99), Verified: new(true), Datacenter: new(true), Country: new("US"),
		CPUCores: new(16.0), RAMGB: new(64.0), DiskSpaceGB: new(500.0), DownloadMbps: new(800.0), UploadMbps: new(400.0),
		DiskBandwidthMBps: new(2000.0), Performance: new(100.0), MaxDurationHours: new(240.0), CUDAVersion: new(12.8),
		DirectPorts: new(int64(100)), StaticIP: new(true), MachineID: new(int64(7)),
	}
	if change != nil {
		change(&o)
	}
	return o.WithDisk(50)
}

// pod is the same GPU at RunPod, which tells less about it.
func pod(price money.PerHour) market.Offer {
	return market.Offer{
		Marketplace: market.RunPodSecure, GPUName: "RTX 4090", GPUID: "NVIDIA GeForce RTX 4090", GPUCount: 1, GPUMemoryGB: 24,
		ComputeHourly: price, StoragePrice: market.RunPodDiskPrice, StorageMonth: market.RunPodStorageMonth,
		Datacenter: new(true), Availability: "HIGH",
	}.WithDisk(50)
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		wishes  market.Wishes
		change  func(*market.Offer)
		refusal string
		// unknown is the refusal when Vast.ai has no figure; "" where the test does
		// not apply.
		forget  func(*market.Offer)
		unknown string
	}{
		{wishes: market.Wishes{GPUs: []string{"RTX 3090"}}, refusal: "GPU not asked for"},
		{wishes: market.Wishes{GPUs: []string{"RTX 4090 48GB"}}, refusal: "GPU not asked for"},
		{wishes: market.Wishes{GPUs: []string{"RTX 3090", "RTX 4090"}}},
		{wishes: market.Wishes{GPUCount: 2}, refusal: "other number of GPUs"},
		{wishes: market.Wishes{MinGPUMemoryGB: 40}, refusal: "GPU memory below 40 GB"},
		{wishes: market.Wishes{MinGPUMemoryGB: 24}},
		{wishes: market.Wishes{Marketplaces: []string{market.RunPodSecure}}, refusal: "marketplace not asked for"},
		{wishes: market.Wishes{Interruptible: true}, refusal: "not sold interruptible"},
		{change: func(o *market.Offer) { o.Interruptible = true }, refusal: "interruptible"},
		{change: func(o *market.Offer) { o.Availability = "NONE" }, refusal: "out of stock"},
		{
			wishes: market.Wishes{MinReliability: 0.995}, refusal: "reliability below 0.995",
			forget: func(o *market.Offer) { o.Reliability = nil }, unknown: "reliability unknown",
		},
		{
			wishes: market.Wishes{Verified: true}, change: func(o *market.Offer) { o.Verified = new(false) }, refusal: "not verified",
			forget: func(o *market.Offer) { o.Verified = nil }, unknown: "verification unknown",
		},
		{change: func(o *market.Offer) { o.Verified = new(false) }},
		{
			wishes: market.Wishes{Datacenter: new(true)}, change: func(o *market.Offer) { o.Datacenter = new(false) }, refusal: "not in a data center",
			forget: func(o *market.Offer) { o.Datacenter = nil }, unknown: "kind of host unknown",
		},
		{wishes: market.Wishes{Datacenter: new(false)}, refusal: "in a data center"},
		{
			wishes: market.Wishes{Countries: []string{"CA", "NO"}}, refusal: "country not asked for",
			forget: func(o *market.Offer) { o.Country = nil }, unknown: "country unknown",
		},
		{wishes: market.Wishes{Countries: []string{"ca", "us"}}},
		{
			wishes: market.Wishes{MinCUDA: "12.10"}, refusal: "CUDA below 12.10",
			forget: func(o *market.Offer) { o.CUDAVersion = nil }, unknown: "CUDA version unknown",
		},
		{wishes: market.Wishes{MinCUDA: "12.4"}},
		{wishes: market.Wishes{MinCUDA: "12"}},
		{wishes: market.Wishes{MinCUDA: "13"}, refusal: "CUDA below 13"},
		{
			wishes: market.Wishes{MinCPUCores: 32}, refusal: "fewer than 32 CPU cores",
			forget: func(o *market.Offer) { o.CPUCores = nil }, unknown: "number of CPU cores unknown",
		},
		{wishes: market.Wishes{MinRAMGB: 65}, refusal: "RAM below 65 GB", forget: func(o *market.Offer) { o.RAMGB = nil }, unknown: "RAM unknown"},
		{
			wishes: market.Wishes{MinDownloadMbps: 1000}, refusal: "download below 1000 Mbps",
			forget: func(o *market.Offer) { o.DownloadMbps = nil }, unknown: "download speed unknown",
		},
		{
			wishes: market.Wishes{MinUploadMbps: 1000}, refusal: "upload below 1000 Mbps",
			forget: func(o *market.Offer) { o.UploadMbps = nil }, unknown: "upload speed unknown",
		},
		{
			wishes: market.Wishes{MinDiskBandwidth: 3000}, refusal: "disk bandwidth below 3000 MB/s",
			forget: func(o *market.Offer) { o.DiskBandwidthMBps = nil }, unknown: "disk bandwidth unknown",
		},
		{
			wishes: market.Wishes{MinDurationHours: 720}, refusal: "to be had for less than 720 hours",
			forget: func(o *market.Offer) { o.MaxDurationHours = nil }, unknown: "duration unknown",
		},
		{
			wishes: market.Wishes{DirectPorts: 101}, refusal: "fewer than 101 direct ports",
			forget: func(o *market.Offer) { o.DirectPorts = nil }, unknown: "number of direct ports unknown",
		},
		{
			wishes: market.Wishes{StaticIP: new(true)}, change: func(o *market.Offer) { o.StaticIP = new(false) }, refusal: "no static address",
			forget: func(o *market.Offer) { o.StaticIP = nil }, unknown: "kind of address unknown",
		},
		{
			wishes: market.Wishes{MachineID: new(int64(8))}, refusal: "another machine",
			forget: func(o *market.Offer) { o.MachineID = nil }, unknown: "machine unknown",
		},
		{
			wishes: market.Wishes{DiskGB: 501}, refusal: "disk smaller than 501 GB",
			forget: func(o *market.Offer) { o.DiskSpaceGB = nil }, unknown: "disk size unknown",
		},
		// 0.40 for the GPU and 50 GB × 0.144 / 720 = 0.01 for the disk.
		{wishes: market.Wishes{MaxHourly: new(money.PerHour(0.40))}, refusal: "price above max_hourly_price 0.40"},
		{wishes: market.Wishes{MaxHourly: new(money.PerHour(0.41))}},
	} {
		if got := tt.wishes.Refusal(offer(tt.change)); got != tt.refusal {
			t.Errorf("%+v: refusal %q; want %q", tt.wishes, got, tt.refusal)
		}
		if tt.forget == nil {
			continue
		}
		if got := tt.wishes.Refusal(offer(tt.forget)); got != tt.unknown {
			t.Errorf("%+v, not known: refusal %q; want %q", tt.wishes, got, tt.unknown)
		}
		elsewhere := offer(tt.forget)
		elsewhere.Marketplace = market.RunPodCommunity
		if got := tt.wishes.Refusal(elsewhere); got != "" {
			t.Errorf("%+v: RunPod, which does not tell, is refused: %q", tt.wishes, got)
		}
	}
}

func TestRefusals_AreAllInOrder(t *testing.T) {
	t.Parallel()
	wishes := market.Wishes{MinReliability: 0.999, MinRAMGB: 1024, Countries: []string{"NO"}, MaxHourly: new(money.PerHour(0.1))}
	want := []string{"reliability below 0.999", "country not asked for", "RAM below 1024 GB", "price above max_hourly_price 0.10"}
	if diff := cmp.Diff(want, wishes.Refusals(offer(nil))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (market.Wishes{}).Refusals(offer(nil)); len(got) > 0 {
		t.Errorf("no wishes refuse: %q", got)
	}
}

func at(id int64, price money.PerHour, reliability float64) market.Offer {
	return offer(func(o *market.Offer) { o.OfferID, o.ComputeHourly, o.Reliability = &id, price, &reliability })
}

func ids(offers []market.Offer) []int64 {
	out := []int64{}
	for _, o := range offers {
		if o.OfferID == nil {
			out = append(out, 0)
			continue
		}
		out = append(out, *o.OfferID)
	}
	return out
}

func TestSelect_Order(t *testing.T) {
	t.Parallel()
	slow := at(6, 0.3, 0.9)
	slow.Performance = new(10.0)
	unscored := at(7, 0.2, 0.8)
	unscored.Performance, unscored.Reliability = nil, nil
	offers := []market.Offer{at(3, 0.5, 0.99), at(2, 0.5, 0.99), at(4, 0.5, 0.95), at(1, 0.4, 0.97), slow, unscored, pod(0.6)}
	for _, tt := range []struct {
		by   string
		want []int64
	}{
		{"", []int64{7, 6, 1, 2, 3, 4, 0}},
		{market.ByPrice, []int64{7, 6, 1, 2, 3, 4, 0}},
		{market.ByPerformance, []int64{1, 2, 3, 4, 6, 7, 0}},
		{market.ByReliability, []int64{2, 3, 1, 4, 6, 7, 0}},
	} {
		random := rand.New(rand.NewPCG(3, 4))
		for range 5 {
			random.Shuffle(len(offers), func(i, j int) { offers[i], offers[j] = offers[j], offers[i] })
			if diff := cmp.Diff(tt.want, ids(market.Select(offers, market.Wishes{}, tt.by).Offers)); diff != "" {
				t.Errorf("by %q (-want +got):\n%s", tt.by, diff)
			}
		}
	}
}

// Prices that read the same are the same, however they were calculated.
func TestSelect_TiesBelowMicroDollars(t *testing.T) {
	t.Parallel()
	a, b := at(1, 0.1+0.2, 0.9), at(2, 0.3, 0.99)
	if got := ids(market.Select([]market.Offer{a, b}, market.Wishes{}, market.ByPrice).Offers); got[0] != 2 {
		t.Errorf("the more reliable of two at 0.30 is first, got %v", got)
	}
}

func TestSelect_TellsWhatIsMissed(t *testing.T) {
	t.Parallel()
	offers := []market.Offer{
		at(1, 0.61, 0.99), at(2, 0.70, 0.99), at(3, 0.30, 0.97), at(4, 0.90, 0.90),
		offer(func(o *market.Offer) { o.GPUName, o.GPUMemoryGB, o.ComputeHourly = "RTX 3060", 12, 0.05 }),
		offer(func(o *market.Offer) { o.Availability = "NONE" }),
	}
	s := market.Select(offers, market.Wishes{
		GPUs: []string{"RTX 4090"}, MinReliability: 0.98, MaxHourly: new(money.PerHour(0.5)),
	}, market.ByPrice)
	if len(s.Offers) != 0 {
		t.Errorf("nothing fits, got %v", ids(s.Offers))
	}
	rejected := map[string]int{
		"price above max_hourly_price 0.50": 2, "reliability below 0.98": 2, "GPU not asked for": 1, "out of stock": 1,
	}
	if diff := cmp.Diff(rejected, s.Rejected); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	misses := []string{
		"1 offer misses only min_reliability; it is 0.31 USD/h (RTX 4090)",
		"2 offers miss only max_hourly_price; the cheapest is 0.62 USD/h (RTX 4090)",
		"1 offer misses only gpu_names; it is 0.06 USD/h (RTX 3060)",
	}
	if diff := cmp.Diff(misses, s.NearMisses); diff != "" {
		t.Errorf("near misses (-want +got):\n%s", diff)
	}
}

// What a disk costs can decide between two offers.
func TestSelect_DiskChangesTheWinner(t *testing.T) {
	t.Parallel()
	cheapGPU := offer(func(o *market.Offer) {
		o.OfferID, o.ComputeHourly, o.StoragePrice, o.DiskSpaceGB = new(int64(1)), 0.30, 0.30, new(4000.0)
	})
	cheapDisk := offer(func(o *market.Offer) {
		o.OfferID, o.ComputeHourly, o.StoragePrice, o.DiskSpaceGB = new(int64(2)), 0.35, 0.05, new(4000.0)
	})
	for _, tt := range []struct {
		gb     float64
		winner int64
		price  string
	}{{0, 1, "0.30"}, {50, 1, "0.320833"}, {2000, 2, "0.488889"}} {
		s := market.Select([]market.Offer{cheapDisk.WithDisk(tt.gb), cheapGPU.WithDisk(tt.gb)}, market.Wishes{DiskGB: tt.gb}, market.ByPrice)
		if got := s.Offers[0]; *got.OfferID != tt.winner || got.Hourly().String() != tt.price {
			t.Errorf("%v GB: offer %d at %s; want %d at %s", tt.gb, *got.OfferID, got.Hourly(), tt.winner, tt.price)
		}
	}
}

// The comparison that people make by hand: an RTX 4090 for a job of two hours.
func TestJobCost_AcrossMarketplaces(t *testing.T) {
	t.Parallel()
	community := pod(0.49)
	community.Marketplace = market.RunPodCommunity
	offers := []market.Offer{pod(0.59), community, at(1, 0.52, 0.99), at(2, 0.38, 0.97)}
	for i := range offers {
		offers[i] = offers[i].WithDisk(0)
	}
	var costs []string
	for _, o := range market.Select(offers, market.Wishes{GPUs: []string{"RTX 4090"}}, market.ByPrice).Offers {
		costs = append(costs, market.Title(o.Marketplace)+" "+money.JobCost(o.Hourly(), 2).String())
	}
	want := []string{"Vast.ai 0.76", "RunPod Community 0.98", "Vast.ai 1.04", "RunPod Secure 1.18"}
	if diff := cmp.Diff(want, costs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	reliable := market.Select(offers, market.Wishes{MinReliability: 0.99, Marketplaces: []string{market.Vastai}}, market.ByPrice).Offers
	if diff := cmp.Diff([]int64{1}, ids(reliable)); diff != "" {
		t.Errorf("at 0.99 reliability (-want +got):\n%s", diff)
	}
}

func TestByMarketplace(t *testing.T) {
	t.Parallel()
	offers := []market.Offer{pod(0.5), at(1, 0.4, 0.9), at(2, 0.1, 0.9), at(3, 0.2, 0.9), at(4, 0.3, 0.9)}
	for i := range offers {
		offers[i] = offers[i].WithDisk(0)
	}
	want := map[string]market.Summary{
		market.RunPodSecure: {Count: 1, Min: 0.5, Median: 0.5, Max: 0.5},
		market.Vastai:       {Count: 4, Min: 0.1, Median: 0.25, Max: 0.4},
	}
	if diff := cmp.Diff(want, market.ByMarketplace(offers)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPerformancePerDollar(t *testing.T) {
	t.Parallel()
	if got := offer(nil).PerformancePerDollar(); got == nil || *got < 243.9 || *got > 243.91 {
		t.Errorf("100 for 0.41 USD/h: %v", got)
	}
	if got := pod(0.5).PerformancePerDollar(); got != nil {
		t.Errorf("without a score: %v", *got)
	}
	free := offer(func(o *market.Offer) { o.ComputeHourly, o.StoragePrice = 0, 0 })
	if got := free.PerformancePerDollar(); got != nil {
		t.Errorf("for nothing: %v", *got)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	two := offer(func(o *market.Offer) {
		o.GPUCount, o.OfferID, o.UploadPrice, o.DownloadPrice = 2, new(int64(44075905)), new(money.PerGB(0.02)), new(money.PerGB(0.003))
	})
	got := market.Table([]market.Offer{two, pod(0.59)})
	want := strings.TrimPrefix(`
| Marketplace   |    Offer | GPU          |  USD/h | USD/month | Reliability | Location | Stock | vCPU | RAM GB | Mbps down/up |  USD/GB down/up |
| ------------- | -------: | ------------ | -----: | --------: | ----------: | -------- | ----- | ---: | -----: | -----------: | --------------: |
| Vast.ai       | 44075905 | 2 × RTX 4090 | 0.4100 |    299.30 |      0.9900 | US       | –     |   16 |     64 |    800 / 400 | 0.0030 / 0.0200 |
| RunPod Secure |        – | RTX 4090     | 0.5968 |    435.70 |           – | –        | high  |    – |      – |            – |               – |
`, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
