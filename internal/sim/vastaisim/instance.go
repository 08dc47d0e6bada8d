package vastaisim

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Values of the status fields.
const (
	stRunning   = "running"
	stStopped   = "stopped"
	stExited    = "exited"
	stCreated   = "created"
	stLoading   = "loading"
	stRebooting = "rebooting"
	stRecycling = "recycling"
	stOffline   = "offline"
	stUnloaded  = "unloaded"
)

// instance is a rental of the account with its container.
type instance struct {
	id       int64
	contract *contract
	facts    row // what the offer said of the hardware
	launch   launch
	label    *string
	keys     []sshKey
	volumes  []int64
	token    string // of Jupyter

	diskGB      float64
	storageCost float64 // USD per GB-month, agreed at the rental
	created     time.Time
	ends        time.Time
	expired     bool

	intended, current, next string
	actual                  string // "" is null
	message                 string // "" is null
	started                 time.Time
	hostPorts               map[mapping]int
	nullPolls               int
	unloaded                time.Time // when it was destroyed
	steps                   []step
	meter                   *simkit.Meter
}

// step is something that happens to an instance by itself.
type step struct {
	at time.Time
	do func()
}

// after plans a step; steps are planned in the order of time.
func (s *Sim) after(i *instance, d time.Duration, do func()) {
	i.steps = append(i.steps, step{s.now.Add(d), do})
}

// shown is the container state a reader sees.
func (i *instance) shown() string {
	if i.contract.machine.offline && i.unloaded.IsZero() {
		return stOffline
	}
	return i.actual
}

// runs tells whether the GPU is billed now.
func (i *instance) runs() bool { return i.shown() == stRunning }

// become sets the container state.
func (s *Sim) become(i *instance, actual, message string) {
	i.actual, i.message = actual, message
	s.charge(i)
}

// rates are what the instance costs now, USD/h: the GPU while it runs, the disk
// in every state, nothing while the host is away.
func (i *instance) rates() (gpu, disk float64) {
	if i.contract.machine.offline {
		return 0, 0
	}
	if i.runs() {
		gpu = i.contract.price
	}
	return gpu, i.storageCost * i.diskGB / hoursPerMonth
}

// charge sets what the instance costs from now on.
func (s *Sim) charge(i *instance) {
	gpu, disk := i.rates()
	i.meter.Set(s.now, "gpu", gpu)
	i.meter.Set(s.now, "disk", disk)
}

// gained starts the container on the GPUs the instance was given.
func (s *Sim) gained(i *instance) {
	i.current, i.next = stRunning, stRunning
	s.boot(i)
}

// lost stops the container of an instance that was outbid or displaced. It
// goes on wanting its GPUs, unless it was about to stop anyway.
func (s *Sim) lost(i *instance) {
	i.contract.wants = i.intended == stRunning
	i.current, i.next, i.steps = stStopped, stStopped, nil
	s.halt(i, "Instance paused: the GPUs were rented at a higher priority")
}

// halt ends the container in the state a stopped one is shown in. One that
// never was created stays so.
func (s *Sim) halt(i *instance, message string) {
	actual := i.actual
	if actual != "" {
		actual = stExited
		if s.opt.StopShowsStopped {
			actual = stStopped
		}
	}
	s.become(i, actual, message)
}

// boot starts the container: from nothing through created and loading, or, for
// one that exists, through loading alone in half the time.
func (s *Sim) boot(i *instance) {
	i.steps = nil
	total := s.kit.Boot()
	created, loading := total/10, total/4
	if i.actual != "" {
		total, created, loading = total/2, 0, 0
	}
	s.openPorts(i)
	s.after(i, created, func() { s.become(i, stCreated, "") })
	if strings.Contains(i.launch.image, "oci-error") {
		s.after(i, total, func() {
			s.become(i, stCreated, "Error response from daemon: OCI runtime create failed: runc create failed: unable to start container process")
		})
		s.after(i, max(total, s.opt.GiveUp), func() { s.abandon(i) })
		return
	}
	s.after(i, loading, func() { s.become(i, stLoading, i.launch.image+": Pulling fs layer") })
	if strings.Contains(i.launch.image, "does-not-exist") {
		s.after(i, total, func() {
			s.become(i, stLoading, "Error response from daemon: manifest for "+i.launch.image+" not found: manifest unknown")
		})
		s.after(i, max(total, s.opt.GiveUp), func() { s.abandon(i) })
		return
	}
	s.after(i, total, func() { s.run(i) })
	if strings.Contains(i.launch.image, "exits-at-once") {
		s.after(i, total, func() { s.become(i, stExited, "container exited with code 0") })
	}
}

