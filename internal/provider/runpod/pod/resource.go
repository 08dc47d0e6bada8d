// Package pod is gpumarket_runpod_pod.
package pod

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/poll"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

const typeName = "gpumarket_runpod_pod"

// Keys of the private state beside the kernel's own.
const (
	// privateMachine is what the pod is beyond its attributes, see [machine].
	privateMachine = "machine"
	// privateAdopted is set once a configuration was applied to an imported pod.
	privateAdopted = "adopted"
)

// Resource is gpumarket_runpod_pod.
type Resource struct {
	kernel.ResourceBase
}

var (
	_ resource.ResourceWithConfigure        = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan       = (*Resource)(nil)
	_ resource.ResourceWithConfigValidators = (*Resource)(nil)
	_ resource.ResourceWithImportState      = (*Resource)(nil)
	_ resource.ResourceWithIdentity         = (*Resource)(nil)
)

// NewResource returns the resource.
func NewResource() resource.Resource {
	return &Resource{kernel.ResourceBase{Type: typeName, IDText: "RunPod's id of the pod."}}
}

// Create rents a pod and waits until it runs. The id is in the state before
// anything else happens to the pod.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kernel.Recover(&resp.Diagnostics)
	diags := &resp.Diagnostics
	var plan, config model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.Config.Get(ctx, &config)...)
	client := r.Data.NeedRunPod(diags)
	timeout := kernel.Timeout(ctx, plan.Timeouts.Create, kernel.CreateTimeout, diags)
	if diags.HasError() {
		return
	}
	o := r.order(ctx, client, &plan, &config, diags)
	if o == nil || diags.HasError() {
		return
	}
	made, err := r.rentOnce(ctx, client, o)
	if err != nil {
		kernel.AddError(diags, refused(err))
		return
	}
	pod := made.Object
	kernel.SaveID(ctx, req.Plan, resp, pod.ID)
	defer made.Answered()
	kernel.SetMarker(ctx, resp.Private, made.Marker, diags)
	kernel.SetSecretNames(ctx, resp.Private, kernel.SecretNamesOf(config.EnvWO), diags)
	kernel.Keep(ctx, resp.Private, privateMachine, machineOf(pod), diags)
	if volume := o.parts.volume; volume != nil {
		kernel.SetAppliedSize(ctx, resp.Private, volume.SizeGB, diags)
	}
	contract := o.rentedAs(pod)
	if running, limit := r.overpriced(o, pod, contract); limit != nil && !made.Adopted {
		r.undo(ctx, client, made, running, *limit, resp)
		return
	}
	var state model
	save := func(pod *wire.Pod) {
		state = plan
		diags.Append(state.flatten(ctx, pod)...)
		state.keep(&plan)
		contract = contractOf(contract, pod)
		kernel.SetContract(ctx, resp.Private, contract, diags)
		state.settleCost(ctx, contract, diags)
		diags.Append(resp.State.Set(ctx, &state)...)
	}
	save(pod)
	kernel.WarnAnother(ctx, plan.EstimatedCost, state.estimate(ctx, contract, diags), diags)

	seen, err := r.settle(ctx, client, pod.ID, &plan, timeout)
	if seen != nil {
		save(seen)
	}
	var late *poll.TimeoutError
	if errors.As(err, &late) && seen != nil && seen.Status == statusRunning {
		// It is what was asked for: a replacement would be no better.
		diags.AddAttributeWarning(path.Root("tcp_ports"), "Not every port of the pod is mapped yet",
			err.Error()+".\n\nIt runs. The ports that are missing are null until the next refresh finds them.")
		return
	}
	if err != nil {
		kernel.AddError(diags, kernel.Trouble{
			Doing: "bring up RunPod pod " + pod.ID, Err: err,
			Now:  fmt.Sprintf("It exists, is in the state and is billed %s until it is destroyed. It is tainted: the next apply replaces it.", rateText(state.HourlyPrice)),
			Next: "To keep it: terraform untaint. To stop its cost: terraform destroy.",
		})
	}
}

