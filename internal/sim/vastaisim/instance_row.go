package vastaisim

import (
	"fmt"
	"strconv"
	"strings"
)

// hardwareKeys are the keys an instance takes over from its offer.
func hardwareKeys() []string {
	return []string{
		"machine_id", "host_id", "hosting_type", "bundle_id", "gpu_name", "num_gpus", "gpu_arch", "gpu_ram", "gpu_frac", "gpu_lanes", "gpu_mem_bw",
		"bw_nvlink", "compute_cap", "cpu_name", "cpu_arch", "cpu_cores", "cpu_cores_effective", "cpu_ram", "disk_name", "disk_bw", "mobo_name",
		"pci_gen", "pcie_bw", "os_version", "cuda_max_good", "driver_version", "total_flops", "dlperf", "has_avx", "gpu_display_active",
		"static_ip", "inet_up", "inet_down", "inet_up_cost", "inet_down_cost", "geolocation", "public_ipaddr", "direct_port_count",
		"reliability2", "verification", "credit_discount_max", "logo", "webpage", "storage_cost", "reliability_mult",
	}
}

// instanceRow is an instance as the API shows it.
func (s *Sim) instanceRow(i *instance) row {
	r := row{}
	for _, key := range hardwareKeys() {
		r[key] = i.facts[key]
	}
	r["gpu_totalram"] = int(i.facts.float("gpu_total_ram", 0))
	r["storage_cost"] = num(i.storageCost)
	r["id"], r["label"] = i.id, optional(i.label)
	s.statusFields(r, i)
	s.launchFields(r, i)
	s.networkFields(r, i)
	r["public_ipaddr"] = i.facts["public_ipaddr"]
	if address := i.facts.text("public_ipaddr"); address != "" {
		r["public_ipaddr"] = s.kit.Address(address)
	}
	s.billFields(r, i)
	return r
}

func (s *Sim) statusFields(r row, i *instance) {
	r["actual_status"], r["status_msg"] = nullable(i.shown()), nullable(i.message)
	r["intended_status"], r["cur_state"], r["next_state"] = i.intended, i.current, i.next
	if outbid := i.contract.bid && i.contract.wants && !i.contract.holds; outbid && s.opt.OutbidShowsStopped {
		r["actual_status"], r["intended_status"], r["cur_state"], r["next_state"] = stStopped, stStopped, stStopped, stStopped
	}
	if !i.unloaded.IsZero() {
		r["cur_state"], r["next_state"] = stUnloaded, stUnloaded
	}
	r["uptime_mins"] = nil
	if i.runs() {
		r["uptime_mins"] = num(s.now.Sub(i.started).Minutes())
	}
	left := i.ends.Sub(s.now)
	r["start_date"], r["end_date"], r["duration"] = unix(i.created), unix(i.ends), num(left.Seconds())
	days := int(left.Hours() / 24)
	r["time_remaining"], r["time_remaining_isbid"] = fmt.Sprintf("%d Mon %d D %d Hr", days/30, days%30, int(left.Hours())%24), ""
	r["client_run_time"], r["host_run_time"] = num(s.now.Sub(i.created).Seconds()), num(s.now.Sub(s.opened).Seconds())
	r["rentable"], r["external"] = !i.contract.machine.offline, false
	busy, temperature := any(nil), any(nil)
	if i.runs() {
		busy, temperature = num(0), num(38)
	}
	r["gpu_util"], r["gpu_temp"] = busy, temperature
	r["cpu_util"], r["mem_limit"], r["mem_usage"], r["vmem_usage"] = num(0), nil, nil, nil
	r["disk_util"], r["disk_usage"], r["disk_space"] = num(-1), num(-1), num(i.diskGB+s.opt.DiskSurplusGB)
}

func (s *Sim) launchFields(r row, i *instance) {
	l := i.launch
	r["template_id"], r["template_hash_id"], r["template_name"] = nil, nil, nil
	if l.template != nil {
		r["template_id"], r["template_hash_id"], r["template_name"] = l.template.id(), l.template.text("hash_id"), l.template.text("name")
	}
	args := l.args
	if args == nil {
		args = []string{}
	}
	r["image_uuid"], r["image_args"], r["image_runtype"] = l.image, args, l.runtype
	env := pairs(l.env)
	if s.opt.InjectedEnv {
		env = append(env, []string{"CONTAINER_ID", strconv.FormatInt(i.id, 10)},
			[]string{"VAST_CONTAINERLABEL", fmt.Sprintf("C.%d", i.id)}, []string{"GPU_COUNT", strconv.Itoa(len(i.contract.slots))})
	}
	r["extra_env"], r["onstart"], r["jupyter_token"] = env, optional(l.onstart), i.token
	volumes := []row{}
	for _, id := range i.volumes {
		if v := s.volume(id); v != nil {
			volumes = append(volumes, row{"id": v.id, "name": v.name, "avail_space": num(v.sizeGB), "total_space": num(v.sizeGB)})
		}
	}
	r["volume_info"] = volumes
}

// networkFields are the ways in. Ports are mapped while the container runs, the
// SSH proxy is known once it is created.
func (s *Sim) networkFields(r row, i *instance) {
	low, high := i.portRange()
	r["direct_port_start"], r["direct_port_end"] = low, high
	r["ports"] = nil
	sshPort := 20_000 + int(i.id%20_000)
	if i.runs() && s.now.Sub(i.started) >= s.opt.PortsLag {
		ports := row{}
		for m, outside := range i.hostPorts {
			text := strconv.Itoa(outside)
			ports[m.port+"/"+m.protocol] = []row{{"HostIp": "0.0.0.0", "HostPort": text}, {"HostIp": "::", "HostPort": text}}
			if m.port == "22" {
				sshPort = outside
			}
		}
		r["ports"] = ports
	}
	r["machine_dir_ssh_port"] = sshPort
	r["local_ipaddrs"] = fmt.Sprintf("192.168.1.%d 172.17.0.1 \n", 2+i.id%250)
	r["country_code"] = nullable(countryOf(i.facts.text("geolocation")))
	if i.actual == "" {
		return
	}
	proxy := strconv.FormatInt(1+i.id%9, 10)
	r["ssh_idx"], r["ssh_host"], r["ssh_port"] = proxy, "ssh"+proxy+".vast.ai", 10_000+int(i.id%50_000)
}

// billFields are the prices: search and dph_* of a running instance, instance
// of what accrues now.
func (s *Sim) billFields(r row, i *instance) {
	c := i.contract
	priceFields(r, c.price, i.diskGB, false)
	r["is_bid"], r["min_bid"] = c.bid, num(c.machine.minBid(c.slots, c.floor, c))
	gpu, disk := i.rates()
	r["instance"] = priceBlock(gpu, disk, gpu+disk, 0)
	r["credit_balance"], r["credit_discount"] = nil, nil
}

// nullable turns "" into null.
func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func optional(text *string) any {
	if text == nil {
		return nil
	}
	return strings.Clone(*text)
}
