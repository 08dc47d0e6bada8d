package simkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Marketplace is one simulated platform.
type Marketplace interface {
	http.Handler
	// State is everything that exists now, for GET /state. It is encoded as JSON.
	State() any
	// Market changes the market from outside. It returns an error that wraps
	// [ErrNotApplicable] when the action does not concern this platform, and
	// another one when it does and cannot be carried out.
	Market(MarketAction) error
	// Ports are the mapped ports of what runs now.
	Ports() []Port
	// Ledger is what every object has cost up to now, objects that are gone included.
	Ledger() []Charge
	// Reset returns to the state just after the start.
	Reset()
}

// ErrNotApplicable is returned by [Marketplace.Market] for an action that does
// not concern the platform, or a thing that does not exist on it.
var ErrNotApplicable = errors.New("nothing on this platform matches")

// ID is an id that JSON gives as a string or as a whole number.
type ID string

// UnmarshalJSON accepts 7, "7" and "abc".
func (id *ID) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*id = ID(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("an id is a string or a number: %w", err)
	}
	*id = ID(n.String())
	return nil
}

// Int is the id as a number; ok is false when it is none.
func (id ID) Int() (n int64, ok bool) {
	n, err := strconv.ParseInt(string(id), 10, 64)
	return n, err == nil
}

// The actions of [MarketAction].
const (
	TakeOffer   = "take_offer"
	Reprice     = "reprice"
	Stock       = "stock"
	Outbid      = "outbid"
	HostOffline = "host_offline"
	HostOnline  = "host_online"
	BusyHost    = "busy_host"
)

// Actions lists every market action.
func Actions() []string {
	return []string{TakeOffer, Reprice, Stock, Outbid, HostOffline, HostOnline, BusyHost}
}

// MarketAction is a change of the market from outside. Which fields an action
// reads is up to the platform.
type MarketAction struct {
	Action string `json:"action"`
	// Platform restricts the action to "runpod" or "vastai"; "" is both.
	Platform string `json:"platform,omitempty"`
	// OfferID names an offer (Vast.ai).
	OfferID ID `json:"offer_id,omitempty"`
	// InstanceID names an instance (Vast.ai) or a pod (RunPod).
	InstanceID ID `json:"instance_id,omitempty"`
	// MachineID names a host (Vast.ai).
	MachineID ID `json:"machine_id,omitempty"`
	// Factor multiplies prices, > 0.
	Factor float64 `json:"factor,omitempty"`
	// GPU, Cloud and DataCenter select, Level sets (NONE LOW MEDIUM HIGH).
	GPU        string `json:"gpu,omitempty"`
	Cloud      string `json:"cloud,omitempty"`
	DataCenter string `json:"data_center,omitempty"`
	Level      string `json:"level,omitempty"`
}

// Control steers a kit and its marketplaces, from Go and over HTTP.
type Control struct {
	kit     *Kit
	markets map[string]Marketplace
	mux     *http.ServeMux
}

// NewControl returns the control of kit and the marketplaces by platform name.
func NewControl(kit *Kit, markets map[string]Marketplace) *Control {
	c := &Control{kit: kit, markets: markets, mux: http.NewServeMux()}
	c.mux.HandleFunc("GET /{$}", getManual)
	c.mux.HandleFunc("GET /journal", c.getJournal)
	c.mux.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) { WriteJSON(w, http.StatusOK, c.State()) })
	c.mux.HandleFunc("POST /advance", c.postAdvance)
	c.mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) { c.Reset(); done(w) })
	c.mux.HandleFunc("POST /faults", c.postFaults)
	c.mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) { c.kit.ClearFaults(); done(w) })
	c.mux.HandleFunc("POST /market", c.postMarket)
	return c
}

// ServeHTTP answers the control API.
func (c *Control) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// State is what exists now, by platform.
func (c *Control) State() map[string]any {
	state := make(map[string]any, len(c.markets))
	for name, m := range c.markets {
		state[name] = m.State()
	}
	return state
}

