// Package networkvolume is gpumarket_runpod_network_volume.
package networkvolume

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

const typeName = "gpumarket_runpod_network_volume"

// Resource is gpumarket_runpod_network_volume.
type Resource struct {
	kernel.ResourceBase
}

var (
	_ resource.ResourceWithConfigure   = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan  = (*Resource)(nil)
	_ resource.ResourceWithImportState = (*Resource)(nil)
	_ resource.ResourceWithIdentity    = (*Resource)(nil)
)

// NewResource returns the resource.
func NewResource() resource.Resource {
	return &Resource{kernel.ResourceBase{Type: typeName, IDText: "RunPod's id of the network volume."}}
}

// Create makes one volume.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kernel.Recover(&resp.Diagnostics)
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	client := r.Data.NeedRunPod(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout := kernel.Timeout(ctx, plan.Timeouts.Create, kernel.CreateTimeout, &resp.Diagnostics)
	ctx = transport.WithDeadline(ctx, r.Data.Clock, timeout)
	estimate := plan.estimate()
	claim, err := r.admit(ctx, "", 0, estimate.Hourly)
	if err != nil {
		kernel.AddError(&resp.Diagnostics, kernel.Trouble{Doing: "create RunPod network volume", Err: err, Now: "Nothing was created."})
		return
	}
	defer claim.End()

	made, err := r.createOnce(ctx, client, &plan)
	if err != nil {
		if rent.Lost(err) {
			claim.Done("")
		}
		kernel.AddError(&resp.Diagnostics, kernel.Trouble{Doing: "create RunPod network volume", Err: err, Now: nothingCreated(err)})
		return
	}
	kernel.SaveID(ctx, req.Plan, resp, made.Object.ID)
	defer made.Answered()
	claim.Done(ledgerKind + "/" + made.Object.ID)
	kernel.SetMarker(ctx, resp.Private, made.Marker, &resp.Diagnostics)
	kernel.SetAppliedSize(ctx, resp.Private, plan.SizeGB, &resp.Diagnostics)

	plan.flatten(made.Object)
	plan.EstimatedCost = kernel.CostOf(ctx, estimate, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	kernel.KeepPlanned(req.Plan, &resp.State, &resp.Diagnostics)
}

func nothingCreated(err error) string {
	if rent.Lost(err) {
		return "It is not known whether a volume exists and is billed."
	}
	return "Nothing was created."
}

// Read refreshes the volume. It leaves the state only when RunPod says that
// this id does not exist and the account's list agrees.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client := r.Data.NeedRunPod(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx = transport.WithDeadline(ctx, r.Data.Clock, kernel.ReadDeadline)
	id := state.ID.ValueString()
	kernel.SetIdentity(ctx, resp.Identity, id, &resp.Diagnostics)
	volume, err := client.NetworkVolumes.Get(ctx, id, transport.Recent)
	if errors.Is(err, apierr.NotFound) {
		r.Data.Desk.Gone(typeName, id)
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		kernel.AddError(&resp.Diagnostics, kernel.Trouble{
			Doing: "read RunPod network volume " + id, Err: err, Now: "The state was left as it was.",
		})
		return
	}
	resized := state.SizeGB.ValueInt64() != int64(volume.Size)
	state.flatten(volume)
	r.Data.Desk.InState(state.object(kernel.Marker(ctx, req.Private, &resp.Diagnostics)))
	if resized || state.EstimatedCost.IsNull() {
		state.EstimatedCost = kernel.CostOf(ctx, state.estimate(), &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// admit asks the budget just before a volume is made or grows.
func (r *Resource) admit(ctx context.Context, id string, before, after money.PerHour) (*budget.Claim, error) {
	if after > before {
		if err := r.Data.Budget.CheckEach(after); err != nil {
			return nil, err
		}
	}
	return r.Data.Budget.Admit(ctx, kernel.RentOf(ledgerKind, id, r.Data.RunPodAccount.Key(), before, after))
}

// Update renames and grows the volume in one call.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	client := r.Data.NeedRunPod(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	kernel.SetIdentity(ctx, resp.Identity, state.ID.ValueString(), &resp.Diagnostics)
	var change wire.UpdateNetworkVolumeRequest
	if !plan.Name.Equal(state.Name) {
		change.Name = kernel.String(plan.Name)
	}
	if !plan.SizeGB.Equal(state.SizeGB) {
		size := int(plan.SizeGB.ValueInt64())
		change.Size = &size
	}
	if change != (wire.UpdateNetworkVolumeRequest{}) {
		claim, err := r.admit(ctx, state.ID.ValueString(), state.estimate().Hourly, plan.estimate().Hourly)
		if err != nil {
			kernel.AddAttributeError(&resp.Diagnostics, path.Root("size_gb"), kernel.Trouble{
				Doing: "grow RunPod network volume " + state.ID.ValueString(), Err: err, Now: "Nothing was changed.",
			})
			return
		}
		defer claim.End()
		volume, err := client.NetworkVolumes.Update(ctx, state.ID.ValueString(), change)
		if err != nil {
			kernel.AddError(&resp.Diagnostics, kernel.Trouble{
				Doing: "update RunPod network volume " + state.ID.ValueString(), Err: err,
				Now: "According to RunPod's answers, it exists and is billed as before.",
			})
			return
		}
		claim.Done(ledgerKind + "/" + volume.ID)
		plan.flatten(volume)
	}
	kernel.SetAppliedSize(ctx, resp.Private, config.SizeGB, &resp.Diagnostics)
	plan.EstimatedCost = kernel.CostOf(ctx, plan.estimate(), &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	kernel.KeepPlanned(req.Plan, &resp.State, &resp.Diagnostics)
}

// Delete removes the volume. While a pod or worker that is being deleted still
// holds it, RunPod refuses; the delete is tried again until the timeout.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client := r.Data.NeedRunPod(&resp.Diagnostics)
	timeout := kernel.Timeout(ctx, state.Timeouts.Delete, kernel.DeleteTimeout, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	id := state.ID.ValueString()
	ctx = transport.WithDeadline(ctx, r.Data.Clock, timeout)
	err := kernel.WhileInUse(ctx, r.Data.Clock, timeout, func(ctx context.Context) error {
		return client.NetworkVolumes.Delete(ctx, id)
	})
	if err != nil && !errors.Is(err, apierr.NotFound) {
		kernel.AddError(&resp.Diagnostics, kernel.Trouble{
			Doing: "delete RunPod network volume " + id, Err: err,
			Now:  "It exists and is billed until it is deleted.",
			Next: "Destroy the pods and endpoints that use it, then apply again.",
		})
		return
	}
	r.Data.Desk.Gone(typeName, id)
	r.Data.Budget.Gone(ledgerKind + "/" + id)
}
