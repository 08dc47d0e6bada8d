package vastaisim

import (
	"slices"
	"time"
)

// machine is one host's computer: GPUs that are rented out in slices.
type machine struct {
	id, hostID int64
	country    string
	base       row // what every offer of the machine says
	slots      []slot
	listings   []*listing
	contracts  []*contract
	offline    bool
	busy       bool // listed, but nothing starts: somebody else was faster

	ports     int     // ports the host has opened, shared out over its GPUs
	ramMB     float64 // of the whole machine; an offer shows its share
	diskGB    float64
	volume    *volumeAsk
	endOffset time.Duration // how long after the market opened the listing ends
}

// slot is one GPU.
type slot struct {
	gpuID  int64
	holder *contract
}

// listing is one slice shape a machine is offered in. It outlives its asks.
type listing struct {
	size   int
	perGPU float64 // USD/h
	floor  float64 // lowest bid per GPU, USD/h
	own    row     // what only this shape says
	hint   []int   // the GPUs it takes by preference
	ask    *ask    // nil while too few GPUs are free
}

// ask is one rentable offer with its short-lived id.
type ask struct {
	id, bundle int64
	machine    *machine
	listing    *listing
	slots      []int
	listed     time.Time
}

// contract is one rental, of an instance of ours or of a stranger's.
type contract struct {
	id       int64
	instance *instance // nil for a stranger
	machine  *machine
	slots    []int
	bid      bool
	price    float64 // USD/h of the whole slice; decides among bids
	floor    float64 // lowest bid per GPU when it was rented, USD/h
	wants    bool    // asks for its GPUs
	holds    bool    // has them
	since    time.Time
}

// perGPU is the contract's price for one GPU.
func (c *contract) perGPU() float64 { return c.price / float64(len(c.slots)) }

// overlaps tells whether two sets of GPUs share one.
func overlaps(a, b []int) bool {
	return slices.ContainsFunc(a, func(i int) bool { return slices.Contains(b, i) })
}

// takenForGood tells whether slot i is held by somebody no new renter displaces.
func (m *machine) takenForGood(i int) bool {
	h := m.slots[i].holder
	return h != nil && !h.bid
}

// pick chooses size GPUs for a listing: the preferred ones when they are free,
// then idle ones before those a bid holds. nil when there are too few.
func (m *machine) pick(l *listing) []int {
	if len(l.hint) == l.size && !slices.ContainsFunc(l.hint, m.takenForGood) {
		return slices.Clone(l.hint)
	}
	var idle, bid []int
	for i := range m.slots {
		switch {
		case m.slots[i].holder == nil:
			idle = append(idle, i)
		case m.slots[i].holder.bid:
			bid = append(bid, i)
		}
	}
	free := slices.Concat(idle, bid)
	if len(free) < l.size {
		return nil
	}
	picked := free[:l.size]
	slices.Sort(picked)
	return picked
}

// minBid is the lowest bid that wins the given GPUs now, USD/h for all of
// them, leaving except out of the competition.
func (m *machine) minBid(slots []int, floorPerGPU float64, except *contract) float64 {
	highest := floorPerGPU
	for _, c := range m.contracts {
		if c == except || !c.bid || !c.wants || !overlaps(c.slots, slots) {
			continue
		}
		if p := c.perGPU() + bidStep/float64(len(slots)); p > highest {
			highest = p
		}
	}
	return highest * float64(len(slots))
}

// bidStep is by how much a bid must exceed another, USD/h.
const bidStep = 0.001

// relist withdraws the asks whose GPUs are gone and lists every shape that
// fits again, under a new id.
func (s *Sim) relist(m *machine) {
	for _, l := range m.listings {
		if l.ask != nil && slices.ContainsFunc(l.ask.slots, m.takenForGood) {
			s.withdraw(l)
		}
		if l.ask == nil {
			s.list(m, l, 0)
		}
	}
}

// withdraw ends an ask; its id never comes back.
func (s *Sim) withdraw(l *listing) {
	if l.ask == nil {
		return
	}
	delete(s.asks, l.ask.id)
	l.ask = nil
}

// list offers l again, under id or a fresh one when id is 0.
func (s *Sim) list(m *machine, l *listing, id int64) {
	picked := m.pick(l)
	if picked == nil {
		return
	}
	if id == 0 {
		id = s.nextAskID()
	}
	l.ask = &ask{id: id, bundle: bundleOf(id), machine: m, listing: l, slots: picked, listed: s.now}
	s.asks[id] = l.ask
}

// bundleOf spreads ask ids over the range bundle ids are seen in.
func bundleOf(id int64) int64 {
	const prime = 2_147_483_647
	return id*48_271%prime + 1
}

// grants works out who gets GPUs: whoever rents on demand and runs keeps them,
// then those who wait on demand in order, then bids from the highest down. On a
// busy host, and on one that is away, nobody of ours starts.
func (m *machine) grants() map[*contract]bool {
	order := make([]*contract, 0, len(m.contracts))
	for _, c := range m.contracts {
		if c.wants {
			order = append(order, c)
		}
	}
	slices.SortStableFunc(order, precedence)
	taken := make([]bool, len(m.slots))
	granted := make(map[*contract]bool, len(order))
	for _, c := range order {
		blocked := (m.busy || m.offline) && !c.holds && c.instance != nil
		low := c.bid && c.price+1e-9 < c.floor*float64(len(c.slots))
		if blocked || low || slices.ContainsFunc(c.slots, func(i int) bool { return taken[i] }) {
			continue
		}
		granted[c] = true
		for _, i := range c.slots {
			taken[i] = true
		}
	}
	return granted
}

// allocate assigns the machine's GPUs again. Winners boot, losers are paused.
func (s *Sim) allocate(m *machine) {
	granted := m.grants()
	for i := range m.slots {
		m.slots[i].holder = nil
	}
	var won, paused []*instance
	for _, c := range m.contracts {
		had := c.holds
		c.holds = granted[c]
		if c.holds {
			for _, i := range c.slots {
				m.slots[i].holder = c
			}
		}
		switch {
		case c.instance == nil || had == c.holds:
		case c.holds:
			won = append(won, c.instance)
		case c.wants:
			paused = append(paused, c.instance)
		}
	}
	for _, i := range paused {
		s.lost(i)
	}
	for _, i := range won {
		s.gained(i)
	}
	s.relist(m)
}

// precedence orders the renters of one machine, strongest first.
func precedence(a, b *contract) int {
	if r := rank(a) - rank(b); r != 0 {
		return r
	}
	if a.bid && a.perGPU() != b.perGPU() {
		if a.perGPU() > b.perGPU() {
			return -1
		}
		return 1
	}
	if a.holds != b.holds {
		if a.holds {
			return -1
		}
		return 1
	}
	return a.since.Compare(b.since)
}

func rank(c *contract) int {
	switch {
	case !c.bid && c.holds:
		return 0
	case !c.bid:
		return 1
	default:
		return 2
	}
}

// leave takes a contract off its machine.
func (s *Sim) leave(c *contract) {
	m := c.machine
	m.contracts = slices.DeleteFunc(m.contracts, func(x *contract) bool { return x == c })
	c.wants, c.holds = false, false
	s.allocate(m)
}
