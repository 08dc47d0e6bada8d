package pod

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

const ledgerKind = "runpod/pod"

// ModifyPlan puts the cost into the plan, decides between an update and a
// replacement, and says which values an update leaves open.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan, config model
	exists, goOn := kernel.BeginPlan(ctx, r.Data, req, resp, kernel.Opening{
		Type: typeName, Ledger: ledgerKind, State: &state, Plan: &plan, Config: &config,
	})
	if !goOn {
		return
	}
	proposed := plan
	plan.applyDefaults(&config)
	if exists {
		r.planUpdate(ctx, req, resp, &state, &plan, &config)
	} else {
		r.planCreate(ctx, req, resp, &plan, &config)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(kernel.SetChanged(ctx, &resp.Plan, &proposed, &plan)...)
	}
}

// applyDefaults says what an attribute that is left out means, which depends on
// whether a template gives it: then it is known after the create, and kept.
func (m *model) applyDefaults(config *model) {
	if !config.TemplateID.IsNull() {
		return
	}
	if config.Args.IsNull() {
		m.Args = types.StringNull()
	}
	if config.ContainerDiskGB.IsNull() {
		m.ContainerDiskGB = types.Int64Value(defaultDiskGB)
	}
	if config.Ports.IsNull() {
		m.Ports = types.SetNull(types.StringType)
	}
	if config.RegistryID.IsNull() {
		m.RegistryID = types.StringNull()
	}
}

// edit is what an update does to a pod that exists.
type edit struct {
	// resets are the attributes because of which the container is made anew.
	resets []path.Path
	// starts and stops: the desired status changes.
	starts, stops bool
	// secrets: the names in env_wo changed, which no attribute shows.
	secrets bool
	// billed: the estimate has to be computed anew; dearer: by something that was
	// newly set and may be refused.
	billed, dearer bool
}

func editOf(ctx context.Context, state, plan, config *model, formerly []string, diags *diag.Diagnostics) edit {
	p, before := plan.parts(ctx, diags), state.parts(ctx, diags)
	resized := p.volume != nil && before.volume != nil && !p.volume.SizeGB.Equal(before.volume.SizeGB)
	e := edit{
		secrets: !config.EnvWO.IsUnknown() && !slices.Equal(kernel.SecretNamesOf(config.EnvWO), formerly),
		stops:   plan.stopped() && !state.stopped(),
		starts:  plan.DesiredStatus.IsUnknown() || !plan.stopped() && state.stopped(),
	}
	e.resets = resetting(plan, state, p, before, e.secrets)
	e.dearer = e.starts || resized || !plan.ContainerDiskGB.Equal(state.ContainerDiskGB)
	e.billed = e.dearer || e.stops || !plan.MaxHourlyPrice.Equal(state.MaxHourlyPrice)
	return e
}

func (r *Resource) planUpdate(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, state, plan, config *model,
) {
	diags := &resp.Diagnostics
	is := kernel.Kept[machine](ctx, req.Private, privateMachine, diags)
	state.uncover(ctx, plan, is, diags)
	p, before := plan.parts(ctx, diags), state.parts(ctx, diags)
	if p.volume != nil && before.volume != nil {
		p.volume.SizeGB = kernel.PlannedSize(ctx, req.Private, p.volume.SizeGB, before.volume.SizeGB,
			path.Root("volume").AtName("size_gb"), "replace the pod (terraform apply -replace=…), which ends the volume", diags)
		plan.Volume = kernel.Object(ctx, volumeTypes(), p.volume, diags)
	}
	if diags.HasError() {
		return
	}
	imported := kernel.Marker(ctx, req.Private, diags) == "" && kernel.PrivateText(ctx, req.Private, privateAdopted, diags) == ""
	paths := plan.replacing(p, known{state: state, stateParts: before, config: config, machine: is, imported: imported})
	if len(paths) > 0 {
		state.warnReplaced(paths, is, diags)
		resp.RequiresReplace = append(resp.RequiresReplace, paths...)
		plan.ID = types.StringUnknown()
		return
	}
	e := editOf(ctx, state, plan, config, kernel.SecretNames(ctx, req.Private, diags), diags)
	plan.leaveOpen(ctx, e, !plan.Ports.Equal(state.Ports), diags)
	state.warnReset(e, is, imported, diags)
	if e.stops {
		diags.AddAttributeWarning(path.Root("desired_status"), "The pod may not start again", fmt.Sprintf(
			"Stopping pod %s frees its GPUs for others. It can start on its own host only, once enough GPUs are free there. Its container disk is wiped. %s",
			state.ID.ValueString(), state.kept(is)))
	}
	r.planExistingCost(ctx, kernel.Contract(ctx, req.Private, diags), state, plan, e, diags)
}

// leaveOpen marks what an update changes as known after apply. The URLs follow from
// the id and the ports alone.
func (m *model) leaveOpen(ctx context.Context, e edit, ports bool, diags *diag.Diagnostics) {
	urls := m.HTTPURLs
	switch {
	case e.stops:
		m.CloseWays(ctx, diags)
		m.PublicIP = types.StringNull()
		m.Status = types.StringUnknown()
		m.HourlyPrice = types.Float64Unknown()
		m.StartedAt = timetypes.NewRFC3339Unknown()
	case e.starts, len(e.resets) > 0 && !m.stopped():
		m.ForgetWays()
		m.PublicIP = types.StringUnknown()
		m.Status = types.StringUnknown()
		m.StartedAt = timetypes.NewRFC3339Unknown()
		m.HourlyPrice = types.Float64Unknown()
		m.CUDAVersion = types.StringUnknown()
	case e.secrets:
		m.Status = types.StringUnknown()
	}
	m.HTTPURLs = urls
	if ports {
		m.ForgetPorts()
	}
}

// planExistingCost prices a change of what is billed by the pod's contract. Whatever
// else changes keeps the estimate.
func (r *Resource) planExistingCost(
	ctx context.Context, contract market.Contract, state, plan *model, e edit, diags *diag.Diagnostics,
) {
	planned := kernel.PlannedCost{
		Kind: ledgerKind, ID: state.ID.ValueString(), Ceiling: kernel.Rate(plan.MaxHourlyPrice), Refuse: e.dearer, At: path.Root("name"),
		Before: state.estimate(ctx, contract, diags).Hourly,
	}
	p := plan.parts(ctx, diags)
	open := plan.ContainerDiskGB.IsUnknown() || plan.DesiredStatus.IsUnknown() || plan.MaxHourlyPrice.IsUnknown() ||
		kernel.Perhaps(plan.Volume) || p.volume != nil && p.volume.SizeGB.IsUnknown()
	switch known := contract.Known() || plan.stopped(); {
	case open || !known && e.billed:
		plan.EstimatedCost = kernel.UnknownCost()
	case known:
		estimate := plan.estimate(ctx, contract, diags)
		planned.Hourly = &estimate.Hourly
		if contract.Known() {
			running := estimate.Running()
			planned.Running = &running
		}
		if e.billed {
			plan.EstimatedCost = kernel.CostOf(ctx, estimate, diags)
		}
	}
	r.Data.CheckCost(ctx, planned, diags)
}
