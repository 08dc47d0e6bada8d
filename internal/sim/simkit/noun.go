package simkit

import "time"

// Noun is one kind of object of a platform, or one part of its API without
// objects. The file of a noun registers here all that the rest of the platform
// has to know of it. H is what the platform keeps with a route.
type Noun[H any] struct {
	// Routes are its operations.
	Routes []Route[H]
	// Key is where the platform's state shows what State returns; "" for a noun
	// that has nothing to show.
	Key   string
	State func() any
	// Reset returns to the initial state; nil when there is nothing to forget.
	Reset func()
	// Bills are those of everything that exists; nil when nothing costs.
	Bills func() []Bill
}

// Bill is what one object costs.
type Bill struct {
	// Kind is the sort of object: "pod", "instance", "volume", …
	Kind string
	// ID is the object's id.
	ID string
	// Meter counts what it costs.
	Meter *Meter
}

// Nouns are the parts of one platform, in the order in which they are reset.
type Nouns[H any] []Noun[H]

// Reset returns every noun to its initial state.
func (all Nouns[H]) Reset() {
	for _, n := range all {
		if n.Reset != nil {
			n.Reset()
		}
	}
}

// State is what every noun shows, by key.
func (all Nouns[H]) State() map[string]any {
	state := map[string]any{}
	for _, n := range all {
		if n.Key != "" {
			state[n.Key] = n.State()
		}
	}
	return state
}

func (all Nouns[H]) bills() []Bill {
	var bills []Bill
	for _, n := range all {
		if n.Bills != nil {
			bills = append(bills, n.Bills()...)
		}
	}
	return bills
}

// Rate is what everything that exists costs per hour at present, USD.
func (all Nouns[H]) Rate() float64 {
	total := 0.0
	for _, b := range all.bills() {
		total += b.Meter.Rate()
	}
	return total
}

// Total is what everything that exists has cost up to now, USD.
func (all Nouns[H]) Total(now time.Time) float64 {
	total := 0.0
	for _, b := range all.bills() {
		total += b.Meter.Total(now)
	}
	return total
}

// Charges are the bills of everything that exists, by component.
func (all Nouns[H]) Charges(now time.Time, platform string) []Charge {
	var charges []Charge
	for _, b := range all.bills() {
		charges = append(charges, b.Meter.Charges(now, platform, b.Kind, b.ID)...)
	}
	return charges
}
