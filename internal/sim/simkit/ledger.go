package simkit

import (
	"maps"
	"slices"
	"time"
)

// Charge is what one component of one object has cost so far.
type Charge struct {
	// Platform is "runpod" or "vastai".
	Platform string `json:"platform"`
	// Kind is the sort of object: "pod", "network_volume", "instance", …
	Kind string `json:"kind"`
	// ID is the object's id. Objects that are gone keep their charges.
	ID string `json:"id"`
	// Component is what was charged: "compute", "container_disk", …
	Component string `json:"component"`
	// USD is the amount up to now, not rounded.
	USD float64 `json:"usd"`
}

// Meter adds up what an object costs per component, in virtual time: exactly,
// whenever and however often it is read.
type Meter struct {
	at     time.Time
	rates  map[string]float64
	billed map[string]float64
}

// NewMeter returns a meter that starts at now with nothing running.
func NewMeter(now time.Time) *Meter {
	return &Meter{at: now, rates: map[string]float64{}, billed: map[string]float64{}}
}

// Set makes a component cost usdPerHour from now on; 0 ends it.
func (m *Meter) Set(now time.Time, component string, usdPerHour float64) {
	m.settle(now)
	m.rates[component] = usdPerHour
}

// Stop ends every component.
func (m *Meter) Stop(now time.Time) {
	m.settle(now)
	clear(m.rates)
}

// Add charges a one-time amount, traffic for instance.
func (m *Meter) Add(component string, usd float64) { m.billed[component] += usd }

// Rate is what everything costs per hour at present.
func (m *Meter) Rate() float64 {
	total := 0.0
	for _, component := range slices.Sorted(maps.Keys(m.rates)) {
		total += m.rates[component]
	}
	return total
}

// Billed is what each component has cost up to now.
func (m *Meter) Billed(now time.Time) map[string]float64 {
	m.settle(now)
	return maps.Clone(m.billed)
}

// Total is what everything has cost up to now.
func (m *Meter) Total(now time.Time) float64 {
	m.settle(now)
	total := 0.0
	for _, component := range slices.Sorted(maps.Keys(m.billed)) {
		total += m.billed[component]
	}
	return total
}

// Charges lists what was billed, by component in alphabetical order.
func (m *Meter) Charges(now time.Time, platform, kind, id string) []Charge {
	m.settle(now)
	var charges []Charge
	for _, component := range slices.Sorted(maps.Keys(m.billed)) {
		charges = append(charges, Charge{Platform: platform, Kind: kind, ID: id, Component: component, USD: m.billed[component]})
	}
	return charges
}

// settle charges the time since the last change. Time that runs back is not charged.
func (m *Meter) settle(now time.Time) {
	passed := now.Sub(m.at)
	if passed <= 0 {
		return
	}
	for component, rate := range m.rates {
		if rate != 0 {
			m.billed[component] += rate * passed.Hours()
		}
	}
	m.at = now
}
