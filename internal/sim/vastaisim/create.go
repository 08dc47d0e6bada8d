package vastaisim

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Limits of a rental: bids in USD/h for the whole slice.
const (
	minBidPrice       = 0.001
	maxBidAtCreate    = 128
	maxBidAtChange    = 32
	maxLabel          = 1024
	maxOnstart        = 4048
	defaultInstanceGB = 8
)

// wish is a checked request to rent.
type wish struct {
	launch  launch
	diskGB  float64
	label   *string
	price   *float64
	stopped bool
	cancel  bool
	volume  row
}

// createInstance rents an offer.
func (s *Sim) createInstance(c *call) (any, *refusal) {
	id, ok := c.number(0)
	if !ok {
		return nil, refused(http.StatusBadRequest, "invalid_args", "error 400/3467: Invalid args: 'id' is required and must be a valid offer ID")
	}
	a := s.asks[id]
	if a == nil {
		return nil, s.goneOffer(id)
	}
	w, bad := s.readWish(c.body)
	if bad == nil {
		bad = s.checkWish(a, w)
	}
	if bad != nil {
		return nil, bad.with("ask_id", id)
	}
	low := s.opt.LowBidLeavesInstance && w.price != nil && *w.price+1e-9 < a.machine.minBid(a.slots, a.listing.floor, nil)
	w.stopped = w.stopped || low
	i, bad := s.rent(a, w)
	if bad != nil {
		return nil, bad
	}
	if low {
		return nil, bidTooLow().with("ask_id", id).with("new_contract", i.id)
	}
	return row{"success": true, "new_contract": i.id, "instance_api_key": simkit.RandomID(s.rnd, 64)}, nil
}

// goneOffer answers a rental of an offer that is not there. Two spaces in the
// message are the service's own.
func (s *Sim) goneOffer(id int64) *refusal {
	if s.opt.GoneOfferStatus == http.StatusGone {
		return noLonger(id)
	}
	return refused(s.opt.GoneOfferStatus, "invalid_args", "error 404/3603: no_such_ask  Instance type by id %d is not available.", id).with("ask_id", id)
}

// noLonger answers a rental that cannot start now.
func noLonger(id int64) *refusal {
	return refused(http.StatusGone, "no_such_ask", "error 410/3907: no_such_ask Instance type %d is no longer available.", id).with("ask_id", id)
}

func (s *Sim) readWish(body row) (*wish, *refusal) {
	f := &fields{row: body}
	w := &wish{diskGB: defaultInstanceGB, label: f.string("label"), price: f.number("price"), volume: f.object("volume_info")}
	w.launch.runtype = "ssh"
	if hash := f.string("template_hash_id"); hash != nil && *hash != "" {
		t := s.templateByHash(*hash)
		if t == nil {
			return nil, invalidArgs("error 400/3467: Invalid args: template_hash_id %q is not a template", *hash)
		}
		w.launch, w.diskGB = t.launch(), t.float("recommended_disk_space", defaultInstanceGB)
	}
	w.launch.merge(f)
	if mode := f.string("runtype"); mode != nil {
		words, ok := canonicalRuntype(*mode)
		if !ok {
			f.fail("runtype", "a launch mode")
		}
		w.launch.runtype = words
	}
	w.diskGB = orElse(f.number("disk"), w.diskGB)
	target := orElse(f.string("target_state"), stRunning)
	if target != stRunning && target != stStopped {
		f.fail("target_state", "running or stopped")
	}
	w.stopped = target == stStopped
	w.cancel = orElse(f.bool("cancel_unavail"), w.price == nil && !w.stopped)
	for _, key := range []string{"use_jupyter_lab", "python_utf8", "lang_utf8", "force", "vm"} {
		f.bool(key)
	}
	for _, key := range []string{"client_id", "image_login", "user", "extra", "jupyter_dir"} {
		f.string(key)
	}
	return w, f.bad
}

