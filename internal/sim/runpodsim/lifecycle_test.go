package runpodsim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func TestBoot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.create(image, gpu4090, `"ports":["22/tcp","8888/http"]`, `"env":{"A":"1"}`)
	if p.Status != "PROVISIONING" || p.DataCenterID == nil || p.SSH.Proxy == nil || p.SSH.Direct != nil || p.Runtime != nil || p.StartedAt != nil {
		t.Errorf("just created: %+v", p)
	}
	if p.Cost != 0.59 || p.Cloud != "SECURE" || p.Disk != 50 || p.GPU.Count != 1 || p.CPU != nil || p.Template != nil || p.Registry != nil {
		t.Errorf("just created: %+v", p)
	}
	if diff := cmp.Diff(map[string]string{"A": "1"}, p.Env); diff != "" {
		t.Errorf("env (-want +got):\n%s", diff)
	}

	steps := []struct {
		after   time.Duration
		status  string
		actions []string
	}{
		{0, "PROVISIONING", []string{"stop", "terminate"}},
		{boot / 4, "STARTING", []string{"stop", "terminate"}},
		{boot - boot/4 - 1, "STARTING", []string{"stop", "terminate"}},
		{1, "RUNNING", []string{"stop", "restart", "terminate"}},
	}
	for _, step := range steps {
		w.kit.Advance(step.after)
		if p = w.get(p.ID); p.Status != step.status || !slices.Equal(p.Actions, step.actions) {
			t.Fatalf("after %v more: %s %v, want %s %v", step.after, p.Status, p.Actions, step.status, step.actions)
		}
	}
	w.kit.Advance(time.Hour)
	p = w.get(p.ID)
	if p.Runtime == nil || p.Runtime.Uptime != 3600 || p.StartedAt == nil || !p.StartedAt.Equal(p.CreatedAt.Add(boot)) {
		t.Errorf("an hour later: runtime %+v, started %v", p.Runtime, p.StartedAt)
	}
	if p.sshPort() == 0 || p.SSH.Direct == nil || p.SSH.Direct.Port != p.sshPort() {
		t.Errorf("port 22: %+v, %+v", p.Runtime, p.SSH.Direct)
	}
	w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusNoContent, "")
	w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusNotFound, "pod not found")
	w.call("GET", "/v2/pods/"+p.ID, "").want(http.StatusNotFound, "pod not found")
}

func TestImages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		image, status string
		started       bool
		cost          float64
		log           string
	}{
		{"ubuntu:24.04", "RUNNING", true, 0.59, "ready"},
		{"me/does-not-exist:1", "ERROR", false, 0.59, "error pulling image"},
		{"invalid/image", "ERROR", false, 0.59, "error pulling image"},
		{"me/oci-error", "ERROR", false, 0.59, "OCI runtime create failed"},
		{"me/exits-at-once", "EXITED", true, 0, "container exited with code 0"},
		{"me/never-starts", "STARTING", false, 0.59, "restarting"},
	}
	for _, tt := range tests {
		t.Run(tt.image, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.create(`"image":"`+tt.image+`"`, gpu4090)
			w.kit.Advance(boot - time.Nanosecond)
			if got := w.get(p.ID).Status; got != "STARTING" {
				t.Errorf("status %s before the end of the boot", got)
			}
			w.kit.Advance(time.Hour)
			p = w.get(p.ID)
			if p.Status != tt.status || (p.StartedAt != nil) != tt.started || p.Cost != tt.cost {
				t.Errorf("status %s, started %v, cost %v; want %s, %v, %v", p.Status, p.StartedAt, p.Cost, tt.status, tt.started, tt.cost)
			}
			logs := w.call("GET", "/v2/pods/"+p.ID+"/logs?tail=1", "")
			logs.want(http.StatusOK, tt.log)
			if kind := logs.header.Get("Content-Type"); kind != "text/event-stream" {
				t.Errorf("logs are %s", kind)
			}
		})
	}
}

