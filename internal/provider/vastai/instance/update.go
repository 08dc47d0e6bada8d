package instance

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/poll"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// Update changes in place, one call for each thing that differs, and waits where
// the container restarts. When a step fails, the state says how far it came.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	client := r.Data.NeedVastai(&resp.Diagnostics)
	timeout := kernel.Timeout(ctx, plan.Timeouts.Update, kernel.UpdateTimeout, &resp.Diagnostics)
	id, err := strconv.ParseInt(state.ID.ValueString(), 10, 64)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("id"), "Not an instance", err.Error())
	}
	if resp.Diagnostics.HasError() {
		return
	}
	kernel.SetIdentity(ctx, resp.Identity, state.ID.ValueString(), &resp.Diagnostics)
	if neverApplied(ctx, req.Private, &resp.Diagnostics) {
		state.leave(&plan)
	}
	kernel.SetPrivateText(ctx, resp.Private, privateAdopted, "yes", &resp.Diagnostics)
	u := &update{
		r: r, client: client, id: id, plan: &plan, state: &state, done: state, timeout: timeout,
		env:         plan.environment(config.EnvWO, kernel.Marker(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics),
		formerNames: kernel.SecretNames(ctx, req.Private, &resp.Diagnostics),
		contract:    kernel.Contract(ctx, req.Private, &resp.Diagnostics),
	}
	row, err := u.run(ctx, &resp.Diagnostics)
	if u.sentEnv {
		kernel.SetSecretNames(ctx, resp.Private, u.env.secretNames(), &resp.Diagnostics)
	}
	if row != nil {
		u.contract = contractOf(u.contract, row, state.DiskGB.ValueFloat64())
		keepTraits(ctx, resp.Private, row, &resp.Diagnostics)
	}
	kernel.SetContract(ctx, resp.Private, u.contract, &resp.Diagnostics)
	if err != nil {
		kernel.AddError(&resp.Diagnostics, kernel.Trouble{
			Doing: fmt.Sprintf("%s Vast.ai instance %d", u.doing, id), Err: err,
			Now: "It exists and is billed. What was changed before is in the state.",
		})
	}
	if resp.Diagnostics.HasError() {
		if row != nil {
			u.done.flattenFacts(ctx, row, r.Data.Clock.Now(), &resp.Diagnostics)
		}
		u.done.EstimatedCost = kernel.CostOf(ctx, u.done.estimate(u.contract), &resp.Diagnostics)
		resp.Diagnostics.Append(resp.State.Set(ctx, &u.done)...)
		return
	}
	plan.fill(ctx, row, u.contract, r.Data.Clock.Now(), &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// update is one Update under way.
type update struct {
	r           *Resource
	client      *vastai.Client
	id          int64
	plan, state *model
	// done is the state with what was changed so far.
	done        model
	timeout     time.Duration
	env         environment
	formerNames []string
	// contract is what it costs.
	contract market.Contract
	// doing completes "Unable to … Vast.ai instance".
	doing   string
	sentEnv bool
}

// run makes the changes and returns the instance as it was seen last; nil when
// the plan knows everything already and nothing was asked.
func (u *update) run(ctx context.Context, diags *diag.Diagnostics) (*wire.Instance, error) {
	ctx = transport.WithDeadline(ctx, u.r.Data.Clock, u.timeout)
	if err := u.checkPolicy(ctx, diags); err != nil || diags.HasError() {
		return nil, err
	}
	claim, err := u.admit(ctx)
	if err != nil {
		return nil, err
	}
	defer claim.End()
	if err := u.label(ctx); err != nil {
		return nil, err
	}
	bids := u.target() != nil
	raised, err := u.bid(ctx)
	if err != nil {
		return nil, err
	}
	if bids {
		claim.Done(ledgerKind + "/" + u.state.ID.ValueString())
	}
	restarted, err := u.container(ctx)
	if err != nil {
		return nil, err
	}
	started, stopped, err := u.power(ctx)
	if err != nil {
		return nil, err
	}
	claim.Done(ledgerKind + "/" + u.state.ID.ValueString())
	if err := u.keys(ctx); err != nil {
		return nil, err
	}
	return u.await(ctx, restarted, raised, started, stopped, diags)
}

// checkPolicy is on_interruption = "fail": the plan showed an update that fails
// unless the interruption is over by now.
func (u *update) checkPolicy(ctx context.Context, diags *diag.Diagnostics) error {
	if u.plan.OnInterruption.ValueString() != interruptionFail || !u.state.Interrupted.ValueBool() || u.plan.DesiredStatus.ValueString() != desiredRunning {
		return nil
	}
	u.doing = "read"
	row, err := u.fresh(ctx)
	if err != nil {
		return err
	}
	if status := statusOf(row, u.r.Data.Clock.Now()); interrupts(status) {
		diags.AddAttributeError(path.Root("on_interruption"), fmt.Sprintf("Vast.ai instance %d is interrupted: %s", u.id, status),
			messageOf(row, status)+"\n\nNothing was changed: on_interruption is \"fail\". Replace it (terraform apply -replace=…), or choose another policy.")
	}
	return nil
}

func (u *update) fresh(ctx context.Context) (*wire.Instance, error) {
	row, err := u.client.Instances.Get(ctx, u.id, transport.Freshness{NotBefore: u.r.Data.Clock.Now()})
	if err == nil {
		kernel.HideSecrets(u.client, u.formerNames, row.ExtraEnv)
		unveil(row, u.state.DesiredStatus.ValueString())
	}
	return row, err
}

func (u *update) label(ctx context.Context) error {
	if u.plan.Label.Equal(u.state.Label) {
		return nil
	}
	u.doing = "label"
	if err := u.client.Instances.SetLabel(ctx, u.id, u.plan.Label.ValueString()); err != nil {
		return err
	}
	u.done.Label = u.plan.Label
	return nil
}

// bid sets another bid: bid_price when that changed, else the current_bid that
// the plan proposes. raised says whether an interrupted instance may run again.
func (u *update) bid(ctx context.Context) (raised bool, err error) {
	target := u.target()
	if target == nil {
		u.done.BidPrice = u.plan.BidPrice
		return false, nil
	}
	u.doing = "change the bid of"
	if err := u.client.Instances.SetBid(ctx, u.id, *target); err != nil {
		return false, err
	}
	u.contract = u.contract.AtBid(money.PerHour(*target))
	u.done.BidPrice, u.done.CurrentBid = u.plan.BidPrice, kernel.Decimal(*target)
	return u.state.Interrupted.ValueBool(), nil
}

// target is the bid to set, nil when it stands already.
func (u *update) target() *float64 {
	target := kernel.Float(u.plan.CurrentBid)
	if !u.plan.BidPrice.Equal(u.state.BidPrice) {
		target = bidOf(u.plan.BidPrice)
	}
	standing := kernel.Float(u.state.CurrentBid)
	if target == nil || standing != nil && *target == *standing {
		return nil
	}
	return target
}

// container sends what the container runs, when that differs from what the
// platform has: after an import it often does not, and nothing is restarted.
func (u *update) container(ctx context.Context) (restarted bool, err error) {
	if len(restarting(u.plan, u.state)) == 0 {
		return false, nil
	}
	u.doing = "update"
	row, err := u.fresh(ctx)
	if err != nil {
		return false, err
	}
	hash, err := u.plan.templateHash(ctx, u.client)
	if err != nil {
		return false, err
	}
	merged := u.env.merge(row.ExtraEnv, u.former(), portsOf(u.state))
	change, sends := containerChange(u.plan, u.state, row, merged, hash)
	if sends {
		if err := u.client.Instances.UpdateTemplate(ctx, u.id, change); err != nil {
			return false, err
		}
	}
	u.sentEnv = envChanged(u.plan, u.state)
	u.done.Image, u.done.TemplateID, u.done.Onstart, u.done.Args = u.plan.Image, u.plan.TemplateID, u.plan.Onstart, u.plan.Args
	u.done.Env, u.done.EnvWOVersion, u.done.Ports = u.plan.Env, u.plan.EnvWOVersion, u.plan.Ports
	if u.done.Image.IsUnknown() {
		u.done.Image = u.state.Image
	}
	return sends, nil
}

// former are the names of variables that were ours.
func (u *update) former() []string {
	names := u.formerNames
	for name := range u.state.Env.Elements() {
		names = append(names, name)
	}
	return names
}

func portsOf(m *model) []port {
	var ports []port
	for _, text := range kernel.Strings(m.Ports) {
		if p, err := parsePort(text); err == nil {
			ports = append(ports, p)
		}
	}
	return ports
}

// power starts or stops. GPUs that are taken are asked for again while waiting.
func (u *update) power(ctx context.Context) (started, stopped bool, err error) {
	if u.plan.DesiredStatus.Equal(u.state.DesiredStatus) {
		return false, false, nil
	}
	if u.plan.DesiredStatus.ValueString() == desiredStopped {
		u.doing = "stop"
		err = u.client.Instances.Stop(ctx, u.id)
		stopped = err == nil
	} else {
		u.doing = "start"
		err = u.client.Instances.Start(ctx, u.id)
		if errors.Is(err, apierr.NoCapacity) {
			err = nil
		}
		started = err == nil
	}
	return started, stopped, err
}

func (u *update) keys(ctx context.Context) error {
	if u.plan.SSHPublicKeys.Equal(u.state.SSHPublicKeys) {
		return nil
	}
	u.doing = "set the SSH keys of"
	err := u.r.attachKeys(ctx, u.client, u.id, kernel.Strings(u.plan.SSHPublicKeys), kernel.Strings(u.state.SSHPublicKeys))
	if err == nil {
		u.done.SSHPublicKeys = u.plan.SSHPublicKeys
	}
	return err
}

// await waits where something restarts, and else reads back what is unknown.
func (u *update) await(ctx context.Context, restarted, raised, started, stopped bool, diags *diag.Diagnostics) (*wire.Instance, error) {
	desired := u.plan.DesiredStatus.ValueString()
	runs := desired == desiredRunning && (restarted && !u.state.Interrupted.ValueBool() || started || raised)
	if !runs && !stopped {
		if !u.plan.unknownFacts() {
			return nil, nil //nolint:nilnil // everything is known, so nothing is asked.
		}
		u.doing = "read"
		return u.fresh(ctx)
	}
	w := u.r.watch(u.client, u.id, u.plan, u.timeout)
	w.restarting, w.starts = restarted, started
	row, err := w.until(ctx, desired)
	var late *poll.TimeoutError
	switch {
	case err == nil:
	case raised && errors.As(err, &late):
		diags.AddWarning(fmt.Sprintf("Vast.ai instance %d is still outbid", u.id),
			fmt.Sprintf("The higher bid is set, but after %s the instance has not got its GPUs back: %s. Plan again to use the market's current bid.", u.timeout, late.Last))
	default:
		verb := "restart"
		switch {
		case started:
			verb = "start"
		case stopped:
			verb = "stop"
		}
		w.report(diags, verb, row, err)
	}
	if started || stopped {
		u.done.DesiredStatus = u.plan.DesiredStatus
	}
	u.warnKept(row, diags)
	return row, nil
}

// warnKept tells about variables that were removed and are still there: whether
// the platform replaces an environment or adds to it is not documented.
func (u *update) warnKept(row *wire.Instance, diags *diag.Diagnostics) {
	if row == nil || !u.sentEnv {
		return
	}
	wanted := u.env.sent()
	var kept []string
	for _, name := range u.former() {
		_, there := row.ExtraEnv[name]
		if _, still := wanted[name]; there && !still {
			kept = append(kept, name)
		}
	}
	if len(kept) > 0 {
		diags.AddAttributeWarning(path.Root("env"), "Vast.ai kept variables that were removed",
			fmt.Sprintf("Still set on instance %d: %s. A replacement removes them.", u.id, strings.Join(kept, ", ")))
	}
}

// unknownFacts reports whether anything has to be read back.
func (m *model) unknownFacts() bool {
	return m.Status.IsUnknown() || m.HourlyPrice.IsUnknown() || m.WaysOpen() || m.Image.IsUnknown() ||
		m.LaunchMode.IsUnknown() || m.Direct.IsUnknown() || m.CurrentBid.IsUnknown() || m.OfferID.IsUnknown() ||
		m.EstimatedCost.IsUnknown()
}

// fill takes what the plan left unknown from the instance, and keeps the rest.
func (m *model) fill(ctx context.Context, row *wire.Instance, contract market.Contract, now time.Time, diags *diag.Diagnostics) {
	if row == nil {
		return
	}
	planned := *m
	m.flattenFacts(ctx, row, now, diags)
	keepString := func(planned types.String, into *types.String) {
		if !planned.IsUnknown() {
			*into = planned
		}
	}
	keepString(planned.ID, &m.ID)
	keepString(planned.Status, &m.Status)
	keepString(planned.StatusMessage, &m.StatusMessage)
	keepString(planned.GPUName, &m.GPUName)
	keepString(planned.Country, &m.Country)
	keepString(planned.PublicIP, &m.PublicIP)
	keepString(planned.JupyterURL, &m.JupyterURL)
	keepString(planned.CreatedAt, &m.CreatedAt)
	keepString(planned.EndAt, &m.EndAt)
	m.keepNumbers(&planned)
	m.KeepWays(planned.Attributes)
	if !planned.Interrupted.IsUnknown() {
		m.Interrupted = planned.Interrupted
	}
	m.settleSettings(planned, row)
	if planned.OfferID.IsUnknown() {
		m.OfferID = types.Int64Null()
	}
	if !kernel.FullyKnown(ctx, planned.EstimatedCost) {
		m.EstimatedCost = kernel.CostOf(ctx, m.estimate(contract), diags)
	}
}

func (m *model) keepNumbers(planned *model) {
	if !planned.MachineID.IsUnknown() {
		m.MachineID = planned.MachineID
	}
	if !planned.HostID.IsUnknown() {
		m.HostID = planned.HostID
	}
	if !planned.GPUCount.IsUnknown() {
		m.GPUCount = planned.GPUCount
	}
	if !planned.Reliability.IsUnknown() {
		m.Reliability = planned.Reliability
	}
	if !planned.HourlyPrice.IsUnknown() {
		m.HourlyPrice = planned.HourlyPrice
	}
	if !planned.CurrentBid.IsUnknown() {
		m.CurrentBid = planned.CurrentBid
	}
}
