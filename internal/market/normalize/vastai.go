package normalize

import (
	"math"
	"strconv"
	"strings"

	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/country"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

const (
	// mbPerGPUGB is how many of the MB of a GPU's memory make a GB: 24564 MB are sold
	// as 24 GB.
	mbPerGPUGB = 1024
	// mbPerRAMGB is how many of the MB of a slice's memory make a GB, as in the
	// platform's own command line: a slice of 64 GB has to pass a wish for 64.
	mbPerRAMGB     = 1000
	secondsPerHour = 3600
)

// VastaiAll are the rows of one search as offers, each id once.
func VastaiAll(rows []vastai.Offer, diskGB float64, interruptible bool) []market.Offer {
	offers := make([]market.Offer, 0, len(rows))
	seen := make(map[int64]bool, len(rows))
	for i := range rows {
		if seen[rows[i].ID] {
			continue
		}
		seen[rows[i].ID] = true
		offers = append(offers, Vastai(rows[i], diskGB, interruptible))
	}
	return offers
}

// Vastai is a row of a search as an offer, priced for diskGB of disk. A search for
// interruptible offers is priced at the lowest winning bid. Of the row's own prices
// only those per unit count (dph_base, storage_cost), so that it does not matter
// which disk was searched for.
func Vastai(o vastai.Offer, diskGB float64, interruptible bool) market.Offer {
	name := gpu.FromVast(o.GPUName, float64(o.GPURAM))
	out := market.Offer{
		Marketplace: market.Vastai,
		OfferID:     &o.ID,
		GPUName:     name, GPUID: o.GPUName, GPUCount: int(o.NumGPUs),
		GPUMemoryGB:   memoryGB(name, math.Round(float64(o.GPURAM)/mbPerGPUGB)),
		StorageMonth:  market.VastaiStorageMonth,
		UploadPrice:   amount[money.PerGB](o.InetUpCost),
		DownloadPrice: amount[money.PerGB](o.InetDownCost),
		Interruptible: interruptible,
		MinBid:        amount[money.PerHour](o.MinBid),

		Reliability: first(scaled(o.Reliability2, 1), scaled(o.Reliability, 1)),
		Verified:    verified(&o),
		Datacenter:  datacenter(&o),
		Country:     placed(string(o.Geolocation)),
		CPUCores:    cores(&o),
		// cpu_ram is the slice's own, unlike cpu_cores: recorded slices of one machine
		// have memories in proportion to their share of it.
		RAMGB:        scaled(o.CPURAM, 1.0/mbPerRAMGB),
		DiskSpaceGB:  scaled(o.DiskSpace, 1),
		DownloadMbps: scaled(o.InetDown, 1), UploadMbps: scaled(o.InetUp, 1), DiskBandwidthMBps: scaled(o.DiskBW, 1),
		Performance:      scaled(o.DLPerf, 1),
		MaxDurationHours: scaled(o.Duration, 1.0/secondsPerHour),
		CUDAVersion:      cuda(o.CUDAMaxGood),
		DirectPorts:      integer(o.DirectPortCount),
		StaticIP:         truth(o.StaticIP),
		MachineID:        given(o.MachineID), HostID: given(o.HostID),
		GPUIDs: o.GPUIDs,
	}
	if price := computePrice(&o, interruptible); price != nil {
		out.ComputeHourly = *price
	} else {
		out.PriceUnknown = true
	}
	if o.StorageCost != nil && *o.StorageCost >= 0 {
		out.StoragePrice = money.PerGBMonth(*o.StorageCost)
	} else {
		out.StoragePriceUnknown = true
	}
	if o.Rentable != nil && !bool(*o.Rentable) {
		out.Availability = market.NoStock
	}
	return out.WithDisk(diskGB)
}

// computePrice is USD/h for all GPUs of the offer, without the disk; nil when the
// row has no price. Nothing is rented out for nothing: a price of 0 is none.
func computePrice(o *vastai.Offer, interruptible bool) *money.PerHour {
	price := o.DPHBase
	switch {
	case interruptible && o.MinBid != nil:
		price = o.MinBid
	case price == nil && o.DPHTotal != nil && o.StorageTotalCost != nil:
		compute := *o.DPHTotal - *o.StorageTotalCost
		price = &compute
	}
	if price == nil || *price <= 0 {
		return nil
	}
	return amount[money.PerHour](price)
}

// placed is the code of the country of a place, nil when it tells none.
func placed(place string) *string {
	if code, ok := country.OfPlace(place); ok {
		return &code
	}
	return nil
}

// share is the offer's part of its machine, above 0 and at most 1.
func share(o *vastai.Offer) float64 {
	part := 1.0
	switch {
	case o.CPUCores != nil && o.CPUCoresEffective != nil && *o.CPUCores > 0:
		part = float64(*o.CPUCoresEffective / *o.CPUCores)
	case o.GPUFrac != nil:
		part = float64(*o.GPUFrac)
	}
	if part <= 0 || part > 1 {
		return 1
	}
	return part
}

func cores(o *vastai.Offer) *float64 {
	if o.CPUCoresEffective != nil {
		return scaled(o.CPUCoresEffective, 1)
	}
	return scaled(o.CPUCores, share(o))
}

func verified(o *vastai.Offer) *bool {
	if o.Verification == "" {
		return nil
	}
	is := o.Verification == "verified"
	return &is
}

// datacenter tells by hosting_type: 1 is a data center, 0 is not.
func datacenter(o *vastai.Offer) *bool {
	if o.HostingType == nil {
		return nil
	}
	is := *o.HostingType == 1
	return &is
}

func amount[T ~float64](v *vastai.Float) *T {
	if v == nil {
		return nil
	}
	a := T(*v)
	return &a
}

func scaled(v *vastai.Float, by float64) *float64 {
	if v == nil {
		return nil
	}
	f := float64(*v) * by
	return &f
}

func first(values ...*float64) *float64 {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}

func integer(v *vastai.Int) *int64 {
	if v == nil {
		return nil
	}
	n := int64(*v)
	return &n
}

// given is an id, nil where the row had none.
func given(v vastai.Int) *int64 {
	if v == 0 {
		return nil
	}
	return integer(&v)
}

func truth(v *vastai.Bool) *bool {
	if v == nil {
		return nil
	}
	is := bool(*v)
	return &is
}

func parseFloat(text string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}
