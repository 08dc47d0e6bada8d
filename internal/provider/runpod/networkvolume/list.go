package networkvolume

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
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
	var diags diag.Diagnostics
	var found []kernel.Listed
	if client := r.Data.NeedRunPod(&diags); client != nil {
		volumes, err := client.NetworkVolumes.List(ctx, transport.Recent)
		if err != nil {
			kernel.AddError(&diags, kernel.Trouble{Doing: "list RunPod network volumes", Err: err})
		}
		for i := range volumes {
			found = append(found, listed(ctx, &volumes[i]))
		}
	}
	kernel.AnswerList(ctx, req, stream, found, diags)
}

func listed(ctx context.Context, volume *wire.NetworkVolume) kernel.Listed {
	return kernel.Listed{ID: volume.ID, Name: volume.Name, Model: func(diags *diag.Diagnostics) any {
		m := model{Timeouts: kernel.NoTimeouts(ctx)}
		m.flatten(volume)
		m.EstimatedCost = kernel.CostOf(ctx, m.estimate(), diags)
		return &m
	}}
}
