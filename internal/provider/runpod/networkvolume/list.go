package networkvolume

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// NewListResource lists the account's network volumes.
func NewListResource() list.ListResource {
	return &kernel.List[wire.NetworkVolume]{
		Type: typeName, What: "RunPod network volumes",
		Rows: func(ctx context.Context, d *kernel.Data, diags *diag.Diagnostics) ([]wire.NetworkVolume, error) {
			client := d.NeedRunPod(diags)
			if client == nil {
				return nil, nil
			}
			return client.NetworkVolumes.List(ctx, transport.Recent)
		},
		Listed: func(ctx context.Context, _ *kernel.Data, volume *wire.NetworkVolume) kernel.Listed {
			return kernel.Listed{ID: volume.ID, Name: volume.Name, Model: func(diags *diag.Diagnostics) any {
				m := model{Timeouts: kernel.NoTimeouts(ctx)}
				m.flatten(volume)
				m.EstimatedCost = kernel.CostOf(ctx, m.estimate(), diags)
				return &m
			}}
		},
	}
}
