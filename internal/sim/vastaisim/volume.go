package vastaisim

import (
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// defaultVolumeGB is the size of a volume that names none.
const defaultVolumeGB = 15

// volumeAsk is the storage a machine rents out. It can be rented until its
// space is used up.
type volumeAsk struct {
	id      int64
	machine *machine
	cost    float64 // USD per GB-month
	freeGB  float64
}

// volume is rented storage on one machine.
type volume struct {
	id      int64
	ask     *volumeAsk
	name    string
	sizeGB  float64
	created time.Time
	meter   *simkit.Meter
}

// volumeNoun is rented storage and what there is to rent.
func (s *Sim) volumeNoun() noun {
	const path = "/api/v0/volumes"
	return noun{
		Key: "volumes", State: func() any { return simkit.Rows(s.volumes, s.volumeState) }, Reset: s.volumes.Clear,
		Bills: func() []simkit.Bill {
			return simkit.Rows(s.volumes, func(v *volume) simkit.Bill { return simkit.Bill{Kind: "volume", ID: key(v.id), Meter: v.meter} })
		},
		Routes: []route{
			framework.to(onList(http.MethodGet, path, "listVolumes", s.listVolumes)),
			on(http.MethodPut, path, "rentVolume", s.rentVolume),
			on(http.MethodDelete, path, "deleteVolume", s.deleteVolume),
			onList(http.MethodPost, path+"/search", "searchVolumes", s.searchVolumes),
		},
	}
}

// volumeState is a volume with what it costs.
func (s *Sim) volumeState(v *volume) row {
	r := s.volumeRow(v)
	r["hourly_usd"], r["billed_usd"] = v.meter.Rate(), v.meter.Total(s.now)
	return r
}

func (s *Sim) volume(id int64) *volume { return s.volumes.Get(key(id)) }

func (s *Sim) volumeAsk(id int64) *volumeAsk {
	for _, m := range s.machines {
		if m.volume != nil && m.volume.id == id {
			return m.volume
		}
	}
	return nil
}

// chargeVolume sets what a volume costs from now on: nothing while its machine
// is away.
func (s *Sim) chargeVolume(v *volume) {
	rate := v.ask.cost * v.sizeGB / hoursPerMonth
	if v.ask.machine.offline {
		rate = 0
	}
	v.meter.Set(s.now, "disk", rate)
}

// takeVolume rents storage that is known to be free.
func (s *Sim) takeVolume(a *volumeAsk, sizeGB float64, name string) *volume {
	v := &volume{id: s.nextContractID(), ask: a, name: name, sizeGB: sizeGB, created: s.now, meter: simkit.NewMeter(s.now)}
	a.freeGB -= sizeGB
	s.volumes.Add(v)
	s.chargeVolume(v)
	return v
}

// checkVolume holds volume_info of a rental against the machine.
func (s *Sim) checkVolume(m *machine, info row) *refusal {
	if info == nil {
		return nil
	}
	const invalid = "error 400/3467: Invalid args: volume_info: "
	id, size := int64(info.float("volume_id", 0)), info.float("size", defaultVolumeGB)
	if !strings.HasPrefix(info.text("mount_path"), "/") {
		return invalidArgs(invalid + "mount_path must be an absolute path")
	}
	if info.truth("create_new") {
		if m.volume == nil || m.volume.id != id || size < 1 || size > m.volume.freeGB {
			return invalidArgs(invalid+"volume offer %d has no %v GB on this machine", id, size)
		}
		return nil
	}
	if v := s.volume(id); v == nil || v.ask.machine != m {
		return invalidArgs(invalid+"volume %d is not on this machine", id)
	}
	return nil
}

// mount attaches the volumes a rental names, in volume_info or in its env.
func (s *Sim) mount(i *instance, info row) {
	if info != nil {
		id := int64(info.float("volume_id", 0))
		if info.truth("create_new") {
			id = s.takeVolume(i.contract.machine.volume, info.float("size", defaultVolumeGB), info.text("name")).id
		}
		i.volumes = append(i.volumes, id)
	}
	for _, text := range i.launch.volumeIDs() {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			continue
		}
		if v := s.volume(id); v != nil && v.ask.machine == i.contract.machine && !slices.Contains(i.volumes, id) {
			i.volumes = append(i.volumes, id)
		}
	}
}

// users are the instances a volume is attached to.
func (s *Sim) users(v *volume) []int64 {
	ids := []int64{}
	for _, i := range s.instances.All() {
		if slices.Contains(i.volumes, v.id) {
			ids = append(ids, i.id)
		}
	}
	return ids
}

// volumeRow is a volume as the list shows it.
func (s *Sim) volumeRow(v *volume) row {
	b := v.ask.machine.base
	r := row{}
	for _, key := range []string{
		"machine_id", "host_id", "cluster_id", "disk_name", "driver_version", "cuda_max_good", "inet_up", "inet_down", "reliability2", "verification",
		"geolocation", "public_ipaddr", "os_version", "static_ip", "cpu_name", "cpu_arch", "mobo_name",
	} {
		r[key] = b[key]
	}
	users := s.users(v)
	status := "available"
	if len(users) > 0 {
		status = "in-use"
	}
	r["id"], r["label"], r["status"], r["instances"] = v.id, nullable(v.name), status, users
	r["disk_space"], r["start_date"] = num(v.sizeGB), unix(v.created)
	r["storage_total_cost"] = num(v.ask.cost * v.sizeGB / hoursPerMonth)
	return r
}