// run is the moment the container is up.
func (s *Sim) run(i *instance) {
	i.started = s.now
	mode := "ssh"
	switch {
	case i.launch.has("args"):
		mode = "args"
	case strings.Contains(i.launch.runtype, "jupyter"):
		mode = "jupyter"
	}
	s.become(i, stRunning, "success, running "+strings.ReplaceAll(i.launch.image, ":", "_")+"/"+mode)
}

// abandon is the platform giving up a container that does not start: only the
// intention and the GPUs change.
func (s *Sim) abandon(i *instance) {
	i.steps = nil
	i.intended, i.current, i.next = stStopped, stStopped, stStopped
	s.release(i)
}

// stop ends the container after lag. The intention changes at once.
func (s *Sim) stop(i *instance, lag time.Duration) {
	i.intended, i.next = stStopped, stStopped
	if i.current != stRunning {
		i.steps = nil
		s.release(i)
		return
	}
	end := func() {
		i.current, i.steps = stStopped, nil
		s.halt(i, i.message)
		s.release(i)
	}
	if lag <= 0 {
		end()
		return
	}
	i.steps = nil
	s.after(i, lag, end)
}

// release gives the GPUs back to the market.
func (s *Sim) release(i *instance) {
	i.contract.wants = false
	s.allocate(i.contract.machine)
	s.charge(i)
}

// restart restarts the container in place: the GPUs stay.
func (s *Sim) restart(i *instance, state string) {
	i.steps = nil
	lag, again := s.kit.Boot()/10, func() { s.boot(i) }
	if state == stRebooting && i.actual == stRunning {
		again = func() { s.run(i) } // the same container with the same ports
	}
	s.become(i, state, "")
	s.after(i, lag, again)
}

// openPorts draws an outside port for every container port. A host without open
// ports maps none.
func (s *Sim) openPorts(i *instance) {
	i.hostPorts = map[mapping]int{}
	if i.facts.float("direct_port_count", 0) < 1 {
		return
	}
	taken := map[int]bool{}
	for _, m := range i.launch.mappings() {
		outside := s.kit.PublicPort(func() int {
			outside := 20_000 + s.rnd.IntN(40_000)
			for taken[outside] {
				outside++
			}
			return outside
		})
		taken[outside] = true
		// From 70000 on, a port asks for the same number inside and outside.
		if inside, err := strconv.Atoi(m.port); err == nil && inside >= 70_000 {
			m.port = strconv.Itoa(outside)
		}
		i.hostPorts[m] = outside
	}
}

// Ports are the mapped ports of the instances that run.
func (s *Sim) Ports() []simkit.Port {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())
	var all []simkit.Port
	for _, i := range s.instances.Where((*instance).runs) {
		for m, outside := range i.hostPorts {
			all = append(all, simkit.Port{Public: outside, Private: m.port + "/" + m.protocol, Owner: "instance " + key(i.id)})
		}
	}
	return all
}

// portRange is the lowest and the highest outside port, -1 when there is none.
func (i *instance) portRange() (low, high int) {
	if !i.runs() || len(i.hostPorts) == 0 {
		return -1, -1
	}
	ports := slices.Sorted(maps.Values(i.hostPorts))
	return ports[0], ports[len(ports)-1]
}

// instanceOf is the instance of a call's first id, or the refusal.
func (s *Sim) instanceOf(c *call, unknown *refusal) (*instance, *refusal) {
	id, ok := c.number(0)
	if !ok {
		return nil, badInstanceID()
	}
	if i := s.instance(id); i != nil {
		return i, nil
	}
	return nil, unknown
}

func (s *Sim) instance(id int64) *instance { return s.instances.Get(key(id)) }
