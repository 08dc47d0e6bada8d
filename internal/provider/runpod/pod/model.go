package pod

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
)

// What an attribute that is left out means.
const (
	defaultDiskGB    = 20
	defaultMountPath = "/workspace"
	defaultGPUCount  = 1
	defaultVCPUs     = 2

	statusRunning = wire.PodRunning
	statusExited  = wire.PodExited
)

// Values of desired_status.
const (
	desiredRunning = "running"
	desiredStopped = "stopped"
)

type model struct {
	ID               types.String      `tfsdk:"id"`
	Name             types.String      `tfsdk:"name"`
	Image            types.String      `tfsdk:"image"`
	TemplateID       types.String      `tfsdk:"template_id"`
	GPU              types.Object      `tfsdk:"gpu"`
	CPU              types.Object      `tfsdk:"cpu"`
	Clouds           types.List        `tfsdk:"clouds"`
	DataCenterIDs    types.Set         `tfsdk:"data_center_ids"`
	ContainerDiskGB  types.Int64       `tfsdk:"container_disk_gb"`
	Volume           types.Object      `tfsdk:"volume"`
	NetworkVolume    types.Object      `tfsdk:"network_volume"`
	Args             types.String      `tfsdk:"args"`
	Env              types.Map         `tfsdk:"env"`
	EnvWO            types.Map         `tfsdk:"env_wo"`
	EnvWOVersion     types.Int64       `tfsdk:"env_wo_version"`
	Ports            types.Set         `tfsdk:"ports"`
	RegistryID       types.String      `tfsdk:"registry_id"`
	StartSSH         types.Bool        `tfsdk:"start_ssh"`
	StartJupyter     types.Bool        `tfsdk:"start_jupyter"`
	GlobalNetworking types.Bool        `tfsdk:"global_networking"`
	Locked           types.Bool        `tfsdk:"locked"`
	DesiredStatus    types.String      `tfsdk:"desired_status"`
	MaxHourlyPrice   types.Float64     `tfsdk:"max_hourly_price"`
	Timeouts         timeouts.Value    `tfsdk:"timeouts"`
	Status           types.String      `tfsdk:"status"`
	GPUType          types.String      `tfsdk:"gpu_type"`
	Cloud            types.String      `tfsdk:"cloud"`
	DataCenterID     types.String      `tfsdk:"data_center_id"`
	HourlyPrice      types.Float64     `tfsdk:"hourly_price"`
	EstimatedCost    types.Object      `tfsdk:"estimated_cost"`
	PublicIP         types.String      `tfsdk:"public_ip"`
	CUDAVersion      types.String      `tfsdk:"cuda_version"`
	CreatedAt        timetypes.RFC3339 `tfsdk:"created_at"`
	StartedAt        timetypes.RFC3339 `tfsdk:"started_at"`

	reach.Attributes
}

// gpuModel is the gpu block: what to rent.
type gpuModel struct {
	Types          types.List   `tfsdk:"types"`
	Count          types.Int64  `tfsdk:"count"`
	CUDAVersions   types.Set    `tfsdk:"cuda_versions"`
	MinCUDAVersion types.String `tfsdk:"min_cuda_version"`
	MinRAMPerGPUGB types.Int64  `tfsdk:"min_ram_per_gpu_gb"`
	MinVCPUsPerGPU types.Int64  `tfsdk:"min_vcpus_per_gpu"`
}

func gpuTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"types":              types.ListType{ElemType: types.StringType},
		"count":              types.Int64Type,
		"cuda_versions":      types.SetType{ElemType: types.StringType},
		"min_cuda_version":   types.StringType,
		"min_ram_per_gpu_gb": types.Int64Type,
		"min_vcpus_per_gpu":  types.Int64Type,
	}
}

// cpuModel is the cpu block.
type cpuModel struct {
	Flavors types.List  `tfsdk:"flavors"`
	VCPUs   types.Int64 `tfsdk:"vcpus"`
}

func cpuTypes() map[string]attr.Type {
	return map[string]attr.Type{"flavors": types.ListType{ElemType: types.StringType}, "vcpus": types.Int64Type}
}

// volumeModel is the volume block: a disk on the pod's host.
type volumeModel struct {
	SizeGB    types.Int64  `tfsdk:"size_gb"`
	MountPath types.String `tfsdk:"mount_path"`
}

func volumeTypes() map[string]attr.Type {
	return map[string]attr.Type{"size_gb": types.Int64Type, "mount_path": types.StringType}
}

// networkModel is the network_volume block.
type networkModel struct {
	ID        types.String `tfsdk:"id"`
	MountPath types.String `tfsdk:"mount_path"`
}

func networkTypes() map[string]attr.Type {
	return map[string]attr.Type{"id": types.StringType, "mount_path": types.StringType}
}

// parts are the blocks of a model, nil where null or unknown.
type parts struct {
	gpu     *gpuModel
	cpu     *cpuModel
	volume  *volumeModel
	network *networkModel
}

func (m *model) parts(ctx context.Context, diags *diag.Diagnostics) parts {
	return parts{
		gpu:     kernel.FromObject[gpuModel](ctx, m.GPU, diags),
		cpu:     kernel.FromObject[cpuModel](ctx, m.CPU, diags),
		volume:  kernel.FromObject[volumeModel](ctx, m.Volume, diags),
		network: kernel.FromObject[networkModel](ctx, m.NetworkVolume, diags),
	}
}

// clouds are the clouds to try, in order.
func (m *model) clouds() []string {
	if clouds := kernel.Strings(m.Clouds); len(clouds) > 0 {
		return clouds
	}
	return []string{wire.CloudSecure}
}

// stopped tells whether the pod is to be stopped.
func (m *model) stopped() bool { return m.DesiredStatus.ValueString() == desiredStopped }

// imported is a model of which nothing is known but what the platform will say.
func imported(ctx context.Context) model {
	null := types.SetNull(types.StringType)
	return model{
		GPU: types.ObjectNull(gpuTypes()), CPU: types.ObjectNull(cpuTypes()),
		Clouds: types.ListNull(types.StringType), DataCenterIDs: null, Ports: null,
		Env: types.MapNull(types.StringType), EnvWO: types.MapNull(types.StringType),
		EstimatedCost: types.ObjectNull(kernel.CostTypes()),
		Timeouts:      kernel.NoTimeouts(ctx),
	}
}
