package pod

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// admitUpdate is the last look at the price before an update that makes the pod cost
// more: its disks grow, or its compute bills again. done is never nil without an
// error.
func (r *Resource) admitUpdate(ctx context.Context, u *update, diags *diag.Diagnostics) (done func(), err error) {
	limits := r.Data.Budget.Limits
	ceiling := kernel.Rate(u.plan.MaxHourlyPrice)
	if limits.MaxHourly == nil && limits.MaxHourlyEach == nil && ceiling == nil {
		return func() {}, nil
	}
	spec := market.PodSpec{
		Compute: u.compute(ctx, r, diags), ContainerDiskGB: u.now.Disk, Stopped: u.now.Status == statusExited,
	}
	if u.now.Mounts.Persistent != nil {
		spec.VolumeGB = u.now.Mounts.Persistent.Size
	}
	before := market.RunPodPod(spec)
	if disk := intOf(u.plan.ContainerDiskGB); disk != nil {
		spec.ContainerDiskGB = *disk
	}
	if volume := u.plan.parts(ctx, diags).volume; volume != nil && spec.VolumeGB > 0 {
		spec.VolumeGB = int(volume.SizeGB.ValueInt64())
	}
	spec.Stopped = u.plan.stopped()
	after := market.RunPodPod(spec)
	if after.Hourly <= before.Hourly {
		return func() {}, nil
	}
	running := after.Running()
	if ceiling != nil && running.Above(*ceiling) {
		return nil, fmt.Errorf("it would cost %s USD/h, disks included, and max_hourly_price is %s USD/h", running, *ceiling)
	}
	if err := r.Data.Budget.CheckEach(running); err != nil {
		return nil, err
	}
	return r.Data.Budget.AdmitChange(ctx, before.Hourly, after.Hourly)
}

// compute is what the pod's GPUs or vCPUs cost per hour while it runs: what RunPod
// charges, else what the state remembers, else the list price. It is 0 when nothing
// tells.
func (u *update) compute(ctx context.Context, r *Resource, diags *diag.Diagnostics) money.PerHour {
	if u.now.Cost > 0 {
		return money.PerHour(u.now.Cost)
	}
	if cost := kernel.FromObject[kernel.Cost](ctx, u.state.EstimatedCost, diags); cost != nil && cost.ComputeHourly.ValueFloat64() > 0 {
		return money.PerHour(cost.ComputeHourly.ValueFloat64())
	}
	return r.listed(ctx, u.now)
}

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
