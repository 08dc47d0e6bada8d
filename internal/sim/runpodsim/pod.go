package runpodsim

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// container is what a pod runs.
type container struct {
	image, args string
	disk        int // GB
	env         map[string]string
	ports       []string
	registry    *string
}

// pod is one rented machine share.
type pod struct {
	id, name string
	container
	hidden     map[string]string // env that is injected and not returned
	persistent *persistentMount
	network    *networkMount
	gpu        *gpuOut
	cpu        *cpuOut
	cloud      string
	template   *string
	locked     bool
	created    time.Time
	token      string  // of the SSH proxy
	rate       float64 // compute, USD/h, agreed at create
	globalNet  bool    // wanted from the next start on

	host    *machine
	holds   bool // its units on the host
	stopped bool
	lost    bool   // its host is offline
	lan     string // address in the global network, the same all its life
	ip      string
	run     *run
	before  *run // what is still seen until run begins
	meter   *simkit.Meter
}

// run is one life of a pod's container.
type run struct {
	begins, starts, runs time.Time // PROVISIONING, STARTING, RUNNING
	ended                time.Time // when it was stopped; zero while it goes on
	outcome              outcome
	ports                map[string]portOut // by "22/tcp"
	globalNet            bool
	image                string
}

// outcome is how a container start ends.
type outcome int

const (
	comesUp outcome = iota
	pullFails
	createFails
	exitsAtOnce
	neverStarts
)

// outcomeOf reads the documented words in an image reference.
func outcomeOf(image string) outcome {
	switch {
	case strings.Contains(image, "does-not-exist"), strings.HasPrefix(image, "invalid/"):
		return pullFails
	case strings.Contains(image, "oci-error"):
		return createFails
	case strings.Contains(image, "exits-at-once"):
		return exitsAtOnce
	case strings.Contains(image, "never-starts"):
		return neverStarts
	default:
		return comesUp
	}
}

// units are the GPUs or vCPUs the pod takes on its host.
func (p *pod) units() int {
	if p.gpu != nil {
		return p.gpu.Count
	}
	return p.cpu.VCPUCount
}

// current is the run that shows at a time.
func (p *pod) current(now time.Time) *run {
	if p.before != nil && now.Before(p.run.begins) {
		return p.before
	}
	return p.run
}

// status follows from the time alone, given what was done to the pod.
func (p *pod) status(now time.Time) string {
	r := p.current(now)
	switch {
	case p.stopped, p.lost:
		return exited
	case now.Before(r.starts):
		return provisioning
	case now.Before(r.runs), r.outcome == neverStarts:
		return starting
	case r.outcome == pullFails, r.outcome == createFails:
		return failed
	default:
		return running
	}
}

// actions are what the status permits.
func actions(status string) []string {
	switch status {
	case provisioning, starting:
		return []string{"stop", "terminate"}
	case running:
		return []string{"stop", "restart", "terminate"}
	default:
		return []string{"start", "terminate"}
	}
}

// begin starts a new container life: seen from lag on, in STARTING after wait,
// up after boot more. Ports get new public numbers.
func (s *Sim) begin(p *pod, lag, wait, boot time.Duration, keepNetwork bool) {
	var old *run
	if p.run != nil {
		old = p.current(s.now)
	}
	begins := s.now.Add(lag)
	p.run = &run{
		begins: begins, starts: begins.Add(wait), runs: begins.Add(wait + boot),
		outcome: outcomeOf(p.image), image: p.image, ports: s.mapPorts(p), globalNet: p.globalNet,
	}
	if p.run.outcome == pullFails && s.options.BadImageStarts {
		p.run.outcome = neverStarts
	}
	if keepNetwork && old != nil {
		p.run.globalNet = old.globalNet
	}
	p.before = nil
	if lag > 0 && old != nil && !p.stopped && !p.lost {
		p.before = old
	}
	p.stopped, p.lost = false, false
}

// mapPorts gives every TCP port a public number. A port above 70000 asks for
// the same number inside and outside.
func (s *Sim) mapPorts(p *pod) map[string]portOut {
	mapped := map[string]portOut{}
	used := map[int]bool{}
	for _, spec := range p.ports {
		number, protocol, _ := strings.Cut(spec, "/")
		private := atoi(number)
		if protocol == "http" {
			ip := s.kit.Address("100.65.0." + number[:1])
			public := s.kit.PublicPort(func() int { return 60000 + len(mapped) })
			mapped[spec] = portOut{Private: private, Public: &public, Type: "http", IP: &ip}
			continue
		}
		public := s.kit.PublicPort(func() int {
			public := 10000 + s.rnd.IntN(50000)
			for used[public] {
				public = 10000 + s.rnd.IntN(50000)
			}
			return public
		})
		used[public] = true
		if private > maxPort {
			private = public
		}
		ip := s.kit.Address(p.ip)
		mapped[spec] = portOut{Private: private, Public: &public, Type: "tcp", IP: &ip}
	}
	return mapped
}

// meterPod makes the pod cost what its state costs, from now on.
func (s *Sim) meterPod(p *pod, now time.Time) {
	compute, containerDisk, volume := p.rate, float64(p.disk)*diskRunning/hoursPerMonth, 0.0
	if p.persistent != nil {
		volume = float64(p.persistent.Size) * diskRunning / hoursPerMonth
	}
	switch {
	case p.lost: // an unavailable host costs nothing
		compute, containerDisk, volume = 0, 0, 0
	case p.stopped:
		compute, containerDisk, volume = 0, 0, volume*diskStopped/diskRunning
	}
	p.meter.Set(now, "compute", compute)
	p.meter.Set(now, "container_disk", containerDisk)
	p.meter.Set(now, "volume_disk", volume)
}

