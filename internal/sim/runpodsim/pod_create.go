package runpodsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Limits on what a container may ask for.
const (
	maxHTTPPorts = 10
	maxEnv       = 50
	maxPort      = 65535
	symmetric    = 70000 // TCP "ports" above ask for the same number inside and outside
)

func (s *Sim) createPod(_ *call, in createPodBody) (int, any, *problem) {
	var from *template
	if in.TemplateID != nil {
		if from = s.templates.Get(*in.TemplateID); from == nil {
			return 0, nil, notFound("template")
		}
		if from.Serverless {
			return 0, nil, refuse(http.StatusUnprocessableEntity, "template %s is a serverless template", from.ID)
		}
	}
	p, pr := s.compose(in, from)
	if pr != nil {
		return 0, nil, pr
	}
	if pr := s.checkPlacement(p, in); pr != nil {
		return 0, nil, pr
	}
	if s.broke || s.balance() < p.rate+float64(p.disk)*diskRunning/hoursPerMonth {
		return 0, nil, refuse(http.StatusPaymentRequired, "Your balance is too low to run this pod for one hour.")
	}
	host := s.schedule(p, in, from)
	if host == nil {
		return 0, nil, badRequest(noCapacity)
	}
	s.install(p, host)
	return http.StatusCreated, s.out(p), nil
}

// install rents the host and boots the pod.
func (s *Sim) install(p *pod, host *machine) {
	p.host, p.ip = host, host.ip
	s.installed++
	p.lan = fmt.Sprintf("10.1.%d.%d", s.installed/250, 1+s.installed%250)
	s.occupy(p)
	boot := s.kit.Boot()
	s.begin(p, 0, boot/4, boot-boot/4, false)
	p.meter = simkit.NewMeter(s.now)
	s.meterPod(p, s.now)
	s.pods.Add(p)
}

// compose resolves template and body into a pod that has no host yet, and
// checks the rules between fields.
func (s *Sim) compose(in createPodBody, from *template) (*pod, *problem) {
	if (in.GPU == nil) == (in.CPU == nil) {
		return nil, badRequest("exactly one of gpu and cpu must be set")
	}
	p := &pod{
		id: simkit.RandomID(s.rnd, 14), token: fmt.Sprintf("%08x", s.rnd.Uint32()), name: in.Name,
		cloud: in.Cloud, globalNet: in.GlobalNetworking, created: s.now.Truncate(time.Millisecond),
	}
	if p.cloud == "" {
		p.cloud = secure
	}
	p.container = container{disk: s.options.DefaultDiskGB, env: map[string]string{}, ports: []string{}}
	startSSH, startJupyter := false, false
	if from != nil {
		p.container = from.container()
		startSSH, startJupyter = from.StartSSH, from.StartJupyter
		if in.CPU == nil && from.Mounts.Persistent != nil {
			mount := *from.Mounts.Persistent
			p.persistent = &mount
		}
		if s.options.TemplateLink {
			p.template = &from.ID
		}
	}
	if pr := s.apply(&p.container, in.containerBody, true); pr != nil {
		return nil, pr
	}
	if pr := s.mount(p, in); pr != nil {
		return nil, pr
	}
	if in.StartSSH != nil {
		startSSH = *in.StartSSH
	}
	if in.StartJupyter != nil {
		startJupyter = *in.StartJupyter
	}
	s.inject(p, startSSH, startJupyter)
	return p, s.computeOf(p, in)
}

