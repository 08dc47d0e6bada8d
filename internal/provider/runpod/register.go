// Package runpod registers what the provider offers for RunPod.
package runpod

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/runpod/gputypes"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/runpod/networkvolume"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/runpod/pod"
)

// Resources are RunPod's resources.
func Resources() []func() resource.Resource {
	return []func() resource.Resource{
		networkvolume.NewResource,
		pod.NewResource,
	}
}

// DataSources are RunPod's data sources.
func DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{
		gputypes.NewDataSource,
	}
}

// ListResources are RunPod's list resources.
func ListResources() []func() list.ListResource {
	return []func() list.ListResource{
		networkvolume.NewListResource,
		pod.NewListResource,
	}
}
