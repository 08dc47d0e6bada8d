package runpodsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/contract"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// boot is how long a pod takes from create to RUNNING in these tests.
const boot = 20 * time.Second

const (
	gpu4090 = `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1}`
	image   = `"image":"runpod/base:1.0.2"`
)

// world is one simulator whose traffic is held against the published document.
type world struct {
	t   testing.TB
	kit *simkit.Kit
	sim *runpodsim.Sim
	api http.Handler
}

func newWorld(t testing.TB, options ...func(*runpodsim.Options)) *world {
	t.Helper()
	return newWorldOf(t, simkit.Options{Boot: boot, Seed: 1}, options...)
}

func newWorldOf(t testing.TB, kit simkit.Options, options ...func(*runpodsim.Options)) *world {
	t.Helper()
	kit.Clock = clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	w := &world{t: t, kit: simkit.New(kit)}
	o := runpodsim.Options{Kit: w.kit}
	for _, option := range options {
		option(&o)
	}
	w.sim = runpodsim.New(o)
	w.api = contract.RunPod(t, w.sim)
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
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.kit.APIKey())
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	return reply{
		t: w.t, what: fmt.Sprintf("%s %s %s", method, path, body),
		status: rec.Code, header: rec.Header(), body: rec.Body.Bytes(),
	}
}

// into wants a status and decodes the body.
func (r reply) into(status int, v any) {
	r.t.Helper()
	r.want(status, "")
	if err := json.Unmarshal(r.body, v); err != nil {
		r.t.Fatalf("%s: %v in %s", r.what, err, r.body)
	}
}

// want wants a status and, in an error, a part of its detail or its errors.
func (r reply) want(status int, detail string) {
	r.t.Helper()
	if r.status != status || !bytes.Contains(r.body, []byte(detail)) {
		r.t.Fatalf("%s\n→ %d %s\nwant %d with %q", r.what, r.status, r.body, status, detail)
	}
	if status >= http.StatusBadRequest && r.header.Get("Content-Type") != "application/problem+json" {
		r.t.Fatalf("%s: content type %q of an error", r.what, r.header.Get("Content-Type"))
	}
}

type pod struct {
	ID, Name, Status, Image, Args, Cloud string
	Actions, Ports                       []string
	Disk                                 int
	Env                                  map[string]string
	Registry, DataCenterID, CudaVersion  *string
	Template                             *string
	Cost                                 float64
	Locked                               bool
	GPU                                  *struct {
		ID    string
		Count int
	}
	CPU *struct {
		ID        string
		VCPUCount int
		Memory    int
	}
	Mounts struct {
		Persistent *struct {
			Size int
			Path string
		}
		Network []struct{ VolumeID, Path string }
	}
	SSH     struct{ Proxy, Direct *endpoint }
	Runtime *struct {
		Uptime int
		Ports  []port
	}
	GlobalNetworking struct {
		Enabled         bool
		IP, InternalDNS string
	}
	CreatedAt time.Time
	StartedAt *time.Time
}

type endpoint struct {
	Host, Username, Command string
	Port                    int
}

type port struct {
	Private int
	Public  *int
	Type    string
	IP      *string
}

type volume struct {
	ID, Name, DataCenter, Type string
	Size                       int
}

// podBody is the body of a create: a name and the members.
func podBody(members ...string) string {
	return "{" + strings.Join(append([]string{`"name":"p"`}, members...), ",") + "}"
}

func (w *world) create(members ...string) pod {
	w.t.Helper()
	var p pod
	w.call("POST", "/v2/pods", podBody(members...)).into(http.StatusCreated, &p)
	return p
}

// running creates a pod and lets it boot.
func (w *world) running(members ...string) pod {
	w.t.Helper()
	p := w.create(members...)
	w.kit.Advance(boot)
	return w.get(p.ID)
}

func (w *world) get(id string) pod {
	w.t.Helper()
	var p pod
	w.call("GET", "/v2/pods/"+id, "").into(http.StatusOK, &p)
	return p
}

func (w *world) patch(id, body string) pod {
	w.t.Helper()
	var p pod
	w.call("PATCH", "/v2/pods/"+id, body).into(http.StatusOK, &p)
	return p
}

func (w *world) act(id, action string) reply {
	w.t.Helper()
	return w.call("POST", "/v2/pods/"+id+"/action", `{"action":"`+action+`"}`)
}

func (w *world) volume(size int, dataCenter string) volume {
	w.t.Helper()
	var v volume
	w.call("POST", "/v2/network-volumes", fmt.Sprintf(`{"name":"v","size":%d,"dataCenter":%q}`, size, dataCenter)).
		into(http.StatusCreated, &v)
	return v
}

func (w *world) market(a simkit.MarketAction) {
	w.t.Helper()
	if err := w.sim.Market(a); err != nil {
		w.t.Fatalf("market %+v: %v", a, err)
	}
}

// sshPort is where port 22 of a running pod is reached from outside; 0 is nowhere.
func (p pod) sshPort() int {
	if p.Runtime == nil {
		return 0
	}
	for _, m := range p.Runtime.Ports {
		if m.Private == 22 && m.Public != nil {
			return *m.Public
		}
	}
	return 0
}
