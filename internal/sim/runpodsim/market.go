package runpodsim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Market changes the market from outside. RunPod knows stock (gpu, cloud,
// data_center select, level sets), reprice (gpu, cloud select, factor
// multiplies; pods keep their rate), and busy_host, host_offline, host_online
// for the host of the pod instance_id, or for every host that gpu, cloud and
// data_center select. A selector left out selects everything. A busy host has
// no unit left for a start, until host_online.
func (s *Sim) Market(a simkit.MarketAction) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())
	if a.OfferID != "" || a.MachineID != "" || a.Action == simkit.TakeOffer || a.Action == simkit.Outbid {
		return fmt.Errorf("%w: RunPod has no offers and no bids", simkit.ErrNotApplicable)
	}
	if cloud := strings.ToUpper(a.Cloud); cloud != "" && cloud != secure && cloud != community {
		return fmt.Errorf("cloud %q is neither SECURE nor COMMUNITY", a.Cloud)
	}
	resources := s.resources(a.GPU)
	if len(resources) == 0 {
		return fmt.Errorf("%w: RunPod has no type %q", simkit.ErrNotApplicable, a.GPU)
	}
	if a.DataCenter != "" && s.dataCenter(a.DataCenter) == nil {
		return fmt.Errorf("%w: RunPod has no data center %q", simkit.ErrNotApplicable, a.DataCenter)
	}
	switch a.Action {
	case simkit.Stock:
		return s.restock(a, resources)
	case simkit.Reprice:
		return s.reprice(a, resources)
	default:
		return s.disturb(a, resources)
	}
}

// resources are the ids of the types called name, by id or display name; all
// of them for "".
func (s *Sim) resources(name string) []string {
	var ids []string
	called := func(id, display string) bool {
		return name == "" || strings.EqualFold(name, id) || strings.EqualFold(name, display)
	}
	for _, g := range s.catalog.gpus {
		if called(g.out.ID, g.out.Name) {
			ids = append(ids, g.out.ID)
		}
	}
	for _, c := range s.catalog.cpus {
		if called(c.ID, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func selects(a simkit.MarketAction, resources []string, at shelf) bool {
	return slices.Contains(resources, at.resource) && (a.Cloud == "" || strings.EqualFold(a.Cloud, at.cloud)) &&
		(a.DataCenter == "" || a.DataCenter == at.dataCenter)
}

// restock sets levels. A place or cloud that is named gets stock even where a
// type was never seen; otherwise only the shelves that exist change.
func (s *Sim) restock(a simkit.MarketAction, resources []string) error {
	level := slices.Index(levelNames(), strings.ToUpper(a.Level))
	if level < 0 {
		return fmt.Errorf("level %q is none of %v", a.Level, levelNames())
	}
	if a.InstanceID != "" || a.Factor != 0 {
		return fmt.Errorf("stock takes gpu, cloud, data_center and level")
	}
	clouds, changed := []string{secure, community}, 0
	for _, resource := range resources {
		for _, cloud := range clouds {
			for _, dc := range s.catalog.dataCenters {
				at := shelf{resource, cloud, dc.out.ID}
				named := a.GPU != "" && a.DataCenter != "" && s.sold(resource, cloud)
				if selects(a, resources, at) && (named || s.shelves[at] != nil) {
					s.setStock(at, level)
					changed++
				}
			}
		}
	}
	if changed == 0 {
		return fmt.Errorf("%w: RunPod offers no such type there", simkit.ErrNotApplicable)
	}
	return nil
}

// sold tells whether a type is offered in a cloud at all.
func (s *Sim) sold(resource, cloud string) bool {
	g := s.gpuType(resource)
	switch {
	case g == nil:
		return cloud == secure
	case cloud == secure:
		return g.out.Secure
	default:
		return g.out.Community
	}
}

func (s *Sim) reprice(a simkit.MarketAction, resources []string) error {
	if a.Factor <= 0 {
		return fmt.Errorf("factor %v is not above 0", a.Factor)
	}
	if a.InstanceID != "" {
		return fmt.Errorf("%w: running pods keep their price", simkit.ErrNotApplicable)
	}
	if a.DataCenter != "" {
		return fmt.Errorf("RunPod has one price for all data centers")
	}
	in := func(cloud string) bool { return a.Cloud == "" || strings.EqualFold(a.Cloud, cloud) }
	for _, id := range resources {
		if g := s.gpuType(id); g != nil {
			if in(secure) {
				g.out.Price.Secure = round(g.out.Price.Secure * a.Factor)
			}
			if in(community) {
				g.out.Price.Community = round(g.out.Price.Community * a.Factor)
			}
		}
		if c := s.cpuType(id); c != nil && in(secure) {
			c.Price.SecurePerVCPU = round(c.Price.SecurePerVCPU * a.Factor)
		}
	}
	return nil
}

// disturb changes hosts.
func (s *Sim) disturb(a simkit.MarketAction, resources []string) error {
	hosts := map[*machine]bool{}
	if a.InstanceID != "" {
		p := s.pods.Get(string(a.InstanceID))
		if p == nil {
			return fmt.Errorf("%w: RunPod has no pod %q", simkit.ErrNotApplicable, a.InstanceID)
		}
		hosts[p.host] = true
	} else {
		if a.GPU == "" && a.DataCenter == "" {
			return fmt.Errorf("%w: instance_id, gpu or data_center is needed", simkit.ErrNotApplicable)
		}
		for _, m := range s.hosts {
			if selects(a, resources, m.at) {
				hosts[m] = true
			}
		}
	}
	for m := range maps.Keys(hosts) {
		switch a.Action {
		case simkit.BusyHost:
			m.busy = true
		case simkit.HostOffline:
			m.offline = true
		default:
			m.busy, m.offline = false, false
		}
	}
	for _, p := range s.pods.All() {
		if hosts[p.host] {
			s.follow(p)
		}
	}
	return nil
}

// follow lets a pod go down and come back with its host: while it is away the
// pod reads EXITED and costs nothing.
func (s *Sim) follow(p *pod) {
	switch {
	case p.host.offline && !p.stopped:
		if !p.lost {
			p.end(s.now)
		}
		p.lost = true
	case !p.host.offline && p.lost:
		s.begin(p, 0, 0, s.kit.Boot()/2, false)
	}
	s.meterPod(p, s.now)
}
