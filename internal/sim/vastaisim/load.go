package vastaisim

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// LoadOffers replaces the market by the offers of a JSON list in the API's
// own shape. Each offer is a machine of its own unless machine_id says
// otherwise; whatever an offer leaves out is filled in so that a search with
// the usual filters finds it (verified, rentable, reliable, on-line for half a
// year). Reset brings these offers back.
func (s *Sim) LoadOffers(list json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var offers []row
	if err := json.Unmarshal(list, &offers); err != nil {
		return fmt.Errorf("offers: %w", err)
	}
	for i, o := range offers {
		if o.text("gpu_name") == "" {
			return fmt.Errorf("offers[%d]: gpu_name is missing", i)
		}
		if _, priced := number(o["dph_base"]); !priced {
			if _, priced = number(o["dph_total"]); !priced {
				return fmt.Errorf("offers[%d]: dph_base is missing", i)
			}
		}
	}
	s.file = offers
	s.reset()
	return nil
}

// sliceKeys are the keys of a loaded offer that belong to the slice, not to
// the machine. Keys of prices and times are computed and therefore in neither.
func sliceKeys() []string {
	return []string{
		"num_gpus", "gpu_frac", "gpu_total_ram", "cpu_cores_effective", "cpu_ram", "disk_space", "direct_port_count", "dlperf", "total_flops",
		"gpu_max_temp", "gpu_max_power", "gpu_mem_bw", "pcie_bw", "start_date",
	}
}

func computedKeys() []string {
	return []string{
		"id", "ask_contract_id", "bundle_id", "gpu_ids", "dph_base", "dph_total", "dph_total_adj", "storage_total_cost", "min_bid", "is_bid",
		"search", "instance", "discount_rate", "discounted_hourly", "discounted_dph_total", "dlperf_per_dphtotal", "flops_per_dphtotal",
		"vram_costperhour", "score", "duration", "end_date", "rentable", "rented", "avail_vol_ask_id", "avail_vol_dph", "avail_vol_size",
	}
}

// populate builds the market from loaded offers.
func (s *Sim) populate(offers []row) {
	// Ids that the simulator draws itself are above those of the file.
	for _, o := range offers {
		s.askID = max(s.askID, int64(o.float("id", 0)), int64(o.float("avail_vol_ask_id", 0)))
		s.machineID = max(s.machineID, int64(o.float("machine_id", 0)))
	}
	groups := map[int64][]row{}
	var order []int64
	for _, o := range offers {
		id := int64(o.float("machine_id", 0))
		if id == 0 {
			id = s.nextMachineID()
		}
		if _, seen := groups[id]; !seen {
			order = append(order, id)
		}
		groups[id] = append(groups[id], o)
	}
	for _, id := range order {
		s.addMachine(s.loadMachine(id, groups[id]))
	}
}

// loadMachine makes one machine of the offers that name it.
func (s *Sim) loadMachine(id int64, offers []row) *machine {
	first := offers[0]
	m := &machine{id: id, base: s.loadedFacts(id, first)}
	m.hostID = int64(m.base.float("host_id", 0))
	m.country = countryOf(m.base.text("geolocation"))
	m.endOffset = 180 * 24 * time.Hour
	if end, ok := number(first["end_date"]); ok && fromUnix(end).After(s.opened) {
		m.endOffset = fromUnix(end).Sub(s.opened)
	} else if left, ok := number(first["duration"]); ok && left > 0 {
		m.endOffset = time.Duration(left * float64(time.Second))
	}
	if v, _ := first["rentable"].(bool); first["rentable"] != nil && !v {
		m.offline = true
	}
	for range gpusOf(offers) {
		m.slots = append(m.slots, slot{gpuID: s.nextGPUID()})
	}
	share := float64(sizeOf(first)) / float64(len(m.slots))
	m.ramMB = first.float("cpu_ram", 65_536*float64(sizeOf(first))) / share
	m.diskGB = max(2000, first.float("disk_space", 0)/share)
	m.ports = 250 * len(m.slots)
	if ask, ok := number(first["avail_vol_ask_id"]); ok {
		m.volume = &volumeAsk{id: int64(ask), machine: m, cost: first.float("avail_vol_dph", 0.0002) * hoursPerMonth, freeGB: first.float("avail_vol_size", 0)}
	}
	next := map[int]int{}
	for _, o := range offers {
		size := sizeOf(o)
		l := &listing{size: size, own: row{}, hint: slotsOf(m, o, next)}
		total := o.float("dph_base", o.float("dph_total", 0))
		l.perGPU = total / float64(size)
		l.floor = o.float("min_bid", total*0.5) / float64(size)
		for _, k := range sliceKeys() {
			if v, given := o[k]; given {
				l.own[k] = fromJSON(v)
			}
		}
		m.listings = append(m.listings, l)
		if offer := int64(o.float("id", 0)); offer != 0 {
			s.list(m, l, offer)
		}
	}
	return m
}

// gpusOf is how many GPUs the machine behind some offers has.
func gpusOf(offers []row) int {
	bySize, most := map[int]int{}, 1
	for _, o := range offers {
		size := sizeOf(o)
		bySize[size]++
		most = max(most, size*bySize[size])
		if frac := o.float("gpu_frac", 0); frac > 0 && frac <= 1 {
			most = max(most, int(math.Round(float64(size)/frac)))
		}
	}
	return most
}

func sizeOf(o row) int { return max(1, int(o.float("num_gpus", 1))) }

// slotsOf deals the machine's GPUs out to offers of one size, in turn.
func slotsOf(m *machine, o row, next map[int]int) []int {
	size := sizeOf(o)
	slots := make([]int, size)
	for i := range slots {
		slots[i] = (next[size] + i) % len(m.slots)
	}
	next[size] += size
	slices.Sort(slots)
	return slots
}

