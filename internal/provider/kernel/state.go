package kernel

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// SaveID puts the id of a new object into the response, together with what the
// plan knows, before anything else happens to it: from then on Terraform owns
// the bill, and terraform destroy ends it whatever goes wrong.
func SaveID(ctx context.Context, plan tfsdk.Plan, resp *resource.CreateResponse, id string) {
	resp.State = tfsdk.State{Schema: plan.Schema, Raw: tftypes.NewValue(plan.Raw.Type(), nil)}
	KeepPlanned(plan, &resp.State, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	if resp.Identity != nil {
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), id)...)
	}
}

// SetIdentity sets the identity of an object that its id alone identifies. Every
// Read and Update sets it, also a Read that finds the object gone: Terraform
// refuses an answer without one.
func SetIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, id string, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.SetAttribute(ctx, path.Root("id"), id)...)
	}
}
