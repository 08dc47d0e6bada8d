// Package market compares what the marketplaces offer: offers of both in one
// shape, with an all-in price for the disk that is wanted, filters that say why
// they refuse, a stable order, and the arithmetic of what things cost.
//
// It is pure: no I/O, no clock, no globals.
package market

import (
	"fmt"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// The marketplaces.
const (
	RunPodSecure    = "runpod_secure"
	RunPodCommunity = "runpod_community"
	Vastai          = "vastai"
)

// Marketplaces are all of them.
func Marketplaces() []string { return []string{RunPodSecure, RunPodCommunity, Vastai} }

// The orders of a list of offers.
const (
	ByPrice       = "hourly_price"
	ByPerformance = "performance_per_dollar"
	ByReliability = "reliability"
)

// Orders are all of them.
func Orders() []string { return []string{ByPrice, ByPerformance, ByReliability} }

// Offer is something that can be rented, priced for a disk of DiskGB. What a
// marketplace has no data for is nil.
type Offer struct {
	Marketplace string
	// OfferID is Vast.ai's; nil on RunPod, which sells types.
	OfferID *int64
	// GPUName is canonical; GPUID is the platform's own: RunPod's catalog id,
	// Vast.ai's gpu_name.
	GPUName, GPUID string
	GPUCount       int
	// GPUMemoryGB is per GPU.
	GPUMemoryGB float64
	// ComputeHourly is for all GPUs of the offer. PriceUnknown says that the platform
	// did not tell it, and that the 0 in it is no price.
	ComputeHourly money.PerHour
	PriceUnknown  bool
	// StoragePrice is per GB and month of StorageMonth hours; StorageHourly is for
	// DiskGB. StoragePriceUnknown says that neither is known.
	StoragePrice        money.PerGBMonth
	StoragePriceUnknown bool
	StorageMonth        float64
	StorageHourly       money.PerHour
	DiskGB              float64
	// UploadPrice and DownloadPrice are per GB and not part of any hourly price.
	UploadPrice, DownloadPrice *money.PerGB
	Interruptible              bool
	MinBid                     *money.PerHour

	// Reliability is 0..1.
	Reliability *float64
	Verified    *bool
	Datacenter  *bool
	// Country is a two-letter code; nil where the offer holds for several.
	Country *string
	// InCountries is a platform's own answer whether the offer can be had in the
	// countries that were asked for; nil where Country tells.
	InCountries *bool
	// DataCenterID is RunPod's; nil where the offer holds for several. DataCenterIDs are
	// those in the countries that were asked for: whoever rents the offer has to stay
	// in them.
	DataCenterID  *string
	DataCenterIDs []string
	// Availability is RunPod's stock: LOW MEDIUM HIGH NONE; "" where the market has none.
	Availability string
	// CPUCores and RAMGB are the slice's share of the machine.
	CPUCores, RAMGB *float64
	DiskSpaceGB     *float64
	// DownloadMbps and UploadMbps are megabits per second, DiskBandwidthMBps megabytes.
	DownloadMbps, UploadMbps, DiskBandwidthMBps *float64
	// Performance is Vast.ai's DLPerf score of all GPUs of the offer.
	Performance       *float64
	MaxDurationHours  *float64
	CUDAVersion       *float64
	DirectPorts       *int64
	StaticIP          *bool
	MachineID, HostID *int64
	// GPUIDs are the physical GPUs of a Vast.ai slice: two offers that share one
	// cannot both be rented.
	GPUIDs []int64
}

// NoStock is the availability of what the platform sells, but has none of.
const NoStock = "NONE"

// Label names an offer in messages: "2 × RTX 4090, US". What is empty is left out,
// and without a GPU there is no label.
func Label(gpuName string, count int, country string) string {
	if gpuName == "" {
		return ""
	}
	label := gpuName
	if count > 1 {
		label = fmt.Sprintf("%d × %s", count, gpuName)
	}
	if country != "" {
		label += ", " + country
	}
	return label
}

// Label names the offer in messages: "2 × RTX 4090, US".
func (o Offer) Label() string {
	if o.Country == nil {
		return Label(o.GPUName, o.GPUCount, "")
	}
	return Label(o.GPUName, o.GPUCount, *o.Country)
}

// PriceRefusal is why nothing can be said about what the offer costs, "" when its
// price is known.
func (o Offer) PriceRefusal() string {
	switch {
	case o.PriceUnknown:
		return "price unknown"
	case o.StoragePriceUnknown && o.DiskGB > 0:
		return "storage price unknown"
	}
	return ""
}

// Hourly is the all-in price for DiskGB.
func (o Offer) Hourly() money.PerHour { return o.ComputeHourly + o.StorageHourly }

// WithDisk is the offer priced for another disk.
func (o Offer) WithDisk(gb float64) Offer {
	o.DiskGB, o.StorageHourly = gb, 0
	if o.StorageMonth > 0 {
		o.StorageHourly = o.StoragePrice.Hourly(gb, o.StorageMonth)
	}
	return o
}

// PerformancePerDollar is Performance per USD/h of the all-in price, nil without a score.
func (o Offer) PerformancePerDollar() *float64 {
	if o.Performance == nil || o.Hourly() <= 0 {
		return nil
	}
	score := *o.Performance / float64(o.Hourly())
	return &score
}

// Wishes are what an offer has to satisfy; zero values and nil wish nothing.
type Wishes struct {
	// GPUs are wishes of gpu.Accepted; empty accepts every GPU.
	GPUs           []string
	GPUCount       int
	MinGPUMemoryGB float64
	// Marketplaces are the acceptable ones; empty is all.
	Marketplaces  []string
	Interruptible bool
	// MinReliability is 0..1.
	MinReliability float64
	Verified       bool
	Datacenter     *bool
	// Countries are two-letter codes and groups of package country.
	Countries        []string
	MinCUDA          string
	MinCPUCores      float64
	MinRAMGB         float64
	MinDownloadMbps  float64
	MinUploadMbps    float64
	MinDiskBandwidth float64
	MinDurationHours float64
	DirectPorts      int64
	StaticIP         *bool
	MachineID        *int64
	DiskGB           float64
	MaxHourly        *money.PerHour
	// Strict refuses offers of which a marketplace publishes nothing that a wish could
	// be held against; else they pass, and Selection.Unpublished tells.
	Strict bool
}
