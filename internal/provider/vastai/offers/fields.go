package offers

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// kind is the type of a field of an offer.
type kind int

const (
	number kind = iota
	whole
	truth
	text
	wholes
)

// field is one of Vast.ai's own fields. Their names and units are kept.
type field struct {
	name        string
	kind        kind
	description string
}

// fields are what an offer says about itself, as far as it is of use to a renter.
func fields() []field {
	return []field{
		{"id", whole, "The offer's number, for `offer_id` of an instance. It disappears when it is rented."},
		{"ask_contract_id", whole, "The same number under another name."},
		{"bundle_id", whole, "Identifies a group of equal offers."},
		{"machine_id", whole, "The number of the machine."},
		{"host_id", whole, "The number of the host who owns the machine."},
		{"cluster_id", whole, "The cluster that the machine belongs to."},
		{"hosting_type", whole, "1 in a data center, 0 otherwise."},
		{"verification", text, "`verified`, `unverified` or `deverified`."},
		{"resource_type", text, "What is rented: `gpu`."},
		{"external", truth, "Whether it is listed outside the core marketplace."},
		{"rentable", truth, "Whether it can be rented now."},
		{"rented", truth, "Whether the account already rents from the machine."},
		{"is_bid", truth, "Whether the prices are those of a bid."},
		{"vms_enabled", truth, "Whether virtual machines can run."},
		{"reliability", number, "Reliability, 0 to 1."},
		{"reliability2", number, "The same under another name."},
		{"expected_reliability", number, "Expected reliability, 0 to 1."},
		{"geolocation", text, "Where it is: `Texas, US`."},
		{"start_date", number, "When it was listed, Unix seconds."},
		{"end_date", number, "Until when it is offered, Unix seconds."},
		{"duration", number, "For how long it is offered, seconds."},

		{"gpu_name", text, "Vast.ai's name of the GPU."},
		{"num_gpus", whole, "How many GPUs."},
		{"gpu_ids", wholes, "The physical GPUs; offers that share one exclude each other."},
		{"gpu_arch", text, "`nvidia` or `amd`."},
		{"gpu_frac", number, "The offer's share of the machine's GPUs, 0 to 1."},
		{"gpu_ram", number, "Memory of one GPU, MB."},
		{"gpu_total_ram", number, "Memory of all its GPUs, MB."},
		{"gpu_mem_bw", number, "Memory bandwidth, GB/s."},
		{"gpu_lanes", whole, "PCIe lanes of a GPU."},
		{"gpu_max_power", number, "Power limit, W."},
		{"gpu_max_temp", number, "Temperature limit, °C."},
		{"gpu_display_active", truth, "Whether a monitor is attached."},
		{"bw_nvlink", number, "NVLink bandwidth, GB/s."},
		{"compute_cap", whole, "Compute capability × 100."},
		{"cuda_max_good", number, "Highest CUDA version that the driver supports."},
		{"driver_version", text, "Driver version."},
		{"driver_vers", whole, "Driver version as one number, with three digits for each part."},
		{"total_flops", number, "TFLOPS of all its GPUs."},
		{"dlperf", number, "Benchmark score of all its GPUs."},
		{"dlperf_per_dphtotal", number, "Benchmark score per USD/h."},
		{"flops_per_dphtotal", number, "TFLOPS per USD/h."},
		{"score", number, "Vast.ai's own ranking."},

		{"cpu_name", text, "The CPU."},
		{"cpu_arch", text, "`amd64` or `arm64`."},
		{"cpu_cores", number, "vCPUs of the machine."},
		{"cpu_cores_effective", number, "vCPUs of the offer."},
		{"cpu_ghz", number, "Clock, GHz."},
		{"cpu_ram", number, "RAM of the offer, MB."},
		{"has_avx", truth, "Whether the CPU has AVX."},
		{"pci_gen", number, "PCIe generation."},
		{"pcie_bw", number, "PCIe bandwidth, GB/s."},
		{"mobo_name", text, "The mainboard."},
		{"os_version", text, "The host's Ubuntu version."},
		{"disk_name", text, "The disk."},
		{"disk_space", number, "Available disk, GB."},
		{"disk_bw", number, "Disk bandwidth, MB/s."},

		{"inet_up", number, "Upload, Mbit/s."},
		{"inet_down", number, "Download, Mbit/s."},
		{"inet_up_cost", number, "Upload, USD per GB."},
		{"inet_down_cost", number, "Download, USD per GB."},
		{"public_ipaddr", text, "Public address."},
		{"static_ip", truth, "Whether the address is static."},
		{"direct_port_count", whole, "Open ports of the host."},

		{"dph_base", number, "Price of all GPUs, USD/h."},
		{"dph_total", number, "Price of the GPUs and `disk_gb` of disk, USD/h."},
		{"min_bid", number, "Lowest bid that wins now, USD/h; it may be above `dph_base`."},
		{"storage_cost", number, "Disk price, USD per GB and month of 720 hours."},
		{"storage_total_cost", number, "Price of `disk_gb` of disk, USD/h."},
		{"vram_costperhour", number, "USD/h per MB of GPU memory."},
		{"credit_discount_max", number, "Best discount for prepaying, 0 to 1."},
		{"discounted_dph_total", number, "`dph_total` with the discount for prepaying."},
		{"avail_vol_ask_id", whole, "The number of the volume offer on the same machine."},
		{"avail_vol_dph", number, "Price of that volume, USD/h per GB."},
		{"avail_vol_size", number, "Maximum size of that volume in GB."},
	}
}

