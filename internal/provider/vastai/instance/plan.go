package instance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/spend"
)

const ledgerKind = "vastai/instance"

// planning is one call of ModifyPlan.
type planning struct {
	r    *Resource
	req  resource.ModifyPlanRequest
	resp *resource.ModifyPlanResponse

	config, plan, state model
}

// ModifyPlan puts the cost into the plan, decides what a change restarts or
// replaces, and answers interruptions.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	p := &planning{r: r, req: req, resp: resp}
	exists, goOn := kernel.BeginPlan(ctx, r.Data, req, resp, kernel.Opening{
		Type: typeName, Ledger: ledgerKind, State: &p.state, Plan: &p.plan, Config: &p.config,
	})
	if !goOn {
		return
	}
	proposed := p.plan
	if exists {
		p.change(ctx)
	} else {
		p.create(ctx)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(kernel.SetChanged(ctx, &resp.Plan, &proposed, &p.plan)...)
	}
}

// create puts into the plan what is known before anything is rented.
func (p *planning) create(ctx context.Context) {
	if p.config.TemplateID.IsNull() {
		if p.config.LaunchMode.IsNull() && !p.config.Args.IsUnknown() {
			p.plan.LaunchMode = types.StringValue(launchSSH)
			if !p.config.Args.IsNull() {
				p.plan.LaunchMode = types.StringValue(launchArgs)
			}
		}
		if p.config.Direct.IsNull() {
			p.plan.Direct = types.BoolValue(false)
		}
	}
	if p.r.Data.VastaiAccess != kernel.Unknown && p.r.Data.NeedVastai(&p.resp.Diagnostics) == nil {
		return
	}
	p.checkCreate(ctx)
	if p.resp.Diagnostics.HasError() {
		return
	}
	spend.WarnStrays(ctx, p.r.Data.Desk, typeName, spend.OnVastai(p.r.Data.Vastai), &p.resp.Diagnostics)
	ceiling := kernel.Rate(p.plan.MaxHourlyPrice)
	planned := kernel.PlannedCost{
		Kind: ledgerKind, Replaces: kernel.Replaces(ctx, p.req.Private, &p.resp.Diagnostics),
		Ceiling: ceiling, Refuse: true, At: p.plan.askedAt(),
	}
	if estimate, subject := p.quoted(ctx); estimate != nil {
		running := estimate.Running()
		planned.Hourly, planned.Running, planned.Subject = &estimate.Hourly, &running, subject
		p.plan.EstimatedCost = kernel.CostOf(ctx, *estimate, &p.resp.Diagnostics)
	} else {
		p.plan.EstimatedCost = p.openCost(ctx)
		p.look(ctx)
	}
	if p.resp.Diagnostics.HasError() {
		return
	}
	p.r.Data.CheckCost(ctx, planned, &p.resp.Diagnostics)
}

// checkCreate refuses what cannot be rented, whatever the market has.
func (p *planning) checkCreate(ctx context.Context) {
	if rows, given, known := configured(ctx, p.req.Config, &p.resp.Diagnostics); given && known && len(rows) == 0 {
		p.resp.Diagnostics.AddAttributeError(path.Root("selection"), "A selection without candidates",
			"There is nothing to try: selection.candidates is null or empty. If it comes from gpumarket_offers, nothing matched; see its near_misses and rejected for the reasons. "+
				"To search the market when the instance is created, describe what to rent in an offer block.\n\nNothing was changed.")
	}
	p.checkBid()
	if id, client := kernel.String(p.config.TemplateID), p.r.Data.Vastai; id != nil && client != nil {
		_, err := client.Templates.Get(transport.WithDeadline(ctx, p.r.Data.Clock, kernel.ReadDeadline), *id)
		kernel.CheckTemplate(&p.resp.Diagnostics, "Vast.ai", *id, err)
	}
}

// checkBid refuses a new bid above max_hourly_price.
func (p *planning) checkBid() {
	bid, ceiling := kernel.Rate(p.plan.BidPrice), kernel.Rate(p.plan.MaxHourlyPrice)
	if bid == nil || ceiling == nil || !bid.Above(*ceiling) {
		return
	}
	p.resp.Diagnostics.AddAttributeError(path.Root("bid_price"), "Bid above max_hourly_price", fmt.Sprintf(
		"The bid, %s, is above max_hourly_price, %s (USD per hour). Lower bid_price or raise max_hourly_price.\n\nNothing was changed.", *bid, *ceiling))
}

// openCost is an estimate that is known after apply but for its ceiling.
func (p *planning) openCost(ctx context.Context) types.Object {
	if p.plan.MaxHourlyPrice.IsUnknown() {
		return kernel.UnknownCost()
	}
	return kernel.CeilingOnly(ctx, kernel.Rate(p.plan.MaxHourlyPrice), &p.resp.Diagnostics)
}

