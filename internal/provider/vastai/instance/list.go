package instance

import (
	"context"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// NewListResource lists the account's instances.
func NewListResource() list.ListResource {
	return &kernel.List[wire.Instance]{
		Type: typeName, What: "Vast.ai instances",
		Rows: func(ctx context.Context, d *kernel.Data, diags *diag.Diagnostics) ([]wire.Instance, error) {
			client := d.NeedVastai(diags)
			if client == nil {
				return nil, nil
			}
			rows, err := client.Instances.List(ctx, transport.Recent)
			return slices.DeleteFunc(rows, func(row wire.Instance) bool { return row.CurState == wire.StateUnloaded }), err
		},
		Listed: func(ctx context.Context, d *kernel.Data, row *wire.Instance) kernel.Listed {
			return kernel.Listed{ID: strconv.FormatInt(row.ID, 10), Name: string(row.Label), Model: func(diags *diag.Diagnostics) any {
				m := listed(ctx, diags)
				m.flatten(ctx, row, d.Clock.Now(), diags)
				m.EstimatedCost = kernel.CostOf(ctx, m.estimate(contractOf(market.Contract{}, row, m.DiskGB.ValueFloat64())), diags)
				return &m
			}}
		},
	}
}
