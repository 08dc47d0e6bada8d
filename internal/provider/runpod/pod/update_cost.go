package pod

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// errUnpriced refuses what costs more by an amount that nothing tells.
var errUnpriced = errors.New("its new cost cannot be determined, and there is a limit on it")

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
		contract.Compute = listPriceOf(ctx, u.client, u.now)
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

// listPriceOf is the list price of the compute of a pod whose contract tells none; 0 when
// that is not known either.
func listPriceOf(ctx context.Context, client *runpod.Client, pod *wire.Pod) money.PerHour {
	switch {
	case pod.GPU != nil && pod.GPU.Count > 0:
		// What cannot be listed is not known.
		types, _ := client.Catalog.GPUs(ctx)
		if t := typeOf(types, pod.GPU.ID); t != nil {
			if unit, _, sold := kernel.GPUSale(t, pod.Cloud); sold {
				return unit.Times(pod.GPU.Count)
			}
		}
	case pod.CPU != nil:
		flavors, _ := client.Catalog.CPUs(ctx)
		if flavor := flavorOf(flavors, pod.CPU.ID); flavor != nil {
			return money.PerHour(flavor.Price.SecurePerVCPU).Times(pod.CPU.VCPUCount)
		}
	}
	return 0
}
