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

type volumeBody struct {
	Name       *string `json:"name"`
	Size       *int    `json:"size"`
	DataCenter string  `json:"dataCenter"`
	Type       string  `json:"type"`
}

type volumeState struct {
	volumeOut
	HourlyUSD float64  `json:"hourly_usd"`
	BilledUSD float64  `json:"billed_usd"`
	PodIDs    []string `json:"pod_ids"`
}

// volumeNoun is network volumes.
func (s *Sim) volumeNoun() noun {
	size := &rule{kind: isInteger, min: bound(10), max: bound(4096)}
	create := &rule{kind: isObject, required: []string{"name", "size", "dataCenter"}, fields: map[string]*rule{
		"dataCenter": filled(), "name": filled(), "size": size, "type": {kind: isString, enum: []string{standard, highPerformance}},
	}}
	update := &rule{kind: isObject, minProps: 1, fields: map[string]*rule{"name": filled(), "size": size}}
	const path = "/v2/network-volumes"
	return noun{
		Key: "network_volumes", State: func() any { return simkit.Rows(s.volumes, s.volumeState) }, Reset: s.volumes.Clear,
		Bills: func() []simkit.Bill {
			return simkit.Rows(s.volumes, func(v *volume) simkit.Bill { return simkit.Bill{Kind: "network_volume", ID: v.ID, Meter: v.meter} })
		},
		Routes: []route{
			onList(path, "listNetworkVolumes", s.listVolumes),
			on(http.MethodPost, path, "createNetworkVolume", body(create, s.createVolume)),
			on(http.MethodGet, path+"/{id}", "getNetworkVolume", s.getVolume),
			on(http.MethodPatch, path+"/{id}", "updateNetworkVolume", body(update, s.updateVolume)),
			on(http.MethodDelete, path+"/{id}", "deleteNetworkVolume", s.deleteVolume),
		},
	}
}

func (s *Sim) volumeState(v *volume) volumeState {
	row := volumeState{volumeOut: v.volumeOut, HourlyUSD: v.meter.Rate(), BilledUSD: v.meter.Total(s.now), PodIDs: []string{}}
	for _, p := range s.pods.Where(func(p *pod) bool { return s.mounted(p) == v }) {
		row.PodIDs = append(row.PodIDs, p.id)
	}
	return row
}

// mounted is the volume of a pod, or nil.
func (s *Sim) mounted(p *pod) *volume {
	if p.network == nil {
		return nil
	}
	return s.volumes.Get(p.network.VolumeID)
}

func (s *Sim) listVolumes(*call) (int, any, *problem) {
	return http.StatusOK, map[string]any{"networkVolumes": simkit.Rows(s.volumes, func(v *volume) volumeOut { return v.volumeOut })}, nil
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
	s.volumes.Add(v)
	return http.StatusCreated, v.volumeOut, nil
}

func (s *Sim) getVolume(c *call) (int, any, *problem) {
	v := s.volumes.Get(c.id)
	if v == nil {
		return 0, nil, notFound("network volume")
	}
	return http.StatusOK, v.volumeOut, nil
}

func (s *Sim) updateVolume(c *call, in volumeBody) (int, any, *problem) {
	v := s.volumes.Get(c.id)
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
	v := s.volumes.Get(c.id)
	if v == nil {
		return 0, nil, notFound("network volume")
	}
	// Stopped pods hold it too.
	if s.now.Before(v.released) || s.pods.Used(func(p *pod) bool { return s.mounted(p) == v }) {
		return 0, nil, refuse(s.options.VolumeInUseStatus, volumeInUse)
	}
	v.meter.Stop(s.now)
	s.bury(v.meter, s.now, "network_volume", v.ID)
	s.volumes.Remove(v)
	return http.StatusNoContent, nil, nil
}
