package vastaisim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// TestBoot walks a rental from nothing to running, through a stop and back.
func TestBoot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.NullPolls = 2 })
	id := w.rent(2001, `{"client_id":"me","image":"pytorch/pytorch:2.4","disk":20,"label":"a","runtype":"jupyter_direct","onstart":"echo 1",
		"env":{"A":"b","-p 7000:7000":"1","-p 53:53/udp":"1","-p 70001:70001":"1"},"cancel_unavail":true}`)
	for range 2 {
		if i := w.get(id); i != nil {
			t.Fatalf("visible at once: %+v", i)
		}
	}
	i := w.get(id)
	if i.status() != "running/running/null" || i.SSHHost != nil || i.Ports != nil || i.PortLow != -1 || i.PortHigh != -1 {
		t.Errorf("first row: %s %+v", i.status(), i)
	}
	for _, at := range []struct {
		after time.Duration
		want  string
	}{
		{boot / 10, "running/running/created"},
		{boot / 4, "running/running/loading"},
		{boot - time.Millisecond, "running/running/loading"},
		{boot, "running/running/running"},
	} {
		w.kit.Advance(at.after - time.Duration(w.sinceStart())*time.Nanosecond)
		if got := w.get(id).status(); got != at.want {
			t.Errorf("after %v: %s, want %s", at.after, got, at.want)
		}
	}
	i = w.get(id)
	if i.Runtype != "jupyter_direc ssh_direc ssh_proxy" || *i.Label != "a" || *i.Onstart != "echo 1" || !strings.HasSuffix(i.Local, " \n") {
		t.Errorf("row: %+v", i)
	}
	if i.SSHHost == nil || i.SSHPort == nil || i.Message == nil || *i.Message != "success, running pytorch/pytorch_2.4/jupyter" {
		t.Errorf("row: %+v", i)
	}
	want := [][]string{{"-p 53:53/udp", "1"}, {"-p 70001:70001", "1"}, {"-p 7000:7000", "1"}, {"A", "b"}}
	if fmt.Sprint(i.Env) != fmt.Sprint(want) {
		t.Errorf("env %v, want %v", i.Env, want)
	}
	before := w.ports(i)
	for _, port := range []string{"22/tcp", "8080/tcp", "7000/tcp", "53/udp"} {
		if before[port] == "" {
			t.Errorf("%s is not mapped: %v", port, before)
		}
	}
	identity := 0
	for inside, outside := range before {
		if inside == outside+"/tcp" {
			identity++
		}
	}
	if len(before) != 5 || identity != 1 || i.PortLow < 20_000 || i.PortHigh < i.PortLow {
		t.Errorf("ports %v, range %d to %d", before, i.PortLow, i.PortHigh)
	}

	w.put("", id, `{"state":"stopped"}`).want(http.StatusOK, `"success":true`)
	w.wantStatus(id, "stopped/running/running")
	w.kit.Advance(boot / 10)
	w.wantStatus(id, "stopped/stopped/exited")
	if i := w.get(id); i.Ports != nil || i.PortLow != -1 {
		t.Errorf("a stopped instance has ports: %+v", i)
	}

	w.put("", id, `{"state":"running"}`).want(http.StatusOK, `"success":true`)
	w.wantStatus(id, "running/running/loading")
	w.kit.Advance(boot / 2)
	w.wantStatus(id, "running/running/running")
	if after := w.ports(w.get(id)); fmt.Sprint(after) == fmt.Sprint(before) {
		t.Errorf("ports did not move: %v", after)
	}
}

// sinceStart is how far the world's clock has moved, in nanoseconds.
func (w *world) sinceStart() int64 {
	return w.kit.Now().Sub(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)).Nanoseconds()
}

// ports maps container ports to outside ports, and wants both address families.
func (w *world) ports(i *instance) map[string]string {
	w.t.Helper()
	ports := map[string]string{}
	for inside, outside := range i.Ports {
		if len(outside) != 2 || outside[0].HostIP != "0.0.0.0" || outside[1].HostIP != "::" || outside[0].HostPort != outside[1].HostPort {
			w.t.Errorf("port %s: %v", inside, outside)
		}
		ports[inside] = outside[0].HostPort
	}
	return ports
}

func TestRestarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.running(2001, body)
	ports := fmt.Sprint(w.ports(w.get(id)))

	w.put("reboot/", id, `{}`).want(http.StatusOK, `"success":true`)
	w.wantStatus(id, "running/running/rebooting")
	w.kit.Advance(boot)
	if got := fmt.Sprint(w.ports(w.get(id))); got != ports {
		t.Errorf("a reboot moved ports %s to %s", ports, got)
	}

	w.put("recycle/", id, `{}`).want(http.StatusOK, `"success":true`)
	w.wantStatus(id, "running/running/recycling")
	w.kit.Advance(boot)
	w.wantStatus(id, "running/running/running")
	if got := fmt.Sprint(w.ports(w.get(id))); got == ports {
		t.Errorf("a recycle kept ports %s", ports)
	}

	w.put("", id, `{"state":"stopped"}`).want(http.StatusOK, "")
	w.kit.Advance(boot)
	w.put("reboot/", id, `{}`).want(http.StatusBadRequest, "not running")
	w.put("reboot/", 5, `{}`).want(http.StatusBadRequest, "invalid instance_id")
	w.put("recycle/", 5, `{}`).want(http.StatusBadRequest, "invalid_id")
}

// TestStopCalledOff starts again while the stop is under way.
func TestStopCalledOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.running(2001, body)
	w.put("", id, `{"state":"stopped"}`).want(http.StatusOK, "")
	w.put("", id, `{"state":"running"}`).want(http.StatusOK, `"success":true`)
	w.kit.Advance(time.Hour)
	w.wantStatus(id, "running/running/running")
}

func TestCreatedStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.StopShowsStopped = true })
	id := w.rent(2001, `{"image":"a:1","disk":20,"target_state":"stopped"}`)
	w.kit.Advance(time.Hour)
	w.wantStatus(id, "stopped/stopped/null")
	near(t, "GPU bill", w.billed("gpu"), 0)
	w.put("", id, `{"state":"running"}`).want(http.StatusOK, `"success":true`)
	w.kit.Advance(boot)
	w.wantStatus(id, "running/running/running")
	w.put("", id, `{"state":"stopped"}`).want(http.StatusOK, "")
	w.kit.Advance(boot)
	w.wantStatus(id, "stopped/stopped/stopped")
}

// TestBadImages are the containers that never come up.
func TestBadImages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		image, booted, after, message string
	}{
		{"repo/does-not-exist:1", "running/running/loading", "stopped/stopped/loading", "Error response from daemon: manifest for repo/does-not-exist:1 not found"},
		{"repo/oci-error:1", "running/running/created", "stopped/stopped/created", "OCI runtime create failed"},
		{"repo/exits-at-once:1", "running/running/exited", "running/running/exited", "container exited"},
	}
	for _, tt := range tests {
		t.Run(tt.image, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, oneGPU)
			id := w.rent(2001, fmt.Sprintf(`{"image":%q,"disk":20}`, tt.image))
			w.kit.Advance(boot)
			w.wantStatus(id, tt.booted)
			w.kit.Advance(7 * time.Minute)
			w.wantStatus(id, tt.after)
			if i := w.get(id); i.Message == nil || !strings.Contains(*i.Message, tt.message) {
				t.Errorf("message %v, want %q", *i.Message, tt.message)
			}
			near(t, "GPU bill", w.billed("gpu"), 0)
		})
	}
}

func TestStartFindsNoGPU(t *testing.T) {
	t.Parallel()
	for _, reverts := range []bool{false, true} {
		t.Run(fmt.Sprintf("reverts %v", reverts), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.StartBusyReverts = reverts })
			id := w.running(2001, body)
			w.put("", id, `{"state":"stopped"}`).want(http.StatusOK, "")
			w.kit.Advance(boot)
			w.market(simkit.MarketAction{Action: simkit.BusyHost, InstanceID: idOf(id)})

			w.put("", id, `{"state":"running"}`).want(http.StatusOK, `"error":"resources_unavailable"`)
			w.put("", id, `{"state":"running"}`).want(http.StatusOK, `"success":false`)
			want := "running/stopped/exited"
			if reverts {
				want = "stopped/stopped/exited"
			}
			w.wantStatus(id, want)

			w.market(simkit.MarketAction{Action: simkit.HostOnline, InstanceID: idOf(id)})
			w.kit.Advance(boot)
			if !reverts {
				w.wantStatus(id, "running/running/running")
			} else {
				w.wantStatus(id, "stopped/stopped/exited")
				w.put("", id, `{"state":"running"}`).want(http.StatusOK, `"success":true`)
			}
		})
	}
}