// TestStopStart: the pod stays on its host, where the GPUs may be gone.
func TestStopStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.running(image, gpu4090, `"ports":["22/tcp"]`, `"mounts":{"persistent":{"size":20,"path":"/workspace"}}`)
	port := p.sshPort()

	var stopped pod
	w.act(p.ID, "stop").into(http.StatusOK, &stopped)
	if stopped.Status != "EXITED" || stopped.Cost != 0 || stopped.Runtime != nil || stopped.SSH.Direct != nil || stopped.SSH.Proxy == nil {
		t.Errorf("stopped: %+v", stopped)
	}
	w.act(p.ID, "stop").want(http.StatusConflict, "EXITED")
	w.act(p.ID, "restart").want(http.StatusConflict, "EXITED")

	w.market(simkit.MarketAction{Action: simkit.BusyHost, InstanceID: simkit.ID(p.ID)})
	w.act(p.ID, "start").want(http.StatusBadRequest, "There are not enough free GPUs on the host machine to start this pod.")
	if got := w.get(p.ID).Status; got != "EXITED" {
		t.Errorf("after a refused start: %s", got)
	}
	w.market(simkit.MarketAction{Action: simkit.HostOnline, InstanceID: simkit.ID(p.ID)})
	var started pod
	w.act(p.ID, "start").into(http.StatusOK, &started)
	if started.Status != "STARTING" || started.Cost != 0.59 {
		t.Errorf("start: %s at %v", started.Status, started.Cost)
	}
	w.act(p.ID, "start").want(http.StatusConflict, "STARTING")
	w.kit.Advance(boot / 2)
	again := w.get(p.ID)
	if again.Status != "RUNNING" || *again.DataCenterID != *p.DataCenterID || *again.CudaVersion != *p.CudaVersion {
		t.Errorf("running again: %+v", again)
	}
	if again.sshPort() == 0 || again.sshPort() == port {
		t.Errorf("public port %d, before the stop %d", again.sshPort(), port)
	}
	if again.SSH.Direct.Host != p.SSH.Direct.Host {
		t.Errorf("address %s, before the stop %s", again.SSH.Direct.Host, p.SSH.Direct.Host)
	}
	w.act(p.ID, "terminate").want(http.StatusNoContent, "")
}

// TestStoppedGPUsAreTaken: what a stop frees is rented to the next pod.
func TestStoppedGPUsAreTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// One GPU type whose machines have eight, in low stock: three machines.
	w.market(simkit.MarketAction{Action: simkit.Stock, GPU: "NVIDIA GeForce RTX 4090", Cloud: "SECURE", Level: "NONE"})
	w.market(simkit.MarketAction{Action: simkit.Stock, GPU: "RTX 4090", Cloud: "SECURE", DataCenter: "US-KS-2", Level: "LOW"})
	const all = `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":8}`
	first := w.running(image, all)
	w.running(image, all)
	w.running(image, all)
	w.call("POST", "/v2/pods", podBody(image, gpu4090)).want(http.StatusBadRequest, capacity)

	w.act(first.ID, "stop").want(http.StatusOK, "EXITED")
	w.create(image, gpu4090)
	w.act(first.ID, "start").want(http.StatusBadRequest, "not enough free GPUs")
}

func TestRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.running(image, gpu4090, `"ports":["22/tcp"]`)
	w.kit.Advance(time.Hour)

	var after pod
	w.act(p.ID, "restart").into(http.StatusOK, &after)
	if after.Status != "RUNNING" || after.Runtime.Uptime != 3600 || after.sshPort() != p.sshPort() {
		t.Errorf("right after the restart: %s, %+v", after.Status, after.Runtime)
	}
	w.act(p.ID, "restart").into(http.StatusOK, &after)
	if after.Status != "RUNNING" || after.Runtime.Uptime != 3600 {
		t.Errorf("after another restart: %s, %+v", after.Status, after.Runtime)
	}
	w.kit.Advance(boot / 10)
	if got := w.get(p.ID); got.Status != "STARTING" || got.Runtime != nil {
		t.Errorf("then: %s, %+v", got.Status, got.Runtime)
	}
	w.kit.Advance(boot / 2)
	if got := w.get(p.ID); got.Status != "RUNNING" || got.Runtime.Uptime != 0 || !got.StartedAt.After(*p.StartedAt) {
		t.Errorf("in the end: %s, %+v, started %v", got.Status, got.Runtime, got.StartedAt)
	}
}

// TestStoppedBeforeItRan: a pod that was stopped while it booted never started.
func TestStoppedBeforeItRan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.create(image, gpu4090)
	w.act(p.ID, "stop").want(http.StatusOK, "EXITED")
	w.kit.Advance(time.Hour)
	if got := w.get(p.ID); got.StartedAt != nil {
		t.Errorf("started at %v", got.StartedAt)
	}
	if logs := w.call("GET", "/v2/pods/"+p.ID+"/logs", ""); strings.Contains(string(logs.body), "start container") {
		t.Errorf("logs %s", logs.body)
	}
}

