package runpodsim

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// volume is a network volume.
type volume struct {
	volumeOut
	meter    *simkit.Meter
	released time.Time // until when a pod that is gone still holds it
}

func (s *Sim) volume(id string) *volume {
	i := slices.IndexFunc(s.volumes, func(v *volume) bool { return v.ID == id })
	if i < 0 {
		return nil
	}
	return s.volumes[i]
}

// mounted is the volume of a pod, or nil.
func (s *Sim) mounted(p *pod) *volume {
	if p.network == nil {
		return nil
	}
	return s.volume(p.network.VolumeID)
}

func (s *Sim) listVolumes(*call) (int, any, *problem) {
	list := []volumeOut{}
	for _, v := range s.volumes {
		list = append(list, v.volumeOut)
	}
	return http.StatusOK, map[string]any{"networkVolumes": list}, nil
}

func (s *Sim) createVolume(_ *call, in volumeBody) (int, any, *problem) {
	d := s.dataCenter(in.DataCenter)
	if d == nil || len(d.out.NetworkVolumeTypes) == 0 {
		var able []string
		for _, other := range s.catalog.dataCenters {
			if len(other.out.NetworkVolumeTypes) > 0 && !other.unlisted {
				able = append(able, other.out.ID)
			}
		}
		return 0, nil, badRequest("data center %s does not support network volumes; supported: %s", in.DataCenter, strings.Join(able, ", "))
	}
	if in.Type == "" {
		in.Type = d.out.NetworkVolumeTypes[0]
	}
	if !slices.Contains(d.out.NetworkVolumeTypes, in.Type) {
		return 0, nil, badRequest("data center %s does not support volume type %s", in.DataCenter, in.Type)
	}
	rate := networkVolumeRate(*in.Size, in.Type)
	if s.broke || s.balance() < rate {
		return 0, nil, refuse(http.StatusPaymentRequired, "Your balance is too low to create this volume.")
	}
	v := &volume{volumeOut: volumeOut{
		ID: simkit.RandomID(s.rnd, 10), Name: *in.Name, Size: *in.Size, DataCenter: in.DataCenter, Type: in.Type,
	}, meter: simkit.NewMeter(s.now)}
	v.meter.Set(s.now, "storage", rate)
	s.volumes = append(s.volumes, v)
	return http.StatusCreated, v.volumeOut, nil
}

func (s *Sim) getVolume(c *call) (int, any, *problem) {
	v := s.volume(c.id)
	if v == nil {
		return 0, nil, notFound("network volume")
	}
	return http.StatusOK, v.volumeOut, nil
}

func (s *Sim) updateVolume(c *call, in volumeBody) (int, any, *problem) {
	v := s.volume(c.id)
	if v == nil {
		return 0, nil, notFound("network volume")
	}
	if in.Size != nil {
		if *in.Size < v.Size {
			return 0, nil, badRequest("size can only grow: the volume has %d GB", v.Size)
		}
		v.Size = *in.Size
		v.meter.Set(s.now, "storage", networkVolumeRate(v.Size, v.Type))
	}
	if in.Name != nil {
		v.Name = *in.Name
	}
	return http.StatusOK, v.volumeOut, nil
}

func (s *Sim) deleteVolume(c *call) (int, any, *problem) {
	v := s.volume(c.id)
	if v == nil {
		return 0, nil, notFound("network volume")
	}
	// Stopped pods hold it too.
	if s.now.Before(v.released) || slices.ContainsFunc(s.pods, func(p *pod) bool { return s.mounted(p) == v }) {
		return 0, nil, refuse(s.options.VolumeInUseStatus, volumeInUse)
	}
	v.meter.Stop(s.now)
	s.bury(v.meter, s.now, "network_volume", v.ID)
	s.volumes = slices.DeleteFunc(s.volumes, func(x *volume) bool { return x == v })
	return http.StatusNoContent, nil, nil
}