// settle brings a new pod to what the plan wants beyond its create: stopped,
// locked, running with its ports.
func (r *Resource) settle(ctx context.Context, client *runpod.Client, id string, plan *model, timeout time.Duration) (*wire.Pod, error) {
	ctx = transport.WithDeadline(ctx, r.Data.Clock, timeout)
	var seen *wire.Pod
	var err error
	if plan.stopped() {
		if seen, err = client.Pods.Stop(ctx, id); err != nil {
			return nil, err
		}
	}
	if plan.Locked.ValueBool() {
		if seen, err = client.Pods.Update(ctx, id, wire.UpdatePodRequest{Locked: kernel.Bool(plan.Locked)}); err != nil {
			return nil, err
		}
	}
	if plan.stopped() {
		return seen, nil
	}
	return r.await(ctx, client, wait{id: id, timeout: timeout})
}

// Read refreshes the pod. It leaves the state only when RunPod says that this id
// does not exist and the account's list agrees.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	diags := &resp.Diagnostics
	var state model
	diags.Append(req.State.Get(ctx, &state)...)
	before := state
	client := r.Data.NeedRunPod(diags)
	if diags.HasError() {
		return
	}
	ctx = transport.WithDeadline(ctx, r.Data.Clock, kernel.ReadDeadline)
	id := state.ID.ValueString()
	kernel.SetIdentity(ctx, resp.Identity, id, diags)
	pod, err := client.Pods.Get(ctx, id, transport.Recent)
	if errors.Is(err, apierr.NotFound) {
		r.Data.Desk.Gone(typeName, id)
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		kernel.AddError(diags, kernel.Trouble{
			Doing: "read RunPod pod " + id, Err: err, Now: "The state was left as it was.",
		})
		return
	}
	kernel.HideSecrets(client, kernel.SecretNames(ctx, req.Private, diags), pod.Env)
	r.Data.Desk.InState(rent.Object{Type: typeName, ID: id, Marker: pod.Env[rent.MarkerEnv]})
	kernel.Keep(ctx, resp.Private, privateMachine, machineOf(pod), diags)
	diags.Append(state.flatten(ctx, pod)...)
	contract := contractOf(kernel.Contract(ctx, req.Private, diags), pod)
	kernel.SetContract(ctx, resp.Private, contract, diags)
	state.EstimatedCost = kernel.CostOf(ctx, state.estimate(ctx, contract, diags), diags)
	diags.Append(kernel.SetChanged(ctx, &resp.State, &before, &state)...)
}

// Delete ends the pod, unlocking it first where needed.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	diags := &resp.Diagnostics
	var state model
	diags.Append(req.State.Get(ctx, &state)...)
	client := r.Data.NeedRunPod(diags)
	timeout := kernel.Timeout(ctx, state.Timeouts.Delete, kernel.DeleteTimeout, diags)
	if diags.HasError() {
		return
	}
	id := state.ID.ValueString()
	ctx = transport.WithDeadline(ctx, r.Data.Clock, timeout)
	var err error
	if state.Locked.ValueBool() {
		err = unlock(ctx, client, id)
	}
	if err == nil {
		err = client.Pods.Delete(ctx, id)
	}
	if errors.Is(err, apierr.Conflict) && !state.Locked.ValueBool() {
		// It was locked elsewhere since it was read.
		if err = unlock(ctx, client, id); err == nil {
			err = client.Pods.Delete(ctx, id)
		}
	}
	if err != nil && !errors.Is(err, apierr.NotFound) {
		kernel.AddError(diags, kernel.Trouble{
			Doing: "delete RunPod pod " + id, Err: err,
			Now: fmt.Sprintf("According to RunPod's answers, it exists and is billed %s until it is deleted.", rateText(state.HourlyPrice)),
		})
		return
	}
	r.Data.Desk.Gone(typeName, id)
	r.Data.Budget.Gone(ledgerKind + "/" + id)
}

func unlock(ctx context.Context, client *runpod.Client, id string) error {
	open := false
	_, err := client.Pods.Update(ctx, id, wire.UpdatePodRequest{Locked: &open})
	return err
}

func rateText(rate types.Float64) string {
	if price := kernel.Rate(rate); price != nil && *price > 0 {
		return price.String() + " USD/h for compute"
	}
	return "for its disks"
}
