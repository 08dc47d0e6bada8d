package pod

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/spend"
)

// planCreate checks a create against the catalog and prices it by RunPod's list
// prices.
func (r *Resource) planCreate(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, plan, config *model,
) {
	diags := &resp.Diagnostics
	planned := kernel.PlannedCost{
		Kind: ledgerKind, Replaces: kernel.Replaces(ctx, req.Private, diags),
		Ceiling: kernel.Rate(plan.MaxHourlyPrice), Refuse: true, At: path.Root("name"),
	}
	if r.Data.RunPodAccess == kernel.Unknown {
		kernel.WarnUnknownKey(diags, "RunPod")
		r.Data.CheckCost(ctx, planned, diags)
		return
	}
	client := r.Data.NeedRunPod(diags)
	if client == nil {
		return
	}
	ctx = transport.WithDeadline(ctx, r.Data.Clock, kernel.ReadDeadline)
	spend.WarnStrays(ctx, r.Data.Desk, typeName, spend.OnRunPod(client), diags)
	p := plan.parts(ctx, diags)
	planned.At = p.root()
	shop := r.lookUp(ctx, client, p)
	if errors.Is(shop.err, apierr.Unauthorized) || errors.Is(shop.err, apierr.Forbidden) {
		kernel.AddError(diags, kernel.Trouble{Doing: "read RunPod's catalog", Err: shop.err, Now: "Nothing was changed."})
		return
	}
	plan.checkVolume(ctx, client, p, diags)
	r.checkTemplate(ctx, plan, diags)
	plan.advise(ctx, client, diags)
	shop.check(plan, p, diags)
	if diags.HasError() {
		return
	}
	if p.selectorsKnown() && fullyKnown(plan.Clouds) && !config.ContainerDiskGB.IsUnknown() && !kernel.Perhaps(config.Volume) {
		candidates := cross(shop.ids, plan.clouds(), nil)
		if !r.Data.PriceBook.Saved() {
			// What the saved plan priced does not depend on what is sold by now.
			candidates = shop.sold(p, candidates)
		}
		quote, err := r.quote(ctx, plan, p, candidates)
		if err == nil {
			err = shop.err
		}
		switch {
		case quote != nil:
			running := quote.Running()
			planned.Hourly, planned.Running, planned.Subject = &quote.Hourly, &running, quote.subject
			r.showCost(ctx, plan, quote, diags)
			shop.warnStock(ctx, client, p, quote.candidate, diags)
		case errors.Is(err, kernel.ErrPlanElsewhere):
			diags.AddAttributeError(path.Root("estimated_cost"), "The plan was made in another place", "The saved plan is applied where "+err.Error()+
				", so it cannot be checked whether they still apply. Nothing was rented.\n\nPlan again here and apply that plan, or keep the folder gpumarket of Terraform's data directory (.terraform) with the saved plan.")
			return
		case err != nil:
			diags.AddAttributeWarning(path.Root("estimated_cost"), "The cost is not known",
				"RunPod's prices could not be read: "+err.Error()+". The price is checked again before anything is rented.")
		}
	}
	r.Data.CheckCost(ctx, planned, diags)
}

// showCost puts the estimate into the plan: whole where the second plan, at apply, will
// be told the same price, and else without what depends on it.
func (r *Resource) showCost(ctx context.Context, plan *model, q *quote, diags *diag.Diagnostics) {
	if r.Data.PriceBook.Carries() {
		plan.EstimatedCost = kernel.CostOf(ctx, q.Estimate, diags)
		return
	}
	diags.AddAttributeWarning(path.Root("estimated_cost"), "The cost is not part of the plan", fmt.Sprintf(
		"It is %s USD/h now while it runs (%s). The plan may be applied where this price is not known, because the state is kept elsewhere or nothing can be written to Terraform's data directory, so estimated_cost is known after apply. Set max_hourly_price to the highest price that you accept.",
		q.Running(), q.Basis))
	if !plan.TemplateID.IsNull() {
		// Its sizes are the template's, which may change as well.
		plan.EstimatedCost = kernel.CeilingOnly(ctx, q.MaxHourly, diags)
		return
	}
	plan.EstimatedCost = kernel.OpenCost(ctx, q.Estimate, plan.stopped(), diags)
}

// root is the attribute that says what is rented.
func (p parts) root() path.Path {
	if p.cpu != nil {
		return path.Root("cpu")
	}
	return path.Root("gpu")
}

func (p parts) selectorsKnown() bool {
	switch {
	case p.gpu != nil && p.cpu != nil:
		return false // one of them is a dynamic block that will turn out to be absent
	case p.gpu != nil:
		return fullyKnown(p.gpu.Types) && !p.gpu.Count.IsUnknown()
	case p.cpu != nil:
		return fullyKnown(p.cpu.Flavors) && !p.cpu.VCPUs.IsUnknown()
	default:
		return false
	}
}

// shop is what RunPod's catalog says about the wishes.
type shop struct {
	resolution
	gpus []wire.GPUType
	cpus []wire.CPUType
	// err is why the catalog could not be read; the ids are then those of the table.
	err error
}

func (r *Resource) lookUp(ctx context.Context, client *runpod.Client, p parts) shop {
	var s shop
	switch {
	case p.gpu != nil:
		s.gpus, s.err = client.Catalog.GPUs(ctx)
		if s.err != nil {
			s.gpus = nil
		}
		s.resolution = resolve(p.wishes(), s.gpus)
	case p.cpu != nil:
		s.cpus, s.err = client.Catalog.CPUs(ctx)
		s.ids = p.wishes()
	}
	return s
}

