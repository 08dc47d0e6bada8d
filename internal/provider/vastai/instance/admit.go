package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// lookServes is how old the last look at an offer may be: a price is a few seconds old
// when it is rented, however long the queue is and whoever searched before.
const lookServes = 2 * time.Second

// admit asks the budget before renting, and waits for room where that may help.
func (l *lease) admit(ctx context.Context, prospects []prospect, at int) (*budget.Claim, error) {
	guard, hourly := l.r.Data.Budget, prospects[at].hourly()
	if err := guard.CheckEach(hourly); err != nil {
		return nil, err
	}
	claim, err := guard.Admit(ctx, kernel.RentOf(ledgerKind, "", l.r.Data.VastaiAccount.Key(), 0, l.billed(prospects[at].quote)))
	if err == nil {
		return claim, nil
	}
	cheaper := slices.ContainsFunc(prospects[at+1:], func(p prospect) bool { return p.refusal == "" && p.hourly() < hourly })
	if cheaper && ctx.Err() == nil {
		return nil, err
	}
	// What is dearer would be refused as well, after as long a wait.
	return nil, rent.Stop(err)
}

// billed is what a rental at the quote is billed from the start.
func (l *lease) billed(q quote) money.PerHour {
	if l.request.TargetState != nil {
		return q.storage
	}
	return q.hourly()
}

// look is the last look at an offer, when it is its turn to be rented. Without a limit
// there is nothing to look for.
func (l *lease) look(ctx context.Context, p *prospect, claim *budget.Claim) error {
	if !l.limited(p) {
		return claim.Confirm(ctx, l.billed(p.quote))
	}
	asked := p.quote
	if p.quoted != nil {
		asked = *p.quoted
	}
	since := transport.Freshness{NotBefore: l.r.Data.Clock.Now().Add(-lookServes)}
	found, err := lookAgain(ctx, l.client, []quote{asked}, l.terms, p.quoted != nil, since)
	if err != nil {
		return rent.Stop(fmt.Errorf("the price cannot be checked, so nothing is rented: %w", err))
	}
	if found[0].refusal != "" {
		return errors.New(found[0].refusal)
	}
	*p = found[0]
	if err := l.r.Data.Budget.CheckEach(p.hourly()); err != nil {
		return err
	}
	return claim.Confirm(ctx, l.billed(p.quote))
}

// limited tells whether anything limits what the rental may cost.
func (l *lease) limited(p *prospect) bool {
	limits := l.r.Data.Budget.Limits
	return l.terms.ceiling != nil || p.quoted != nil || limits.MaxHourly != nil || limits.MaxHourlyEach != nil
}

// overpricedError says that what was rented is above a limit.
type overpricedError struct {
	running, limit money.PerHour
	what           string
}

func (e *overpricedError) Error() string {
	return fmt.Sprintf("Vast.ai charges %s USD/h for it and %s is %s USD/h", e.running, e.what, e.limit)
}

// overpriced compares what was rented, by the price of its contract, with everything
// that limits it. Offers change hands and prices between a look and a call.
func (l *lease) overpriced(rented *rental, row *wire.Instance) error {
	contract := contractOf(rented.contract, row, l.terms.diskGB)
	running, storage := contract.Instance(false, nil).Hourly, contract.Instance(true, nil).Hourly
	// A disk may be a little larger than it was asked for.
	if total := row.DPHTotal; total != nil && money.PerHour(*total).Above(running+2*diskTolerance*storage) {
		running = money.PerHour(*total)
	}
	var quoted *money.PerHour
	if rented.quoted != nil && l.terms.ceiling == nil {
		hourly := rented.quoted.hourly()
		quoted = &hourly
	}
	for _, bound := range []struct {
		what  string
		limit *money.PerHour
	}{
		{"max_hourly_price", rate(l.terms.ceiling)},
		{"budget.max_hourly_each", l.r.Data.Budget.Limits.MaxHourlyEach},
		{"the quoted price", quoted},
	} {
		if bound.limit != nil && running.Above(*bound.limit) {
			return &overpricedError{running: running, limit: *bound.limit, what: bound.what}
		}
	}
	return nil
}

// undo ends an instance at once that turned out to be above a limit.
func (r *Resource) undo(
	ctx context.Context, client *vastai.Client, made *rent.Made[*rental], over *overpricedError, resp *resource.CreateResponse,
) {
	id := strconv.FormatInt(made.Object.id, 10)
	trouble := kernel.Trouble{
		Doing: "rent Vast.ai instance " + id + " within the limit", Err: over,
		Now: "It was destroyed at once; nothing bills.", Next: "Plan again to see the present prices.",
	}
	if err := client.Instances.Destroy(context.WithoutCancel(ctx), made.Object.id); err != nil && !errors.Is(err, apierr.NotFound) {
		trouble.Now = "It could not be destroyed (" + err.Error() + "): it is in the state and bills until it is destroyed."
		trouble.Next = "To end its bill: terraform destroy."
	} else {
		resp.State.RemoveResource(ctx)
		r.Data.Budget.Gone(ledgerKind + "/" + id)
		made.Answered()
		r.Data.Desk.Gone(typeName, id)
	}
	kernel.AddError(&resp.Diagnostics, trouble)
}
