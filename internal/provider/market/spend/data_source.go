// Package spend is gpumarket_spend.
package spend

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/spend"
)

// DataSource is gpumarket_spend.
type DataSource struct {
	kernel.DataSourceBase
}

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata names the type.
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "gpumarket_spend"
}

// Read lists what bills on every account that is configured.
func (d *DataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	if d.Data.RunPod == nil && d.Data.Vastai == nil {
		if d.Data.RunPodAccess == kernel.Unknown || d.Data.VastaiAccess == kernel.Unknown {
			resp.Diagnostics.AddWarning("The spend is not known", "The API keys are not known yet, so no account could be queried.")
		} else {
			resp.Diagnostics.AddError("No API key",
				"gpumarket_spend queries the accounts of both marketplaces. Set runpod.api_key or vastai.api_key in the provider block, or RUNPOD_API_KEY or VAST_API_KEY.")
			return
		}
	}
	ctx = transport.WithDeadline(ctx, d.Data.Clock, kernel.ReadDeadline)
	overview := d.Data.Desk.Overview()
	var all []item
	var runpod, vastai *account
	if d.Data.RunPod != nil {
		items, err := spend.RunPod(ctx, d.Data.RunPod, transport.Recent)
		if err != nil {
			failed(&resp.Diagnostics, "RunPod", err)
			return
		}
		runpod = newAccount(located(items, overview), nil)
		all = append(all, runpod.items...)
	}
	if d.Data.Vastai != nil {
		items, balance, err := d.vastai(ctx)
		if err != nil {
			failed(&resp.Diagnostics, "Vast.ai", err)
			return
		}
		vastai = newAccount(located(items, overview), balance)
		all = append(all, vastai.items...)
	}
	m := flatten(ctx, all, runpod, vastai, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// vastai lists the account with its balance; RunPod's API has no balance.
func (d *DataSource) vastai(ctx context.Context) ([]spend.Item, *money.USD, error) {
	items, err := spend.Vastai(ctx, d.Data.Vastai, transport.Recent)
	if err != nil {
		return nil, nil, err
	}
	user, err := d.Data.Vastai.Account.Current(ctx)
	if err != nil {
		return nil, nil, err
	}
	if user.Credit == nil {
		return items, nil, nil
	}
	balance := money.USD(*user.Credit)
	return items, &balance, nil
}

func failed(diags *diag.Diagnostics, platform string, err error) {
	kernel.AddError(diags, kernel.Trouble{Doing: "read the spend on " + platform, Err: err, Now: "Nothing was changed."})
}
