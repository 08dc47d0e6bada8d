// Package offers is gpumarket_offers.
package offers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	runpodwire "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/country"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market/normalize"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// DataSource is gpumarket_offers.
type DataSource struct {
	kernel.DataSourceBase
}

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata names the type.
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "gpumarket_offers"
}

// Read searches the marketplaces that are asked for and can be asked.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	wishes := config.wishes(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx = transport.WithDeadline(ctx, d.Data.Clock, kernel.ReadDeadline)
	found := d.search(ctx, &config, wishes, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	selection := market.Select(found, wishes, config.order())
	validators.WarnUnlisted(wishes.GPUs, market.Listing(found), path.Root("gpu_names"), &resp.Diagnostics)
	if text := selection.UnpublishedText(); text != "" {
		resp.Diagnostics.AddWarning("Not every requirement filters RunPod's offers",
			text+" Set strict = true to leave such offers out, or name the other marketplaces in marketplaces.")
	}
	if len(selection.Offers) == 0 {
		resp.Diagnostics.AddWarning("No offer matches", noMatch(selection))
	}
	// The figures are of the whole market: the limit shows less of it, it does not
	// make a marketplace disappear.
	summaries := market.ByMarketplace(selection.Offers)
	if limit := config.limit(); len(selection.Offers) > limit {
		selection.Offers = selection.Offers[:limit]
	}
	config.flatten(ctx, selection, summaries, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &config)...)
}

func noMatch(s market.Selection) string {
	var lines []string
	for _, miss := range s.NearMisses {
		lines = append(lines, "- "+miss)
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Rejected)) {
		lines = append(lines, fmt.Sprintf("- %d refused: %s", s.Rejected[reason], reason))
	}
	if len(lines) == 0 {
		return "The marketplaces that were queried list no such offers."
	}
	return "Of the offers that the marketplaces list:\n" + strings.Join(lines, "\n")
}

// search asks each marketplace. One without a key is left out with a warning,
// unless the configuration names it.
func (d *DataSource) search(ctx context.Context, config *model, wishes market.Wishes, diags *diag.Diagnostics) []market.Offer {
	named := kernel.Strings(config.Marketplaces)
	asked := func(marketplaces ...string) bool {
		return len(named) == 0 || slices.ContainsFunc(marketplaces, func(m string) bool { return slices.Contains(named, m) })
	}
	var found []market.Offer
	if asked(market.RunPodSecure, market.RunPodCommunity) {
		if d.Data.RunPod == nil {
			d.leftOut("RunPod", d.Data.RunPodAccess, len(named) > 0, func() { d.Data.NeedRunPod(diags) }, diags)
		} else {
			found = append(found, d.runPod(ctx, wishes, asked, diags)...)
		}
	}
	if asked(market.Vastai) {
		if d.Data.Vastai == nil {
			d.leftOut("Vast.ai", d.Data.VastaiAccess, len(named) > 0, func() { d.Data.NeedVastai(diags) }, diags)
		} else {
			found = append(found, d.vastai(ctx, wishes, diags)...)
		}
	}
	return found
}

func (d *DataSource) leftOut(platform string, access kernel.Access, named bool, refuse func(), diags *diag.Diagnostics) {
	switch {
	case access == kernel.Unknown:
		diags.AddWarning(platform+" is left out", "Its API key is not known yet.")
	case named:
		refuse()
	default:
		diags.AddWarning(platform+" is left out",
			"It has no API key. To remove this warning, list only the other marketplaces in marketplaces.")
	}
}

func (d *DataSource) runPod(
	ctx context.Context, wishes market.Wishes, asked func(...string) bool, diags *diag.Diagnostics,
) []market.Offer {
	var found []market.Offer
	for _, cloud := range []struct{ name, marketplace string }{
		{runpodwire.CloudSecure, market.RunPodSecure}, {runpodwire.CloudCommunity, market.RunPodCommunity},
	} {
		if !asked(cloud.marketplace) {
			continue
		}
		types, err := d.Data.RunPod.Catalog.GPUStock(ctx, cloud.name, wishes.GPUCount)
		if err != nil {
			failed(diags, "RunPod's catalog", err)
			return nil
		}
		// Asked for twice, so that what the countries leave out is known and counted.
		var there map[string]*runpodwire.GPUType
		if len(wishes.Countries) > 0 {
			if there, err = d.within(ctx, cloud.name, wishes); err != nil {
				failed(diags, "RunPod's catalog", err)
				return nil
			}
		}
		for _, t := range types {
			offer, sold := normalize.RunPod(t, cloud.name, wishes.GPUCount, wishes.DiskGB)
			if !sold {
				continue
			}
			if there != nil {
				offer = normalize.Within(offer, there[t.ID])
			}
			found = append(found, offer)
		}
	}
	return found
}

// within are the GPU types that RunPod has in the countries asked for, by id.
func (d *DataSource) within(ctx context.Context, cloud string, wishes market.Wishes) (map[string]*runpodwire.GPUType, error) {
	types, err := d.Data.RunPod.Catalog.GPUStockIn(ctx, cloud, wishes.GPUCount, country.Expand(wishes.Countries))
	there := make(map[string]*runpodwire.GPUType, len(types))
	for i := range types {
		there[types[i].ID] = &types[i]
	}
	return there, err
}

func (d *DataSource) vastai(ctx context.Context, wishes market.Wishes, diags *diag.Diagnostics) []market.Offer {
	rows, err := d.Data.Vastai.Offers.Search(ctx, normalize.VastaiQuery(wishes))
	if err != nil {
		failed(diags, "Vast.ai's offers", err)
		return nil
	}
	if len(rows) >= normalize.SearchLimit {
		diags.AddWarning("Not all offers of Vast.ai were read", fmt.Sprintf(
			"Vast.ai has more than %d such offers; the most expensive ones are left out. Set gpu_names to see all offers of those GPUs.", normalize.SearchLimit))
	}
	return normalize.VastaiAll(rows, wishes.DiskGB, wishes.Interruptible)
}

func failed(diags *diag.Diagnostics, what string, err error) {
	kernel.AddError(diags, kernel.Trouble{Doing: "read " + what, Err: err, Now: "Nothing was changed."})
}