// Ports are the mapped ports of what runs now, on every platform.
func (c *Control) Ports() []Port {
	var all []Port
	for _, name := range slices.Sorted(maps.Keys(c.markets)) {
		all = append(all, c.markets[name].Ports()...)
	}
	return all
}

// Ledger is what every object of every platform has cost up to now.
func (c *Control) Ledger() []Charge {
	var all []Charge
	for _, name := range slices.Sorted(maps.Keys(c.markets)) {
		all = append(all, c.markets[name].Ledger()...)
	}
	return all
}

// Journal returns every request after number since; since 0 returns them all.
func (c *Control) Journal(since int) []Entry { return c.kit.Journal(since) }

// Advance moves virtual time forward by d; a negative d does nothing.
func (c *Control) Advance(d time.Duration) { c.kit.Advance(d) }

// Fault adds a fault, see [Kit.Fault].
func (c *Control) Fault(f Fault) error { return c.kit.Fault(f) }

// ClearFaults removes every fault.
func (c *Control) ClearFaults() { c.kit.ClearFaults() }

// Reset returns everything to the start: clock, journal, faults, platforms.
func (c *Control) Reset() {
	c.kit.Reset()
	for _, m := range c.markets {
		m.Reset()
	}
}

// Market carries an action out on every platform it concerns. It is an error
// when there is none.
func (c *Control) Market(a MarketAction) error {
	if !slices.Contains(Actions(), a.Action) {
		return fmt.Errorf("action %q is none of %v", a.Action, Actions())
	}
	if _, known := c.markets[a.Platform]; a.Platform != "" && !known {
		return fmt.Errorf("platform %q is unknown", a.Platform)
	}
	var reasons []string
	for _, name := range slices.Sorted(maps.Keys(c.markets)) {
		if a.Platform != "" && a.Platform != name {
			continue
		}
		switch err := c.markets[name].Market(a); {
		case err == nil:
			reasons = append(reasons, "")
		case errors.Is(err, ErrNotApplicable):
			reasons = append(reasons, name+": "+err.Error())
		default:
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if slices.Contains(reasons, "") {
		return nil
	}
	return fmt.Errorf("%s: %s", a.Action, strings.Join(reasons, "; "))
}

func (c *Control) getJournal(w http.ResponseWriter, r *http.Request) {
	since := 0
	if text := r.URL.Query().Get("since"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			bad(w, fmt.Errorf("since=%q is not a request number", text))
			return
		}
		since = n
	}
	entries := c.kit.Journal(since)
	if entries == nil {
		entries = []Entry{}
	}
	WriteJSON(w, http.StatusOK, entries)
}

func (c *Control) postAdvance(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Seconds *float64 `json:"seconds"`
	}
	if err := decode(w, r, &in); err != nil {
		bad(w, err)
		return
	}
	const century = 100 * 365 * 24 * 3600
	if in.Seconds == nil || *in.Seconds < 0 || *in.Seconds > century {
		bad(w, errors.New("seconds is needed: a number from 0 to a century"))
		return
	}
	c.kit.Advance(time.Duration(*in.Seconds * float64(time.Second)))
	WriteJSON(w, http.StatusOK, map[string]any{"ok": true, "now_ms": c.kit.Now().UnixMilli()})
}

func (c *Control) postFaults(w http.ResponseWriter, r *http.Request) {
	var f Fault
	err := decode(w, r, &f)
	if err == nil {
		err = c.kit.Fault(f)
	}
	if err != nil {
		bad(w, err)
		return
	}
	done(w)
}

func (c *Control) postMarket(w http.ResponseWriter, r *http.Request) {
	var a MarketAction
	err := decode(w, r, &a)
	if err == nil {
		err = c.Market(a)
	}
	if err != nil {
		bad(w, err)
		return
	}
	done(w)
}

// decode reads one closed JSON object.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("body: more than one JSON value")
	}
	return nil
}

func bad(w http.ResponseWriter, err error) {
	WriteJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
}

func done(w http.ResponseWriter) { WriteJSON(w, http.StatusOK, map[string]bool{"ok": true}) }
