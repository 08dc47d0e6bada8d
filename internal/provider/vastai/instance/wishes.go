package instance

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/query"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/country"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// terms are what an offer of the market is wanted for.
type terms struct {
	diskGB float64
	// bid is nil on demand.
	bid     *float64
	ceiling *float64
	// ports is how many ports of the host the container needs open.
	ports int
}

// terms of a plan; disk_gb has to be known.
func (m *model) terms() terms {
	t := terms{diskGB: m.DiskGB.ValueFloat64(), bid: bidOf(m.BidPrice), ceiling: kernel.Float(m.MaxHourlyPrice)}
	t.ports = len(kernel.Strings(m.Ports))
	if m.Direct.ValueBool() {
		t.ports++
		if m.LaunchMode.ValueString() == launchJupyter {
			t.ports++
		}
	}
	return t
}

// wishes of an offer object that is fully known.
func (o *offerModel) wishes(t terms, diags *diag.Diagnostics) market.Wishes {
	w := market.Wishes{
		GPUCount:         int(orDefault(kernel.Int(o.GPUCount), 1)),
		MinGPUMemoryGB:   o.MinGPUMemoryGB.ValueFloat64(),
		Marketplaces:     []string{market.Vastai},
		Interruptible:    t.bid != nil,
		MinReliability:   o.MinReliability.ValueFloat64(),
		Verified:         orDefault(kernel.Bool(o.Verified), true),
		Datacenter:       kernel.Bool(o.Datacenter),
		Countries:        kernel.Strings(o.Countries),
		MinCUDA:          o.MinCUDAVersion.ValueString(),
		MinCPUCores:      o.MinCPUCores.ValueFloat64(),
		MinRAMGB:         o.MinRAMGB.ValueFloat64(),
		MinDownloadMbps:  o.MinDownloadMbps.ValueFloat64(),
		MinUploadMbps:    o.MinUploadMbps.ValueFloat64(),
		MinDiskBandwidth: o.MinDiskBandwidth.ValueFloat64(),
		MinDurationHours: o.MinDurationHours.ValueFloat64(),
		DirectPorts:      max(o.DirectPorts.ValueInt64(), int64(t.ports)),
		StaticIP:         kernel.Bool(o.StaticIP),
		MachineID:        kernel.Int(o.MachineID),
		DiskGB:           t.diskGB,
		MaxHourly:        rate(t.ceiling),
	}
	w.GPUs = validators.AcceptedGPUs(kernel.Strings(o.GPUNames), path.Root("offer").AtName("gpu_names"), diags)
	return w
}

// filters are the conditions of the query attribute, none when it is not set.
func (o *offerModel) filters() (wire.Query, error) {
	text := kernel.Text(o.Query)
	if text == nil {
		return wire.Query{}, nil
	}
	return query.Parse(*text)
}

func (o *offerModel) orderBy() string { return orDefault(kernel.Text(o.OrderBy), market.ByPrice) }

func (o *offerModel) maxCandidates() int {
	return int(orDefault(kernel.Int(o.MaxCandidates), defaultMaxCandidates))
}

// unmet are the constraints that a running instance no longer satisfies, by the
// name of their attribute. Only what an instance is counts: its GPUs, machine and
// place. Speed, reliability and price move, and were judged when it was rented.
func (o *offerModel) unmet(is traits) []string {
	var names []string
	unless := func(satisfied bool, name string) {
		if !satisfied {
			names = append(names, name)
		}
	}
	unless(o.acceptsGPU(is.GPUName), "gpu_names")
	unless(is.GPUCount == 0 || orDefault(kernel.Int(o.GPUCount), 1) == is.GPUCount, "gpu_count")
	if least := kernel.Float(o.MinGPUMemoryGB); least != nil && is.GPUMemoryMB != nil {
		unless(gigabytes(*is.GPUMemoryMB) >= *least, "min_gpu_memory_gb")
	}
	if countries := country.Expand(kernel.Strings(o.Countries)); len(countries) > 0 && is.Country != "" {
		unless(slices.Contains(countries, is.Country), "countries")
	}
	if wanted := kernel.Bool(o.Datacenter); wanted != nil && is.Datacenter != nil {
		unless(*wanted == *is.Datacenter, "datacenter")
	}
	if wanted := kernel.Bool(o.StaticIP); wanted != nil && *wanted && is.StaticIP != nil {
		unless(*is.StaticIP, "static_ip")
	}
	if wanted := kernel.Int(o.MachineID); wanted != nil && is.MachineID != 0 {
		unless(*wanted == is.MachineID, "machine_id")
	}
	if least := kernel.Text(o.MinCUDAVersion); least != nil && is.CUDA != nil {
		unless(cudaAtLeast(*is.CUDA, *least), "min_cuda_version")
	}
	return names
}

func (o *offerModel) acceptsGPU(name string) bool {
	wished := kernel.Strings(o.GPUNames)
	if len(wished) == 0 || name == "" {
		return true
	}
	accepted, unknown := gpu.AllAccepted(wished)
	// A name that left the vocabulary says nothing about what runs.
	return len(unknown) > 0 || gpu.Matches(accepted, name)
}

// gigabytes of a memory in MB as people count it: a 24 GB card reports 24564, and
// 24576 means the same.
func gigabytes(mb float64) float64 {
	whole := float64(int(mb/1024 + 0.5))
	return max(whole, mb/1024)
}

// cudaAtLeast compares 12.8 with "12.4".
func cudaAtLeast(has float64, least string) bool {
	hasMajor, hasMinor := version(strconv.FormatFloat(has, 'f', -1, 64))
	major, minor := version(least)
	return hasMajor > major || hasMajor == major && hasMinor >= minor
}

func version(text string) (major, minor int) {
	first, second, _ := strings.Cut(text, ".")
	major, _ = strconv.Atoi(first)
	minor, _ = strconv.Atoi(second)
	return major, minor
}

func orDefault[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}
