// Package instance is gpumarket_vastai_instance.
package instance

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/poll"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

const typeName = "gpumarket_vastai_instance"

// Resource is gpumarket_vastai_instance.
type Resource struct {
	kernel.ResourceBase
}

var (
	_ resource.ResourceWithConfigure        = (*Resource)(nil)
	_ resource.ResourceWithConfigValidators = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan       = (*Resource)(nil)
	_ resource.ResourceWithImportState      = (*Resource)(nil)
	_ resource.ResourceWithIdentity         = (*Resource)(nil)
)

// NewResource returns the resource.
func NewResource() resource.Resource {
	return &Resource{kernel.ResourceBase{Type: typeName, IDText: "Vast.ai's number of the instance."}}
}

// Read refreshes the instance. It leaves the state only when Vast.ai says that
// this id does not exist and the account's list agrees. One that was outbid or
// whose host is lost stays.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	before := state
	client := r.Data.NeedVastai(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx = transport.WithDeadline(ctx, r.Data.Clock, kernel.ReadDeadline)
	id, err := strconv.ParseInt(state.ID.ValueString(), 10, 64)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Not an instance",
			fmt.Sprintf("%q is not the number of a Vast.ai instance.", state.ID.ValueString()))
		return
	}
	// Also for an instance that is gone: a CLI that knows no identities hands none over.
	kernel.SetIdentity(ctx, resp.Identity, state.ID.ValueString(), &resp.Diagnostics)
	now := r.Data.Clock.Now()
	row, err := client.Instances.Get(ctx, id, transport.Recent)
	if errors.Is(err, apierr.NotFound) {
		if born, ok := kept[time.Time](ctx, req.Private, privateBorn, &resp.Diagnostics); ok && state.CreatedAt.IsNull() && now.Sub(born) < appears {
			return
		}
		r.Data.Desk.Gone(typeName, state.ID.ValueString())
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		kernel.AddError(&resp.Diagnostics, kernel.Trouble{
			Doing: "read Vast.ai instance " + state.ID.ValueString(), Err: err, Now: "The state was left as it was.",
		})
		return
	}
	kernel.HideSecrets(client, kernel.SecretNames(ctx, req.Private, &resp.Diagnostics), row.ExtraEnv)
	row.StatusMsg = wire.Text(client.Clean(string(row.StatusMsg)))
	unveil(row, state.DesiredStatus.ValueString())
	r.Data.Desk.InState(rent.Object{Type: typeName, ID: state.ID.ValueString(), Marker: row.ExtraEnv[rent.MarkerEnv]})
	keepTraits(ctx, resp.Private, row, &resp.Diagnostics)

	state.flatten(ctx, row, now, &resp.Diagnostics)
	contract := contractOf(kernel.Contract(ctx, req.Private, &resp.Diagnostics), row, state.DiskGB.ValueFloat64())
	kernel.SetContract(ctx, resp.Private, contract, &resp.Diagnostics)
	state.EstimatedCost = kernel.CostOf(ctx, state.estimate(contract), &resp.Diagnostics)
	resp.Diagnostics.Append(kernel.SetChanged(ctx, &resp.State, &before, &state)...)
}

// Delete destroys the instance and its disk, and waits until Vast.ai no longer
// lists it.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	client := r.Data.NeedVastai(&resp.Diagnostics)
	timeout := kernel.Timeout(ctx, state.Timeouts.Delete, kernel.DeleteTimeout, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	id, err := strconv.ParseInt(state.ID.ValueString(), 10, 64)
	if err != nil {
		// An import that never read anything.
		return
	}
	err = client.Instances.Destroy(transport.WithDeadline(ctx, r.Data.Clock, timeout), id)
	if err == nil {
		err = r.awaitGone(ctx, client, id, timeout)
	}
	if err != nil && !errors.Is(err, apierr.NotFound) {
		kernel.AddError(&resp.Diagnostics, kernel.Trouble{
			Doing: "destroy Vast.ai instance " + state.ID.ValueString(), Err: err,
			Now: "It may still exist and be billed.", Next: "Run terraform destroy again, or destroy it in the Vast.ai console.",
		})
		return
	}
	r.Data.Desk.Gone(typeName, state.ID.ValueString())
	r.Data.Budget.Gone(ledgerKind + "/" + state.ID.ValueString())
}

// awaitGone waits until a destroyed instance has left the list: its volumes
// cannot be deleted before, nor its GPUs rented.
func (r *Resource) awaitGone(ctx context.Context, client *vastai.Client, id int64, timeout time.Duration) error {
	_, err := poll.Until(ctx, poll.Options{
		What: fmt.Sprintf("Vast.ai instance %d to be gone", id), Clock: r.Data.Clock, Min: r.Data.PollMin, Max: r.Data.PollMax,
		Timeout: timeout, Logger: r.Data.Logger,
	}, func(ctx context.Context, f transport.Freshness) (*wire.Instance, error) {
		rows, err := client.Instances.List(ctx, f)
		for i := range rows {
			if rows[i].ID == id {
				return &rows[i], err
			}
		}
		return nil, err
	}, func(row *wire.Instance) poll.Verdict {
		if row == nil || row.CurState == wire.StateUnloaded {
			return poll.Verdict{Done: true, State: "gone"}
		}
		return poll.Verdict{State: "still listed"}
	})
	return err
}
