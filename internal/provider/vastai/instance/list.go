package instance

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
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
	result := req.NewListResult(ctx)
	client := r.Data.NeedVastai(&result.Diagnostics)
	if client == nil {
		stream.Results = list.ListResultsStreamDiagnostics(result.Diagnostics)
		return
	}
	rows, err := client.Instances.List(ctx, transport.Recent)
	if err != nil {
		kernel.AddError(&result.Diagnostics, kernel.Trouble{Doing: "list Vast.ai instances", Err: err})
		stream.Results = list.ListResultsStreamDiagnostics(result.Diagnostics)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		sent := int64(0)
		for i := range rows {
			if rows[i].CurState == wire.StateUnloaded {
				continue
			}
			if req.Limit > 0 && sent >= req.Limit {
				return
			}
			sent++
			if !push(r.result(ctx, req, &rows[i])) {
				return
			}
		}
	}
}

func (r *ListResource) result(ctx context.Context, req list.ListRequest, row *wire.Instance) list.ListResult {
	result := req.NewListResult(ctx)
	id := strconv.FormatInt(row.ID, 10)
	result.DisplayName = id
	if row.Label != "" {
		result.DisplayName = string(row.Label)
	}
	kernel.SetIdentity(ctx, result.Identity, id, &result.Diagnostics)
	if req.IncludeResource {
		m := listed(ctx)
		m.flatten(ctx, row, r.Data.Clock.Now(), &result.Diagnostics)
		m.EstimatedCost = kernel.CostOf(ctx,
			estimateOf(row, m.DesiredStatus.ValueString() == desiredStopped, kernel.Rate(m.MaxHourlyPrice)), &result.Diagnostics)
		result.Diagnostics.Append(result.Resource.Set(ctx, &m)...)
	}
	return result
}