// stop ends the container and frees the units for others.
func (s *Sim) stop(p *pod, now time.Time) {
	p.end(now)
	p.stopped = true
	s.release(p)
	s.meterPod(p, now)
}

// end notes when the container went away, of which nothing comes up any more.
func (p *pod) end(now time.Time) {
	p.run = p.current(now)
	p.run.ended, p.before = now, nil
}

// up tells whether the container ever ran.
func (r *run) up(now time.Time) bool {
	switch {
	case now.Before(r.runs), r.outcome == neverStarts, r.outcome == pullFails, r.outcome == createFails:
		return false
	default:
		return r.ended.IsZero() || !r.ended.Before(r.runs)
	}
}

func (s *Sim) release(p *pod) {
	if p.holds {
		p.holds = false
		p.host.used -= p.units()
	}
}

func (s *Sim) occupy(p *pod) {
	if !p.holds {
		p.holds = true
		p.host.used += p.units()
	}
}

// remove deletes a pod for good and keeps its bill.
func (s *Sim) remove(p *pod, now time.Time) {
	s.release(p)
	p.meter.Stop(now)
	s.bury(p.meter, now, "pod", p.id)
	if v := s.mounted(p); v != nil {
		v.released = now.Add(s.options.VolumeRelease)
	}
	if p.template != nil {
		if t := s.templates.Get(*p.template); t != nil {
			t.released = now.Add(s.options.TemplateRelease)
		}
	}
	s.pods.Remove(p)
}

// out is the pod as the API shows it at s.now.
func (s *Sim) out(p *pod) podOut {
	r, status := p.current(s.now), p.status(s.now)
	o := podOut{
		ID: p.id, Name: p.name, Status: status, Actions: actions(status),
		containerOut: p.out(), GPU: p.gpuOut(), CPU: p.cpu, Cloud: p.cloud,
		DataCenterID: &p.host.at.dataCenter, Locked: p.locked, Template: p.template,
		CreatedAt: p.created, Cost: round(p.rate),
	}
	o.Mounts.Persistent = p.persistent
	if p.network != nil {
		o.Mounts.Network = []networkMount{*p.network}
	}
	if p.host.cuda != "" {
		o.CudaVersion = &p.host.cuda
	}
	if status == exited {
		o.Cost = 0
	}
	user := p.id + "-" + p.token
	o.SSH.Proxy = &sshEndpoint{Host: "ssh.runpod.io", Port: 22, Username: user, Command: "ssh " + user + "@ssh.runpod.io"}
	if r.up(s.now) {
		since := r.runs
		o.StartedAt = &since
	}
	if r.globalNet && r.up(s.now) {
		o.GlobalNetworking = globalNetworkOut{Enabled: true, IP: p.lan, InternalDNS: p.id + ".runpod.internal"}
	}
	if s.options.EmptyRuntime {
		o.Runtime = struct{}{}
	}
	if status == running {
		o.Runtime = s.runtime(p, r)
		if port, mapped := r.ports["22/tcp"]; mapped && s.mappedBy(r) {
			o.SSH.Direct = directSSH(*port.IP, *port.Public)
		}
	}
	return o
}

// gpuOut is what the pod has of its host.
func (p *pod) gpuOut() *gpuOut {
	if p.gpu == nil {
		return nil
	}
	n := p.gpu.Count
	return &gpuOut{ID: p.gpu.ID, Count: n, VCPUCount: p.host.share.vcpus * n, Memory: p.host.share.ramGB * n}
}

func (c container) out() containerOut {
	return containerOut{
		Image: c.image, Args: c.args, Disk: c.disk, Env: maps.Clone(c.env), Ports: slices.Clone(c.ports), Registry: c.registry,
	}
}

func (s *Sim) runtime(p *pod, r *run) *runtimeOut {
	o := &runtimeOut{Uptime: int(s.now.Sub(r.runs).Seconds()), CPU: utilOut{3}, Memory: utilOut{7}}
	for range p.gpuCount() {
		o.GPUs = append(o.GPUs, gpuUtilOut{})
	}
	for _, spec := range slices.Sorted(maps.Keys(r.ports)) {
		port := r.ports[spec]
		if port.Type == "tcp" && !s.mappedBy(r) {
			port.Public, port.IP = nil, nil
		}
		o.Ports = append(o.Ports, port)
	}
	return o
}

// mappedBy tells whether the TCP ports of a run have their public numbers by now.
func (s *Sim) mappedBy(r *run) bool { return s.now.Sub(r.runs) >= s.options.PortsLag }

// Ports are the mapped ports of the pods that run.
func (s *Sim) Ports() []simkit.Port {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())
	var all []simkit.Port
	for _, p := range s.pods.Where(func(p *pod) bool { return p.status(s.now) == running }) {
		ports := p.current(s.now).ports
		for _, spec := range slices.Sorted(maps.Keys(ports)) {
			all = append(all, simkit.Port{Public: *ports[spec].Public, Private: spec, Owner: "pod " + p.id})
		}
	}
	return all
}

func (p *pod) gpuCount() int {
	if p.gpu == nil {
		return 0
	}
	return p.gpu.Count
}

func round(usd float64) float64 { return math.Round(usd*1e6) / 1e6 }