// checkWish holds a request against the rules and the offer.
func (s *Sim) checkWish(a *ask, w *wish) *refusal {
	const invalid = "error 400/3467: Invalid args: "
	offer := s.offerRow(a, typeOnDemand, w.diskGB)
	switch {
	case w.launch.image == "":
		return invalidArgs(invalid + "'image' is required")
	case s.opt.UntaggedImageFails && !tagged(w.launch.image):
		return refused(http.StatusInternalServerError, "server_error", "Something went wrong on the server")
	case w.diskGB <= 0 || w.diskGB > offer.float("disk_space", 0):
		return invalidArgs(invalid+"disk %v GB is not available on this machine", w.diskGB)
	case w.label != nil && len(*w.label) > maxLabel:
		return refused(http.StatusBadRequest, "label_too_long", "Label is longer than %d characters", maxLabel)
	case w.launch.onstart != nil && len(*w.launch.onstart) > maxOnstart:
		return invalidArgs(invalid+"'onstart' is longer than %d characters", maxOnstart)
	case w.price != nil && (*w.price < minBidPrice || *w.price > maxBidAtCreate):
		return refused(http.StatusBadRequest, "invalid_price", "Bid price must be between %v and %v", minBidPrice, maxBidAtCreate)
	case w.price != nil && !s.opt.LowBidLeavesInstance && *w.price+1e-9 < a.listing.floor*float64(a.listing.size):
		return bidTooLow()
	case s.broke || s.balance() <= 0:
		return refused(http.StatusBadRequest, "insufficient_credit", "Your account lacks credit; see the billing page.")
	}
	return s.checkVolume(a.machine, w.volume)
}

func bidTooLow() *refusal {
	return refused(http.StatusBadRequest, "invalid_price", "Bid price is below the minimum of this offer")
}

func tagged(image string) bool {
	return strings.Contains(image[strings.LastIndex(image, "/")+1:], ":")
}

// rent makes the contract. The offer is used up, whoever else could still take
// the GPUs.
func (s *Sim) rent(a *ask, w *wish) (*instance, *refusal) {
	m, l := a.machine, a.listing
	c := &contract{
		machine: m, slots: slices.Clone(a.slots), since: s.now, floor: l.floor,
		price: l.perGPU * float64(l.size), bid: w.price != nil, wants: !w.stopped,
	}
	if c.bid {
		c.price = *w.price
	}
	i := &instance{
		contract: c, launch: w.launch, label: emptyIsNull(w.label), diskGB: w.diskGB,
		storageCost: m.base.float("storage_cost", 0), created: s.now, ends: s.opened.Add(m.endOffset),
		intended: stRunning, current: stStopped, next: stStopped, nullPolls: s.opt.NullPolls,
		meter: simkit.NewMeter(s.now),
	}
	c.instance = i
	m.contracts = append(m.contracts, c)
	if c.wants && !m.grants()[c] {
		if w.cancel || m.offline {
			m.contracts = slices.DeleteFunc(m.contracts, func(o *contract) bool { return o == c })
			return nil, noLonger(a.id)
		}
		// A bid waits for its turn; an on-demand rental is left stopped.
		c.wants = c.bid
	}
	if !c.wants {
		i.intended = stStopped
	}
	i.facts = m.base.clone()
	sliceFacts(i.facts, m, l)
	maps.Copy(i.facts, l.own)
	i.facts["bundle_id"] = a.bundle
	c.id = s.nextContractID()
	i.id, i.token = c.id, simkit.RandomID(s.rnd, 64)
	for _, k := range s.keys.All() {
		i.keys = append(i.keys, *k)
	}
	s.mount(i, w.volume)
	s.instances.Add(i)
	s.withdraw(l)
	s.allocate(m)
	s.charge(i)
	return i, nil
}

func emptyIsNull(label *string) *string {
	if label == nil || *label == "" {
		return nil
	}
	return label
}