// refusal says why a candidate cannot be had at all, "" when it may.
func (s shop) refusal(p parts, c candidate) string {
	switch {
	case s.err != nil:
		return ""
	case p.cpu != nil:
		flavor := flavorOf(s.cpus, c.id)
		if flavor == nil {
			return "RunPod has no CPU flavor " + c.id
		}
		if n := p.units(); n < flavor.VCPU.Min || n > flavor.VCPU.Max {
			return fmt.Sprintf("%s comes with %d to %d vCPUs", c.id, flavor.VCPU.Min, flavor.VCPU.Max)
		}
	default:
		t := typeOf(s.gpus, c.id)
		if t == nil {
			return "not in RunPod's catalog"
		}
		_, most, sold := kernel.GPUSale(t, c.cloud)
		if !sold {
			return "not sold in the " + c.cloud + " cloud"
		}
		if p.units() > most {
			return fmt.Sprintf("the largest machine in the %s cloud has %d GPUs", c.cloud, most)
		}
	}
	return ""
}

// sold are the candidates that the catalog does not rule out.
func (s shop) sold(p parts, candidates []candidate) []candidate {
	return slices.DeleteFunc(candidates, func(c candidate) bool { return s.refusal(p, c) != "" })
}

// check refuses wishes that nothing in the catalog can satisfy.
func (s shop) check(m *model, p parts, diags *diag.Diagnostics) {
	if s.err != nil || !p.selectorsKnown() {
		return
	}
	at := path.Root("cpu").AtName("flavors")
	if p.gpu != nil {
		at = path.Root("gpu").AtName("types")
	}
	for _, name := range s.unsold {
		diags.AddAttributeError(at, "Not a GPU of RunPod", nearest(name, s.gpus)+"\n\nNothing was changed.")
	}
	if len(s.unsold) > 0 || !fullyKnown(m.Clouds) {
		return
	}
	all := cross(s.ids, m.clouds(), nil)
	reasons := make([]string, 0, len(all))
	for _, c := range all {
		reason := s.refusal(p, c)
		if reason == "" {
			return
		}
		reasons = append(reasons, "  - "+c.label()+": "+reason)
	}
	if p.gpu != nil && p.units() > 1 && len(s.sold(p.single(), cross(s.ids, m.clouds(), nil))) > 0 {
		at = path.Root("gpu").AtName("count")
	}
	if p.cpu != nil && slices.ContainsFunc(s.ids, func(id string) bool { return flavorOf(s.cpus, id) != nil }) {
		at = path.Root("cpu").AtName("vcpus")
	}
	diags.AddAttributeError(at, "RunPod does not sell this",
		strings.Join(reasons, "\n")+"\n\nNothing was changed.")
}

// single are the same wishes for one GPU.
func (p parts) single() parts {
	if p.gpu != nil {
		one := *p.gpu
		one.Count = types.Int64Value(1)
		p.gpu = &one
	}
	return p
}

// warnStock says when the first candidate has no stock now. It is advice: the
// create finds out.
func (s shop) warnStock(ctx context.Context, client *runpod.Client, p parts, first candidate, diags *diag.Diagnostics) {
	if p.gpu == nil || s.err != nil {
		return
	}
	stocked, err := client.Catalog.GPUStock(ctx, first.cloud, p.units())
	if err != nil {
		return
	}
	if t := typeOf(stocked, first.id); t != nil && t.Availability == wire.AvailabilityNone {
		diags.AddAttributeWarning(path.Root("gpu").AtName("types"), "Out of stock now",
			fmt.Sprintf("RunPod has no %d × %s to rent at this moment. The create tries it anyway, then the other acceptable types.", p.units(), first.label()))
	}
}

// checkTemplate refuses a template that does not exist. One question answers for
// every pod of the plan, and for the sizes of its disks.
func (r *Resource) checkTemplate(ctx context.Context, m *model, diags *diag.Diagnostics) {
	id := kernel.String(m.TemplateID)
	if id == nil {
		return
	}
	_, _, err := r.Data.PriceBook.Template(ctx, *id)
	kernel.CheckTemplate(diags, "RunPod", *id, err)
}

// checkVolume refuses data centers that leave out where the network volume is.
func (m *model) checkVolume(ctx context.Context, client *runpod.Client, p parts, diags *diag.Diagnostics) {
	if p.network == nil || kernel.String(p.network.ID) == nil || !fullyKnown(m.DataCenterIDs) {
		return
	}
	id := p.network.ID.ValueString()
	volume, err := client.NetworkVolumes.Get(ctx, id, transport.Recent)
	switch {
	case errors.Is(err, apierr.NotFound):
		diags.AddAttributeError(path.Root("network_volume").AtName("id"), "No such network volume", fmt.Sprintf(
			"The RunPod account has no network volume %q.\n\nNothing was changed.", id))
	case err != nil:
		diags.AddAttributeWarning(path.Root("network_volume").AtName("id"), "The network volume could not be checked",
			"It could not be read: "+err.Error())
	default:
		if reason := m.mismatch(volume); reason != "" {
			diags.AddAttributeError(path.Root("data_center_ids"), "The network volume is in another data center",
				reason+"\n\nNothing was changed.")
		}
	}
}

// mismatch says that data_center_ids leaves out the volume's data center, or "".
func (m *model) mismatch(volume *wire.NetworkVolume) string {
	allowed := kernel.Strings(m.DataCenterIDs)
	if len(allowed) == 0 || slices.Contains(allowed, volume.DataCenter) {
		return ""
	}
	return fmt.Sprintf("Network volume %s is in %s, and a pod that mounts it can run nowhere else. Add %s to data_center_ids, or remove data_center_ids.",
		volume.ID, volume.DataCenter, volume.DataCenter)
}
