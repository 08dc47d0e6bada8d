package networkvolume

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/runpod/places"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/spend"
)

const ledgerKind = "runpod/network_volume"

// ModifyPlan puts the cost into the plan and refuses what RunPod would refuse.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan model
	exists, goOn := kernel.BeginPlan(ctx, r.Data, req, resp, kernel.Opening{
		Type: typeName, Ledger: ledgerKind, State: &state, Plan: &plan, Hash: state.hash,
	})
	if !goOn {
		return
	}
	if exists {
		plan.SizeGB = kernel.PlannedSize(ctx, req.Private, plan.SizeGB, state.SizeGB, path.Root("size_gb"), "destroy the volume", &resp.Diagnostics)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("size_gb"), plan.SizeGB)...)
		plan.warnReplaced(&state, &resp.Diagnostics)
	} else {
		spend.WarnStrays(ctx, r.Data.Desk, typeName, spend.OnRunPod(r.Data.RunPod), &resp.Diagnostics)
		r.checkDataCenter(ctx, &plan, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	r.planCost(ctx, req, resp, &plan, &state)
}

// warnReplaced announces that a replacement deletes what is on the volume.
func (m *model) warnReplaced(state *model, diags *diag.Diagnostics) {
	for name, changes := range map[string]bool{
		"data_center_id": !m.DataCenterID.Equal(state.DataCenterID), "type": !m.Type.Equal(state.Type),
	} {
		if changes {
			diags.AddAttributeWarning(path.Root(name), "The volume's data is deleted", fmt.Sprintf(
				"The change of %s replaces network volume %s and deletes its %d GB with all data.",
				name, state.ID.ValueString(), state.SizeGB.ValueInt64()))
		}
	}
}

// planCost prices a create or a resize. Whatever else changes keeps the estimate.
func (r *Resource) planCost(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan, state *model,
) {
	exists := !req.State.Raw.IsNull()
	planned := kernel.PlannedCost{Kind: ledgerKind, At: path.Root("size_gb")}
	if exists {
		planned.ID = state.ID.ValueString()
		planned.Before = state.estimate().Hourly
	} else {
		planned.Replaces = kernel.Replaces(ctx, req.Private, &resp.Diagnostics)
	}
	planned.Refuse = !exists || !plan.SizeGB.Equal(state.SizeGB)
	if !plan.SizeGB.IsUnknown() {
		estimate := plan.estimate()
		planned.Hourly, planned.Running = &estimate.Hourly, &estimate.Hourly
		// The basis names the type, which may be configured and not be known yet.
		var kind types.String
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("type"), &kind)...)
		if planned.Refuse && !kind.IsUnknown() {
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("estimated_cost"),
				kernel.CostOf(ctx, estimate, &resp.Diagnostics))...)
		}
	} else if exists {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("estimated_cost"), kernel.UnknownCost())...)
	}
	r.Data.CheckCost(ctx, planned, &resp.Diagnostics)
}

// checkDataCenter refuses a data center that does not exist or hosts no network
// volumes. When the catalog cannot be read the create will find out.
func (r *Resource) checkDataCenter(ctx context.Context, plan *model, diags *diag.Diagnostics) {
	id := kernel.String(plan.DataCenterID)
	if r.Data.RunPodAccess == kernel.Unknown {
		return
	}
	client := r.Data.NeedRunPod(diags)
	if id == nil || client == nil {
		return
	}
	ctx = transport.WithDeadline(ctx, r.Data.Clock, kernel.ReadDeadline)
	at := path.Root("data_center_id")
	centers := places.Check(ctx, client, at, []string{*id}, diags)
	if centers == nil || diags.HasError() {
		return
	}
	var hosting []string
	for _, center := range centers {
		if len(center.NetworkVolumeTypes) == 0 {
			continue
		}
		hosting = append(hosting, center.ID)
		if center.ID == *id {
			if kind := kernel.String(plan.Type); kind != nil && !slices.Contains(center.NetworkVolumeTypes, *kind) {
				diags.AddAttributeError(path.Root("type"), "Not offered in this data center", fmt.Sprintf(
					"%s offers %s.\n\nNothing was changed.", *id, strings.Join(center.NetworkVolumeTypes, ", ")))
			}
			return
		}
	}
	slices.Sort(hosting)
	diags.AddAttributeError(at, "No network volumes in this data center", fmt.Sprintf(
		"%q hosts no network volumes. These do: %s.\n\nNothing was changed.", *id, strings.Join(hosting, ", ")))
}
