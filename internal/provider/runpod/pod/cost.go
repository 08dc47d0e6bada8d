package pod

import (
	"context"
	"fmt"

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
func (r *Resource) disksOf(
	ctx context.Context, m *model, p parts, sizes func(ctx context.Context, template string) (containerDiskGB, volumeGB int, err error),
) (d disks, ok bool, err error) {
	template := kernel.String(m.TemplateID)
	switch {
	case kernel.Perhaps(m.Volume), template == nil && (m.ContainerDiskGB.IsUnknown() || m.TemplateID.IsUnknown() && m.Volume.IsNull()):
		return d, false, nil
	case template != nil && (m.ContainerDiskGB.IsUnknown() || m.Volume.IsNull()):
		if d.container, d.volume, err = sizes(ctx, *template); err != nil {
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

// quote is the estimate of a pod that does not exist yet.
type quote struct {
	market.Estimate

	candidate candidate
	// subject names what costs that in a refusal, "" where there is one candidate.
	subject string
}

// quote is what the first candidate costs, by the list price, that is sold and
// within the limits for one resource; when none is, what the cheapest would cost. It
// is nil while something is not known; why names the obstacle when it is a failure
// and not a value of the plan.
func (r *Resource) quote(ctx context.Context, m *model, p parts, candidates []candidate) (q *quote, why error) {
	if p.units() == 0 || m.MaxHourlyPrice.IsUnknown() || m.DesiredStatus.IsUnknown() {
		return nil, nil
	}
	disks, ok, err := r.disksOf(ctx, m, p, r.Data.PriceBook.Template)
	if err != nil || !ok {
		return nil, err
	}
	var quotes []quote
	var running []money.PerHour
	for _, c := range candidates {
		unit, found, err := r.listPrice(ctx, p, c)
		if err != nil {
			why = err
		}
		if found {
			e := market.RunPodPod(m.spec(p, disks, unit, c.basis(p)))
			quotes, running = append(quotes, quote{Estimate: e, candidate: c, subject: c.what(p)}), append(running, e.Running())
		}
	}
	at, fits := market.FirstWithin(running, kernel.Rate(m.MaxHourlyPrice), r.Data.Budget.Limits.MaxHourlyEach)
	if at < 0 {
		return nil, why
	}
	q = &quotes[at]
	if fits || len(quotes) == 1 {
		q.subject = ""
	} else {
		q.subject = fmt.Sprintf("None of %d candidates is within the limit. The cheapest, %s,", len(quotes), q.subject)
	}
	return q, nil
}

func (r *Resource) listPrice(ctx context.Context, p parts, c candidate) (money.PerHour, bool, error) {
	if p.cpu != nil {
		return r.Data.PriceBook.CPU(ctx, c.id)
	}
	return r.Data.PriceBook.GPU(ctx, c.id, c.cloud)
}

func (c candidate) basis(p parts) string { return "RunPod's list price of " + c.what(p) }

// what is the candidate in words: "2 × RTX 4090 in the SECURE cloud".
func (c candidate) what(p parts) string {
	if p.cpu != nil {
		return fmt.Sprintf("%d vCPU %s", p.units(), c.id)
	}
	return fmt.Sprintf("%d × %s in the %s cloud", p.units(), gpuLabel(c.id), c.cloud)
}
