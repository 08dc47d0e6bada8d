package instance

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// ListResource lists the account's instances for terraform query.
type ListResource struct {
	Resource
}

var _ list.ListResourceWithConfigure = (*ListResource)(nil)

// NewListResource returns the list resource.
func NewListResource() list.ListResource { return &ListResource{} }

// ListResourceConfigSchema is empty: there is nothing to configure.
func (r *ListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{MarkdownDescription: "Lists the instances of the Vast.ai account."}
}

// List emits every instance of the account.
func (r *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	var found []kernel.Listed
	if client := r.Data.NeedVastai(&diags); client != nil {
		rows, err := client.Instances.List(ctx, transport.Recent)
		if err != nil {
			kernel.AddError(&diags, kernel.Trouble{Doing: "list Vast.ai instances", Err: err})
		}
		for i := range rows {
			if rows[i].CurState != wire.StateUnloaded {
				found = append(found, r.found(ctx, &rows[i]))
			}
		}
	}
	kernel.AnswerList(ctx, req, stream, found, diags)
}

func (r *ListResource) found(ctx context.Context, row *wire.Instance) kernel.Listed {
	id := strconv.FormatInt(row.ID, 10)
	return kernel.Listed{ID: id, Name: string(row.Label), Model: func(diags *diag.Diagnostics) any {
		m := listed(ctx, diags)
		m.flatten(ctx, row, r.Data.Clock.Now(), diags)
		m.EstimatedCost = kernel.CostOf(ctx, m.estimate(contractOf(market.Contract{}, row, m.DiskGB.ValueFloat64())), diags)
		return &m
	}}
}
