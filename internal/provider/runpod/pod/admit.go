package pod

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// candidate is a candidate as it is tried: its price and the budget are looked at
// before it queues for the quota, and once more when it is its turn.
func (r *Resource) candidate(
	client *runpod.Client, o *order, c candidate, send func(context.Context) (*wire.Pod, error),
) rent.Candidate[*wire.Pod] {
	var claim *budget.Claim
	return rent.Candidate[*wire.Pod]{
		Label: c.label(),
		Check: func(ctx context.Context) (func(), error) {
			var err error
			claim, err = r.admit(ctx, o, c)
			return func() { claim.End() }, err
		},
		Look: func(ctx context.Context) error {
			if latest := r.lookUp(ctx, client, o.parts); latest.err == nil {
				o.shop = latest
			}
			running, err := r.within(o, c)
			if err != nil || running == nil {
				return err
			}
			return stopUnlessExceeded(claim.Confirm(ctx, *running))
		},
		Rent: func(ctx context.Context) (*wire.Pod, error) {
			pod, err := send(ctx)
			switch {
			case err == nil:
				claim.Done(ledgerKind + "/" + pod.ID)
			case rent.Lost(err):
				claim.Done("")
			}
			return pod, err
		},
	}
}

// dearerError says that the list price rose above what the plan showed.
type dearerError struct {
	label         string
	reviewed, now money.PerHour
}

func (e *dearerError) Error() string {
	return fmt.Sprintf("%s costs %s USD/h now, disks included, and the plan that was reviewed says %s USD/h", e.label, e.now, e.reviewed)
}

// within is what a candidate costs while it runs, when it is sold and within
// everything that limits one pod. It is nil when the price is not known and nothing
// limits it.
func (r *Resource) within(o *order, c candidate) (*money.PerHour, error) {
	if reason := o.shop.refusal(o.parts, c); reason != "" {
		return nil, errors.New(reason)
	}
	unit, known := o.shop.price(o.parts, c)
	if !known {
		if ceiling, limits := kernel.Rate(o.plan.MaxHourlyPrice), r.Data.Budget.Limits; ceiling == nil && o.reviewed == nil &&
			limits.MaxHourly == nil && limits.MaxHourlyEach == nil {
			return nil, nil //nolint:nilnil // no price, and none is needed.
		}
		return nil, rent.Stop(fmt.Errorf("the price cannot be checked, so nothing is rented: %w", o.shop.err))
	}
	running := market.RunPodPod(o.plan.spec(o.parts, o.disks, unit, "")).Running()
	if ceiling := kernel.Rate(o.plan.MaxHourlyPrice); ceiling != nil && running.Above(*ceiling) {
		return nil, fmt.Errorf("costs %s USD/h, disks included, and max_hourly_price is %s USD/h", running, *ceiling)
	}
	if o.reviewed != nil && c.basis(o.parts) == o.reviewedAs && running.Above(*o.reviewed) {
		r.Data.PriceBook.Forget(c.id, c.cloud)
		r.Data.PriceBook.ForgetCPU(c.id)
		return nil, rent.Stop(&dearerError{c.label(), *o.reviewed, running})
	}
	return &running, r.Data.Budget.CheckEach(running)
}

// admit looks at the price and asks the budget, waiting for room where that may help.
func (r *Resource) admit(ctx context.Context, o *order, c candidate) (*budget.Claim, error) {
	running, err := r.within(o, c)
	if err != nil || running == nil {
		return nil, err
	}
	if before := o.exceeded; before != nil && *running >= before.Adds {
		// It would be refused as well, after as long a wait.
		again := *before
		again.Adds = *running
		return nil, &again
	}
	claim, err := r.Data.Budget.Admit(ctx, kernel.RentOf(ledgerKind, "", r.Data.RunPodAccount.Key(), 0, *running))
	errors.As(err, &o.exceeded)
	return claim, stopUnlessExceeded(err)
}

// stopUnlessExceeded: a cheaper candidate may have room where this one had none; what
// else the budget says holds for every candidate.
func stopUnlessExceeded(err error) error {
	var exceeded *budget.ExceededError
	if err == nil || errors.As(err, &exceeded) {
		return err
	}
	return rent.Stop(err)
}

// overpriced is the limit that a pod is above which was just rented, by the price that
// RunPod charges for it, nil when it is within all of them.
func (r *Resource) overpriced(o *order, pod *wire.Pod, contract market.Contract) (running money.PerHour, limit *money.PerHour) {
	if pod.Cost <= 0 {
		return 0, nil
	}
	spec := o.plan.spec(o.parts, o.disks, 0, "")
	running = contract.Pod(spec).Running()
	limits := []*money.PerHour{kernel.Rate(o.plan.MaxHourlyPrice), r.Data.Budget.Limits.MaxHourlyEach}
	if contract.Basis == o.reviewedAs {
		limits = append(limits, o.reviewed)
	}
	for _, limit := range limits {
		if limit != nil && running.Above(*limit) {
			return running, limit
		}
	}
	return running, nil
}

// undo ends a pod at once that turned out to be above a limit.
func (r *Resource) undo(
	ctx context.Context, client *runpod.Client, made *rent.Made[*wire.Pod], running, limit money.PerHour, resp *resource.CreateResponse,
) {
	id := made.Object.ID
	trouble := kernel.Trouble{
		Doing: "rent RunPod pod " + id + " within the limit",
		Err:   fmt.Errorf("RunPod charges %s USD/h for it, disks included, and the limit is %s USD/h", running, limit),
		Now:   "It was deleted at once; nothing bills.",
		Next:  "Plan again to see the current prices.",
	}
	if err := client.Pods.Delete(context.WithoutCancel(ctx), id); err != nil && !errors.Is(err, apierr.NotFound) {
		trouble.Now = "It could not be deleted (" + err.Error() + "): it is in the state and is billed until it is destroyed."
		trouble.Next = "To stop its cost: terraform destroy."
	} else {
		resp.State.RemoveResource(ctx)
		r.Data.Budget.Gone(ledgerKind + "/" + id)
		made.Answered()
		r.Data.Desk.Gone(typeName, id)
	}
	kernel.AddError(&resp.Diagnostics, trouble)
}
