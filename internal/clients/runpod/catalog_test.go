package runpod_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// the4090 is its row among types.
func the4090(t testing.TB, types []wire.GPUType, err error) *wire.GPUType {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(types, func(g wire.GPUType) bool { return g.ID == rtx4090 })
	if i < 0 {
		t.Fatalf("%s is not among %d types", rtx4090, len(types))
	}
	return &types[i]
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()

	types, err := w.Catalog.GPUs(ctx)
	plain := the4090(t, types, err)
	if plain.Name != "RTX 4090" || plain.Memory != 24 || !plain.Secure || plain.Price.Secure <= 0 || plain.Availability != "" {
		t.Errorf("type %+v", plain)
	}

	w.market(simkit.MarketAction{Action: simkit.Stock, GPU: rtx4090, Cloud: "COMMUNITY", Level: "NONE"})
	w.market(simkit.MarketAction{Action: simkit.Stock, GPU: rtx4090, Cloud: "COMMUNITY", DataCenter: "EU-RO-1", Level: "LOW"})
	types, err = w.Catalog.GPUStock(ctx, wire.CloudCommunity, 2)
	scarce := the4090(t, types, err)
	want := []wire.DataCenterAvailability{{ID: "EU-RO-1", Name: "Romania 1", Availability: wire.AvailabilityLow}}
	if diff := cmp.Diff(want, scarce.DataCenters); diff != "" || scarce.Availability != wire.AvailabilityLow {
		t.Errorf("availability %s, data centers (-want +got):\n%s", scarce.Availability, diff)
	}
	types, err = w.Catalog.GPUStock(ctx, wire.CloudSecure, 1)
	if secure := the4090(t, types, err); secure.Availability != wire.AvailabilityHigh || len(secure.CUDAVersions) == 0 {
		t.Errorf("type %+v", secure)
	}

	types, err = w.Catalog.GPUStockIn(ctx, wire.CloudCommunity, 2, []string{"RO", "FR"})
	if there := the4090(t, types, err); len(there.DataCenters) != 1 || there.DataCenters[0].ID != "EU-RO-1" {
		t.Errorf("in Romania and France: %+v", there.DataCenters)
	}
	types, err = w.Catalog.GPUStockIn(ctx, wire.CloudCommunity, 2, []string{"US"})
	if err != nil || slices.ContainsFunc(types, func(g wire.GPUType) bool { return g.ID == rtx4090 }) {
		t.Errorf("in the USA there is none in stock: %v, %v", types, err)
	}

	cpus, err := w.Catalog.CPUs(ctx)
	if err != nil || len(cpus) == 0 || cpus[0].Price.SecurePerVCPU <= 0 || cpus[0].VCPU.Min < 2 || cpus[0].RAMGBPerVCPU <= 0 {
		t.Errorf("flavors %+v, %v", cpus, err)
	}
	places, err := w.Catalog.DataCenters(ctx)
	if err != nil || !slices.ContainsFunc(places, func(d wire.DataCenter) bool {
		return d.ID == "EU-RO-1" && d.Region == "EUROPE" && d.GlobalNetwork && slices.Contains(d.NetworkVolumeTypes, wire.VolumeHighPerformance)
	}) {
		t.Errorf("data centers %+v, %v", places, err)
	}
}

// TestCatalogIsShared shows what is asked again, and that a caller's list is its own.
func TestCatalogIsShared(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	browse := func() {
		for range 2 {
			types, err := w.Catalog.GPUs(ctx)
			the4090(t, types, err)
			clear(types)
			for _, q := range []struct {
				cloud string
				count int
			}{{wire.CloudSecure, 1}, {wire.CloudSecure, 8}, {wire.CloudCommunity, 1}} {
				types, err = w.Catalog.GPUStock(ctx, q.cloud, q.count)
				the4090(t, types, err)
				clear(types)
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"listGpuTypes": 4}, w.requests(browse)); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	w.create()
	if diff := cmp.Diff(map[string]int{}, w.requests(browse)); diff != "" {
		t.Errorf("inside the window (-want +got):\n%s", diff)
	}
	w.kit.Advance(runpod.CatalogWindow)
	if diff := cmp.Diff(map[string]int{"listGpuTypes": 4}, w.requests(browse)); diff != "" {
		t.Errorf("after the window (-want +got):\n%s", diff)
	}
}

func TestCatalogRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.requests(func() {
		for _, q := range []struct {
			cloud string
			count int
		}{{"SECURE", 0}, {"ALL", 1}, {"", 1}} {
			_, err := w.Catalog.GPUStock(t.Context(), q.cloud, q.count)
			wantKind(t, q.cloud, err, apierr.Invalid)
		}
	})
	if len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestUnknownTypeIsLeftOut(t *testing.T) {
	t.Parallel()
	catalog, err := runpodsim.ParseCatalog([]byte(`{"gpus":[{"id":"unknown","price":{"secure":0.5}},{"id":"NVIDIA A30","memory":24,"price":{"secure":0.3}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(_ *simkit.Options, o *runpodsim.Options) { o.Catalog = catalog })
	types, err := w.Catalog.GPUs(t.Context())
	if err != nil || len(types) != 1 || types[0].ID != "NVIDIA A30" {
		t.Errorf("types %+v, %v; want the A30 alone", types, err)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	want := wire.Template{
		ID: "runpodubuntu", Name: "Ubuntu 24.04", Image: "runpod/base:1.0.2-ubuntu2404", Disk: 20, Env: map[string]string{},
		Ports: []string{"22/tcp"}, Public: true, Category: "NVIDIA", StartSSH: true, StartJupyter: true, AllowedCUDAVersions: []string{},
	}
	got, err := w.Templates.Get(ctx, want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("template (-want +got):\n%s", diff)
	}
	_, err = w.Templates.Get(ctx, "none")
	wantKind(t, "unknown", err, apierr.NotFound)

	w.fault(simkit.Fault{Operation: "getTemplate", Kind: simkit.Status, Status: 404})
	for _, id := range []string{"runpodubuntu", "verifiedvllm", "communityweb"} {
		if got, err := w.Templates.Get(ctx, id); err != nil || got.ID != id {
			t.Errorf("%s in the public catalog: %+v, %v", id, got, err)
		}
	}
	w.kit.Advance(runpod.CatalogWindow)
	w.fault(simkit.Fault{Operation: "listPublicTemplates", Kind: simkit.Status, Status: 403})
	_, err = w.Templates.Get(ctx, "runpodubuntu")
	wantKind(t, "public catalog refused", err, apierr.Forbidden)
}

func TestSSHKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if keys, err := w.SSHKeys.List(t.Context()); err != nil || len(keys) != 0 {
		t.Errorf("keys %q, %v; want none", keys, err)
	}
	w.fault(simkit.Fault{Operation: "getSshKeys", Kind: simkit.Status, Status: 200, Body: []byte(`{"keys":["ssh-ed25519 AAAA me"]}`), Times: 1})
	if keys, err := w.SSHKeys.List(t.Context()); err != nil || !slices.Equal(keys, []string{"ssh-ed25519 AAAA me"}) {
		t.Errorf("keys %q, %v", keys, err)
	}
	w.fault(simkit.Fault{Operation: "getSshKeys", Kind: simkit.Status, Status: 200, Body: []byte(`{"keys":null}`)})
	_, err := w.SSHKeys.List(t.Context())
	wantKind(t, "no list", err, apierr.Malformed)
}