// quoted is the estimate from the configuration's candidates, nil when there are
// none or something about them is not known yet. Terraform makes this plan twice,
// the second time in another process, so it rests on the configuration alone. When
// no candidate is within the limits, subject names the cheapest, which it is of.
func (p *planning) quoted(ctx context.Context) (estimate *market.Estimate, subject string) {
	rows, given, known := configured(ctx, p.req.Config, &p.resp.Diagnostics)
	if !given || !known || p.plan.DiskGB.IsUnknown() || p.plan.BidPrice.IsUnknown() ||
		p.plan.MaxHourlyPrice.IsUnknown() || p.plan.DesiredStatus.IsUnknown() {
		return nil, ""
	}
	t := p.plan.terms()
	usable, unusable := quotes(rows, t)
	first, fits := expected(usable, kernel.Rate(p.plan.MaxHourlyPrice), p.r.Data.Budget.Limits.MaxHourlyEach)
	if first == nil {
		p.resp.Diagnostics.AddAttributeError(path.Root("selection"), "None of the candidates can be rented", fmt.Sprintf(
			"%s.\n\nNothing was changed. Ask gpumarket_offers for offers of the marketplace \"vastai\" that match, or describe what to rent in an offer block, which is searched at apply.",
			capitalised(unusableError(unusable).Error())))
		return nil, ""
	}
	contract := first.contract(t)
	if !fits && len(usable) > 1 {
		subject = fmt.Sprintf("None of %d candidates is within the limit. The cheapest, %s,", len(usable), contract.Basis)
	}
	e := p.plan.estimate(contract)
	return &e, subject
}

func capitalised(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// look warns when no offer satisfies the wishes now, or the one in offer_id is not
// to be had. It changes nothing: the search that counts is made at apply.
func (p *planning) look(ctx context.Context) {
	client := p.r.Data.Vastai
	if client == nil {
		kernel.WarnUnknownKey(&p.resp.Diagnostics, "Vast.ai")
		return
	}
	ctx = transport.WithDeadline(ctx, p.r.Data.Clock, kernel.ReadDeadline)
	if id := kernel.Int(p.config.OfferID); id != nil {
		p.lookFor(ctx, client, *id)
		return
	}
	offer := p.wishes(ctx)
	if offer == nil {
		return
	}
	selection, err := byWishes(ctx, client, offer, p.plan.terms(), transport.Recent, &p.resp.Diagnostics)
	switch {
	case err != nil:
		p.searchFailed(path.Root("offer"), err)
	case len(selection.Offers) == 0:
		p.resp.Diagnostics.AddAttributeWarning(path.Root("offer"), "No offer matches now",
			capitalised(noOffers(selection).Error())+"\n\nThe offers are searched again when the instance is created.")
	}
}

// lookFor looks at the one offer that offer_id names.
func (p *planning) lookFor(ctx context.Context, client *vastai.Client, id int64) {
	if p.plan.DiskGB.IsUnknown() || p.plan.BidPrice.IsUnknown() || p.plan.MaxHourlyPrice.IsUnknown() {
		return
	}
	found, err := lookAgain(ctx, client, []quote{{offerID: id}}, p.plan.terms(), false, transport.Recent)
	switch {
	case err != nil:
		p.searchFailed(path.Root("offer_id"), err)
	case found[0].refusal != "":
		p.resp.Diagnostics.AddAttributeWarning(path.Root("offer_id"), "The offer cannot be rented now",
			fmt.Sprintf("Offer %d: %s.\n\nThe create tries it anyway. Offers disappear when they are rented, and return with other numbers.", id, found[0].refusal))
	}
}

func (p *planning) searchFailed(at path.Path, err error) {
	if errors.Is(err, apierr.Unauthorized) || errors.Is(err, apierr.Forbidden) {
		kernel.AddError(&p.resp.Diagnostics, kernel.Trouble{Doing: "search Vast.ai offers", Err: err, Now: "Nothing was changed."})
		return
	}
	p.resp.Diagnostics.AddAttributeWarning(at, "The offers could not be searched",
		err.Error()+".\n\nThey are searched when the instance is created.")
}

// wishes are what the create will search for, nil when that is not known yet, or
// when it will not search.
func (p *planning) wishes(ctx context.Context) *offerModel {
	_, given, known := configured(ctx, p.req.Config, &p.resp.Diagnostics)
	if given || !known || p.plan.Offer.IsNull() || !kernel.FullyKnown(ctx, p.plan.Offer) || p.plan.DiskGB.IsUnknown() ||
		p.plan.BidPrice.IsUnknown() || p.plan.MaxHourlyPrice.IsUnknown() || p.plan.Ports.IsUnknown() {
		return nil
	}
	return kernel.FromObject[offerModel](ctx, p.plan.Offer, &p.resp.Diagnostics)
}
