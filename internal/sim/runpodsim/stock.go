package runpodsim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Stock levels, in the order of plenty.
const (
	none = iota
	low
	medium
	high
)

func levelNames() []string { return []string{"NONE", "LOW", "MEDIUM", "HIGH"} }

func levelName(level int) string { return levelNames()[level] }

// machines is how many machines a level stands for; HIGH never runs out.
func machines(level int) int { return []int{none: 0, low: 3, medium: 12, high: 0}[level] }

// shelf is where stock is counted: one type in one cloud of one data center.
type shelf struct{ resource, cloud, dataCenter string }

// stock is what a shelf holds.
type stock struct {
	level    int
	machines []*machine
}

// machine is a host. Its units are GPUs, or vCPUs of a CPU host.
type machine struct {
	id         string
	at         shelf
	size, used int
	share      share
	cuda       string // "" for CPU and AMD hosts
	ip         string
	busy       bool // strangers have taken every unit that is or becomes free
	offline    bool
}

// share is what a host gives with each of its GPUs; nothing on a CPU host.
type share struct{ vcpus, ramGB int }

// shares are the usual builds of hosts with GPUs of so much memory, the commonest
// first. What hosts have is not published; these are of the order that is seen.
func shares(memoryGB int) []share {
	if memoryGB >= 80 {
		return []share{{16, 188}, {20, 251}, {12, 117}}
	}
	return []share{{8, 50}, {16, 125}, {6, 31}}
}

// free tells whether the machine has so many free units.
func (m *machine) free(units int) bool {
	return !m.busy && !m.offline && m.size-m.used >= units
}

// demand is what a host has to have.
type demand struct {
	cuda func(version string) bool // "" for hosts that report none
	min  share
}

func (d demand) met(cuda string, has share) bool {
	return d.cuda(cuda) && has.vcpus >= d.min.vcpus && has.ramGB >= d.min.ramGB
}

// build sets up a new machine on a shelf; nth spreads the CUDA versions and the
// builds. With a demand it is one that meets it, if there is any.
func (s *Sim) build(at shelf, nth int, want *demand) *machine {
	m := &machine{
		id: fmt.Sprintf("host-%d", len(s.hosts)+1), at: at, size: s.machineSize(at),
		ip: fmt.Sprintf("198.51.100.%d", 1+len(s.hosts)%254),
	}
	if g := s.gpuType(at.resource); g != nil {
		builds, versions := shares(g.out.Memory), []string{""}
		m.share = builds[nth%len(builds)]
		if g.out.Manufacturer == "NVIDIA" {
			versions, _ = cudaVersions()
			m.cuda = versions[nth%len(versions)]
		}
		if want != nil {
			m.cuda, m.share = want.pick(m.cuda, m.share, versions, builds)
		}
	}
	s.hosts = append(s.hosts, m)
	return m
}

func (s *Sim) machineSize(at shelf) int {
	if g := s.gpuType(at.resource); g != nil {
		if at.cloud == community {
			return g.out.MaxCount.Community
		}
		return g.out.MaxCount.Secure
	}
	if c := s.cpuType(at.resource); c != nil {
		return c.VCPU.Max
	}
	return 0
}

// setStock gives a shelf a level and fresh machines. Machines in use stay with
// their pods and are not offered any more.
func (s *Sim) setStock(at shelf, level int) {
	st := &stock{level: level}
	for i := range machines(level) {
		st.machines = append(st.machines, s.build(at, i+2, nil))
	}
	s.shelves[at] = st
}

// pick is the first of the versions and builds that meet the demand where the
// given ones do not.
func (d demand) pick(cuda string, has share, versions []string, builds []share) (string, share) {
	for _, version := range versions {
		if !d.cuda(cuda) && d.cuda(version) {
			cuda = version
		}
	}
	for _, build := range builds {
		if !d.met(cuda, has) && d.met(cuda, build) {
			has = build
		}
	}
	return cuda, has
}

// place finds a machine with so many free units that meets the demand, or nil.
func (s *Sim) place(at shelf, units int, want demand) *machine {
	st := s.shelves[at]
	if st == nil || units > s.machineSize(at) {
		return nil
	}
	if st.level == high {
		m := s.build(at, 2, &want)
		if !want.met(m.cuda, m.share) {
			return nil
		}
		return m
	}
	for _, m := range st.machines {
		if m.free(units) && want.met(m.cuda, m.share) {
			return m
		}
	}
	return nil
}

// available is the level a shelf shows for machines with so many free units.
func (s *Sim) available(at shelf, units int) int {
	st := s.shelves[at]
	if st == nil || units > s.machineSize(at) {
		return none
	}
	if st.level == high {
		return high
	}
	fitting := 0
	for _, m := range st.machines {
		if m.free(units) {
			fitting++
		}
	}
	switch {
	case fitting == 0:
		return none
	case fitting <= machines(low):
		return low
	default:
		return st.level
	}
}

// dataCentersOf lists where a type is known in a cloud, best stocked first.
func (s *Sim) dataCentersOf(resource, cloud string, units int) []*dataCenter {
	var found []*dataCenter
	for _, dc := range s.catalog.dataCenters {
		if s.shelves[shelf{resource, cloud, dc.out.ID}] != nil {
			found = append(found, dc)
		}
	}
	level := func(dc *dataCenter) int { return s.available(shelf{resource, cloud, dc.out.ID}, units) }
	slices.SortStableFunc(found, func(a, b *dataCenter) int { return cmp.Compare(level(b), level(a)) })
	return found
}

// stockUp fills the shelves as they are at the start.
func (s *Sim) stockUp() {
	s.hosts, s.shelves = nil, map[shelf]*stock{}
	for nth, g := range s.catalog.gpus {
		for _, cloud := range []string{secure, community} {
			class := g.secureStock
			if cloud == community {
				class = g.communityStock
			}
			levels := spread(class, nth, s.catalog.dataCenters)
			for _, dc := range s.catalog.dataCenters {
				if g.everywhere && class != unsold {
					s.setStock(shelf{g.out.ID, cloud, dc.out.ID}, high)
				} else if level, known := levels[dc.out.ID]; known {
					s.setStock(shelf{g.out.ID, cloud, dc.out.ID}, level)
				}
			}
		}
	}
	for nth, c := range s.catalog.cpus {
		for i, dc := range s.catalog.dataCenters {
			if i < 4 || (i+nth)%3 == 0 || s.catalog.cpusEverywhere {
				s.setStock(shelf{c.ID, secure, dc.out.ID}, high)
			}
		}
	}
}

// newer tells whether version a is at least b, component by component.
func newer(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		var p, q int
		if i < len(x) {
			p = atoi(x[i])
		}
		if i < len(y) {
			q = atoi(y[i])
		}
		if p != q {
			return p > q
		}
	}
	return true
}

// atoi reads the digits that patterns have already checked.
func atoi(digits string) int {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}
