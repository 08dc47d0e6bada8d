package vastaisim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/contract"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// boot is how long an instance takes from create to running in these tests.
const boot = 20 * time.Second

// fourGPUs is a machine with four GPUs in slices of one, two and four, at
// 0.40 USD/h per GPU, bids from 0.20, storage at 0.36 USD/GB-month.
const fourGPUs = `[
	{"id":1001,"machine_id":7,"gpu_name":"RTX 4090","num_gpus":1,"gpu_frac":0.25,"dph_base":0.40,"min_bid":0.20,"storage_cost":0.36,"direct_port_count":100},
	{"id":1002,"machine_id":7,"gpu_name":"RTX 4090","num_gpus":2,"gpu_frac":0.5,"dph_base":0.80,"min_bid":0.40,"storage_cost":0.36,"direct_port_count":200},
	{"id":1004,"machine_id":7,"gpu_name":"RTX 4090","num_gpus":4,"gpu_frac":1,"dph_base":1.60,"min_bid":0.80,"storage_cost":0.36,"direct_port_count":400}
]`

// oneGPU is a machine with one GPU.
const oneGPU = `[{"id":2001,"machine_id":8,"gpu_name":"RTX 3090","dph_base":0.20,"min_bid":0.10,"storage_cost":0.36,"direct_port_count":50,
	"avail_vol_ask_id":2900,"avail_vol_dph":0.0005,"avail_vol_size":100}]`

// world is one simulator whose traffic is held against the published document.
type world struct {
	t   testing.TB
	kit *simkit.Kit
	sim *vastaisim.Sim
	api http.Handler
}

func newWorld(t testing.TB, offers string, options ...func(*vastaisim.Options)) *world {
	t.Helper()
	return newWorldOf(t, simkit.Options{Boot: boot, Seed: 1}, offers, options...)
}

