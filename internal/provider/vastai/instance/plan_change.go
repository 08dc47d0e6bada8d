package instance

import (
	"context"
	"fmt"
	"math"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// change plans for an instance that exists: a replacement, or an update that
// keeps every computed value which nothing in it can change.
func (p *planning) change(ctx context.Context) {
	is, _ := keptTraits(ctx, p.req.Private, &p.resp.Diagnostics)
	if p.imported(ctx) {
		p.state.leave(&p.plan)
	}
	replaced := p.replacements(ctx, is)
	p.warnReplaced(ctx, replaced)
	if p.interrupted() && p.plan.OnInterruption.ValueString() == interruptionReplace {
		p.warnInterruption("A replacement is proposed, as set in on_interruption; the data on the disk will be lost.")
		p.plan.ID = types.StringUnknown()
		replaced = append(replaced, path.Root("id"))
	}
	if len(replaced) > 0 {
		// The replacement is planned, and paid for, in a second call.
		p.resp.RequiresReplace = append(p.resp.RequiresReplace, replaced...)
		return
	}

	p.update(ctx, is)
}

// update plans changes in place.
func (p *planning) update(ctx context.Context, is traits) {
	causes := restarting(&p.plan, &p.state)
	p.warnRestart(ctx, causes)
	restarts := len(causes) > 0
	power := !p.plan.DesiredStatus.Equal(p.state.DesiredStatus)
	bids := !p.plan.BidPrice.Equal(p.state.BidPrice)
	if bids {
		if p.checkBid(); p.resp.Diagnostics.HasError() {
			return
		}
		p.bid()
	}
	if p.interrupted() && !bids {
		bids = p.answerInterruption(ctx, is)
	}
	if p.config.Image.IsNull() && !p.plan.TemplateID.Equal(p.state.TemplateID) && !p.plan.TemplateID.IsNull() {
		p.plan.Image = types.StringUnknown()
	}
	p.planAccess(ctx, restarts, power, bids)
	if restarts || power || bids {
		p.forgetStatus()
	}
	if power || bids {
		p.plan.HourlyPrice = types.Float64Unknown()
	}
	if power {
		p.warnStop()
	}
	p.cost(ctx, power || bids)
}

// planAccess says what becomes of the ways in.
func (p *planning) planAccess(ctx context.Context, restarts, power, bids bool) {
	switch {
	case power && !restarts && p.plan.DesiredStatus.ValueString() == desiredStopped:
		p.plan.CloseWays(ctx, &p.resp.Diagnostics)
		p.plan.JupyterURL = types.StringNull()
	case restarts || power || bids && p.state.Interrupted.ValueBool():
		p.forgetAccess()
	}
}

func (p *planning) warnStop() {
	if p.plan.DesiredStatus.ValueString() == desiredStopped {
		p.resp.Diagnostics.AddAttributeWarning(path.Root("desired_status"), "The GPUs may be gone at the next start",
			"A stopped instance releases its GPUs. Other users can rent them, and the instance cannot start until they are free. Its disk is still billed.")
	}
}

// forgetAccess: addresses and ports are other ones after a restart.
func (p *planning) forgetAccess() {
	p.plan.ForgetWays()
	p.plan.PublicIP, p.plan.JupyterURL = types.StringUnknown(), types.StringUnknown()
}

// bid plans the bid that is configured, unless it stands already.
func (p *planning) bid() {
	switch bid := bidOf(p.plan.BidPrice); {
	case p.plan.BidPrice.IsUnknown():
		p.plan.CurrentBid = types.Float64Unknown()
	case bid != nil && *bid != p.state.CurrentBid.ValueFloat64():
		p.plan.CurrentBid = kernel.Decimal(*bid)
	}
}

func (p *planning) forgetStatus() {
	p.plan.Status, p.plan.StatusMessage, p.plan.Interrupted = types.StringUnknown(), types.StringUnknown(), types.BoolUnknown()
}

// cost keeps the estimate unless what is billed changes, which is priced by the
// instance's contract.
func (p *planning) cost(ctx context.Context, changed bool) {
	diags := &p.resp.Diagnostics
	contract := p.contract(ctx)
	planned := kernel.PlannedCost{
		Kind: ledgerKind, ID: p.state.ID.ValueString(), Ceiling: kernel.Rate(p.plan.MaxHourlyPrice), At: p.plan.askedAt(),
		Before: p.state.estimate(contract).Hourly,
	}
	var bid *money.PerHour
	if !p.plan.CurrentBid.Equal(p.state.CurrentBid) {
		bid = kernel.Rate(p.plan.CurrentBid)
	}
	if bid != nil {
		contract, planned.At = contract.AtBid(*bid), path.Root("bid_price")
	}
	open := p.plan.CurrentBid.IsUnknown() || p.plan.DesiredStatus.IsUnknown() || p.plan.MaxHourlyPrice.IsUnknown()
	changed = changed || !p.plan.MaxHourlyPrice.Equal(p.state.MaxHourlyPrice)
	switch {
	case !open && contract.Known():
		estimate := p.plan.estimate(contract)
		running := estimate.Running()
		planned.Hourly, planned.Running = &estimate.Hourly, &running
		if changed {
			p.plan.EstimatedCost = kernel.CostOf(ctx, estimate, diags)
		}
	case changed:
		p.plan.EstimatedCost = kernel.UnknownCost()
	}
	started := p.plan.DesiredStatus.ValueString() == desiredRunning && p.state.DesiredStatus.ValueString() == desiredStopped
	planned.Refuse = bid != nil && bid.Above(money.PerHour(p.state.CurrentBid.ValueFloat64())) || started
	p.r.Data.CheckCost(ctx, planned, diags)
}

// contract is what the instance costs.
func (p *planning) contract(ctx context.Context) market.Contract {
	return kernel.Contract(ctx, p.req.Private, &p.resp.Diagnostics)
}

// interrupted reports whether the state has an instance that should run and
// cannot.
func (p *planning) interrupted() bool {
	return p.state.Interrupted.ValueBool() && p.plan.DesiredStatus.ValueString() == desiredRunning &&
		p.plan.DesiredStatus.Equal(p.state.DesiredStatus)
}

func (p *planning) warnInterruption(next string) {
	p.resp.Diagnostics.AddAttributeWarning(path.Root("on_interruption"),
		fmt.Sprintf("Vast.ai instance %s is interrupted: %s", p.state.ID.ValueString(), p.state.Status.ValueString()),
		p.state.StatusMessage.ValueString()+"\n\n"+next)
}

// answerInterruption proposes what on_interruption says. bids tells whether that
// is a higher bid.
func (p *planning) answerInterruption(ctx context.Context, is traits) (bids bool) {
	switch p.plan.OnInterruption.ValueString() {
	case interruptionFail:
		p.warnInterruption("An update that fails is proposed, as set in on_interruption.")
		p.forgetStatus()
		return false
	case interruptionRebid:
		return p.rebid(ctx, is)
	default:
		p.warnInterruption("Nothing is proposed: on_interruption is \"wait\". It stays in the state, and its disk is still billed.")
		return false
	}
}

// A proposed bid is above the market's lowest winning one by so much, so that the
// next renter does not win with the next cent; bids are in tenths of a cent.
const (
	bidMargin = 1.05
	bidUnit   = 1000
)

// rebid proposes a bid that wins at the market as it was refreshed, within
// max_hourly_price and budget.max_hourly_each.
func (p *planning) rebid(ctx context.Context, is traits) bool {
	if p.state.Status.ValueString() != statusOutbid {
		p.warnInterruption("A higher bid would not bring it back, so none is proposed.")
		return false
	}
	ceiling, lowest, contract := kernel.Float(p.plan.MaxHourlyPrice), is.MinBid, p.contract(ctx)
	if ceiling == nil || lowest == nil || !contract.Known() {
		p.warnInterruption("No bid is proposed: the lowest winning bid, the price of its disk or max_hourly_price is not known.")
		return false
	}
	limit := "max_hourly_price"
	if each := p.r.Data.Budget.Limits.MaxHourlyEach; each != nil && float64(*each) < *ceiling {
		ceiling, limit = (*float64)(each), "budget.max_hourly_each"
	}
	storage := float64(contract.Instance(true, nil).Hourly)
	bid, wins := proposedBid(*lowest, *ceiling-storage, p.state.CurrentBid.ValueFloat64())
	switch {
	case !wins:
		p.warnInterruption(fmt.Sprintf("No bid is proposed: the lowest winning bid is %s USD/h, which with %s USD/h for the disk is above %s (%s USD/h).",
			money.PerHour(*lowest), money.PerHour(storage), limit, money.PerHour(*ceiling)))
		return false
	case bid <= p.state.CurrentBid.ValueFloat64():
		p.warnInterruption("No higher bid is needed: its current bid wins again, and it resumes automatically.")
		return false
	}
	p.warnInterruption(fmt.Sprintf("A bid of %s USD/h is proposed; the lowest winning one was %s USD/h.", money.PerHour(bid), money.PerHour(*lowest)))
	p.plan.CurrentBid = kernel.Decimal(bid)
	return true
}

// proposedBid is a bid with some margin above the lowest winning one, at most
// limit. wins is false when the limit does not allow a winning bid. The standing
// bid is returned when it wins already.
func proposedBid(lowest, limit, standing float64) (bid float64, wins bool) {
	if standing >= lowest {
		return standing, true
	}
	bid = math.Ceil(lowest*bidMargin*bidUnit-1e-6) / bidUnit
	most := math.Floor(math.Min(limit, maxBid)*bidUnit+1e-6) / bidUnit
	bid = math.Min(bid, most)
	return bid, bid >= lowest
}
