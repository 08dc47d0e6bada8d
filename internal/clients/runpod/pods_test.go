package runpod_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func pointer[T any](v T) *T { return &v }

// TestPodLife takes a pod through everything that can be done to it.
func TestPodLife(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()

	created := w.create()
	if created.ID == "" || created.Status != wire.PodProvisioning || created.Disk != 20 || created.Env["A"] != "1" {
		t.Fatalf("created %+v", created)
	}
	w.kit.Advance(boot)
	up := w.get(created.ID)
	if up.Status != wire.PodRunning || up.SSH.Direct == nil || up.Runtime == nil || up.Cost <= 0 || up.StartedAt == nil {
		t.Fatalf("running %+v", up)
	}

	env, ports := map[string]string{}, []string{"8888/http"}
	changed, err := w.Pods.Update(ctx, up.ID, wire.UpdatePodRequest{Name: pointer("q"), Env: &env, Ports: &ports})
	if err != nil {
		t.Fatal(err)
	}
	if changed.Name != "q" || len(changed.Env) != 0 || !slices.Equal(changed.Ports, ports) {
		t.Errorf("updated %+v", changed)
	}
	w.kit.Advance(boot)

	for _, again := range []string{"stop", "stop again"} {
		stopped, err := w.Pods.Stop(ctx, up.ID)
		if err != nil || stopped.Status != wire.PodExited || stopped.Cost != 0 {
			t.Fatalf("%s: %+v, %v", again, stopped, err)
		}
	}
	for _, again := range []string{"start", "start again"} {
		started, err := w.Pods.Start(ctx, up.ID)
		if err != nil || started.Status == wire.PodExited {
			t.Fatalf("%s: %+v, %v", again, started, err)
		}
	}

	if err := w.Pods.Delete(ctx, up.ID); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "delete again", w.Pods.Delete(ctx, up.ID), apierr.NotFound)
	_, err = w.Pods.Get(ctx, up.ID, transport.Recent)
	wantKind(t, "get", err, apierr.NotFound)
	_, err = w.Pods.Update(ctx, up.ID, wire.UpdatePodRequest{Name: pointer("r")})
	wantKind(t, "update", err, apierr.NotFound)
	_, err = w.Pods.Stop(ctx, up.ID)
	wantKind(t, "stop", err, apierr.NotFound)
}

func TestCreatePodRefused(t *testing.T) {
	t.Parallel()
	poor := func(_ *simkit.Options, o *runpodsim.Options) { o.Balance = 0.01 }
	tests := []struct {
		name    string
		options func(*simkit.Options, *runpodsim.Options)
		change  func(*wire.CreatePodRequest)
		want    apierr.Kind
	}{
		{"type that nobody has", nil, func(r *wire.CreatePodRequest) { r.GPU.ID = "NVIDIA GeForce GTX 1" }, apierr.NoCapacity},
		{"place that lacks the type", nil, func(r *wire.CreatePodRequest) { r.DataCenterIDs = []string{"nowhere"} }, apierr.NoCapacity},
		{"no money", poor, func(*wire.CreatePodRequest) {}, apierr.NoFunds},
		{"GPU and CPU", nil, func(r *wire.CreatePodRequest) { r.CPU = &wire.CreatePodCPU{ID: "cpu3c", VCPUCount: 2} }, apierr.Invalid},
		{"no name", nil, func(r *wire.CreatePodRequest) { r.Name = "" }, apierr.Invalid},
		{"unknown template", nil, func(r *wire.CreatePodRequest) { r.TemplateID = pointer("none") }, apierr.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var w *world
			if tt.options == nil {
				w = newWorld(t)
			} else {
				w = newWorld(t, tt.options)
			}
			r := request()
			tt.change(&r)
			var err error
			sent := w.requests(func() { _, err = w.Pods.Create(t.Context(), r) })
			wantKind(t, "create", err, tt.want)
			if sent["createPod"] != 1 || w.exist() != 0 {
				t.Errorf("sent %v, %d pods exist; want one create and no pod", sent, w.exist())
			}
		})
	}
}

func TestStartOnBusyHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pod := w.running()
	if _, err := w.Pods.Stop(t.Context(), pod.ID); err != nil {
		t.Fatal(err)
	}
	w.market(simkit.MarketAction{Action: simkit.BusyHost, InstanceID: simkit.ID(pod.ID)})
	_, err := w.Pods.Start(t.Context(), pod.ID)
	wantKind(t, "start", err, apierr.NoCapacity)
}

