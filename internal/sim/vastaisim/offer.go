package vastaisim

import "math"

// Rental types of a search.
const (
	typeOnDemand = "on-demand"
	typeBid      = "bid"
	typeReserved = "reserved"
)

// offerRow is an ask as a search of the given type shows it, priced for
// storageGB of disk.
func (s *Sim) offerRow(a *ask, rental string, storageGB float64) row {
	m, l := a.machine, a.listing
	r := m.base.clone()
	sliceFacts(r, m, l)
	for k, v := range l.own {
		r[k] = v
	}

	r["id"], r["ask_contract_id"], r["bundle_id"] = a.id, a.id, a.bundle
	ids := make([]int64, len(a.slots))
	for i, slot := range a.slots {
		ids[i] = m.slots[slot].gpuID
	}
	r["gpu_ids"] = ids
	if _, given := r["start_date"]; !given {
		r["start_date"] = unix(a.listed)
	}
	end := s.opened.Add(m.endOffset)
	r["end_date"] = unix(end)
	r["duration"] = num(end.Sub(s.now).Seconds())
	r["rentable"] = !m.offline
	r["rented"] = m.rentedByUser()
	r["avail_vol_ask_id"], r["avail_vol_dph"], r["avail_vol_size"] = nil, nil, nil
	if v := m.volume; v != nil {
		r["avail_vol_ask_id"], r["avail_vol_dph"], r["avail_vol_size"] = v.id, num(v.cost/hoursPerMonth), num(v.freeGB)
	}

	minBid := m.minBid(a.slots, l.floor, nil)
	base := l.perGPU * float64(l.size)
	r["is_bid"] = rental == typeBid
	if rental == typeBid {
		base = minBid
	}
	r["min_bid"] = num(minBid)
	priceFields(r, base, storageGB, true)
	reserve(r, rental)
	return r
}

// sliceFacts sets what depends on the share of the machine's GPUs.
func sliceFacts(r row, m *machine, l *listing) {
	share := float64(l.size) / float64(len(m.slots))
	r["num_gpus"] = l.size
	r["gpu_frac"] = num(share)
	r["gpu_total_ram"] = int(r.float("gpu_ram", 0)) * l.size
	r["cpu_cores_effective"] = num(r.float("cpu_cores", 0) * share)
	r["cpu_ram"] = int(m.ramMB * share)
	r["disk_space"] = num(m.diskGB * share)
	r["direct_port_count"] = int(float64(m.ports) * share)
	scale := math.Pow(float64(l.size), 0.97)
	r["dlperf"] = num(r.float("dlperf", 0) * scale)
	r["total_flops"] = num(r.float("total_flops", 0) * float64(l.size))
}

// priceFields sets every price of r from the GPU price base (USD/h for the
// whole slice) and a disk of storageGB. The instance block of an offer accrues
// its disk alone; an instance has its own.
func priceFields(r row, base, storageGB float64, offer bool) {
	disk := r.float("storage_cost", 0) * storageGB / hoursPerMonth
	total := base + disk
	r["dph_base"], r["storage_total_cost"], r["dph_total"] = num(base), num(disk), num(total)
	r["search"] = priceBlock(base, disk, total, 0)
	if offer {
		r["instance"] = priceBlock(0, disk, disk, 0)
		r["dph_total_adj"] = num(total + 2*r.float("inet_down_cost", 0))
		r["discount_rate"], r["discounted_hourly"], r["discounted_dph_total"] = nil, 0, num(total)
	}
	r["dlperf_per_dphtotal"], r["flops_per_dphtotal"] = nil, nil
	if total > 0 {
		if perf, ok := number(r["dlperf"]); ok {
			r["dlperf_per_dphtotal"] = num(perf / total)
			r["score"] = num(perf / total * r.float("reliability_mult", 1))
		}
		if flops, ok := number(r["total_flops"]); ok {
			r["flops_per_dphtotal"] = num(flops / total)
		}
	}
	vram := r.float("gpu_total_ram", r.float("gpu_totalram", 0))
	r["vram_costperhour"] = nil
	if offer {
		vram /= 1024 // observed: offers count gigabytes here, the example of an instance megabytes
	}
	if vram > 0 {
		r["vram_costperhour"] = num(total / vram)
	}
}

// priceBlock is the search or instance sub-object.
func priceBlock(gpu, disk, total, discount float64) row {
	return row{
		"gpuCostPerHour": num(gpu), "diskHour": num(disk), "totalHour": num(total),
		"discountTotalHour": num(discount), "discountedTotalPerHour": num(total - discount),
		"slaPremiumPerHour": num(0),
	}
}

// reserve applies the best discount of a reserved search.
func reserve(r row, rental string) {
	if rental != typeReserved {
		return
	}
	rate := r.float("credit_discount_max", 0)
	saved := r.float("dph_base", 0) * rate
	total := r.float("dph_total", 0)
	r["discount_rate"], r["discounted_hourly"], r["discounted_dph_total"] = num(rate), num(saved), num(total-saved)
	r["search"] = priceBlock(r.float("dph_base", 0), r.float("storage_total_cost", 0), total, saved)
}

// rentedByUser tells whether the account has an instance on the machine.
func (m *machine) rentedByUser() bool {
	for _, c := range m.contracts {
		if c.instance != nil {
			return true
		}
	}
	return false
}
