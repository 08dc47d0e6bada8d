package pod

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// ListResource lists the account's pods for terraform query.
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
	resp.Schema = schema.Schema{MarkdownDescription: "Lists the pods of the RunPod account, members of clusters left out."}
}

// List emits every pod of the account.
func (r *ListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	client := r.Data.NeedRunPod(&diags)
	if client == nil {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	pods, err := client.Pods.List(ctx, transport.Recent)
	if err != nil {
		kernel.AddError(&diags, kernel.Trouble{Doing: "list RunPod pods", Err: err})
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		for i := range pods {
			if req.Limit > 0 && int64(i) >= req.Limit || !push(result(ctx, req, &pods[i])) {
				return
			}
		}
	}
}

func result(ctx context.Context, req list.ListRequest, pod *wire.Pod) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = pod.Name
	kernel.SetIdentity(ctx, result.Identity, pod.ID, &result.Diagnostics)
	if req.IncludeResource {
		m := imported(ctx)
		result.Diagnostics.Append(m.flatten(ctx, pod)...)
		m.settleCost(ctx, pod, &result.Diagnostics)
		result.Diagnostics.Append(result.Resource.Set(ctx, &m)...)
	}
	return result
}