func TestPatch(t *testing.T) {
	t.Parallel()
	ports := `"ports":["22/tcp","8888/http"]`
	tests := []struct {
		name, body string
		resets     bool
		check      func(pod) bool
	}{
		{"nothing", `{}`, false, func(p pod) bool { return p.Name == "p" }},
		{"name", `{"name":"q"}`, false, func(p pod) bool { return p.Name == "q" }},
		{"locked", `{"locked":true}`, false, func(p pod) bool { return p.Locked }},
		{"image", `{"image":"other"}`, true, func(p pod) bool { return p.Image == "other" }},
		{"args", `{"args":"sleep 1"}`, true, func(p pod) bool { return p.Args == "sleep 1" }},
		{"disk", `{"disk":70}`, true, func(p pod) bool { return p.Disk == 70 }},
		{"env is replaced", `{"env":{"B":"2"}}`, true, func(p pod) bool { return len(p.Env) == 1 && p.Env["B"] == "2" }},
		{"ports are replaced", `{"ports":["22/tcp"]}`, true, func(p pod) bool { return slices.Equal(p.Ports, []string{"22/tcp"}) }},
		{"ports are cleared", `{"ports":[]}`, true, func(p pod) bool { return len(p.Ports) == 0 }},
		{"volume grows", `{"mounts":{"persistent":{"size":30,"path":"/workspace"}}}`, true, func(p pod) bool { return p.Mounts.Persistent.Size == 30 }},
		{"volume moves", `{"mounts":{"persistent":{"size":20,"path":"/data"}}}`, true, func(p pod) bool { return p.Mounts.Persistent.Path == "/data" }},
		{"mounts left alone", `{"mounts":{}}`, false, func(p pod) bool { return p.Mounts.Persistent.Size == 20 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.running(image, gpu4090, ports, `"env":{"A":"1"}`, `"mounts":{"persistent":{"size":20,"path":"/workspace"}}`)
			got := w.patch(p.ID, tt.body)
			if !tt.check(got) {
				t.Errorf("after %s: %+v", tt.body, got)
			}
			if want := map[bool]string{true: "STARTING", false: "RUNNING"}[tt.resets]; got.Status != want {
				t.Errorf("status %s, want %s", got.Status, want)
			}
			w.kit.Advance(boot / 2)
			later := w.get(p.ID)
			if later.Status != "RUNNING" || !tt.check(later) {
				t.Errorf("later: %+v", later)
			}
			if tt.resets == later.StartedAt.Equal(*p.StartedAt) {
				t.Errorf("started at %v, before the patch %v", later.StartedAt, p.StartedAt)
			}
			if slices.Contains(later.Ports, "22/tcp") && tt.resets == (later.sshPort() == p.sshPort()) {
				t.Errorf("public port %d, before the patch %d", later.sshPort(), p.sshPort())
			}
		})
	}
}

func TestPatchRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, other := w.volume(10, "US-KS-2"), w.volume(10, "US-KS-2")
	network := func(id string) string {
		return `"mounts":{"network":[{"volumeId":"` + id + `","path":"/w"}]}`
	}
	const persistent = `"mounts":{"persistent":{"size":20,"path":"/w"}}`
	bare, disk, net := w.running(image, gpu4090), w.running(image, gpu4090, persistent), w.running(image, gpu4090, network(v.ID))
	tests := []struct{ name, id, body, want string }{
		{"persistent mount is new", bare.ID, "{" + persistent + "}", "cannot be added"},
		{"network mount is new", bare.ID, "{" + network(v.ID) + "}", "cannot be added"},
		{"volume shrinks", disk.ID, `{"mounts":{"persistent":{"size":19,"path":"/w"}}}`, "can only grow"},
		{"network mount cleared", net.ID, `{"mounts":{"network":[]}}`, "cannot be cleared"},
		{"other network volume", net.ID, "{" + network(other.ID) + "}", "cannot be changed"},
		{"both kinds", net.ID, `{"mounts":{"persistent":{"size":20,"path":"/w"},"network":[{"volumeId":"` + v.ID + `","path":"/w"}]}}`, "mutually exclusive"},
		{"port", bare.ID, `{"ports":["1/udp"]}`, "1/udp"},
		{"credential", bare.ID, `{"registry":"nope"}`, "registry nope"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{t: t, kit: w.kit, sim: w.sim, api: w.api}
			before := w.get(tt.id)
			w.call("PATCH", "/v2/pods/"+tt.id, tt.body).want(http.StatusBadRequest, tt.want)
			if diff := cmp.Diff(before, w.get(tt.id)); diff != "" {
				t.Errorf("a refused patch changed the pod (-before +after):\n%s", diff)
			}
		})
	}
	w.call("PATCH", "/v2/pods/"+bare.ID, `{"image":"x/not-in-registry"}`).want(http.StatusUnprocessableEntity, "not found in its registry")
	w.call("PATCH", "/v2/pods/nope", `{}`).want(http.StatusNotFound, "pod not found")
}

