package instance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// Create rents the first offer that can be had, keeps its id, and waits until it
// runs.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer kernel.Recover(&resp.Diagnostics)
	var plan, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	rows, given, _ := configured(ctx, req.Config, &resp.Diagnostics)
	client := r.Data.NeedVastai(&resp.Diagnostics)
	timeout := kernel.Timeout(ctx, plan.Timeouts.Create, kernel.CreateTimeout, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// Vast.ai takes one rental in 4.5 s: those of a large apply queue for minutes.
	ctx = transport.WithDeadline(ctx, r.Data.Clock, timeout)
	offer := plan.wanted(ctx, &resp.Diagnostics)
	lease := r.newLease(ctx, client, &plan, &config, &resp.Diagnostics)
	if lease == nil || resp.Diagnostics.HasError() {
		return
	}
	made, err := lease.take(ctx, func(ctx context.Context) ([]prospect, int, error) {
		return r.prospects(ctx, client, offer, &config, rows, given, lease.terms, &resp.Diagnostics)
	})
	if err != nil {
		refused(&resp.Diagnostics, plan.askedAt(), err, keepLeft(ctx, req, resp, err))
		return
	}
	rented := made.Object
	id := strconv.FormatInt(rented.id, 10)
	kernel.SaveID(ctx, req.Plan, resp, id)
	defer made.Answered()
	kernel.SetMarker(ctx, resp.Private, made.Marker, &resp.Diagnostics)
	kernel.SetSecretNames(ctx, resp.Private, lease.secrets.secretNames(), &resp.Diagnostics)
	born := r.Data.Clock.Now()
	keep(ctx, resp.Private, privateBorn, born, &resp.Diagnostics)

	w := r.watch(client, rented.id, &plan, timeout)
	w.firstBoot, w.born = true, born
	if !made.Adopted {
		w.over = func(row *wire.Instance) error { return lease.overpriced(rented, row) }
	}
	row, waitErr := w.until(ctx, plan.DesiredStatus.ValueString())
	var over *overpricedError
	if errors.As(w.tooDear, &over) {
		r.undo(ctx, client, made, over, resp)
		return
	}
	keysErr := r.attachKeys(ctx, client, rented.id, kernel.Strings(plan.SSHPublicKeys), nil)
	if row != nil {
		rented.contract = contractOf(rented.contract, row, plan.DiskGB.ValueFloat64())
		keepTraits(ctx, resp.Private, row, &resp.Diagnostics)
	}
	kernel.SetContract(ctx, resp.Private, rented.contract, &resp.Diagnostics)
	kernel.WarnAnother(ctx, plan.EstimatedCost, plan.estimate(rented.contract), &resp.Diagnostics)
	plan.settle(ctx, rented, row, r.Data.Clock.Now(), &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	w.report(&resp.Diagnostics, "start", row, waitErr)
	reportKeys(&resp.Diagnostics, id, keysErr)
}

// prospects are the offers to try and how many of them at most.
func (r *Resource) prospects(
	ctx context.Context, client *vastai.Client, offer *offerModel, config *model, rows []candidateModel, given bool, t terms, diags *diag.Diagnostics,
) ([]prospect, int, error) {
	if id := kernel.Int(config.OfferID); id != nil {
		prospects, err := lookAgain(ctx, client, []quote{{offerID: *id}}, t, false, transport.Recent)
		return prospects, 1, err
	}
	if offer == nil {
		return nil, 0, errors.New("none of offer, selection and offer_id is known")
	}
	if given {
		usable, unusable := quotes(rows, t)
		if len(usable) == 0 {
			return nil, 0, unusableError(unusable)
		}
		prospects, err := lookAgain(ctx, client, usable, t, true, transport.Recent)
		return prospects, offer.maxCandidates(), err
	}
	selection, err := byWishes(ctx, client, offer, t, transport.Recent, diags)
	if err != nil {
		return nil, 0, err
	}
	prospects := ranked(selection, t)
	if len(prospects) == 0 {
		return nil, 0, noOffers(selection)
	}
	return prospects, offer.maxCandidates(), nil
}

// refused tells why nothing was rented, and what is left all the same.
func refused(diags *diag.Diagnostics, at path.Path, err error, left string) {
	trouble := kernel.Trouble{Doing: "rent Vast.ai instance", Err: err, Now: cmp.Or(left, "Nothing was rented, and nothing bills.")}
	if rent.Lost(err) {
		trouble.Now = "Whether an instance exists, and bills, is not known."
	}
	var all *rent.RefusedError
	var none *noOffersError
	switch {
	case errors.As(err, &all):
		trouble.Next = cmp.Or(kernel.BudgetAdvice(err),
			"Plan again to see what is offered now, accept more GPUs or a higher max_hourly_price, or try more offers with max_candidates.")
		kernel.AddAttributeError(diags, at, trouble)
	case errors.As(err, &none):
		trouble.Next = "Give up or loosen one of the wishes."
		kernel.AddAttributeError(diags, at, trouble)
	default:
		kernel.AddError(diags, trouble)
	}
}

// settle fills in what the plan left open, from what was rented and from the last
// look at it, which may be nil. What the plan showed is kept.
func (m *model) settle(ctx context.Context, rented *rental, row *wire.Instance, now time.Time, diags *diag.Diagnostics) {
	planned := *m
	m.nullUnknown(ctx, diags)
	m.ID = types.StringValue(strconv.FormatInt(rented.id, 10))
	if rented.offerID != 0 {
		m.OfferID = types.Int64Value(rented.offerID)
	}
	if row != nil {
		m.flattenFacts(ctx, row, now, diags)
		m.settleSettings(planned, row)
	}
	switch {
	case kernel.FullyKnown(ctx, planned.EstimatedCost) && !planned.EstimatedCost.IsNull():
		m.EstimatedCost = planned.EstimatedCost
	case rented.contract.Known():
		m.EstimatedCost = kernel.CostOf(ctx, m.estimate(rented.contract), diags)
	}
}

// settleSettings fills in the settings that the plan left to the platform.
func (m *model) settleSettings(planned model, row *wire.Instance) {
	if planned.Image.IsUnknown() {
		m.Image = kernel.StringOrNull(string(row.ImageUUID))
	}
	mode, direct, ok := launchOf(string(row.ImageRuntype))
	if planned.LaunchMode.IsUnknown() && ok {
		m.LaunchMode = types.StringValue(mode)
	}
	if planned.Direct.IsUnknown() && ok {
		m.Direct = types.BoolValue(direct)
	}
}

// nullUnknown makes null what is not known, before what is known is filled in.
func (m *model) nullUnknown(ctx context.Context, diags *diag.Diagnostics) {
	if m.OfferID.IsUnknown() {
		m.OfferID = types.Int64Null()
	}
	if m.Image.IsUnknown() {
		m.Image = types.StringNull()
	}
	if m.LaunchMode.IsUnknown() {
		m.LaunchMode = types.StringNull()
	}
	if m.Direct.IsUnknown() {
		m.Direct = types.BoolNull()
	}
	m.EstimatedCost = types.ObjectNull(kernel.CostTypes())
	for _, text := range []*types.String{&m.Status, &m.StatusMessage, &m.GPUName, &m.Country, &m.PublicIP, &m.JupyterURL, &m.CreatedAt, &m.EndAt} {
		*text = types.StringNull()
	}
	for _, whole := range []*types.Int64{&m.MachineID, &m.HostID, &m.GPUCount} {
		*whole = types.Int64Null()
	}
	for _, number := range []*types.Float64{&m.Reliability, &m.HourlyPrice, &m.CurrentBid} {
		*number = types.Float64Null()
	}
	m.Interrupted = types.BoolNull()
	m.Attributes = reach.Attributes{}
	m.flattenAccess(ctx, &wire.Instance{}, "", diags)
}

func reportKeys(diags *diag.Diagnostics, id string, err error) {
	if err != nil {
		kernel.AddAttributeError(diags, path.Root("ssh_public_keys"), kernel.Trouble{
			Doing: fmt.Sprintf("set the SSH keys of Vast.ai instance %s", id), Err: err, Now: "The instance exists and bills.",
		})
	}
}
