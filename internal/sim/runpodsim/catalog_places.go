package runpodsim

import "strings"

// place is one data center of the built-in catalog.
type place struct {
	id, name, region string
	global           bool   // has global networking
	volumes          string // "" none, "S" standard, "SH" both tiers
	unlisted         bool   // has stock but stands in no list, as was seen with US-WA-2
}

func places() []place {
	const america, europe, asia, oceania = "NORTH_AMERICA", "EUROPE", "ASIA", "OCEANIA"
	return []place{
		{"US-KS-2", "US Kansas 2", america, true, "SH", false},
		{"US-TX-3", "US Texas 3", america, true, "S", false},
		{"EU-RO-1", "Romania 1", europe, true, "SH", false},
		{"CA-MTL-1", "Canada Montreal 1", america, false, "S", false},
		{"CA-MTL-2", "Canada Montreal 2", america, false, "", false},
		{"CA-MTL-3", "Canada Montreal 3", america, true, "S", false},
		{"EU-CZ-1", "Czechia 1", europe, true, "SH", false},
		{"EU-FR-1", "France 1", europe, true, "", false},
		{"EU-NL-1", "Netherlands 1", europe, true, "S", false},
		{"EU-SE-1", "Sweden 1", europe, true, "S", false},
		{"EUR-IS-1", "Iceland 1", europe, false, "S", false},
		{"EUR-IS-2", "Iceland 2", europe, true, "S", false},
		{"EUR-IS-3", "Iceland 3", europe, false, "", false},
		{"EUR-NO-1", "Norway 1", europe, false, "S", false},
		{"AP-JP-1", "Japan 1", asia, false, "", false},
		{"OC-AU-1", "Australia 1", oceania, true, "", false},
		{"US-CA-2", "US California 2", america, true, "SH", false},
		{"US-DE-1", "US Delaware 1", america, false, "", false},
		{"US-GA-1", "US Georgia 1", america, true, "", false},
		{"US-GA-2", "US Georgia 2", america, true, "S", false},
		{"US-IL-1", "US Illinois 1", america, true, "S", false},
		{"US-KS-3", "US Kansas 3", america, false, "", false},
		{"US-MD-1", "US Maryland 1", america, false, "S", false},
		{"US-MO-1", "US Missouri 1", america, false, "S", false},
		{"US-MO-2", "US Missouri 2", america, false, "S", false},
		{"US-NC-1", "US North Carolina 1", america, true, "S", false},
		{"US-NC-2", "US North Carolina 2", america, false, "S", false},
		{"US-NE-1", "US Nebraska 1", america, false, "S", false},
		{"US-TX-1", "US Texas 1", america, false, "", false},
		{"US-TX-4", "US Texas 4", america, true, "S", false},
		{"US-WA-1", "US Washington 1", america, true, "S", false},
		{"US-WA-2", "US Washington 2", america, false, "", true},
	}
}

// countryOf is the country of a data center: the first part of the id in
// America, the second elsewhere.
func countryOf(dataCenter string) string {
	parts := strings.Split(dataCenter, "-")
	if len(parts) < 2 || parts[0] == "US" || parts[0] == "CA" {
		return parts[0]
	}
	return parts[1]
}

// cpuModels are the CPU flavors. Prices are USD per vCPU-hour, of the order of
// the document's examples.
func cpuModels() []cpuTypeOut {
	flavor := func(id, name, group string, ram, price float64) cpuTypeOut {
		return cpuTypeOut{
			ID: id, Name: name, Group: group, VCPU: vcpuOut{Min: 2, Max: 32}, RAMGBPerVCPU: ram,
			Price: cpuPriceOut{SecurePerVCPU: price, ServerlessPerVCPU: price * 0.75},
		}
	}
	return []cpuTypeOut{
		flavor("cpu3c", "Compute-Optimized", "Gen 3", 2, 0.03),
		flavor("cpu3g", "General Purpose", "Gen 3", 4, 0.04),
		flavor("cpu3m", "Memory-Optimized", "Gen 3", 8, 0.055),
		flavor("cpu5c", "Compute-Optimized", "Gen 5", 2, 0.035),
		flavor("cpu5g", "General Purpose", "Gen 5", 4, 0.045),
		flavor("cpu5m", "Memory-Optimized", "Gen 5", 8, 0.06),
	}
}

// spread is the stock of a type at the start: the level per data center. The
// nth type of the catalog shifts which of the smaller places have it.
func spread(s scarcity, nth int, all []*dataCenter) map[string]int {
	var main []int // US-KS-2, US-TX-3, EU-RO-1, CA-MTL-1
	var every, elsewhere int
	switch s {
	case unsold:
		return nil
	case limited:
		main, every, elsewhere = []int{low, 0, low, 0}, 9, low
	case moderate:
		main, every, elsewhere = []int{medium, low, low, 0}, 6, low
	case good:
		main, every, elsewhere = []int{high, medium, medium, low}, 4, low
	case excellent:
		main, every, elsewhere = []int{high, high, high, medium}, 3, medium
	}
	levels := map[string]int{}
	for i, dc := range all {
		switch {
		case i < len(main):
			if main[i] > 0 {
				levels[dc.out.ID] = main[i]
			}
		case (i+nth)%every == 0:
			levels[dc.out.ID] = elsewhere
		case (i+nth)%every == 1:
			levels[dc.out.ID] = none // known there, sold out
		}
	}
	return levels
}
