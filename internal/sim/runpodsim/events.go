package runpodsim

import (
	"slices"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Prices of storage, USD per GB-month, and the month they are divided by. The
// price of the faster network tier is not published; this one is a stand-in.
const (
	hoursPerMonth = 730

	diskRunning = 0.10 // container and volume disk
	diskStopped = 0.20 // volume disk

	networkFirst    = 0.07 // up to networkTier
	networkBeyond   = 0.05
	networkTier     = 1000 // GB
	highPerfPremium = 0.07 // on top, per GB
)

// networkVolumeRate is what a volume costs, USD/h.
func networkVolumeRate(sizeGB int, tier string) float64 {
	first := float64(min(sizeGB, networkTier))
	beyond := float64(max(sizeGB-networkTier, 0))
	monthly := first*networkFirst + beyond*networkBeyond
	if tier == highPerformance {
		monthly += float64(sizeGB) * highPerfPremium
	}
	return monthly / hoursPerMonth
}

// settle plays everything that happened up to now, in the order of time:
// containers that end by themselves and the balance reaching zero.
func (s *Sim) settle(now time.Time) {
	for {
		at, event := s.nextEvent(now)
		if event == nil {
			break
		}
		if at.After(s.now) {
			s.now = at
		}
		event(at)
	}
	if now.After(s.now) {
		s.now = now
	}
}

// nextEvent is the earliest event at or before now.
func (s *Sim) nextEvent(now time.Time) (at time.Time, event func(time.Time)) {
	for _, p := range s.pods.All() {
		r := p.run
		if r.outcome != exitsAtOnce || p.stopped || p.lost || r.runs.After(now) || (event != nil && !r.runs.Before(at)) {
			continue
		}
		at, event = r.runs, func(t time.Time) { s.stop(p, t) }
	}
	if s.broke {
		return at, event
	}
	rate := s.nouns.Rate()
	if rate <= 0 {
		return at, event
	}
	hours := s.balance() / rate
	if hours > now.Sub(s.now).Hours() {
		return at, event
	}
	if empty := s.now.Add(time.Duration(hours * float64(time.Hour))); event == nil || empty.Before(at) {
		return empty, s.ruin
	}
	return at, event
}

// ruin is what happens when the balance reaches zero: pods with a network
// volume stop, the others are terminated, volumes go on costing.
func (s *Sim) ruin(at time.Time) {
	s.broke = true
	for _, p := range s.pods.All() {
		switch {
		case p.network == nil:
			s.remove(p, at)
		case !p.stopped:
			s.stop(p, at)
		}
	}
}

// balance is what is left at s.now, USD; it is negative once volumes go on
// costing on an empty account.
func (s *Sim) balance() float64 {
	return s.options.Balance - s.spent - s.nouns.Total(s.now)
}

// bury keeps the bill of an object that goes.
func (s *Sim) bury(m *simkit.Meter, at time.Time, kind, id string) {
	s.spent += m.Total(at)
	s.gone = append(s.gone, m.Charges(at, Name, kind, id)...)
}

// Ledger is what every object has cost up to now, those that are gone first.
func (s *Sim) Ledger() []simkit.Charge {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())
	return s.ledger()
}

func (s *Sim) ledger() []simkit.Charge {
	return slices.Concat(s.gone, s.nouns.Charges(s.now, Name))
}

// Balance is the credit left now, USD.
func (s *Sim) Balance() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())
	return s.balance()
}
