package normalize

import (
	"math"
	"strconv"
	"strings"

	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

const (
	// mbPerGPUGB is how many of the MB of a GPU's memory make a GB: 24564 MB are sold
	// as 24 GB.
	mbPerGPUGB = 1024
	// mbPerRAMGB is how many of the MB of the machine's memory make a GB, as in the
	// platform's own command line: a machine of 64 GB has to pass a wish for 64.
	mbPerRAMGB     = 1000
	secondsPerHour = 3600
)

// Vastai is a row of a search as an offer, priced for diskGB of disk. A search for
// interruptible offers is priced at the lowest winning bid.
//
// The platform documents cpu_ram as the whole machine's, so that the offer has its
// share of it; see [VastaiAll] for replies that are otherwise.
func Vastai(o vastai.Offer, diskGB float64, interruptible bool) market.Offer {
	return offer(&o, diskGB, interruptible, share(&o))
}

// VastaiAll are the rows of one search as offers, each id once. Recorded replies
// had the slice's own memory in cpu_ram, not the machine's as documented: where
// slices of different sizes of one machine show it, the rows are read that way.
func VastaiAll(rows []vastai.Offer, diskGB float64, interruptible bool) []market.Offer {
	perSlice := ramPerSlice(rows)
	offers := make([]market.Offer, 0, len(rows))
	seen := make(map[int64]bool, len(rows))
	for i := range rows {
		if seen[rows[i].ID] {
			continue
		}
		seen[rows[i].ID] = true
		ramShare := 1.0
		if !perSlice {
			ramShare = share(&rows[i])
		}
		offers = append(offers, offer(&rows[i], diskGB, interruptible, ramShare))
	}
	return offers
}

func offer(o *vastai.Offer, diskGB float64, interruptible bool, ramShare float64) market.Offer {
	name := gpu.FromVast(o.GPUName, float64(o.GPURAM))
	out := market.Offer{
		Marketplace: market.Vastai,
		OfferID:     &o.ID,
		GPUName:     name, GPUID: o.GPUName, GPUCount: int(o.NumGPUs),
		GPUMemoryGB:   memoryGB(name, math.Round(float64(o.GPURAM)/mbPerGPUGB)),
		StoragePrice:  storagePrice(o, diskGB),
		StorageMonth:  market.VastaiStorageMonth,
		UploadPrice:   amount[money.PerGB](o.InetUpCost),
		DownloadPrice: amount[money.PerGB](o.InetDownCost),
		Interruptible: interruptible,
		MinBid:        amount[money.PerHour](o.MinBid),

		Reliability:  first(scaled(o.Reliability2, 1), scaled(o.Reliability, 1)),
		Verified:     verified(o),
		Datacenter:   datacenter(o),
		Country:      country(string(o.Geolocation)),
		CPUCores:     cores(o),
		RAMGB:        scaled(o.CPURAM, ramShare/mbPerRAMGB),
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
	compute, priced := computePrice(o, interruptible)
	out.ComputeHourly = compute
	if !priced || o.Rentable != nil && !bool(*o.Rentable) {
		// Nothing to rent, or nothing to compare: it must not come out the cheapest.
		out.Availability = "NONE"
	}
	return out.WithDisk(diskGB)
}

// computePrice is USD/h for all GPUs of the offer, without the disk; false when the
// row has no price.
func computePrice(o *vastai.Offer, interruptible bool) (money.PerHour, bool) {
	if interruptible && o.MinBid != nil {
		return money.PerHour(*o.MinBid), *o.MinBid >= 0
	}
	if o.DPHBase != nil {
		return money.PerHour(*o.DPHBase), *o.DPHBase >= 0
	}
	if o.DPHTotal == nil {
		return 0, false
	}
	compute := *o.DPHTotal
	if o.StorageTotalCost != nil {
		compute -= *o.StorageTotalCost
	}
	return money.PerHour(compute), compute >= 0
}

// storagePrice is USD per GB-month; where a row tells the total for the disk that
// was searched for alone, it follows from that.
func storagePrice(o *vastai.Offer, diskGB float64) money.PerGBMonth {
	switch {
	case o.StorageCost != nil:
		return money.PerGBMonth(*o.StorageCost)
	case o.StorageTotalCost != nil && diskGB > 0:
		return money.PerGBMonth(float64(*o.StorageTotalCost) * market.VastaiStorageMonth / diskGB)
	}
	return 0
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

// ramPerSlice tells whether cpu_ram is the slice's share. Two slices of one machine
// show it: the machine's memory is the same in both, a share goes with the slice.
func ramPerSlice(rows []vastai.Offer) bool {
	const same = 0.01
	firstOf := map[vastai.Int]*vastai.Offer{}
	forSlice, forMachine := 0, 0
	for i := range rows {
		o := &rows[i]
		if o.MachineID == 0 || o.CPURAM == nil || *o.CPURAM <= 0 {
			continue
		}
		other, seen := firstOf[o.MachineID]
		if !seen {
			firstOf[o.MachineID] = o
			continue
		}
		slices := share(o) / share(other)
		if math.Abs(slices-1) <= same {
			continue
		}
		switch memories := float64(*o.CPURAM / *other.CPURAM); {
		case math.Abs(memories-1) <= same:
			forMachine++
		case math.Abs(memories/slices-1) <= same:
			forSlice++
		}
	}
	return forSlice > forMachine
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