func (s *Sim) listVolumes(c *call) (any, *refusal) {
	if c.query.Get("type") == "network_volume" {
		return row{"volumes": []row{}}, nil
	}
	return row{"volumes": simkit.Rows(s.volumes, s.volumeRow)}, nil
}

var volumeName = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

func (s *Sim) rentVolume(c *call) (any, *refusal) {
	f := &fields{row: c.body}
	id, size, name := f.number("id"), orElse(f.number("size"), defaultVolumeGB), orElse(f.string("name"), "")
	switch {
	case f.bad != nil:
		return nil, f.bad
	case id == nil:
		return nil, invalidArgs("Please provide a valid volume ID.")
	case name != "" && !volumeName.MatchString(name):
		return nil, invalidArgs("Invalid volume name.")
	case s.broke || s.balance() <= 0:
		return nil, refused(http.StatusBadRequest, "insufficient_credit", "Your account lacks credit; see the billing page.")
	}
	a := s.volumeAsk(int64(*id))
	switch {
	case a == nil:
		return nil, refused(http.StatusBadRequest, "no_such_ask", "error 404/3603: no_such_ask Volume offer %d is not available.", int64(*id))
	case size < 1 || size != math.Trunc(size) || size > a.freeGB:
		return nil, invalidArgs("Invalid volume size.")
	}
	v := s.takeVolume(a, size, name)
	return row{"success": true, "volume_name": "V." + strconv.FormatInt(v.id, 10)}, nil
}

// deleteVolume takes the id from the body, else from the query, as the document
// and the command line have it.
func (s *Sim) deleteVolume(c *call) (any, *refusal) {
	id, ok := number(c.body["id"])
	if !ok {
		id, ok = coerceNumber(c.query.Get("id"))
	}
	if !ok {
		return nil, invalidArgs("Please provide a valid volume ID.")
	}
	v := s.volume(int64(id))
	switch {
	case v == nil:
		return nil, refused(http.StatusNotFound, "no_such_volume", "Volume with that ID does not exist.")
	case len(s.users(v)) > 0:
		return nil, refused(s.opt.VolumeInUseStatus, "invalid_args", "Volume is in use by an instance.")
	}
	s.bury(v.meter, "volume", v.id)
	v.ask.freeGB += v.sizeGB
	s.volumes.Remove(v)
	return success(), nil
}

// volumeOffer is a volume ask as the search shows it, priced for sizeGB, with the
// score that clients sort by. Three codes are strings here that are numbers in
// offers.
func (s *Sim) volumeOffer(a *volumeAsk, sizeGB float64) row {
	b := a.machine.base
	r := row{}
	for _, key := range []string{
		"machine_id", "host_id", "cluster_id", "disk_name", "disk_bw", "driver_version", "cuda_max_good", "inet_up", "inet_down", "reliability",
		"reliability2", "reliability_mult", "verification", "geolocation", "static_ip", "vms_enabled", "cpu_name", "cpu_arch", "cpu_ghz", "gpu_arch",
		"has_avx", "mobo_name", "pci_gen", "pcie_bw", "total_flops", "os_version", "hosting_type", "nw_disk_min_bw", "nw_disk_max_bw", "nw_disk_avg_bw",
	} {
		r[key] = b[key]
	}
	for _, key := range []string{"driver_vers", "vericode", "geolocode"} {
		if v, ok := number(b[key]); ok {
			r[key] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	end := s.opened.Add(a.machine.endOffset)
	r["id"], r["ask_contract_id"], r["bundle_id"], r["external"] = a.id, a.id, bundleOf(a.id), false
	r["disk_space"], r["storage_cost"] = num(a.freeGB), num(a.cost)
	r["storage_total_cost"] = num(a.cost * sizeGB / hoursPerMonth)
	r["start_date"], r["end_date"], r["duration"] = unix(s.opened), unix(end), num(end.Sub(s.now).Seconds())
	r["score"] = num(b.float("reliability_mult", 1) / max(a.cost, 0.001))
	return r
}

func (s *Sim) searchVolumes(c *call) (any, *refusal) {
	fields := s.volumeOffer(&volumeAsk{machine: &machine{base: loadDefaults("RTX 4090")}}, defaultVolumeSizeGB)
	q, bad := parseQuery(dialect{fields: fields, storage: defaultVolumeSizeGB, limit: defaultLimit, lenient: !s.opt.UnknownFieldsRefused}, c.body)
	if bad != nil {
		return nil, bad
	}
	found := []row{}
	for _, m := range s.machines {
		if m.volume == nil || m.offline {
			continue
		}
		if r := s.volumeOffer(m.volume, q.storage); q.matches(r) {
			found = append(found, r)
		}
	}
	if len(q.order) == 0 {
		q.order = []order{{"score", true}}
	}
	q.sort(found)
	for _, r := range found {
		delete(r, "score") // sorted by, not shown
	}
	return row{"offers": found[:min(len(found), q.limit)]}, nil
}