func (f field) attribute() schema.Attribute {
	switch f.kind {
	case whole:
		return schema.Int64Attribute{Computed: true, MarkdownDescription: f.description}
	case truth:
		return schema.BoolAttribute{Computed: true, MarkdownDescription: f.description}
	case text:
		return schema.StringAttribute{Computed: true, MarkdownDescription: f.description}
	case wholes:
		return schema.ListAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: f.description}
	default:
		return schema.Float64Attribute{Computed: true, MarkdownDescription: f.description}
	}
}

func (f field) attrType() attr.Type {
	switch f.kind {
	case whole:
		return types.Int64Type
	case truth:
		return types.BoolType
	case text:
		return types.StringType
	case wholes:
		return types.ListType{ElemType: types.Int64Type}
	default:
		return types.Float64Type
	}
}

// value reads what a row has under the field's name: numbers may come as strings,
// truth as 0 and 1, texts as numbers. What is of no use is null.
func (f field) value(raw any) attr.Value {
	switch f.kind {
	case whole:
		if n, ok := toNumber(raw); ok {
			return types.Int64Value(int64(math.Round(n)))
		}
		return types.Int64Null()
	case truth:
		if b, ok := toTruth(raw); ok {
			return types.BoolValue(b)
		}
		return types.BoolNull()
	case text:
		if s := toText(raw); s != "" {
			return types.StringValue(s)
		}
		return types.StringNull()
	case wholes:
		return toWholes(raw)
	default:
		if n, ok := toNumber(raw); ok {
			return kernel.Decimal(n)
		}
		return types.Float64Null()
	}
}

func toNumber(raw any) (float64, bool) {
	switch v := raw.(type) {
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
	default:
		return 0, false
	}
}

func toTruth(raw any) (value, ok bool) {
	if b, isBool := raw.(bool); isBool {
		return b, true
	}
	n, isNumber := toNumber(raw)
	return n != 0, isNumber
}

func toText(raw any) string {
	switch v := raw.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	default:
		return fmt.Sprint(v)
	}
}

func toWholes(raw any) attr.Value {
	list, ok := raw.([]any)
	if !ok {
		return types.ListNull(types.Int64Type)
	}
	values := make([]attr.Value, 0, len(list))
	for _, item := range list {
		if n, ok := toNumber(item); ok {
			values = append(values, types.Int64Value(int64(n)))
		}
	}
	return types.ListValueMust(types.Int64Type, values)
}
