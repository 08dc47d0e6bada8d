package vastaisim

import (
	"slices"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// settle plays everything that happened up to now, in the order of time: steps
// of instances, contracts that end and the credit reaching zero.
func (s *Sim) settle(now time.Time) {
	for {
		at, event := s.nextEvent(now)
		if event == nil {
			break
		}
		if at.After(s.now) {
			s.now = at
		}
		event()
	}
	if now.After(s.now) {
		s.now = now
	}
	s.destroyed = slices.DeleteFunc(s.destroyed, func(i *instance) bool {
		return !s.now.Before(i.unloaded.Add(s.opt.DestroyedListed))
	})
}

// nextEvent is the earliest event at or before now. What falls due while a host
// is away happens when it comes back.
func (s *Sim) nextEvent(now time.Time) (at time.Time, event func()) {
	consider := func(t time.Time, do func()) {
		if !t.After(now) && (event == nil || t.Before(at)) {
			at, event = t, do
		}
	}
	for _, i := range s.instances.All() {
		if i.contract.machine.offline {
			continue
		}
		if len(i.steps) > 0 {
			consider(i.steps[0].at, func() {
				do := i.steps[0].do
				i.steps = i.steps[1:]
				do()
			})
		}
		if !i.expired {
			consider(i.ends, func() { s.expire(i) })
		}
	}
	if rate := s.nouns.Rate(); !s.broke && rate > 0 {
		hours := max(0, s.balance()/rate)
		if hours <= now.Sub(s.now).Hours() {
			consider(s.now.Add(time.Duration(hours*float64(time.Hour))), s.ruin)
		}
	}
	return at, event
}

// expire is the end of a contract: the instance stops and cannot be started.
func (s *Sim) expire(i *instance) {
	i.expired = true
	s.stop(i, 0)
}

// ruin is the credit reaching zero: everything stops, storage goes on costing.
func (s *Sim) ruin() {
	s.broke = true
	for _, i := range s.instances.All() {
		s.stop(i, 0)
	}
}

// balance is the credit left at s.now, USD; it is negative once storage goes on
// costing on an empty account.
func (s *Sim) balance() float64 {
	return s.opt.Balance - s.spent - s.nouns.Total(s.now)
}

// bury keeps the bill of an object that goes.
func (s *Sim) bury(m *simkit.Meter, kind string, id int64) {
	m.Stop(s.now)
	s.spent += m.Total(s.now)
	s.gone = append(s.gone, m.Charges(s.now, Name, kind, key(id))...)
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
