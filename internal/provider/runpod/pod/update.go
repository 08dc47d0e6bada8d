package pod

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// Update changes the pod in place. It sends only what differs on the platform,
// because whatever is sent may reset the container.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	diags := &resp.Diagnostics
	var plan, state, config model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.State.Get(ctx, &state)...)
	diags.Append(req.Config.Get(ctx, &config)...)
	client := r.Data.NeedRunPod(diags)
	timeout := kernel.Timeout(ctx, plan.Timeouts.Update, kernel.UpdateTimeout, diags)
	if diags.HasError() {
		return
	}
	id := state.ID.ValueString()
	kernel.SetIdentity(ctx, resp.Identity, id, diags)
	formerly := kernel.SecretNames(ctx, req.Private, diags)
	state.uncover(ctx, &plan, kernel.Kept[machine](ctx, req.Private, privateMachine, diags), diags)
	e := editOf(ctx, &state, &plan, &config, formerly, diags)
	kernel.SetPrivateText(ctx, resp.Private, privateAdopted, "yes", diags)
	applied := func() {
		if volume := config.parts(ctx, diags).volume; volume != nil {
			kernel.SetAppliedSize(ctx, resp.Private, volume.SizeGB, diags)
		}
	}
	if !e.sends(&plan, &state) {
		applied()
		diags.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	ctx = transport.WithDeadline(ctx, r.Data.Clock, timeout)
	pod, err := client.Pods.Get(ctx, id, transport.Freshness{NotBefore: r.Data.Clock.Now()})
	if err != nil {
		kernel.AddError(diags, kernel.Trouble{Doing: "update RunPod pod " + id, Err: err, Now: "Nothing was changed."})
		return
	}
	kernel.HideSecrets(client, formerly, pod.Env)
	u := update{
		client: client, id: id, plan: &plan, state: &state, edit: e, now: pod,
		contract: contractOf(kernel.Contract(ctx, req.Private, diags), pod),
		env: kernel.MergeEnv(pod.Env, slices.Concat(formerly, namesOf(&state)), kernel.StringMap(plan.Env),
			kernel.StringMap(config.EnvWO), kernel.Marker(ctx, req.Private, diags)),
	}
	err = r.send(ctx, &u, timeout, diags)
	u.contract = contractOf(u.contract, u.now)
	kernel.SetContract(ctx, resp.Private, u.contract, diags)
	if err == nil || u.sent {
		kernel.SetSecretNames(ctx, resp.Private, kernel.SecretNamesOf(config.EnvWO), diags)
	}
	if err != nil {
		// What was changed before the failure is in the state; the next plan shows the rest.
		diags.Append(state.flatten(ctx, u.now)...)
		state.EstimatedCost = kernel.CostOf(ctx, state.estimate(ctx, u.contract, diags), diags)
		diags.Append(resp.State.Set(ctx, &state)...)
		kernel.AddError(diags, u.trouble(err))
		return
	}
	applied()
	result := plan
	diags.Append(result.flatten(ctx, u.now)...)
	result.keep(&plan)
	result.settleCost(ctx, u.contract, diags)
	diags.Append(resp.State.Set(ctx, &result)...)
}

func namesOf(m *model) []string {
	names := make([]string, 0, len(m.Env.Elements()))
	for name := range m.Env.Elements() {
		names = append(names, name)
	}
	return names
}

// sends tells whether anything but the state alone changes.
func (e edit) sends(plan, state *model) bool {
	return len(e.resets) > 0 || e.starts || e.stops || !plan.Name.Equal(state.Name) ||
		!plan.Locked.Equal(state.Locked) || !plan.GlobalNetworking.Equal(state.GlobalNetworking)
}

// update is one update under way.
type update struct {
	client      *runpod.Client
	id          string
	plan, state *model
	edit        edit
	env         map[string]string
	// contract is what the pod costs.
	contract market.Contract
	// now is the pod as it was seen last.
	now *wire.Pod
	// sent tells that the container's settings reached the platform.
	sent bool
	// claim is what the budget admitted.
	claim *budget.Claim
}

// send makes the calls of an update, within the limits on what it costs.
func (r *Resource) send(ctx context.Context, u *update, timeout time.Duration, diags *diag.Diagnostics) error {
	claim, err := r.admitUpdate(ctx, u, diags)
	if err != nil {
		return err
	}
	defer claim.End()
	u.claim = claim
	return r.change(ctx, u, timeout, diags)
}

// change makes the calls of an update in an order that resets no container for
// nothing: a stop comes before the changes, a start after them, a lock last.
func (r *Resource) change(ctx context.Context, u *update, timeout time.Duration, diags *diag.Diagnostics) error {
	c := u.plan.changes(u.plan.parts(ctx, diags), u.state, u.now, u.env)
	stops := u.plan.stopped() && u.now.Status != statusExited
	starts := !u.plan.stopped() && u.now.Status == statusExited
	before := u.now
	if u.now.Locked && (c.resets || stops || starts || !u.plan.Locked.ValueBool()) {
		open := false
		if err := u.call(u.client.Pods.Update(ctx, u.id, wire.UpdatePodRequest{Locked: &open})); err != nil {
			return err
		}
	}
	if stops {
		if err := u.call(u.client.Pods.Stop(ctx, u.id)); err != nil {
			return err
		}
	}
	if c.any {
		if err := u.call(u.client.Pods.Update(ctx, u.id, c.request)); err != nil {
			return err
		}
	}
	u.sent = true
	if !starts {
		u.claim.Done(ledgerKind + "/" + u.id)
	}
	var err error
	switch {
	case starts:
		err = r.start(ctx, u, timeout, diags)
	case c.resets && !u.plan.stopped():
		err = r.awaitAgain(ctx, u, wait{id: u.id, before: before, timeout: timeout}, diags)
	}
	if err != nil {
		return err
	}
	if u.plan.Locked.ValueBool() && !u.now.Locked {
		return u.call(u.client.Pods.Update(ctx, u.id, wire.UpdatePodRequest{Locked: kernel.Bool(u.plan.Locked)}))
	}
	return nil
}

// call keeps the pod that a call answers.
func (u *update) call(pod *wire.Pod, err error) error {
	if err == nil && pod != nil {
		u.now = pod
	}
	return err
}