// apply puts the fields of a body over a container. merge keeps the variables
// that the body does not name.
func (s *Sim) apply(c *container, b containerBody, merge bool) *problem {
	if b.Image != nil {
		if *b.Image == "" {
			return badRequest("image may not be empty")
		}
		if strings.Contains(*b.Image, "not-in-registry") {
			return refuse(http.StatusUnprocessableEntity, "image %s was not found in its registry", *b.Image)
		}
		c.image = *b.Image
	}
	if b.Args != nil {
		c.args = *b.Args
	}
	if b.Disk != nil {
		c.disk = *b.Disk
	}
	if b.Env != nil {
		env := map[string]string{}
		if merge {
			for key, value := range c.env {
				env[key] = value
			}
		}
		for key, value := range *b.Env {
			env[key] = value
		}
		if len(env) > maxEnv {
			return badRequest("a pod may have at most %d environment variables", maxEnv)
		}
		c.env = env
	}
	if b.Ports != nil {
		if pr := checkPorts(*b.Ports); pr != nil {
			return pr
		}
		c.ports = append([]string{}, *b.Ports...)
	}
	if b.Registry.set {
		if id := b.Registry.value; id != nil && s.registries.Get(*id) == nil {
			return badRequest("registry %s does not exist", *id)
		}
		c.registry = b.Registry.value
	}
	return nil
}

func checkPorts(ports []string) *problem {
	web := 0
	for _, spec := range ports {
		number, protocol, _ := strings.Cut(spec, "/")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || (protocol != "http" && protocol != "tcp") ||
			(n > maxPort && (protocol == "http" || n <= symmetric)) {
			return badRequest("port %q is not of the form <port>/http or <port>/tcp", spec)
		}
		if protocol == "http" {
			web++
		}
	}
	if web > maxHTTPPorts {
		return badRequest("a pod may expose at most %d http ports", maxHTTPPorts)
	}
	return nil
}

// mount sets what the body asks for over what the template gave.
func (s *Sim) mount(p *pod, in createPodBody) *problem {
	m := in.Mounts
	switch {
	case m.Persistent != nil && m.Network != nil && len(*m.Network) > 0:
		return badRequest("mounts.persistent and mounts.network are mutually exclusive")
	case m.Persistent != nil && in.CPU != nil:
		return badRequest("mounts.persistent is not supported on CPU pods")
	case m.Persistent != nil:
		mount := *m.Persistent
		p.persistent = &mount
	case m.Network != nil && len(*m.Network) > 0:
		mount := (*m.Network)[0]
		p.network, p.persistent = &mount, nil
	}
	return nil
}

// inject sets PUBLIC_KEY and JUPYTER_PASSWORD unless env has them.
func (s *Sim) inject(p *pod, ssh, jupyter bool) {
	injected := map[string]string{}
	if _, own := p.env["PUBLIC_KEY"]; ssh && !own && len(s.keys) > 0 {
		injected["PUBLIC_KEY"] = strings.Join(s.keys, "\n")
	}
	if _, own := p.env["JUPYTER_PASSWORD"]; jupyter && !own {
		injected["JUPYTER_PASSWORD"] = simkit.RandomID(s.rnd, 20)
	}
	p.hidden = map[string]string{}
	into := p.env
	if s.options.HideInjectedEnv {
		into = p.hidden
	}
	for key, value := range injected {
		into[key] = value
	}
}

// computeOf sets what is rented and at which rate.
func (s *Sim) computeOf(p *pod, in createPodBody) *problem {
	if in.CPU != nil {
		t, n := s.cpuType(in.CPU.ID), in.CPU.VCPUCount
		switch {
		case p.cloud == community:
			return badRequest("CPU pods are offered in the SECURE cloud only")
		case n&(n-1) != 0:
			return badRequest("vcpuCount must be a power of two")
		case t == nil:
			return nil // unknown flavors find no capacity
		case n < t.VCPU.Min || n > t.VCPU.Max:
			return badRequest("vcpuCount must be between %d and %d for %s", t.VCPU.Min, t.VCPU.Max, t.ID)
		}
		p.cpu = &cpuOut{ID: t.ID, VCPUCount: n, Memory: max(1, int(t.RAMGBPerVCPU*float64(n)))}
		p.rate = t.Price.SecurePerVCPU * float64(n)
		return nil
	}
	if in.GPU.AllowedCudaVersions != nil && len(*in.GPU.AllowedCudaVersions) > 0 && in.GPU.MinCudaVersion != nil {
		return badRequest("gpu.allowedCudaVersions and gpu.minCudaVersion are mutually exclusive")
	}
	g := s.gpuType(in.GPU.ID)
	if g == nil {
		return nil
	}
	count := 1
	if in.GPU.Count != nil {
		count = *in.GPU.Count
	}
	p.gpu = &gpuOut{ID: g.out.ID, Count: count}
	price := g.out.Price.Secure
	if p.cloud == community {
		price = g.out.Price.Community
	}
	p.rate = price * float64(count)
	return nil
}

