package kernel

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// Opening is what [BeginPlan] has to know of a type.
type Opening struct {
	// Type is the Terraform type.
	Type string
	// Ledger is the first part of the budget's keys of such objects, "runpod/pod"; ""
	// for what costs nothing.
	Ledger string
	// State, Plan and Config point to models of one type, to be filled; Config may be
	// nil.
	State, Plan, Config any
	// Hash is the digest of the content of State for a type that cannot bear a
	// marker, see [rent.Object]; nil for one that can.
	Hash func() string
}

// BeginPlan is how every ModifyPlan begins: it fills the models, keeps the id for the
// create of a replacement, lets the desk know what the state has, and takes what a
// destroy ends out of the budget. exists tells whether the state has the object;
// goOn, whether there is something to plan: there is not without a configured
// provider, in a destroy, and after an error.
func BeginPlan(
	ctx context.Context, d *Data, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, o Opening,
) (exists, goOn bool) {
	if d == nil {
		return false, false
	}
	diags := &resp.Diagnostics
	var id types.String
	exists = !req.State.Raw.IsNull()
	if exists {
		diags.Append(req.State.Get(ctx, o.State)...)
		diags.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
		SetReplaces(ctx, resp.Private, id.ValueString(), diags)
		object := rent.Object{Type: o.Type, ID: id.ValueString(), Marker: Marker(ctx, req.Private, diags)}
		if o.Hash != nil {
			object.Hash = o.Hash()
		}
		d.Desk.InState(object)
	}
	if req.Plan.Raw.IsNull() {
		if o.Ledger != "" {
			d.CheckCost(ctx, PlannedCost{
				Kind: o.Ledger, ID: id.ValueString(), Hourly: new(money.PerHour), At: path.Root("estimated_cost"),
			}, diags)
		}
		return exists, false
	}
	if exists && req.Plan.Raw.Equal(req.State.Raw) {
		// Decoding is most of what a plan of unchanged objects costs.
		reflect.ValueOf(o.Plan).Elem().Set(reflect.ValueOf(o.State).Elem())
	} else {
		diags.Append(req.Plan.Get(ctx, o.Plan)...)
	}
	if o.Config != nil {
		diags.Append(req.Config.Get(ctx, o.Config)...)
	}
	return exists, !diags.HasError()
}
