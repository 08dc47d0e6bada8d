package instance

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// estimateOf is what an instance that exists costs at the price of its contract.
func estimateOf(i *wire.Instance, stopped bool, ceiling *money.PerHour) market.Estimate {
	spec := market.InstanceSpec{Stopped: stopped, Ceiling: ceiling, Basis: fmt.Sprintf("Vast.ai contract %d", i.ID)}
	if i.DPHBase != nil {
		spec.Compute = money.PerHour(*i.DPHBase)
	}
	if i.StorageCost != nil {
		spec.StoragePrice = money.PerGBMonth(*i.StorageCost)
	}
	if i.DiskSpace != nil {
		spec.DiskGB = importedDisk(float64(*i.DiskSpace))
	}
	return market.VastaiInstance(spec)
}

// bidOf is a bid as it is sent and as it reads back, rounded like every amount; nil
// for null or unknown.
func bidOf(v types.Float64) *float64 {
	rate := kernel.Rate(v)
	if rate == nil {
		return nil
	}
	bid := rate.Float64()
	return &bid
}

// reprice is an estimate of the state at another bid or in another status. It is
// nil when the state's own is not whole.
func reprice(ctx context.Context, before *kernel.Cost, bid *float64, stopped bool, ceiling *money.PerHour) *market.Estimate {
	if before == nil || !kernel.FullyKnown(ctx, before.ComputeHourly) || before.ComputeHourly.IsNull() || before.StorageHourly.IsNull() {
		return nil
	}
	compute := money.PerHour(before.ComputeHourly.ValueFloat64())
	basis := before.Basis.ValueString()
	if bid != nil {
		compute = money.PerHour(*bid)
		basis = fmt.Sprintf("a bid of %s USD/h, and the disk of the contract", compute)
	}
	storage := money.PerHour(before.StorageHourly.ValueFloat64())
	estimate := market.VastaiInstance(market.InstanceSpec{
		Compute: compute, StoragePrice: money.PerGBMonth(float64(storage) * storageMonth), DiskGB: 1,
		Stopped: stopped, Ceiling: ceiling, Basis: basis,
	})
	return &estimate
}

// admit is the last look at the price before an update that makes the instance cost
// more: its GPUs bill again, or its bid is raised. done is never nil without an error.
func (u *update) admit(ctx context.Context, diags *diag.Diagnostics) (done func(), err error) {
	bid := u.target()
	starts := u.state.DesiredStatus.ValueString() == desiredStopped
	raises := bid != nil && *bid > u.state.CurrentBid.ValueFloat64()
	if u.plan.DesiredStatus.ValueString() != desiredRunning || !starts && !raises {
		return func() {}, nil
	}
	ceiling := kernel.Rate(u.plan.MaxHourlyPrice)
	cost := kernel.FromObject[kernel.Cost](ctx, u.state.EstimatedCost, diags)
	is, will := reprice(ctx, cost, nil, starts || u.state.Interrupted.ValueBool(), nil), reprice(ctx, cost, bid, false, ceiling)
	if is == nil || will == nil {
		return func() {}, nil
	}
	u.doing = "start"
	if raises {
		u.doing = "raise the bid of"
	}
	if ceiling != nil && will.Running().Above(*ceiling) {
		return nil, fmt.Errorf("it would cost %s USD/h and max_hourly_price is %s USD/h", will.Running(), *ceiling)
	}
	budget := u.r.Data.Budget
	if err := budget.CheckEach(will.Running()); err != nil {
		return nil, err
	}
	return budget.AdmitChange(ctx, is.Hourly, will.Hourly)
}
