package pod

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// units are the GPUs or vCPUs of a pod, 0 when not known.
func (p parts) units() int {
	switch {
	case p.gpu != nil:
		return int(p.gpu.Count.ValueInt64())
	case p.cpu != nil:
		return int(p.cpu.VCPUs.ValueInt64())
	default:
		return 0
	}
}

// spec is what the pod costs at a price per GPU or vCPU.
func (m *model) spec(p parts, disks disks, unit money.PerHour, basis string) market.PodSpec {
	return market.PodSpec{
		Compute: unit.Times(p.units()), ContainerDiskGB: disks.container, VolumeGB: disks.volume,
		Stopped: m.stopped(), Ceiling: kernel.Rate(m.MaxHourlyPrice), Basis: basis,
	}
}

// disks are the sizes that bill, in GB.
type disks struct{ container, volume int }

// disksOf are the sizes of a plan; those of the template where the plan leaves
// them to it. ok is false while they are not known.
func (r *Resource) disksOf(ctx context.Context, m *model, p parts) (d disks, ok bool, err error) {
	template := kernel.String(m.TemplateID)
	switch {
	case m.Volume.IsUnknown(), template == nil && (m.ContainerDiskGB.IsUnknown() || m.TemplateID.IsUnknown() && m.Volume.IsNull()):
		return d, false, nil
	case template != nil && (m.ContainerDiskGB.IsUnknown() || m.Volume.IsNull()):
		if d.container, d.volume, err = r.Data.PriceBook.Template(ctx, *template); err != nil {
			return d, false, err
		}
	}
	if size := intOf(m.ContainerDiskGB); size != nil {
		d.container = *size
	}
	switch {
	case p.cpu != nil: // the volume of a template does not reach CPU pods
		d.volume = 0
	case p.volume != nil:
		size := intOf(p.volume.SizeGB)
		if size == nil {
			return d, false, nil
		}
		d.volume = *size
	case p.network != nil:
		d.volume = 0
	}
	return d, true, nil
}

// quote is the estimate of a pod that does not exist yet, by the list price of
// the first candidate that is sold. It is nil while something is not known; why
// names the obstacle when it is a failure and not a value of the plan.
func (r *Resource) quote(ctx context.Context, m *model, p parts, candidates []candidate) (estimate *market.Estimate, why error) {
	if p.units() == 0 || m.MaxHourlyPrice.IsUnknown() || m.DesiredStatus.IsUnknown() {
		return nil, nil
	}
	disks, ok, err := r.disksOf(ctx, m, p)
	if err != nil || !ok {
		return nil, err
	}
	for _, c := range candidates {
		unit, found, err := r.listPrice(ctx, p, c)
		if err != nil {
			why = err
			continue
		}
		if found {
			e := market.RunPodPod(m.spec(p, disks, unit, c.basis(p)))
			return &e, nil
		}
	}
	return nil, why
}

func (r *Resource) listPrice(ctx context.Context, p parts, c candidate) (money.PerHour, bool, error) {
	if p.cpu != nil {
		return r.Data.PriceBook.CPU(ctx, c.id)
	}
	return r.Data.PriceBook.GPU(ctx, c.id, c.cloud)
}

func (c candidate) basis(p parts) string {
	if p.cpu != nil {
		return fmt.Sprintf("RunPod's list price of %d vCPU %s", p.units(), c.id)
	}
	return fmt.Sprintf("RunPod's list price of %d × %s in the %s cloud", p.units(), gpuLabel(c.id), c.cloud)
}

// estimateExisting is the estimate of a pod that exists: its compute price is
// kept, never asked of the market again, and the disks are arithmetic. ok is
// false when the compute price is not known, which happens to a pod that was
// imported while it was stopped and shall run.
func (m *model) estimateExisting(before *kernel.Cost, p parts, is machine) (e market.Estimate, ok bool) {
	d := disks{container: int(m.ContainerDiskGB.ValueInt64()), volume: is.VolumeGB}
	if p.volume != nil {
		d.volume = int(p.volume.SizeGB.ValueInt64())
	}
	spec := market.PodSpec{
		ContainerDiskGB: d.container, VolumeGB: d.volume, Stopped: m.stopped(), Ceiling: kernel.Rate(m.MaxHourlyPrice),
	}
	if before != nil {
		spec.Compute, spec.Basis = money.PerHour(before.ComputeHourly.ValueFloat64()), before.Basis.ValueString()
	}
	return market.RunPodPod(spec), spec.Compute > 0 || spec.Stopped
}

// settleCost fills in an estimate that the plan did not know, from what RunPod
// charges.
func (m *model) settleCost(ctx context.Context, p *wire.Pod, diags *diag.Diagnostics) {
	if !m.EstimatedCost.IsNull() && kernel.FullyKnown(ctx, m.EstimatedCost) {
		return
	}
	spec := market.PodSpec{
		Compute: money.PerHour(p.Cost), ContainerDiskGB: p.Disk, Stopped: m.stopped(),
		Ceiling: kernel.Rate(m.MaxHourlyPrice), Basis: "what RunPod charged when it was first read",
	}
	if p.Mounts.Persistent != nil {
		spec.VolumeGB = p.Mounts.Persistent.Size
	}
	if p.Cost == 0 {
		spec.Basis = "storage alone: RunPod tells no compute price while the pod is stopped"
	}
	m.EstimatedCost = kernel.CostOf(ctx, market.RunPodPod(spec), diags)
}

// hourlyOf is the running cost that an estimate of the plan shows, nil when it
// shows none.
func hourlyOf(ctx context.Context, estimate types.Object, diags *diag.Diagnostics) *money.PerHour {
	if estimate.IsNull() || !kernel.FullyKnown(ctx, estimate) {
		return nil
	}
	return kernel.FromObject[kernel.Cost](ctx, estimate, diags).Running()
}
