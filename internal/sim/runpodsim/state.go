package runpodsim

import "slices"

// podState is a pod as the API shows it, with what a test wants to know besides.
type podState struct {
	podOut
	HostID    string             `json:"host_id"`
	HourlyUSD float64            `json:"hourly_usd"` // everything it costs now, disks included
	BilledUSD float64            `json:"billed_usd"`
	Billed    map[string]float64 `json:"billed"`               // by component
	HiddenEnv map[string]string  `json:"hidden_env,omitempty"` // injected and not returned by the API
}

type volumeState struct {
	volumeOut
	HourlyUSD float64  `json:"hourly_usd"`
	BilledUSD float64  `json:"billed_usd"`
	PodIDs    []string `json:"pod_ids"`
}

type state struct {
	Pods           []podState    `json:"pods"`
	NetworkVolumes []volumeState `json:"network_volumes"`
	Templates      []templateOut `json:"templates"`
	Registries     []registryOut `json:"registries"`
	SSHKeys        []string      `json:"ssh_keys"`
	Balance        float64       `json:"balance"`
	HourlyUSD      float64       `json:"hourly_usd"`
	BilledUSD      float64       `json:"billed_usd"` // everything so far, objects that are gone included
}

// State is everything that exists now. Environments are shown.
func (s *Sim) State() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())
	st := state{
		Pods: []podState{}, NetworkVolumes: []volumeState{}, Templates: s.templatesOf(""), Registries: []registryOut{},
		SSHKeys: slices.Clone(s.keys), Balance: s.balance(), HourlyUSD: s.rate(),
	}
	for _, c := range s.ledger() {
		st.BilledUSD += c.USD
	}
	for _, p := range s.pods {
		st.Pods = append(st.Pods, podState{
			podOut: s.out(p), HostID: p.host.id, HourlyUSD: p.meter.Rate(), BilledUSD: p.meter.Total(s.now),
			Billed: p.meter.Billed(s.now), HiddenEnv: p.hidden,
		})
	}
	for _, v := range s.volumes {
		row := volumeState{volumeOut: v.volumeOut, HourlyUSD: v.meter.Rate(), BilledUSD: v.meter.Total(s.now), PodIDs: []string{}}
		for _, p := range s.pods {
			if s.mounted(p) == v {
				row.PodIDs = append(row.PodIDs, p.id)
			}
		}
		st.NetworkVolumes = append(st.NetworkVolumes, row)
	}
	for _, r := range s.registries {
		st.Registries = append(st.Registries, *r)
	}
	return st
}
