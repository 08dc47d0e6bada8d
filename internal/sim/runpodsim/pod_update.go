package runpodsim

import (
	"maps"
	"net/http"
	"time"
)

// updatePod changes what the body names. A container field or a mount resets
// the pod: its container is recreated on the same host and its disk is wiped.
func (s *Sim) updatePod(c *call, in updatePodBody) (int, any, *problem) {
	p := s.pods.Get(c.id)
	if p == nil {
		return 0, nil, notFound("pod")
	}
	next := p.container
	next.env = maps.Clone(p.env)
	resets := in.touches()
	body := in.containerBody
	if in.TemplateID != nil {
		from := s.templates.Get(*in.TemplateID)
		if from == nil {
			return 0, nil, notFound("template")
		}
		if from.Serverless {
			return 0, nil, refuse(http.StatusUnprocessableEntity, "template %s is a serverless template", from.ID)
		}
		next, resets = from.container(), true
	}
	if pr := s.apply(&next, body, in.TemplateID != nil); pr != nil {
		return 0, nil, pr
	}
	mounts, pr := p.remount(in.Mounts)
	if pr != nil {
		return 0, nil, pr
	}
	if pr := s.checkGlobalNetwork(p, in.GlobalNetworking); pr != nil {
		return 0, nil, pr
	}
	resets = resets || mounts.set
	locked := p.locked
	if in.Locked != nil {
		locked = *in.Locked
	}
	if resets && locked && p.locked {
		return 0, nil, s.isLocked()
	}

	p.locked = locked
	if in.Name != nil {
		p.name = *in.Name
	}
	if in.GlobalNetworking != nil {
		p.globalNet = *in.GlobalNetworking
	}
	if mounts.set {
		p.persistent, p.network = mounts.persistent, mounts.network
	}
	p.container = next
	if resets {
		s.reset(p)
	}
	return http.StatusOK, s.out(p), nil
}

// reset recreates the container. A pod that is stopped takes its new values
// at the next start.
func (s *Sim) reset(p *pod) {
	if !p.stopped && !p.lost {
		boot := s.kit.Boot()
		var lag time.Duration
		if s.options.ResetKeepsRunning && p.status(s.now) == running {
			lag = boot / 10
		}
		s.begin(p, lag, 0, boot/2, true)
	}
	s.meterPod(p, s.now)
}

// remounted is what a PATCH makes of the mounts; set tells whether anything changes.
type remounted struct {
	set        bool
	persistent *persistentMount
	network    *networkMount
}

func (p *pod) remount(in mountsBody) (remounted, *problem) {
	m := remounted{persistent: p.persistent, network: p.network}
	if in.Persistent != nil && in.Network != nil && len(*in.Network) > 0 {
		return m, badRequest("mounts.persistent and mounts.network are mutually exclusive")
	}
	if in.Persistent != nil {
		switch {
		case p.persistent == nil:
			return m, badRequest("a persistent mount cannot be added after creation")
		case in.Persistent.Size < p.persistent.Size:
			return m, badRequest("mounts.persistent.size can only grow: it is %d GB", p.persistent.Size)
		}
		mount := *in.Persistent
		m.set, m.persistent = true, &mount
	}
	if in.Network != nil {
		switch {
		case len(*in.Network) == 0:
			return m, badRequest("mounts.network cannot be cleared")
		case p.network == nil:
			return m, badRequest("a network mount cannot be added after creation")
		case (*in.Network)[0].VolumeID != p.network.VolumeID:
			return m, badRequest("the network volume of a pod cannot be changed")
		}
		mount := (*in.Network)[0]
		m.set, m.network = true, &mount
	}
	return m, nil
}

func (s *Sim) checkGlobalNetwork(p *pod, wanted *bool) *problem {
	if wanted == nil || !*wanted {
		return nil
	}
	if g := s.gpuTypeOf(p); g == nil || g.out.Manufacturer != "NVIDIA" {
		return badRequest("globalNetworking requires an NVIDIA GPU pod")
	}
	if !s.hasGlobalNetwork(p.host.at.dataCenter) {
		return badRequest("globalNetworking is not available in data center %s", p.host.at.dataCenter)
	}
	return nil
}

func (s *Sim) isLocked() *problem { return refuse(s.options.LockedStatus, "the pod is locked") }
