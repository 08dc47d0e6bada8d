package pod

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// NewListResource lists the account's pods, members of clusters left out.
func NewListResource() list.ListResource {
	return &kernel.List[wire.Pod]{
		Type: typeName, What: "RunPod pods",
		Rows: func(ctx context.Context, d *kernel.Data, diags *diag.Diagnostics) ([]wire.Pod, error) {
			client := d.NeedRunPod(diags)
			if client == nil {
				return nil, nil
			}
			return client.Pods.List(ctx, transport.Recent)
		},
		Listed: func(ctx context.Context, _ *kernel.Data, pod *wire.Pod) kernel.Listed {
			return kernel.Listed{ID: pod.ID, Name: pod.Name, Model: func(diags *diag.Diagnostics) any {
				m := imported(ctx)
				diags.Append(m.flatten(ctx, pod)...)
				m.settleCost(ctx, contractOf(market.Contract{}, pod), diags)
				return &m
			}}
		},
	}
}
