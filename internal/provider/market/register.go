// Package market registers what spans both marketplaces: the offers, the spend and
// the functions.
package market

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/market/functions"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/market/offers"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/market/spend"
)

// DataSources are the data sources over both marketplaces.
func DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{
		offers.NewDataSource,
		spend.NewDataSource,
	}
}

// Functions are the provider's functions.
func Functions() []func() function.Function {
	return []func() function.Function{
		functions.NewGPUName,
		functions.NewJobCost,
		functions.NewMonthlyCost,
		functions.NewCostTable,
	}
}
