package instance

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// replacements are the attributes whose change cannot be made in place. What the
// state does not know, as after an import, is taken over from the configuration.
func (p *planning) replacements(ctx context.Context, is traits) path.Paths {
	var paths path.Paths
	add := func(replaced bool, name string) {
		if replaced {
			paths = append(paths, path.Root(name))
		}
	}
	plan, state, config := &p.plan, &p.state, &p.config
	add(p.otherDisk(ctx), "disk_gb")
	add(!config.LaunchMode.IsNull() && changed(plan.LaunchMode, state.LaunchMode), "launch_mode")
	add(!config.Direct.IsNull() && changed(plan.Direct, state.Direct), "direct")
	// Nothing tells whether an imported instance was given a login.
	login := !plan.ImageLoginWOVersion.IsNull() && !plan.ImageLoginWOVersion.Equal(state.ImageLoginWOVersion)
	add(login && (!p.imported(ctx) || !state.ImageLoginWOVersion.IsNull()), "image_login_wo_version")
	add(!plan.BidPrice.IsUnknown() && plan.BidPrice.IsNull() != state.BidPrice.IsNull(), "bid_price")
	add(!config.OfferID.IsNull() && changed(plan.OfferID, state.OfferID), "offer_id")
	add(p.otherVolume(ctx), "volume")
	_, wished := plan.source()
	for _, name := range p.unmet(ctx, is) {
		paths = append(paths, wished.AtName(name))
	}
	return paths
}

// changed reports another value than one that the state has.
func changed(plan, state attr.Value) bool { return !state.IsNull() && !plan.Equal(state) }

// otherDisk: a disk cannot change, so any other size is another instance's. Only of an
// imported one is the size taken over that it may have been asked for with.
func (p *planning) otherDisk(ctx context.Context) bool {
	if !changed(p.plan.DiskGB, p.state.DiskGB) {
		return false
	}
	return p.plan.DiskGB.IsUnknown() || !p.imported(ctx) || !sameDisk(p.plan.DiskGB.ValueFloat64(), p.state.DiskGB.ValueFloat64())
}

// otherVolume: where an imported volume is mounted is not known, and taken over.
func (p *planning) otherVolume(ctx context.Context) bool {
	if p.plan.Volume.Equal(p.state.Volume) {
		return false
	}
	before := kernel.FromObject[volumeModel](ctx, p.state.Volume, &p.resp.Diagnostics)
	after := kernel.FromObject[volumeModel](ctx, p.plan.Volume, &p.resp.Diagnostics)
	if before == nil || after == nil {
		return true
	}
	return !before.ID.Equal(after.ID) || !before.MountPath.IsNull() && !before.MountPath.Equal(after.MountPath)
}

// unmet are the wishes of a changed offer or selection that the instance does not
// satisfy. An unchanged offer was satisfied when it was rented, and one that is
// not known yet cannot be judged.
func (p *planning) unmet(ctx context.Context, is traits) []string {
	plan, at := p.plan.source()
	state, _ := p.state.source()
	if plan.Equal(state) || !kernel.FullyKnown(ctx, plan) {
		return nil
	}
	offer := p.plan.wanted(ctx, &p.resp.Diagnostics)
	if offer == nil {
		return nil
	}
	names := offer.unmet(p.complete(is))
	if len(names) == 0 {
		return nil
	}
	if p.imported(ctx) {
		// What runs is kept, whatever it is.
		p.resp.Diagnostics.AddAttributeWarning(at, fmt.Sprintf("The imported instance does not match %s", at), fmt.Sprintf(
			"It does not satisfy: %s. It is kept as it is; terraform apply -replace=… rents another one.", strings.Join(names, ", ")))
		return nil
	}
	var replaced []string
	for _, name := range names {
		if !attributeEqual(plan, state, name) {
			replaced = append(replaced, name)
		}
	}
	return replaced
}

// imported tells that no configuration was applied to the instance yet, so that
// what the platform does not return is taken over from it.
func (p *planning) imported(ctx context.Context) bool {
	return neverApplied(ctx, p.req.Private, &p.resp.Diagnostics)
}

func neverApplied(ctx context.Context, private kernel.PrivateReader, diags *diag.Diagnostics) bool {
	return kernel.Marker(ctx, private, diags) == "" && kernel.PrivateText(ctx, private, privateAdopted, diags) == ""
}

// complete fills in from the state what the private state lacks.
func (p *planning) complete(is traits) traits {
	if is.GPUName == "" {
		is.GPUName = p.state.GPUName.ValueString()
	}
	if is.GPUCount == 0 {
		is.GPUCount = p.state.GPUCount.ValueInt64()
	}
	if is.Country == "" {
		is.Country = p.state.Country.ValueString()
	}
	if is.MachineID == 0 {
		is.MachineID = p.state.MachineID.ValueInt64()
	}
	return is
}

// attributeEqual compares one attribute of two objects; one that is null as a
// whole has none.
func attributeEqual(a, b types.Object, name string) bool {
	first, ok := a.Attributes()[name]
	if !ok {
		return false
	}
	second, ok := b.Attributes()[name]
	return ok && first.Equal(second)
}
