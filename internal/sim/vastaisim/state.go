package vastaisim

// state is everything that exists.
type state struct {
	Instances []row   `json:"instances"`
	Volumes   []row   `json:"volumes"`
	Templates []row   `json:"templates"`
	SSHKeys   []row   `json:"ssh_keys"`
	Balance   float64 `json:"balance"`
	HourlyUSD float64 `json:"hourly_usd"`
	BilledUSD float64 `json:"billed_usd"` // everything so far, objects that are gone included
}

// State is everything that exists now: rows as the API shows them, instances
// with their environment as an object, and what each of them has cost.
// Environments are shown.
func (s *Sim) State() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(s.kit.Now())
	st := state{
		Instances: []row{}, Volumes: []row{}, Templates: []row{}, SSHKeys: []row{},
		Balance: s.balance(), HourlyUSD: s.rate(),
	}
	for _, c := range s.ledger() {
		st.BilledUSD += c.USD
	}
	for _, i := range s.instances {
		r := s.instanceRow(i)
		env := map[string]string{}
		for key, value := range i.launch.env {
			env[key] = value
		}
		keys := []string{}
		for _, k := range i.keys {
			keys = append(keys, k.text)
		}
		r["env"], r["ssh_keys"] = env, keys
		r["hourly_usd"], r["billed_usd"], r["billed"] = i.meter.Rate(), i.meter.Total(s.now), i.meter.Billed(s.now)
		st.Instances = append(st.Instances, r)
	}
	for _, v := range s.volumes {
		r := s.volumeRow(v)
		r["hourly_usd"], r["billed_usd"] = v.meter.Rate(), v.meter.Total(s.now)
		st.Volumes = append(st.Volumes, r)
	}
	for _, t := range s.templates {
		if t.own() {
			st.Templates = append(st.Templates, t.clone())
		}
	}
	for _, k := range s.keys {
		st.SSHKeys = append(st.SSHKeys, k.row())
	}
	return st
}
