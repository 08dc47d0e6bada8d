package query

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/country"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/suggest"
)

// kind is how the values of a field are written and sent.
type kind int

const (
	number kind = iota
	// gigabytes are written as GB and sent as MB; the service reckons with 1000.
	gigabytes
	// days are sent as seconds.
	days
	// driver is a dotted version that is sent as one number, three digits a part.
	driver
	truth
	text
	// release is a text that has an order: "22.04".
	release
	// place is a two-letter country code.
	place
)

// field is one searchable field under the API's name.
type field struct {
	name string
	kind kind
}

// fields are the searchable fields of an offer, by the API's name.
func fields() map[string]kind {
	table := map[string]kind{
		"gpu_ram": gigabytes, "gpu_total_ram": gigabytes, "cpu_ram": gigabytes,
		"duration": days, "driver_version": driver, "geolocation": place,
		"os_version": release, "ubuntu_version": release,
	}
	for _, name := range []string{
		"gpu_name", "gpu_arch", "cpu_arch", "cpu_name", "disk_name", "mobo_name", "public_ipaddr", "verification", "resource_type",
	} {
		table[name] = text
	}
	for _, name := range []string{
		"gpu_display_active", "has_avx", "static_ip", "verified", "datacenter", "external", "rentable", "rented", "vms_enabled",
		"is_vm_deverified",
	} {
		table[name] = truth
	}
	for _, name := range []string{
		"id", "machine_id", "host_id", "num_gpus", "gpu_frac", "gpu_mem_bw", "gpu_max_power", "gpu_max_temp", "gpu_lanes", "bw_nvlink",
		"compute_cap", "cuda_max_good", "total_flops", "dlperf", "dlperf_per_dphtotal", "flops_per_dphtotal", "score", "cpu_cores",
		"cpu_cores_effective", "cpu_ghz", "disk_space", "disk_bw", "inet_up", "inet_down", "inet_up_cost", "inet_down_cost",
		"direct_port_count", "pci_gen", "pcie_bw", "reliability", "reliability2", "expected_reliability", "target_reliability",
		"hosting_type", "end_date", "start_date", "dph_base", "dph_total", "storage_cost", "storage_total_cost", "min_bid",
		"vram_costperhour", "credit_discount_max", "platform_fee", "cluster_id", "avail_vol_ask_id", "avail_vol_dph", "avail_vol_size",
		"nw_disk_min_bw", "nw_disk_max_bw", "nw_disk_avg_bw", "gpu_totalram_GB", "cpu_ram_GB", "gpu_ram_GB",
	} {
		table[name] = number
	}
	return table
}

// aliases are further names of fields, the command line's and the API's.
func aliases() map[string]string {
	return map[string]string{
		"cuda_vers": "cuda_max_good", "display_active": "gpu_display_active", "dlperf_usd": "dlperf_per_dphtotal", "dph": "dph_total",
		"dphtotal": "dph_total", "flops_usd": "flops_per_dphtotal", "gpu_totalram": "gpu_total_ram", "driver_vers": "driver_version",
	}
}

// lookup finds a field by its name or an alias.
func lookup(name string) (field, error) {
	known, other := fields(), aliases()
	if canonical, ok := other[name]; ok {
		return field{canonical, known[canonical]}, nil
	}
	if k, ok := known[name]; ok {
		return field{name, k}, nil
	}
	switch name {
	case "georegion":
		return field{}, errors.New("georegion exists only in the command line: list the countries, as in geolocation in [DE,FR,NL]")
	case "chunked":
		return field{}, errors.New("chunked exists only in the command line")
	}
	candidates := slices.AppendSeq(slices.Collect(maps.Keys(known)), maps.Keys(other))
	if near := suggest.Nearest(name, candidates, 1); len(near) > 0 {
		return field{}, fmt.Errorf("unknown field %q: did you mean %s?", name, near[0])
	}
	return field{}, fmt.Errorf("unknown field %q: the fields are those of the vast command line's search, such as gpu_ram, num_gpus, reliability or dph_total", name)
}

// operators are those that make sense for a kind.
func (k kind) operators() []string {
	switch k {
	case truth:
		return []string{opEq, opNeq}
	case text, place:
		return []string{opEq, opNeq, opIn, opNotIn}
	default:
		return []string{opEq, opNeq, opGt, opGte, opLt, opLte, opIn, opNotIn}
	}
}

// convert brings a text into the type and unit that the API wants.
func (k kind) convert(s string) (any, error) {
	switch k {
	case truth:
		switch strings.ToLower(s) {
		case "true", "1":
			return true, nil
		case "false", "0":
			return false, nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", s)
	case text, release:
		if s == "" {
			return nil, errors.New("the value is empty")
		}
		return s, nil
	case place:
		code := strings.ToUpper(s)
		if country.Members(code) != nil {
			return nil, fmt.Errorf("%s is a group of countries: list them, as in geolocation in [DE,FR,NL]", code)
		}
		if err := country.Check(code); err != nil {
			return nil, err
		}
		return code, nil
	case driver:
		return packed(s)
	case gigabytes:
		return scaled(s, 1000)
	case days:
		return scaled(s, 24*60*60)
	default:
		return scaled(s, 1)
	}
}

// scaled reads a number and multiplies it; what binary fractions leave over is
// rounded off.
func scaled(s string, factor float64) (any, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v*factor, 0) {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	if factor == 1 {
		return v, nil
	}
	if v *= factor; math.Abs(v) < 1e12 {
		v = math.Round(v*1e6) / 1e6
	}
	return v, nil
}

// packed turns "535.86.05" into 535086005, and takes a number that is packed
// already. Missing parts are 0.
func packed(s string) (any, error) {
	const part = 1000
	if v, err := strconv.ParseInt(s, 10, 64); err == nil && v >= part*part {
		return float64(v), nil
	}
	parts := strings.Split(s, ".")
	if len(parts) > 3 {
		return nil, fmt.Errorf("%q is not a driver version, as in 535.86.05", s)
	}
	var v uint64
	for i := range 3 {
		v *= part
		if i >= len(parts) {
			continue
		}
		n, err := strconv.ParseUint(parts[i], 10, 16)
		if err != nil || n >= part {
			return nil, fmt.Errorf("%q is not a driver version, as in 535.86.05", s)
		}
		v += n
	}
	return float64(v), nil
}
