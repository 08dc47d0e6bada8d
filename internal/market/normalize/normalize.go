// Package normalize turns what the platforms answer into offers of package market.
package normalize

import (
	"slices"
	"strings"

	runpod "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/country"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// RunPodDiskPrice is USD per GB and month of a container or volume disk while running.
const RunPodDiskPrice = market.RunPodDiskPrice

// RunPod is a GPU type in one cloud as an offer with count GPUs and a container
// disk of diskGB; false when it is not sold there, or not with so many GPUs.
func RunPod(t runpod.GPUType, cloud string, count int, diskGB float64) (market.Offer, bool) {
	sale, ok := saleIn(&t, cloud)
	if !ok || !sale.sold || t.ID == sentinel || count < 1 {
		return market.Offer{}, false
	}
	if sale.largest > 0 && count > sale.largest {
		return market.Offer{}, false
	}
	name := gpu.FromRunPod(t.ID, t.Memory)
	offer := market.Offer{
		Marketplace: sale.marketplace,
		GPUName:     name, GPUID: t.ID, GPUCount: count, GPUMemoryGB: memoryGB(name, float64(t.Memory)),
		ComputeHourly: money.PerHour(sale.price).Times(count), PriceUnknown: sale.price <= 0,
		StoragePrice: market.RunPodDiskPrice, StorageMonth: market.RunPodStorageMonth,
		// Traffic is free (RunPod's pricing page).
		UploadPrice: new(money.PerGB), DownloadPrice: new(money.PerGB),
		// RunPod admits no hosts that it has not vetted.
		Verified:     new(true),
		Datacenter:   &sale.datacenter,
		Availability: strings.ToUpper(t.Availability),
		CUDAVersion:  latestCUDA(&t),
	}
	if only := onlyDataCenter(t.DataCenters); only != nil {
		offer.DataCenterID = only
		if code, ok := country.OfDataCenter(*only); ok {
			offer.Country = &code
		}
	}
	return offer.WithDisk(diskGB), true
}

// Within narrows an offer of a GPU type to the countries asked for. there is the same
// type as RunPod lists it for those countries, nil when it has no data center in
// them with such GPUs.
func Within(offer market.Offer, there *runpod.GPUType) market.Offer {
	inside := there != nil && len(there.DataCenters) > 0
	offer.InCountries = &inside
	if !inside {
		return offer
	}
	offer.Availability = strings.ToUpper(there.Availability)
	offer.DataCenterID, offer.Country = onlyDataCenter(there.DataCenters), nil
	for i, center := range there.DataCenters {
		offer.DataCenterIDs = append(offer.DataCenterIDs, center.ID)
		code, ok := country.OfDataCenter(center.ID)
		switch {
		case ok && i == 0:
			offer.Country = &code
		case !ok || offer.Country != nil && *offer.Country != code:
			offer.Country = nil
		}
	}
	slices.Sort(offer.DataCenterIDs)
	return offer
}

// sentinel is the id of a row of the catalog that is no GPU.
const sentinel = "unknown"

// sale is how a type is sold in one cloud.
type sale struct {
	marketplace string
	sold        bool
	// price is USD/h for one GPU; largest is the biggest machine, 0 where not told.
	price      float64
	largest    int
	datacenter bool
}

func saleIn(t *runpod.GPUType, cloud string) (sale, bool) {
	switch cloud {
	case runpod.CloudSecure:
		return sale{market.RunPodSecure, t.Secure, t.Price.Secure, t.MaxCount.Secure, true}, true
	case runpod.CloudCommunity:
		return sale{market.RunPodCommunity, t.Community, t.Price.Community, t.MaxCount.Community, false}, true
	}
	return sale{}, false
}

// onlyDataCenter is where the type is in stock, when that is a single data center.
func onlyDataCenter(centers []runpod.DataCenterAvailability) *string {
	var only *string
	for i := range centers {
		if centers[i].Availability == runpod.AvailabilityNone {
			continue
		}
		if only != nil {
			return nil
		}
		only = &centers[i].ID
	}
	return only
}

// amd is the manufacturer whose GPUs have no CUDA.
const amd = "AMD"

// latestCUDA is the latest version of which hosts are in stock, 0 for a GPU that has
// no CUDA, nil when the catalog does not tell.
func latestCUDA(t *runpod.GPUType) *float64 {
	if strings.EqualFold(t.Manufacturer, amd) {
		return new(float64)
	}
	var latest *float64
	for _, v := range t.CUDAVersions {
		if version, ok := parseFloat(v.Version); ok && v.Available && (latest == nil || version > *latest) {
			latest = &version
		}
	}
	return latest
}

// memoryGB is the memory the GPU is sold with, or what the platform says, gb.
func memoryGB(canonical string, gb float64) float64 {
	if sold, ok := gpu.MemoryGB(canonical); ok {
		return float64(sold)
	}
	return gb
}
