package instance

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestInstanceListResource lists in process: the CLIs at hand have no query yet.
func TestInstanceListResource(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	world := sim.New(sim.Options{Clock: clk, Seed: 1})
	server := httptest.NewServer(world.Vastai)
	defer server.Close()
	client, err := vastai.New(vastai.Config{
		APIKey: simkit.DefaultAPIKey, BaseURL: server.URL, Clock: clk, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	offers, err := client.Offers.Search(t.Context(), wire.Query{"limit": 3, "order": [][]string{{"dph_total", "asc"}}})
	if err != nil {
		t.Fatal(err)
	}
	label, image := "listed", "ubuntu:24.04"
	for _, offer := range offers {
		if _, err := client.Instances.Create(t.Context(), offer.ID, wire.CreateInstanceRequest{Image: &image, Label: &label, Disk: 10}); err != nil {
			t.Fatal(err)
		}
	}

	r := &Resource{}
	l, ok := NewListResource().(list.ListResourceWithConfigure)
	if !ok {
		t.Fatal("the list resource takes no provider data")
	}
	l.Configure(t.Context(), resource.ConfigureRequest{
		ProviderData: &kernel.Data{Clock: clk, Vastai: client, VastaiAccess: kernel.Configured},
	}, &resource.ConfigureResponse{})
	var schemas resource.SchemaResponse
	r.Schema(t.Context(), resource.SchemaRequest{}, &schemas)
	var identities resource.IdentitySchemaResponse
	r.IdentitySchema(t.Context(), resource.IdentitySchemaRequest{}, &identities)
	for limit, want := range map[int64]int{0: 3, 2: 2} {
		var stream list.ListResultsStream
		l.List(t.Context(), list.ListRequest{
			IncludeResource: true, Limit: limit, ResourceSchema: schemas.Schema, ResourceIdentitySchema: identities.IdentitySchema,
		}, &stream)
		n := 0
		for result := range stream.Results {
			n++
			if result.Diagnostics.HasError() {
				t.Fatal(result.Diagnostics)
			}
			var m model
			if ds := result.Resource.Get(t.Context(), &m); ds.HasError() {
				t.Fatal(ds)
			}
			if result.DisplayName != "listed" || m.DiskGB.ValueFloat64() != 10 || m.EstimatedCost.IsNull() || m.ID.ValueString() == "" {
				t.Errorf("listed %q with %+v", result.DisplayName, m)
			}
		}
		if n != want {
			t.Errorf("limit %d: %d instances, want %d", limit, n, want)
		}
	}
}