func TestLockedPod(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 409, 423} {
		w := newWorld(t, func(_ *simkit.Options, o *runpodsim.Options) { o.LockedStatus = status })
		pod := w.running()
		if status == 423 {
			// The document has no 423; only the client's reading of it is tried.
			w.fault(simkit.Fault{Operation: "podAction", Kind: simkit.Status, Status: status})
		}
		if _, err := w.Pods.Update(t.Context(), pod.ID, wire.UpdatePodRequest{Locked: pointer(true)}); err != nil {
			t.Fatal(err)
		}
		_, err := w.Pods.Stop(t.Context(), pod.ID)
		wantKind(t, "stop", err, apierr.Conflict)
		wantKind(t, "delete", w.Pods.Delete(t.Context(), pod.ID), apierr.Conflict)
	}
}

func TestLastLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := request()
	r.Image = pointer("runpod/does-not-exist:1")
	pod, err := w.Pods.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	w.kit.Advance(boot)
	const want = "error pulling image: manifest for runpod/does-not-exist:1 not found: manifest unknown"
	if got := w.Pods.LastLog(t.Context(), pod.ID); got != want {
		t.Errorf("last line %q, want %q", got, want)
	}
	for what, id := range map[string]string{"no such pod": "none", "no id": ""} {
		if got := w.Pods.LastLog(t.Context(), id); got != "" {
			t.Errorf("%s: %q", what, got)
		}
	}
	w.fault(simkit.Fault{Operation: "getPodLogs", Kind: simkit.HTML})
	if got := w.Pods.LastLog(t.Context(), pod.ID); got != "" {
		t.Errorf("line %q from a gateway's page", got)
	}
}

func TestInvalidIDs(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	sent := w.requests(func() {
		for _, id := range []string{"", ".", ".."} {
			_, get := w.Pods.Get(ctx, id, transport.Recent)
			_, update := w.Pods.Update(ctx, id, wire.UpdatePodRequest{})
			_, start := w.Pods.Start(ctx, id)
			_, template := w.Templates.Get(ctx, id)
			for _, err := range []error{get, update, start, template, w.Pods.Delete(ctx, id), w.NetworkVolumes.Delete(ctx, id)} {
				wantKind(t, "id "+id, err, apierr.Invalid)
			}
		}
	})
	if len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestNetworkVolumes(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	volume, err := w.NetworkVolumes.Create(ctx, wire.CreateNetworkVolumeRequest{
		Name: "v", Size: 20, DataCenter: "EU-RO-1", Type: pointer(wire.VolumeStandard),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := wire.NetworkVolume{ID: volume.ID, Name: "v", Size: 20, DataCenter: "EU-RO-1", Type: wire.VolumeStandard}
	if diff := cmp.Diff(want, *volume); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	want.Size, want.Name = 30, "w"
	if _, err := w.NetworkVolumes.Update(ctx, volume.ID, wire.UpdateNetworkVolumeRequest{Name: pointer("w"), Size: pointer(30)}); err != nil {
		t.Fatal(err)
	}
	got, err := w.NetworkVolumes.Get(ctx, volume.ID, transport.Recent)
	if err != nil {
		t.Fatal(err)
	}
	all, err := w.NetworkVolumes.List(ctx, transport.Recent)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]wire.NetworkVolume{want, want}, append(all, *got)); diff != "" {
		t.Errorf("listed and read (-want +got):\n%s", diff)
	}

	_, err = w.NetworkVolumes.Update(ctx, volume.ID, wire.UpdateNetworkVolumeRequest{Size: pointer(20)})
	wantKind(t, "shrink", err, apierr.Invalid)
	_, err = w.NetworkVolumes.Create(ctx, wire.CreateNetworkVolumeRequest{Name: "v", Size: 20, DataCenter: "CA-MTL-2"})
	wantKind(t, "create where there are none", err, apierr.Invalid)

	r := request()
	r.Mounts = &wire.Mounts{Network: []wire.NetworkMount{{VolumeID: volume.ID, Path: "/data"}}}
	pod, err := w.Pods.Create(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*r.Mounts, pod.Mounts); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
	wantKind(t, "delete while mounted", w.NetworkVolumes.Delete(ctx, volume.ID), apierr.InUse)
	if err := errors.Join(w.Pods.Delete(ctx, pod.ID), w.NetworkVolumes.Delete(ctx, volume.ID)); err != nil {
		t.Error(err)
	}
	wantKind(t, "delete again", w.NetworkVolumes.Delete(ctx, volume.ID), apierr.NotFound)
}
