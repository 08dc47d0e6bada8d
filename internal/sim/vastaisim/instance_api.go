package vastaisim

import (
	"maps"
	"net/http"
	"slices"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// instanceNoun is what is rented.
func (s *Sim) instanceNoun() noun {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	const one, all = "/api/v0/instances/{id}", "/api/v0/instances"
	return noun{
		Key: "instances", State: func() any { return simkit.Rows(s.instances, s.instanceState) },
		Reset: func() {
			s.instances.Clear()
			s.destroyed = nil
		},
		Bills: func() []simkit.Bill {
			return simkit.Rows(s.instances, func(i *instance) simkit.Bill { return simkit.Bill{Kind: "instance", ID: key(i.id), Meter: i.meter} })
		},
		Routes: []route{
			on(put, "/api/v0/asks/{id}", "createInstance", s.createInstance),
			on(post, "/api/v0/asks/bulk", "createInstancesBulk", s.createInstances),
			on(put, "/api/v0/launch_instance", "launchInstance", s.launchInstance),
			onList(get, all, "showInstancesV0", retired),
			on(put, all, "manageInstances", s.manageInstances),
			on(del, all, "destroyInstances", s.destroyInstances),
			onList(get, "/api/v1/instances", "showInstances", s.listInstances),
			onList(get, all+"/filters", "showInstanceFilters", s.instanceFilters),
			on(get, one, "showInstance", s.showInstance),
			on(put, one, "manageInstance", s.manageInstance),
			on(del, one, "destroyInstance", s.destroyInstance),
			on(put, all+"/reboot/{id}", "rebootInstance", s.rebootInstance),
			on(put, all+"/recycle/{id}", "recycleInstance", s.recycleInstance),
			on(put, all+"/bid_price/{id}", "changeBid", s.changeBid),
			on(put, all+"/update_template/{id}", "updateInstanceTemplate", s.updateInstance),
			onList(get, one+"/ssh", "showSshKeys", s.listInstanceKeys),
			on(post, one+"/ssh", "attachSshKey", s.attachKey),
			on(del, one+"/ssh/{key}", "detachSshKey", s.detachKey),
		},
	}
}

// instanceState is an instance as the API shows it, with its environment as an
// object and what it has cost.
func (s *Sim) instanceState(i *instance) row {
	r := s.instanceRow(i)
	env := map[string]string{}
	maps.Copy(env, i.launch.env)
	keys := []string{}
	for _, k := range i.keys {
		keys = append(keys, k.text)
	}
	r["env"], r["ssh_keys"] = env, keys
	r["hourly_usd"], r["billed_usd"], r["billed"] = i.meter.Rate(), i.meter.Total(s.now), i.meter.Billed(s.now)
	return r
}

// success is the reply of most writes.
func success() row { return row{"success": true} }

// showInstance answers null for an instance that does not exist, is destroyed
// or is not visible yet.
func (s *Sim) showInstance(c *call) (any, *refusal) {
	id, ok := c.number(0)
	if !ok {
		return nil, refused(http.StatusBadRequest, "invalid_args", "error 400/1782: Invalid args: invalid instance id %q", c.ids[0])
	}
	i := s.instance(id)
	if i == nil {
		return row{"instances": nil}, nil
	}
	if i.nullPolls > 0 {
		i.nullPolls--
		return row{"instances": nil}, nil
	}
	return row{"instances": s.instanceRow(i)}, nil
}

// manageInstance sets the label, the state, or both.
func (s *Sim) manageInstance(c *call) (any, *refusal) {
	i, bad := s.instanceOf(c, noSuchInstance())
	if bad != nil {
		return nil, bad
	}
	f := &fields{row: c.body}
	label, state := f.string("label"), f.string("state")
	switch {
	case f.bad != nil:
		return nil, f.bad
	case label == nil && state == nil:
		return nil, invalidArgs("error 400/3467: Invalid args: one of 'state' and 'label' is required")
	case label != nil && len(*label) > maxLabel:
		return nil, refused(http.StatusBadRequest, "label_too_long", "Label is longer than %d characters", maxLabel)
	case state != nil && *state != stRunning && *state != stStopped:
		return nil, invalidArgs("error 400/3467: Invalid args: state %q", *state)
	}
	if label != nil {
		i.label = emptyIsNull(label)
	}
	if state == nil {
		return success(), nil
	}
	if *state == stStopped {
		if i.intended != stStopped {
			s.stop(i, s.opt.StopLag)
		}
		return success(), nil
	}
	return s.start(i)
}

// start asks for the GPUs again. Finding none is answered with status 200.
func (s *Sim) start(i *instance) (any, *refusal) {
	switch {
	case s.broke || s.balance() <= 0:
		return nil, refused(http.StatusBadRequest, "missing_billing", "Your account lacks credit; see the billing page.")
	case i.expired:
		return nil, invalidArgs("error 400/3467: Invalid args: the contract of this instance has ended")
	case i.intended == stRunning && i.contract.holds:
		return success(), nil
	case i.contract.holds:
		// A stop that is still under way is called off.
		i.intended, i.next = stRunning, stRunning
		i.steps = nil
		if i.actual != stRunning {
			s.boot(i)
		}
		return success(), nil
	}
	m, c := i.contract.machine, i.contract
	if slices.ContainsFunc(c.slots, m.takenForGood) {
		if others := m.pick(&listing{size: len(c.slots)}); others != nil {
			c.slots = others
		}
	}
	if !c.wants {
		c.wants, c.since = true, s.now
	}
	i.intended = stRunning
	s.allocate(m)
	if c.holds {
		return success(), nil
	}
	if s.opt.StartBusyReverts {
		i.intended, c.wants = stStopped, false
	}
	return row{"success": false, "error": "resources_unavailable", "msg": "Required resources are currently unavailable, state change queued."}, nil
}

func (s *Sim) rebootInstance(c *call) (any, *refusal) {
	return s.restartCall(c, badInstanceID(), stRebooting)
}

func (s *Sim) recycleInstance(c *call) (any, *refusal) {
	return s.restartCall(c, refused(http.StatusBadRequest, "invalid_id", "Invalid instance id."), stRecycling)
}

// restartCall restarts a container that exists on GPUs the instance has.
func (s *Sim) restartCall(c *call, unknown *refusal, state string) (any, *refusal) {
	i, bad := s.instanceOf(c, unknown)
	switch {
	case bad != nil:
		return nil, bad
	case !i.contract.holds || i.intended != stRunning:
		return nil, refused(http.StatusBadRequest, "invalid_args", "Instance is not running.")
	}
	s.restart(i, state)
	return success(), nil
}

// changeBid sets the bid of an interruptible instance; null is a winning one.
func (s *Sim) changeBid(c *call) (any, *refusal) {
	i, bad := s.instanceOf(c, noSuchInstance())
	if bad != nil {
		return nil, bad
	}
	f := &fields{row: c.body}
	price := f.number("price")
	_, given := c.body["price"]
	k := i.contract
	switch {
	case f.bad != nil:
		return nil, f.bad
	case !given || price != nil && *price < minBidPrice:
		return nil, invalidArgs("Please set a bid price >= %v.", minBidPrice)
	case price != nil && *price > maxBidAtChange:
		return nil, invalidArgs("Please set a bid price <= %v.", maxBidAtChange)
	case !k.bid:
		return nil, invalidArgs("Instance is not interruptible.")
	}
	k.price = orElse(price, k.machine.minBid(k.slots, k.floor, k))
	s.allocate(k.machine)
	s.charge(i)
	return success(), nil
}

// updateInstance changes what the container runs and recreates it in place.
func (s *Sim) updateInstance(c *call) (any, *refusal) {
	i, bad := s.instanceOf(c, noSuchInstance())
	if bad != nil {
		return nil, bad
	}
	f := &fields{row: c.body}
	next := i.launch
	next.env = maps.Clone(i.launch.env)
	t, bad := s.templateOf(f)
	if bad != nil {
		return nil, bad
	}
	replaces := f.env("env") != nil && !s.opt.MergeEnv
	if t != nil {
		mode := next.runtype
		next = t.launch()
		next.runtype = mode
	} else if replaces {
		next.env = nil
	}
	mode := next.runtype
	next.merge(f)
	next.runtype = mode
	if f.bad != nil {
		return nil, f.bad
	}
	i.launch = next
	recycle := f.bool("recycle")
	if i.contract.holds && i.intended == stRunning && (!s.opt.UpdateNeedsRecycle || orElse(recycle, false)) {
		s.restart(i, stRecycling)
	}
	return row{"success": true, "updated_instance": s.instanceRow(i)}, nil
}

// templateOf is the template a body names by hash or number; nil when it names
// none.
func (s *Sim) templateOf(f *fields) (*template, *refusal) {
	hash, id := f.string("template_hash_id"), f.number("template_id")
	var t *template
	switch {
	case f.bad != nil:
		return nil, f.bad
	case hash != nil && *hash != "":
		t = s.templateByHash(*hash)
	case id != nil:
		t = s.templateByID(int64(*id))
	default:
		return nil, nil //nolint:nilnil // naming no template is no error
	}
	if t == nil {
		return nil, invalidArgs("error 400/3467: Invalid args: no such template")
	}
	return t, nil
}

// destroyInstance ends the rental; the data is gone.
func (s *Sim) destroyInstance(c *call) (any, *refusal) {
	unknown := refused(http.StatusNotFound, "not_found", "Instance not found")
	if s.opt.DestroyMissingNoSuch {
		unknown = noSuchInstance()
	}
	i, bad := s.instanceOf(c, unknown)
	if bad != nil {
		return nil, bad
	}
	s.bury(i.meter, "instance", i.id)
	s.instances.Remove(i)
	i.steps, i.unloaded, i.intended = nil, s.now, stStopped
	s.leave(i.contract)
	if s.opt.DestroyedListed > 0 {
		s.destroyed = append(s.destroyed, i)
	}
	return row{"success": true, "msg": "Instance destroyed successfully"}, nil
}

// retired is the list that the first version of the API had.
func retired(*call) (any, *refusal) {
	return nil, refused(http.StatusGone, "deprecated_endpoint", "This endpoint is no longer available. Use /api/v1/instances/ instead.")
}
