package pod

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
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
	var found []kernel.Listed
	if client := r.Data.NeedRunPod(&diags); client != nil {
		pods, err := client.Pods.List(ctx, transport.Recent)
		if err != nil {
			kernel.AddError(&diags, kernel.Trouble{Doing: "list RunPod pods", Err: err})
		}
		for i := range pods {
			found = append(found, listed(ctx, &pods[i]))
		}
	}
	kernel.AnswerList(ctx, req, stream, found, diags)
}

func listed(ctx context.Context, pod *wire.Pod) kernel.Listed {
	return kernel.Listed{ID: pod.ID, Name: pod.Name, Model: func(diags *diag.Diagnostics) any {
		m := imported(ctx)
		diags.Append(m.flatten(ctx, pod)...)
		m.settleCost(ctx, contractOf(market.Contract{}, pod), diags)
		return &m
	}}
}
