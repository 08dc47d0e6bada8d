package vastaisim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// place is one location of the built-in market, weighted by how many offers
// the real one has there.
type place struct {
	name, country string
	weight        int
}

func places() []place {
	return []place{
		{"Texas, US", "US", 12},
		{"Washington, US", "US", 8},
		{"California, US", "US", 8},
		{"Montana, US", "US", 4},
		{"Georgia, US", "US", 4},
		{", US", "US", 5},
		{"Ontario, CA", "CA", 8},
		{"Quebec, CA", "CA", 7},
		{"South Korea, KR", "KR", 8},
		{"Norway, NO", "NO", 5},
		{"Taiwan, TW", "TW", 4},
		{"United Kingdom, GB", "GB", 4},
		{"Vietnam, VN", "VN", 4},
		{"Japan, JP", "JP", 4},
		{"Czechia, CZ", "CZ", 4},
		{"China, CN", "CN", 3},
		{"Germany, DE", "DE", 3},
		{"Spain, ES", "ES", 3},
		{"Sweden, SE", "SE", 2},
		{"Québec, CA", "CA", 1},
		{"Türkiye, TR", "TR", 1},
		{"California, United States", "US", 1},
	}
}

// builder draws the built-in market from one seeded source.
type builder struct {
	rnd    *rand.Rand
	sim    *Sim
	places []place
	total  int
}

// generate fills the simulator with the built-in market. The same seed gives
// the same market, dates apart.
func (s *Sim) generate() {
	b := &builder{rnd: s.rnd, sim: s, places: places()}
	for _, p := range b.places {
		b.total += p.weight
	}
	for _, g := range gpuModels() {
		for i := range g.machines {
			b.machine(g, i)
		}
	}
}

func (b *builder) between(low, high float64) float64 { return low + (high-low)*b.rnd.Float64() }

func (b *builder) chance(p float64) bool { return b.rnd.Float64() < p }

func pickOne[T any](b *builder, from ...T) T { return from[b.rnd.IntN(len(from))] }

// quantile draws from a distribution given by evenly spaced quantiles.
func (b *builder) quantile(points ...float64) float64 {
	x := b.rnd.Float64() * float64(len(points)-1)
	i := int(x)
	return points[i] + (points[i+1]-points[i])*(x-float64(i))
}

// price draws USD/h per GPU with the model's average between its extremes.
func (b *builder) price(g gpuModel, u float64) float64 {
	k := (g.high-g.low)/(g.average-g.low) - 1
	return math.Round((g.low+(g.high-g.low)*math.Pow(u, k))*15e3) / 15e3
}

func (b *builder) place() place {
	n := b.rnd.IntN(b.total)
	for _, p := range b.places {
		if n -= p.weight; n < 0 {
			return p
		}
	}
	return b.places[0]
}

// machine draws one machine with model g, the nth of that model.
func (b *builder) machine(g gpuModel, nth int) {
	where := b.place()
	gpus := pickOne(b, g.sizes...)
	datacenter := b.chance(0.05)
	if g.server {
		datacenter = b.chance(0.18)
	}
	m := &machine{
		id: b.sim.nextMachineID(), country: where.country,
		hostID:    int64(20_000 + b.rnd.IntN(600_000)),
		endOffset: time.Duration(b.between(20, 180)*24) * time.Hour,
		ports:     pickOne(b, 99, 249, 499, 998, 16383, 65533) * gpus / max(1, gpus-1),
		diskGB:    math.Round(b.quantile(80, 300, 700, 1400, 2600, 6500)*float64(gpus)) / pickOne(b, 1.0, 2.0),
	}
	if b.chance(0.06) {
		m.ports = 0
	}
	m.base = b.facts(g, m, where, nth, gpus, datacenter)
	for range gpus {
		m.slots = append(m.slots, slot{gpuID: b.sim.nextGPUID()})
	}
	u := b.rnd.Float64()
	if m.base.text("verification") != verified {
		u *= 0.8
	}
	perGPU := b.price(g, u)
	floor := perGPU * b.between(0.25, 0.9)
	if b.chance(0.07) {
		floor = perGPU * b.between(1.05, 3.5)
	}
	smallest := 1
	if gpus >= 4 && b.chance(0.2) {
		smallest = 2
	}
	for size := smallest; size <= gpus; size *= 2 {
		l := &listing{size: size, perGPU: perGPU, floor: floor}
		m.listings = append(m.listings, l)
	}
	if gpus == 8 && b.chance(0.2) {
		m.listings = append(m.listings, &listing{size: 3, perGPU: perGPU, floor: floor})
	}
	if b.chance(0.93) {
		m.volume = &volumeAsk{
			id: b.sim.nextAskID(), machine: m, cost: m.base.float("storage_cost", 0.1),
			freeGB: math.Floor(m.diskGB * b.between(0.2, 1)),
		}
	}
	b.sim.addMachine(m)
}