// TestStoppedGPUsAreRented: a stop puts the GPUs on the market.
func TestStoppedGPUsAreRented(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.running(2001, body)
	if left := w.search(`{"rented":{"eq":true}}`); len(left) != 0 {
		t.Fatalf("offers of a full machine: %v", ids(left))
	}
	w.put("", id, `{"state":"stopped"}`).want(http.StatusOK, "")
	w.kit.Advance(boot)
	left := w.search(`{"rented":{"eq":true}}`)
	if len(left) != 1 || left[0].ID == 2001 || !left[0].Rented {
		t.Fatalf("offers after the stop: %+v", left)
	}
	if hidden := w.search(`{}`); len(hidden) != 0 {
		t.Errorf("a search shows machines that are rented already: %v", ids(hidden))
	}
	w.market(simkit.MarketAction{Action: simkit.TakeOffer, OfferID: idOf(left[0].ID)})
	w.put("", id, `{"state":"running"}`).want(http.StatusOK, "resources_unavailable")
}

func TestHostGoesAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.running(2001, body)
	w.market(simkit.MarketAction{Action: simkit.HostOffline, MachineID: "8"})
	w.wantStatus(id, "running/running/offline")
	bill := w.billed("gpu") + w.billed("disk")
	w.kit.Advance(time.Hour)
	near(t, "bill while the host is away", w.billed("gpu")+w.billed("disk"), bill)
	w.market(simkit.MarketAction{Action: simkit.HostOnline, MachineID: "8"})
	w.wantStatus(id, "running/running/running")
}

func TestContractEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `[{"id":1,"gpu_name":"RTX 3090","dph_base":0.2,"duration":7200}]`)
	id := w.running(1, body)
	if left := w.get(id).Duration; left != 7200-boot.Seconds() {
		t.Errorf("duration %v", left)
	}
	w.kit.Advance(2 * time.Hour)
	w.wantStatus(id, "stopped/stopped/exited")
	w.put("", id, `{"state":"running"}`).want(http.StatusBadRequest, "contract")
	if left := w.get(id).Duration; left != -boot.Seconds() {
		t.Errorf("duration %v, want it to go on below zero", left)
	}
	near(t, "GPU bill", w.billed("gpu"), 0.2*(2-boot.Hours()))
}

func TestDestroy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.DestroyedListed = time.Minute })
	id := w.running(2001, body)
	path := fmt.Sprintf("/api/v0/instances/%d/", id)
	w.call("DELETE", path, `{}`).want(http.StatusOK, `"success":true`)
	w.wantStatus(id, "null")
	w.call("DELETE", path, `{}`).want(http.StatusNotFound, `"error":"not_found"`)
	w.call("DELETE", "/api/v0/instances/abc/", `{}`).want(http.StatusBadRequest, "invalid instance_id")
	if list := w.list(""); len(list.Instances) != 1 || list.Instances[0].Current != "unloaded" {
		t.Errorf("just destroyed: %+v", list.Instances)
	}
	w.kit.Advance(time.Minute)
	if list := w.list(""); len(list.Instances) != 0 {
		t.Errorf("destroyed a minute ago: %+v", list.Instances)
	}
	left := w.search(`{}`)
	if len(left) != 1 || slices.Contains(ids(left), 2001) {
		t.Errorf("offers after the destroy: %v, want one with a new id", ids(left))
	}
}

// TestSwitches are the disputed behaviours that no other test turns on.
func TestSwitches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU, func(o *vastaisim.Options) {
		o.InjectedEnv, o.UntaggedImageFails, o.DiskSurplusGB = true, true, 0.08
	})
	w.api = w.sim // the published document has no answer 500
	w.call("PUT", "/api/v0/asks/2001/", `{"image":"host:5000/repo/img","disk":20}`).want(http.StatusInternalServerError, "server_error")
	i := w.get(w.running(2001, `{"image":"host:5000/repo/img:1","disk":20}`))
	near(t, "disk_space", i.Disk, 20.08)
	near(t, "dph_total of the disk that was asked for", i.Total, 0.20+20*0.36/720)
	if !slices.ContainsFunc(i.Env, func(pair []string) bool { return pair[0] == "CONTAINER_ID" && pair[1] == fmt.Sprint(i.ID) }) {
		t.Errorf("env %v", i.Env)
	}
}
