package pod

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// errUnpriced refuses what costs more by an amount that nothing tells.
var errUnpriced = errors.New("what it would cost cannot be told, and there is a limit on it")

// admitUpdate is the last look at the price before an update that makes the pod cost
// more: its disks grow, or its compute bills again.
func (r *Resource) admitUpdate(ctx context.Context, u *update, diags *diag.Diagnostics) (*budget.Claim, error) {
	limits := r.Data.Budget.Limits
	ceiling := kernel.Rate(u.plan.MaxHourlyPrice)
	if limits.MaxHourly == nil && limits.MaxHourlyEach == nil && ceiling == nil {
		return nil, nil //nolint:nilnil // a nil claim claims nothing.
	}
	contract := u.contract
	if !contract.Known() {
		contract.Compute = r.listed(ctx, u.now)
	}
	spec := market.PodSpec{ContainerDiskGB: u.now.Disk, Stopped: u.now.Status == statusExited}
	if u.now.Mounts.Persistent != nil {
		spec.VolumeGB = u.now.Mounts.Persistent.Size
	}
	before := contract.Pod(spec)
	if disk := intOf(u.plan.ContainerDiskGB); disk != nil {
		spec.ContainerDiskGB = *disk
	}
	if volume := u.plan.parts(ctx, diags).volume; volume != nil && spec.VolumeGB > 0 {
		spec.VolumeGB = int(volume.SizeGB.ValueInt64())
	}
	starts := spec.Stopped && !u.plan.stopped()
	spec.Stopped = u.plan.stopped()
	after := contract.Pod(spec)
	switch {
	case !contract.Known() && (starts || after.Hourly > before.Hourly):
		return nil, errUnpriced
	case after.Hourly <= before.Hourly:
		return nil, nil //nolint:nilnil // it costs no more.
	}
	running := after.Running()
	if ceiling != nil && running.Above(*ceiling) {
		return nil, fmt.Errorf("it would cost %s USD/h, disks included, and max_hourly_price is %s USD/h", running, *ceiling)
	}
	if err := r.Data.Budget.CheckEach(running); err != nil {
		return nil, err
	}
	return r.Data.Budget.Admit(ctx, kernel.RentOf(ledgerKind, u.id, r.Data.RunPodAccount.Key(), before.Hourly, after.Hourly))
}

// listed is the list price of the compute of a pod whose contract tells none; 0 when
// that is not known either.
func (r *Resource) listed(ctx context.Context, pod *wire.Pod) money.PerHour {
	switch {
	case pod.GPU != nil && pod.GPU.Count > 0:
		if unit, found, err := r.Data.PriceBook.GPU(ctx, pod.GPU.ID, pod.Cloud); err == nil && found {
			return unit.Times(pod.GPU.Count)
		}
	case pod.CPU != nil:
		if unit, found, err := r.Data.PriceBook.CPU(ctx, pod.CPU.ID); err == nil && found {
			return unit.Times(pod.CPU.VCPUCount)
		}
	}
	return 0
}
