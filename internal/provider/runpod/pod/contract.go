package pod

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// contractOf is what the pod costs, given what was kept of it. RunPod tells no price
// while a pod is stopped, nor reliably before it runs: what it told last holds then.
func contractOf(kept market.Contract, pod *wire.Pod) market.Contract {
	kept.VolumeGB = 0
	if volume := pod.Mounts.Persistent; volume != nil {
		kept.VolumeGB = volume.Size
	}
	switch {
	case pod.Cost > 0:
		kept.Compute = charged(pod.Cost)
		if kept.Basis == "" || kept.Basis == storageAlone {
			kept.Basis = "what RunPod charged when it was first read"
		}
	case kept.Basis == "":
		kept.Basis = storageAlone
	}
	return kept
}

const storageAlone = "storage alone: RunPod shows no compute price while the pod is stopped"

// rentedAs is the contract of a pod that was just rented: at the price that RunPod
// answers, or at the list price while it answers none.
func (o *order) rentedAs(pod *wire.Pod) market.Contract {
	var contract market.Contract
	c := candidate{cloud: pod.Cloud}
	switch {
	case pod.GPU != nil:
		c.id = pod.GPU.ID
	case pod.CPU != nil:
		c.id = pod.CPU.ID
	}
	if unit, known := o.shop.price(o.parts, c); known {
		contract.Compute = unit.Times(o.parts.units())
	}
	contract.Basis = c.basis(o.parts)
	return contractOf(contract, pod)
}

// estimate is what the pod costs with the disks and in the status that the model
// has, by its contract.
func (m *model) estimate(ctx context.Context, contract market.Contract, diags *diag.Diagnostics) market.Estimate {
	return contract.Pod(m.billed(m.parts(ctx, diags)))
}

// billed is what an estimate depends on beside the contract.
func (m *model) billed(p parts) market.PodSpec {
	spec := market.PodSpec{
		ContainerDiskGB: int(m.ContainerDiskGB.ValueInt64()), Stopped: m.stopped(), Ceiling: kernel.Rate(m.MaxHourlyPrice),
	}
	if p.volume != nil {
		spec.VolumeGB = int(p.volume.SizeGB.ValueInt64())
	}
	return spec
}

// settleCost fills in what the plan did not know of the estimate, after an apply.
func (m *model) settleCost(ctx context.Context, contract market.Contract, diags *diag.Diagnostics) {
	if m.EstimatedCost.IsNull() || !kernel.FullyKnown(ctx, m.EstimatedCost) {
		m.EstimatedCost = kernel.CostOf(ctx, m.estimate(ctx, contract, diags), diags)
	}
}

// charged is an amount as RunPod means it: it keeps some as float32, so that 23.92
// may arrive as 23.920000076.
func charged(cost float64) money.PerHour {
	amount, err := strconv.ParseFloat(strconv.FormatFloat(cost, 'f', -1, 32), 64)
	if err != nil {
		return money.PerHour(cost)
	}
	return money.PerHour(amount)
}