// newWorldOf has the built-in market when offers is "".
func newWorldOf(t testing.TB, kit simkit.Options, offers string, options ...func(*vastaisim.Options)) *world {
	t.Helper()
	kit.Clock = clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	w := &world{t: t, kit: simkit.New(kit)}
	o := vastaisim.Options{Kit: w.kit}
	for _, option := range options {
		option(&o)
	}
	w.sim = vastaisim.New(o)
	w.api = contract.Vastai(t, w.sim)
	if offers != "" {
		if err := w.sim.LoadOffers(json.RawMessage(offers)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// reply is an answer of the API.
type reply struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   []byte
}

// call sends a request with the account's key.
func (w *world) call(method, path, body string) reply {
	w.t.Helper()
	return w.callWith(w.kit.APIKey(), method, path, body)
}

// callWith sends a request with a key; "" is none.
func (w *world) callWith(key, method, path, body string) reply {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	return reply{t: w.t, what: fmt.Sprintf("%s %s %s", method, path, body), status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
}

// want wants a status and a part of the body.
func (r reply) want(status int, part string) {
	r.t.Helper()
	if r.status != status || !bytes.Contains(r.body, []byte(part)) {
		r.t.Fatalf("%s\n→ %d %s\nwant %d with %q", r.what, r.status, r.body, status, part)
	}
}

// into wants status 200 and decodes the body.
func (r reply) into(v any) {
	r.t.Helper()
	r.want(http.StatusOK, "")
	if err := json.Unmarshal(r.body, v); err != nil {
		r.t.Fatalf("%s: %v in %s", r.what, err, r.body)
	}
}

type offer struct {
	ID        int64   `json:"id"`
	MachineID int64   `json:"machine_id"`
	GPUName   string  `json:"gpu_name"`
	NumGPUs   int     `json:"num_gpus"`
	GPUIDs    []int64 `json:"gpu_ids"`
	Base      float64 `json:"dph_base"`
	Total     float64 `json:"dph_total"`
	MinBid    float64 `json:"min_bid"`
	IsBid     bool    `json:"is_bid"`
	Location  *string `json:"geolocation"`
	Disk      float64 `json:"disk_space"`
	Rented    bool    `json:"rented"`
	Search    prices  `json:"search"`
}

type prices struct {
	GPU   float64 `json:"gpuCostPerHour"`
	Disk  float64 `json:"diskHour"`
	Total float64 `json:"totalHour"`
}

// search wants a query to be understood.
func (w *world) search(query string) []offer {
	w.t.Helper()
	var found struct{ Offers []offer }
	w.call("POST", "/api/v0/bundles/", query).into(&found)
	return found.Offers
}

func ids(offers []offer) []int64 {
	var list []int64
	for _, o := range offers {
		list = append(list, o.ID)
	}
	slices.Sort(list)
	return list
}

type instance struct {
	ID           int64      `json:"id"`
	Actual       *string    `json:"actual_status"`
	Intended     string     `json:"intended_status"`
	Current      string     `json:"cur_state"`
	Next         string     `json:"next_state"`
	Message      *string    `json:"status_msg"`
	Label        *string    `json:"label"`
	Image        string     `json:"image_uuid"`
	Runtype      string     `json:"image_runtype"`
	Args         []string   `json:"image_args"`
	Env          [][]string `json:"extra_env"`
	Onstart      *string    `json:"onstart"`
	TemplateID   *int64     `json:"template_id"`
	TemplateHash *string    `json:"template_hash_id"`
	SSHHost      *string    `json:"ssh_host"`
	SSHPort      *int       `json:"ssh_port"`
	Local        string     `json:"local_ipaddrs"`
	PortLow      int        `json:"direct_port_start"`
	PortHigh     int        `json:"direct_port_end"`
	Ports        map[string][]struct{ HostIP, HostPort string }
	IsBid        bool    `json:"is_bid"`
	MinBid       float64 `json:"min_bid"`
	Base         float64 `json:"dph_base"`
	Total        float64 `json:"dph_total"`
	Instance     prices  `json:"instance"`
	Disk         float64 `json:"disk_space"`
	Duration     float64 `json:"duration"`
	Volumes      []struct {
		ID int64 `json:"id"`
	} `json:"volume_info"`
}

// status is what was asked for, what the contract has, and what the container does.
func (i *instance) status() string {
	if i == nil {
		return "null"
	}
	actual := "null"
	if i.Actual != nil {
		actual = *i.Actual
	}
	return strings.Join([]string{i.Intended, i.Current, actual}, "/")
}

// get reads one instance; nil is {"instances": null}.
func (w *world) get(id int64) *instance {
	w.t.Helper()
	var found struct{ Instances *instance }
	w.call("GET", fmt.Sprintf("/api/v0/instances/%d/?owner=me", id), "").into(&found)
	return found.Instances
}

const body = `{"image":"pytorch/pytorch:2.4","disk":20,"runtype":"ssh_direct"}`

// rent rents an offer.
func (w *world) rent(offer int64, body string) int64 {
	w.t.Helper()
	var got struct {
		Success bool
		ID      int64  `json:"new_contract"`
		Key     string `json:"instance_api_key"`
	}
	w.call("PUT", fmt.Sprintf("/api/v0/asks/%d/", offer), body).into(&got)
	if !got.Success || got.ID == 0 || got.Key == "" {
		w.t.Fatalf("rent %d: %+v", offer, got)
	}
	return got.ID
}

// running rents an offer and lets it boot.
func (w *world) running(offer int64, body string) int64 {
	w.t.Helper()
	id := w.rent(offer, body)
	w.kit.Advance(boot)
	w.wantStatus(id, "running/running/running")
	return id
}

func (w *world) put(path string, id int64, body string) reply {
	w.t.Helper()
	return w.call("PUT", fmt.Sprintf("/api/v0/instances/%s%d/", path, id), body)
}

func (w *world) wantStatus(id int64, want string) {
	w.t.Helper()
	if got := w.get(id).status(); got != want {
		w.t.Fatalf("instance %d is %q, want %q", id, got, want)
	}
}

func (w *world) market(a simkit.MarketAction) {
	w.t.Helper()
	if err := w.sim.Market(a); err != nil {
		w.t.Fatalf("market %+v: %v", a, err)
	}
}

func idOf(n int64) simkit.ID { return simkit.ID(fmt.Sprint(n)) }

// billed is what the components of one kind of object cost so far.
func (w *world) billed(component string) float64 {
	total := 0.0
	for _, c := range w.sim.Ledger() {
		if c.Component == component {
			total += c.USD
		}
	}
	return total
}

func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}