// fromJSON turns decoded JSON numbers back into the types rows are written with.
func fromJSON(v any) any {
	f, ok := v.(float64)
	if !ok {
		return v
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return int64(f)
	}
	return num(f)
}

// loadedFacts is what all offers of a loaded machine say: what the file says,
// over plausible defaults.
func (s *Sim) loadedFacts(id int64, o row) row {
	size := float64(sizeOf(o))
	r := loadDefaults(o.text("gpu_name"))
	for k, v := range o {
		if !slices.Contains(sliceKeys(), k) && !slices.Contains(computedKeys(), k) {
			r[k] = fromJSON(v)
		}
	}
	r["machine_id"] = id
	if _, given := o["host_id"]; !given {
		r["host_id"] = 100_000 + id%1000
	}
	if _, given := o["public_ipaddr"]; !given {
		r["public_ipaddr"] = fmt.Sprintf("203.0.113.%d", 1+id%254)
	}
	both(o, r, "reliability", "reliability2")
	if version := o.text("driver_version"); version != "" && o["driver_vers"] == nil {
		r["driver_vers"] = packDriver(version)
	}
	virtual(o, r)
	if g := o.text("geolocation"); len(g) == 2 {
		r["geolocation"] = ", " + g
	}
	if o["geolocode"] == nil {
		r["geolocode"] = geolocode(countryOf(r.text("geolocation")))
	}
	if o["reliability_mult"] == nil {
		r["reliability_mult"] = num(math.Pow(r.float("reliability", 1), 9))
	}
	r["internet_up_cost_per_tb"] = num(r.float("inet_up_cost", 0) * 1024)
	r["internet_down_cost_per_tb"] = num(r.float("inet_down_cost", 0) * 1024)
	if v, ok := number(o["cpu_cores_effective"]); ok && o["cpu_cores"] == nil {
		r["cpu_cores"] = int(v)
	}
	if perf, ok := number(o["dlperf"]); ok {
		r["dlperf"] = num(perf / size)
	}
	return r
}

// virtual translates the searchable fields that no offer has under that name.
func virtual(o, r row) {
	if code, ok := map[string]int{verified: 1, unverified: 0, deverified: 4}[r.text("verification")]; ok && o["vericode"] == nil {
		r["vericode"] = code
	}
	if flag, ok := o["verified"].(bool); ok && o["verification"] == nil {
		r["verification"], r["vericode"] = verified, 1
		if !flag {
			r["verification"], r["vericode"] = unverified, 0
		}
	}
	if dc, ok := o["datacenter"].(bool); ok && dc {
		r["hosting_type"] = 1
	}
	delete(r, "verified")
	delete(r, "datacenter")
}

// both copies the first of two synonymous keys that the file gives to both.
func both(o, r row, a, b string) {
	if v, ok := number(o[a]); ok {
		r[a], r[b] = num(v), num(v)
	} else if v, ok := number(o[b]); ok {
		r[a], r[b] = num(v), num(v)
	}
}

// loadDefaults are the facts of a good ordinary host with the named GPU.
func loadDefaults(gpu string) row {
	g := gpuModel{name: gpu, arch: "nvidia", memories: []int{24564}, cap: 890, bandwidth: 900, tflops: 80, dlperf: 100, watts: 400}
	for _, known := range gpuModels() {
		if strings.EqualFold(known.name, gpu) {
			g = known
		}
	}
	return row{
		"bundled_results": nil, "bw_nvlink": num(0), "compute_cap": g.cap, "cpu_arch": "amd64", "cpu_cores": 32,
		"cpu_ghz": num(3.5), "cpu_name": "AMD EPYC 7543 32-Core Processor", "credit_discount_max": num(0.2),
		"cuda_max_good": num(13), "disk_bw": num(3000), "disk_name": "nvme", "driver_version": "580.126.20", "driver_vers": 580_126_020,
		"external": nil, "geolocation": "Texas, US", "gpu_arch": g.arch, "gpu_display_active": false, "gpu_lanes": 16,
		"gpu_mem_bw": num(g.bandwidth), "gpu_name": gpu, "gpu_ram": g.memories[0], "gpu_max_power": num(g.watts), "gpu_max_temp": num(70),
		"has_avx": 1, "hosting_type": 0, "hostname": nil,
		"inet_down": num(800), "inet_down_cost": num(2.0 / 1024), "inet_up": num(600), "inet_up_cost": num(4.0 / 1024),
		"logo": "/static/logos/vastai_small2.png", "mobo_name": "ROME2D32GM-2T", "os_version": "22.04", "pci_gen": num(4), "pcie_bw": num(24),
		"reliability": num(0.995), "reliability2": num(0.995), "static_ip": true, "storage_cost": num(0.15),
		"verification": verified, "vericode": 1, "webpage": nil, "vms_enabled": false, "expected_reliability": num(0),
		"sla_sigma_x": nil, "sla_broker_rate": nil, "sla_r_claim": num(0), "target_reliability": num(0), "is_vm_deverified": false,
		"resource_type": "gpu", "cluster_id": nil, "nw_disk_min_bw": nil, "nw_disk_max_bw": nil, "nw_disk_avg_bw": nil, "rn": 1,
		"time_remaining": "", "time_remaining_isbid": "", "dlperf": num(g.dlperf), "total_flops": num(g.tflops),
	}
}

// countryOf is the two-letter country at the end of a location, "" when there
// is none.
func countryOf(geolocation string) string {
	i := strings.LastIndex(geolocation, ",")
	c := strings.TrimSpace(geolocation[i+1:])
	if c == "United States" {
		return "US"
	}
	if len(c) == 2 {
		return strings.ToUpper(c)
	}
	return ""
}
