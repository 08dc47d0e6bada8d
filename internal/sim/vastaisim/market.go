package vastaisim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Market changes the market from outside. Vast.ai knows take_offer (offer_id:
// a stranger rents it), reprice (factor multiplies list prices and bid floors,
// of the offers that gpu, machine_id and offer_id select, all of them without;
// contracts keep their price), outbid (instance_id: a stranger bids just above
// it, or factor times its bid), and busy_host, host_offline, host_online for
// the host named by instance_id, machine_id or offer_id. On a busy host nothing
// starts; host_online also sends the strangers that outbid away.
func (s *Sim) Market(a simkit.MarketAction) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())
	if a.Cloud != "" || a.DataCenter != "" || a.Action == simkit.Stock {
		return fmt.Errorf("%w: Vast.ai has no clouds, data centers and stock levels", simkit.ErrNotApplicable)
	}
	switch a.Action {
	case simkit.TakeOffer:
		return s.takeOffer(a)
	case simkit.Reprice:
		return s.reprice(a)
	case simkit.Outbid:
		return s.outbid(a)
	default:
		return s.disturb(a)
	}
}

func (s *Sim) takeOffer(a simkit.MarketAction) error {
	ask, err := s.actionAsk(a)
	if err != nil {
		return err
	}
	m, l := ask.machine, ask.listing
	m.contracts = append(m.contracts, &contract{
		id: s.nextContractID(), machine: m, slots: slices.Clone(ask.slots), since: s.now,
		price: l.perGPU * float64(l.size), floor: l.floor, wants: true,
	})
	s.withdraw(l)
	s.allocate(m)
	return nil
}

// actionAsk is the offer that an action names.
func (s *Sim) actionAsk(a simkit.MarketAction) (*ask, error) {
	id, _ := a.OfferID.Int()
	if ask := s.asks[id]; ask != nil {
		return ask, nil
	}
	return nil, fmt.Errorf("%w: Vast.ai has no offer %q", simkit.ErrNotApplicable, a.OfferID)
}

func (s *Sim) actionInstance(a simkit.MarketAction) (*instance, error) {
	id, _ := a.InstanceID.Int()
	if i := s.instance(id); i != nil {
		return i, nil
	}
	return nil, fmt.Errorf("%w: Vast.ai has no instance %q", simkit.ErrNotApplicable, a.InstanceID)
}

func (s *Sim) reprice(a simkit.MarketAction) error {
	if a.Factor <= 0 {
		return fmt.Errorf("factor %v is not above 0", a.Factor)
	}
	if a.InstanceID != "" {
		return fmt.Errorf("%w: contracts keep their price", simkit.ErrNotApplicable)
	}
	machineID, _ := a.MachineID.Int()
	offerID, _ := a.OfferID.Int()
	found := false
	for _, m := range s.machines {
		if a.MachineID != "" && m.id != machineID || a.GPU != "" && !strings.EqualFold(m.base.text("gpu_name"), a.GPU) {
			continue
		}
		for _, l := range m.listings {
			if a.OfferID != "" && (l.ask == nil || l.ask.id != offerID) {
				continue
			}
			l.perGPU *= a.Factor
			l.floor *= a.Factor
			found = true
		}
	}
	if !found {
		return fmt.Errorf("%w: Vast.ai has no such offer", simkit.ErrNotApplicable)
	}
	return nil
}

// outbid puts a stranger's bid on the GPUs of an instance.
func (s *Sim) outbid(a simkit.MarketAction) error {
	i, err := s.actionInstance(a)
	if err != nil {
		return err
	}
	c := i.contract
	if !c.bid {
		return fmt.Errorf("instance %d is not interruptible", i.id)
	}
	price := c.machine.minBid(c.slots, c.floor, nil)
	if a.Factor > 0 {
		price = max(price, c.price*a.Factor)
	}
	c.machine.contracts = append(c.machine.contracts, &contract{
		id: s.nextContractID(), machine: c.machine, slots: slices.Clone(c.slots), since: s.now,
		price: price, floor: c.floor, bid: true, wants: true,
	})
	s.allocate(c.machine)
	return nil
}

// disturb changes a host.
func (s *Sim) disturb(a simkit.MarketAction) error {
	m, err := s.actionHost(a)
	if err != nil {
		return err
	}
	switch a.Action {
	case simkit.BusyHost:
		m.busy = true
	case simkit.HostOffline:
		m.offline = true
	case simkit.HostOnline:
		m.busy, m.offline = false, false
		m.contracts = slices.DeleteFunc(m.contracts, func(c *contract) bool { return c.instance == nil && c.bid })
	default:
		return fmt.Errorf("%w: Vast.ai does not know %q", simkit.ErrNotApplicable, a.Action)
	}
	s.allocate(m)
	for _, i := range s.instances.All() {
		if i.contract.machine == m {
			s.charge(i)
		}
	}
	for _, v := range s.volumes.All() {
		if v.ask.machine == m {
			s.chargeVolume(v)
		}
	}
	return nil
}

// actionHost is the machine that an action names.
func (s *Sim) actionHost(a simkit.MarketAction) (*machine, error) {
	switch {
	case a.InstanceID != "":
		i, err := s.actionInstance(a)
		if err != nil {
			return nil, err
		}
		return i.contract.machine, nil
	case a.OfferID != "":
		ask, err := s.actionAsk(a)
		if err != nil {
			return nil, err
		}
		return ask.machine, nil
	}
	id, _ := a.MachineID.Int()
	for _, m := range s.machines {
		if a.MachineID != "" && m.id == id {
			return m, nil
		}
	}
	return nil, fmt.Errorf("%w: Vast.ai has no machine %q", simkit.ErrNotApplicable, a.MachineID)
}