// checkPlacement checks what ties a pod to a place: its volume and its network.
func (s *Sim) checkPlacement(p *pod, in createPodBody) *problem {
	if p.network != nil {
		v := s.volumes.Get(p.network.VolumeID)
		switch {
		case v == nil:
			return notFound("network volume")
		case p.cloud != secure:
			return badRequest("network volumes can be mounted in the SECURE cloud only")
		case len(in.DataCenterIDs) > 0 && !slices.Contains(in.DataCenterIDs, v.DataCenter):
			return badRequest("network volume %s is in data center %s, which dataCenterIds leaves out", v.ID, v.DataCenter)
		}
	}
	if p.globalNet {
		if g := s.gpuTypeOf(p); g == nil || g.out.Manufacturer != "NVIDIA" {
			return badRequest("globalNetworking requires an NVIDIA GPU pod")
		}
		if len(in.DataCenterIDs) > 0 && !slices.ContainsFunc(in.DataCenterIDs, s.hasGlobalNetwork) {
			return badRequest("globalNetworking is not available in the requested data centers")
		}
	}
	return nil
}

func (s *Sim) gpuTypeOf(p *pod) *gpuType {
	if p.gpu == nil {
		return nil
	}
	return s.gpuType(p.gpu.ID)
}

func (s *Sim) hasGlobalNetwork(id string) bool {
	d := s.dataCenter(id)
	return d != nil && d.out.GlobalNetwork
}

// schedule finds a host, or nil.
func (s *Sim) schedule(p *pod, in createPodBody, from *template) *machine {
	if p.gpu == nil && p.cpu == nil {
		return nil // a type that nobody has
	}
	var resource string
	want := demand{cuda: func(string) bool { return true }}
	if p.gpu != nil {
		resource = p.gpu.ID
		if in.GPU.Count == nil && !s.options.CountOptional {
			return nil
		}
		if g := s.gpuType(resource); (p.cloud == secure && !g.out.Secure) || (p.cloud == community && !g.out.Community) {
			return nil
		}
		want = demand{cudaFit(in.GPU, from), share{in.GPU.MinVCPUCountPerGPU, in.GPU.MinRAMPerGPU}}
	} else {
		resource = p.cpu.ID
	}
	for _, dc := range s.dataCentersOf(resource, p.cloud, p.units()) {
		if len(in.DataCenterIDs) > 0 && !slices.Contains(in.DataCenterIDs, dc.out.ID) {
			continue
		}
		if p.network != nil && s.volumes.Get(p.network.VolumeID).DataCenter != dc.out.ID {
			continue
		}
		if p.globalNet && !dc.out.GlobalNetwork {
			continue
		}
		if host := s.place(shelf{resource, p.cloud, dc.out.ID}, p.units(), want); host != nil {
			return host
		}
	}
	return nil
}

// cudaFit judges a host's CUDA version by the body, which replaces the
// template's constraint as a whole.
func cudaFit(g *gpuBody, from *template) func(string) bool {
	allowed, floor := []string(nil), ""
	switch {
	case g.AllowedCudaVersions != nil || g.MinCudaVersion != nil:
		if g.AllowedCudaVersions != nil {
			allowed = *g.AllowedCudaVersions
		}
		if g.MinCudaVersion != nil {
			floor = *g.MinCudaVersion
		}
	case from != nil:
		allowed = from.AllowedCudaVersions
	}
	return func(version string) bool {
		if len(allowed) > 0 {
			return slices.Contains(allowed, version)
		}
		return floor == "" || (version != "" && newer(version, floor))
	}
}