const (
	verified   = "verified"
	unverified = "unverified"
	deverified = "deverified"
)

// verification draws a verification state with its code.
func (b *builder) verification() (state string, code int) {
	switch x := b.rnd.Float64(); {
	case x < 0.72:
		return verified, 1
	case x < 0.92:
		return unverified, 0
	default:
		return deverified, pickOne(b, 4, 8)
	}
}

// facts draws what all offers of a machine say.
func (b *builder) facts(g gpuModel, m *machine, where place, nth, gpus int, datacenter bool) row {
	state, code := b.verification()
	reliability := b.quantile(0.9545, 0.978, 0.989, 0.9925, 0.9955, 0.9972, 0.9984, 0.9993)
	if b.chance(0.03) || state != verified && b.chance(0.3) {
		reliability = b.between(0.572, 0.96)
	}
	reliability = math.Round(reliability*1e7) / 1e7
	hosting := 0
	if datacenter {
		hosting = 1
	}
	cores := pickOne(b, 8, 12, 16, 24, 32) * gpus
	cpu := pickOne(b, "AMD Ryzen 9 7950X 16-Core Processor", "Core™ i9-13900K", "AMD Ryzen 9 5950X 16-Core Processor", "Core™ i7-12700K")
	if g.server || gpus > 2 {
		cores = pickOne(b, 16, 24, 32) * gpus
		cpu = pickOne(b, "AMD EPYC 7543 32-Core Processor", "AMD EPYC 9684X 96-Core Processor", "Xeon® Gold 6448Y", "Xeon® Platinum 8480+")
	}
	memory := g.memories[nth%len(g.memories)]
	m.ramMB = math.Round(b.between(0.9, 3) * float64(max(memory, 16384)) * float64(gpus))
	cuda, driver, packed := b.driver()
	up := b.quantile(0.00136, 0.4, 2, 4, 4, 8) // USD per TB
	down := b.quantile(0.00136, 0.4, 2, 2.67, 4)
	storage := b.quantile(0.013333333333333334, 0.1, 0.13333333333333333, 0.15, 0.2, 0.26666666666666666, 0.4)
	if b.chance(0.02) {
		storage = 0.92
	}
	inetDown := math.Round(b.quantile(60, 180, 260, 400, 780, 2600)*10) / 10
	inetUp := math.Round(b.quantile(30, 120, 190, 290, 560, 1700)*10) / 10
	arch := "amd64"
	if g.name == "GH200 SXM" {
		arch, cpu, cores = "arm64", "Neoverse-V2", 72
	}
	nvlink := 0.0
	if g.server && gpus > 1 && g.bandwidth > 1600 {
		nvlink = 318.7440185546875
	}
	r := row{
		"bundled_results": nil, "bw_nvlink": num(nvlink), "compute_cap": g.cap, "cpu_arch": arch, "cpu_cores": cores,
		"cpu_ghz": num(math.Round(b.between(2, 4.7)*100) / 100), "cpu_name": cpu, "credit_discount_max": num(pickOne(b, 0.0, 0.2, 0.4)),
		"cuda_max_good": num(cuda), "disk_bw": num(math.Round(b.between(400, 7200)*10) / 10), "disk_name": pickOne(b, "nvme", "nvme", "Samsung SSD 990", "WD_BLACK SN850X", ""),
		"driver_version": driver, "driver_vers": packed, "external": nil, "geolocation": where.name, "geolocode": geolocode(where.country),
		"gpu_arch": g.arch, "gpu_display_active": !g.server && b.chance(0.06), "gpu_lanes": 16, "gpu_mem_bw": num(math.Round(g.bandwidth*b.between(0.95, 1.02)*10) / 10),
		"gpu_name": g.name, "gpu_ram": memory, "gpu_max_power": num(g.watts), "gpu_max_temp": num(math.Round(b.between(18, 89))),
		"has_avx": 1, "host_id": m.hostID, "hosting_type": hosting, "hostname": nil,
		"inet_down": num(inetDown), "inet_down_cost": num(down / 1024), "inet_up": num(inetUp), "inet_up_cost": num(up / 1024),
		"internet_down_cost_per_tb": num(down), "internet_up_cost_per_tb": num(up),
		"logo": "/static/logos/vastai_small2.png", "machine_id": m.id, "mobo_name": pickOne[any](b, nil, "ROME2D32GM-2T", "MZ83-HD1-000", "Z790 Gaming", "X570 Taichi"),
		"os_version": pickOne(b, "22.04", "24.04", "20.04"), "pci_gen": num(pickOne(b, 3.0, 4.0, 4.0, 5.0)), "pcie_bw": num(math.Round(b.between(10, 55)*10) / 10),
		"public_ipaddr": fmt.Sprintf("203.0.113.%d", 1+m.id%254), "reliability": num(reliability), "reliability2": num(reliability),
		"reliability_mult": num(math.Pow(reliability, 9)), "static_ip": b.chance(0.43), "storage_cost": num(storage),
		"verification": state, "vericode": code, "webpage": nil, "vms_enabled": b.chance(0.15), "expected_reliability": num(0),
		"sla_sigma_x": nil, "sla_broker_rate": nil, "sla_r_claim": num(0), "target_reliability": num(0), "is_vm_deverified": b.chance(0.05),
		"resource_type": "gpu", "cluster_id": nil, "nw_disk_min_bw": nil, "nw_disk_max_bw": nil, "nw_disk_avg_bw": nil, "rn": 1,
		"time_remaining": "", "time_remaining_isbid": "",
		"dlperf": num(g.dlperf * b.between(0.88, 1.05)), "total_flops": num(g.tflops),
	}
	if b.chance(0.06) {
		r["start_date"] = nil
	}
	return r
}

// driver draws a driver with the CUDA version it supports. One host in a few
// hundred reports its driver number in place of the CUDA version.
func (b *builder) driver() (cuda float64, version string, packed int) {
	type known struct {
		cuda    float64
		version string
		packed  int
	}
	d := pickOne(b,
		known{12.2, "535.161.08", 535_161_008}, known{12.4, "550.163.01", 550_163_001}, known{12.8, "570.124.06", 570_124_006},
		known{13.0, "580.126.20", 580_126_020}, known{13.0, "580.95.05", 580_095_005}, known{13.1, "590.48.01", 590_048_001})
	if len(b.sim.machines) == 41 {
		return 580.2, "580.126.20", 580_126_020
	}
	return d.cuda, d.version, d.packed
}

// geolocode is an opaque number per country, as the platform reports one.
func geolocode(country string) int {
	h := 17
	for _, c := range country {
		h = h*7919 + int(c)
	}
	return 57_088_895 + h%2_000_000_000
}
