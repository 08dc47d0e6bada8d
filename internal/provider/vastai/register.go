// Package vastai registers what the provider offers for Vast.ai.
package vastai

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/vastai/instance"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/vastai/offers"
)

// Resources are Vast.ai's resources.
func Resources() []func() resource.Resource {
	return []func() resource.Resource{
		instance.NewResource,
	}
}

// DataSources are Vast.ai's data sources.
func DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{
		offers.NewDataSource,
	}
}

// ListResources are Vast.ai's list resources.
func ListResources() []func() list.ListResource {
	return []func() list.ListResource{
		instance.NewListResource,
	}
}