// TestPatchStopped: the new values wait for the next start.
func TestPatchStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.running(image, gpu4090)
	w.act(p.ID, "stop").want(http.StatusOK, "")
	if got := w.patch(p.ID, `{"image":"me/does-not-exist"}`); got.Status != "EXITED" {
		t.Errorf("patched while stopped: %s", got.Status)
	}
	w.act(p.ID, "start").want(http.StatusOK, "")
	w.kit.Advance(boot)
	if got := w.get(p.ID).Status; got != "ERROR" {
		t.Errorf("started with the new image: %s", got)
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	for _, deletable := range []bool{false, true} {
		w := newWorld(t, func(o *runpodsim.Options) { o.LockedDeletable = deletable })
		p := w.running(image, gpu4090)
		w.patch(p.ID, `{"locked":true}`)
		w.act(p.ID, "stop").want(http.StatusConflict, "locked")
		w.act(p.ID, "restart").want(http.StatusConflict, "locked")
		w.call("PATCH", "/v2/pods/"+p.ID, `{"image":"other"}`).want(http.StatusConflict, "locked")
		if got := w.patch(p.ID, `{"name":"renamed"}`); got.Name != "renamed" || !got.Locked {
			t.Errorf("renamed while locked: %+v", got)
		}
		if !deletable {
			w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusConflict, "locked")
			w.act(p.ID, "terminate").want(http.StatusConflict, "locked")
			w.patch(p.ID, `{"locked":false,"image":"other"}`)
		}
		w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusNoContent, "")
	}
}

// TestGlobalNetworking takes effect with the next start, not at once.
func TestGlobalNetworking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.running(image, gpu4090, `"dataCenterIds":["US-KS-2"]`)
	if got := w.patch(p.ID, `{"globalNetworking":true}`); got.GlobalNetworking.Enabled || got.Status != "RUNNING" {
		t.Errorf("right after the patch: %+v, %s", got.GlobalNetworking, got.Status)
	}
	w.act(p.ID, "restart").want(http.StatusOK, "")
	w.kit.Advance(boot)
	got := w.get(p.ID).GlobalNetworking
	if !got.Enabled || got.IP == "" || got.InternalDNS != p.ID+".runpod.internal" {
		t.Errorf("after the restart: %+v", got)
	}
	off := w.running(image, gpu4090, `"dataCenterIds":["CA-MTL-1"]`)
	w.call("PATCH", "/v2/pods/"+off.ID, `{"globalNetworking":true}`).want(http.StatusBadRequest, "CA-MTL-1")
}

// TestHostOffline: the pod reads EXITED, costs nothing, and comes back with its host.
func TestHostOffline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.running(image, gpu4090)
	w.market(simkit.MarketAction{Action: simkit.HostOffline, InstanceID: simkit.ID(p.ID)})
	before := w.sim.Balance()
	w.kit.Advance(time.Hour)
	if got := w.get(p.ID); got.Status != "EXITED" || got.Cost != 0 || w.sim.Balance() != before {
		t.Errorf("offline: %s at %v, balance %v of %v", got.Status, got.Cost, w.sim.Balance(), before)
	}
	w.act(p.ID, "start").want(http.StatusBadRequest, "not enough free GPUs")
	w.market(simkit.MarketAction{Action: simkit.HostOnline, InstanceID: simkit.ID(p.ID)})
	w.kit.Advance(boot)
	if got := w.get(p.ID); got.Status != "RUNNING" || got.Cost != 0.59 {
		t.Errorf("online again: %s at %v", got.Status, got.Cost)
	}
	w.market(simkit.MarketAction{Action: simkit.HostOffline, InstanceID: simkit.ID(p.ID)})
	w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusNoContent, "")
}
