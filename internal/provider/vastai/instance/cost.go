package instance

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// contractOf is what an instance costs as the platform says, given what was kept of
// it. diskGB is the disk as it is configured, which may read back a little larger.
func contractOf(kept market.Contract, i *wire.Instance, diskGB float64) market.Contract {
	if i.DPHBase != nil {
		kept.Compute = money.PerHour(*i.DPHBase)
	}
	kept.DiskGB = diskGB
	switch {
	case i.StorageCost != nil:
		kept.StoragePrice = money.PerGBMonth(*i.StorageCost)
	case i.DPHTotal != nil && i.DPHBase != nil && diskGB > 0:
		kept.StoragePrice = money.PerGBMonth(float64(*i.DPHTotal-*i.DPHBase) * storageMonth / diskGB)
	}
	kept.Basis = cmp.Or(kept.Basis, fmt.Sprintf("Vast.ai contract %d", i.ID))
	return kept
}

// estimate is what the instance costs in its desired status, by its contract.
func (m *model) estimate(contract market.Contract) market.Estimate {
	return contract.Instance(m.DesiredStatus.ValueString() == desiredStopped, kernel.Rate(m.MaxHourlyPrice))
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

// errUnpriced refuses what costs more by an amount that nothing tells.
var errUnpriced = errors.New("its new cost cannot be determined, and there is a limit on it")

// admit is the last look at the price before an update that makes the instance cost
// more: its GPUs bill again, or its bid is raised.
func (u *update) admit(ctx context.Context) (*budget.Claim, error) {
	bid := rate(u.target())
	starts := u.state.DesiredStatus.ValueString() == desiredStopped
	raises := bid != nil && bid.Above(money.PerHour(u.state.CurrentBid.ValueFloat64()))
	if u.plan.DesiredStatus.ValueString() != desiredRunning || !starts && !raises {
		return nil, nil //nolint:nilnil // it costs no more.
	}
	u.doing = "start"
	if raises {
		u.doing = "raise the bid of"
	}
	guard, ceiling := u.r.Data.Budget, kernel.Rate(u.plan.MaxHourlyPrice)
	if ceiling == nil && guard.Limits.MaxHourly == nil && guard.Limits.MaxHourlyEach == nil {
		return nil, nil //nolint:nilnil // nothing limits it.
	}
	if !u.contract.Known() {
		row, err := u.fresh(ctx)
		if err != nil {
			return nil, err
		}
		u.contract = contractOf(u.contract, row, u.state.DiskGB.ValueFloat64())
	}
	will := u.contract
	if bid != nil {
		will = will.AtBid(*bid)
	}
	if !will.Known() || !u.contract.Known() {
		return nil, errUnpriced
	}
	running := will.Instance(false, nil).Hourly
	if ceiling != nil && running.Above(*ceiling) {
		return nil, fmt.Errorf("it would cost %s USD/h and max_hourly_price is %s USD/h", running, *ceiling)
	}
	if err := guard.CheckEach(running); err != nil {
		return nil, err
	}
	before := u.contract.Instance(starts || u.state.Interrupted.ValueBool(), nil).Hourly
	return guard.Admit(ctx, kernel.RentOf(ledgerKind, u.state.ID.ValueString(), u.r.Data.VastaiAccount.Key(), before, running))
}
