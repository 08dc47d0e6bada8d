package networkvolume

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// ListResource lists the account's network volumes for terraform query.
type ListResource struct {
	Resource
}

var _ list.ListResourceWithConfigure = (*ListResource)(nil)

// NewListResource returns the list resource.
func NewListResource() list.ListResource { return &ListResource{} }

// ListResourceConfigSchema says that there is nothing to configure.
func (r *ListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{MarkdownDescription: "Lists the network volumes of the RunPod account."}
}

// List emits every volume of the account.
func (r *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	result := req.NewListResult(ctx)
	client := r.Data.NeedRunPod(&result.Diagnostics)
	if client == nil {
		stream.Results = list.ListResultsStreamDiagnostics(result.Diagnostics)
		return
	}
	volumes, err := client.NetworkVolumes.List(ctx, transport.Recent)
	if err != nil {
		kernel.AddError(&result.Diagnostics, kernel.Trouble{Doing: "list RunPod network volumes", Err: err})
		stream.Results = list.ListResultsStreamDiagnostics(result.Diagnostics)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		for i := range volumes {
			if req.Limit > 0 && int64(i) >= req.Limit {
				return
			}
			result := req.NewListResult(ctx)
			result.DisplayName = volumes[i].Name
			kernel.SetIdentity(ctx, result.Identity, volumes[i].ID, &result.Diagnostics)
			if req.IncludeResource {
				m := model{Timeouts: kernel.NoTimeouts(ctx)}
				m.flatten(&volumes[i])
				m.EstimatedCost = kernel.CostOf(ctx, m.estimate(), &result.Diagnostics)
				result.Diagnostics.Append(result.Resource.Set(ctx, &m)...)
			}
			if !push(result) {
				return
			}
		}
	}
}
