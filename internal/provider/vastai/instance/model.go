package instance

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
)

type model struct {
	ID types.String `tfsdk:"id"`

	Offer               types.Object   `tfsdk:"offer"`
	Selection           types.Object   `tfsdk:"selection"`
	OfferID             types.Int64    `tfsdk:"offer_id"`
	Image               types.String   `tfsdk:"image"`
	TemplateID          types.String   `tfsdk:"template_id"`
	DiskGB              types.Float64  `tfsdk:"disk_gb"`
	Env                 types.Map      `tfsdk:"env"`
	EnvWO               types.Map      `tfsdk:"env_wo"`
	EnvWOVersion        types.Int64    `tfsdk:"env_wo_version"`
	Ports               types.Set      `tfsdk:"ports"`
	Onstart             types.String   `tfsdk:"onstart"`
	Args                types.List     `tfsdk:"args"`
	LaunchMode          types.String   `tfsdk:"launch_mode"`
	Direct              types.Bool     `tfsdk:"direct"`
	ImageLoginWO        types.String   `tfsdk:"image_login_wo"`
	ImageLoginWOVersion types.Int64    `tfsdk:"image_login_wo_version"`
	Label               types.String   `tfsdk:"label"`
	SSHPublicKeys       types.Set      `tfsdk:"ssh_public_keys"`
	Volume              types.Object   `tfsdk:"volume"`
	BidPrice            types.Float64  `tfsdk:"bid_price"`
	DesiredStatus       types.String   `tfsdk:"desired_status"`
	OnInterruption      types.String   `tfsdk:"on_interruption"`
	MaxHourlyPrice      types.Float64  `tfsdk:"max_hourly_price"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`

	Status        types.String  `tfsdk:"status"`
	StatusMessage types.String  `tfsdk:"status_message"`
	MachineID     types.Int64   `tfsdk:"machine_id"`
	HostID        types.Int64   `tfsdk:"host_id"`
	GPUName       types.String  `tfsdk:"gpu_name"`
	GPUCount      types.Int64   `tfsdk:"gpu_count"`
	Reliability   types.Float64 `tfsdk:"reliability"`
	Country       types.String  `tfsdk:"country"`
	HourlyPrice   types.Float64 `tfsdk:"hourly_price"`
	CurrentBid    types.Float64 `tfsdk:"current_bid"`
	EstimatedCost types.Object  `tfsdk:"estimated_cost"`
	PublicIP      types.String  `tfsdk:"public_ip"`
	Interrupted   types.Bool    `tfsdk:"interrupted"`
	JupyterURL    types.String  `tfsdk:"jupyter_url"`
	CreatedAt     types.String  `tfsdk:"created_at"`
	EndAt         types.String  `tfsdk:"end_at"`

	reach.Attributes
}

// listed is the model of an instance of which nothing is configured.
func listed(ctx context.Context, diags *diag.Diagnostics) model {
	m := model{
		Offer: types.ObjectNull(offerTypes()), Selection: types.ObjectNull(selectionTypes()), Volume: types.ObjectNull(volumeTypes()),
		Env: types.MapNull(types.StringType), EnvWO: types.MapNull(types.StringType),
		Ports: types.SetNull(types.StringType), SSHPublicKeys: types.SetNull(types.StringType), Args: types.ListNull(types.StringType),
		Timeouts: kernel.NoTimeouts(ctx),
	}
	m.nullUnknown(ctx, diags)
	return m
}

func offerTypes() map[string]attr.Type { return attributeTypes(offerBlock().Type()) }

func selectionTypes() map[string]attr.Type { return attributeTypes(selectionAttribute().GetType()) }

func attributeTypes(of attr.Type) map[string]attr.Type {
	if object, ok := of.(attr.TypeWithAttributeTypes); ok {
		return object.AttributeTypes()
	}
	return nil
}

// source is where the wishes are: the selection, else the offer block.
func (m *model) source() (types.Object, path.Path) {
	if !m.Selection.IsNull() {
		return m.Selection, path.Root("selection")
	}
	return m.Offer, path.Root("offer")
}

// askedAt is the attribute that says what to rent.
func (m *model) askedAt() path.Path {
	if from, at := m.source(); !from.IsNull() {
		return at
	}
	return path.Root("offer_id")
}

// wanted are the wishes, nil when there are none or they are not known yet.
func (m *model) wanted(ctx context.Context, diags *diag.Diagnostics) *offerModel {
	if m.Selection.IsNull() {
		return kernel.FromObject[offerModel](ctx, m.Offer, diags)
	}
	if selection := kernel.FromObject[selectionModel](ctx, m.Selection, diags); selection != nil {
		return &selection.offerModel
	}
	return nil
}

// Values of desired_status.
const (
	desiredRunning = "running"
	desiredStopped = "stopped"
)

// Values of on_interruption.
const (
	interruptionWait    = "wait"
	interruptionRebid   = "rebid"
	interruptionReplace = "replace"
	interruptionFail    = "fail"
)

func interruptionPolicies() []string {
	return []string{interruptionWait, interruptionRebid, interruptionReplace, interruptionFail}
}

type offerModel struct {
	GPUNames         types.List    `tfsdk:"gpu_names"`
	GPUCount         types.Int64   `tfsdk:"gpu_count"`
	MinGPUMemoryGB   types.Float64 `tfsdk:"min_gpu_memory_gb"`
	MinReliability   types.Float64 `tfsdk:"min_reliability"`
	Verified         types.Bool    `tfsdk:"verified"`
	Datacenter       types.Bool    `tfsdk:"datacenter"`
	Countries        types.Set     `tfsdk:"countries"`
	MinCUDAVersion   types.String  `tfsdk:"min_cuda_version"`
	MinCPUCores      types.Float64 `tfsdk:"min_cpu_cores"`
	MinRAMGB         types.Float64 `tfsdk:"min_ram_gb"`
	MinDownloadMbps  types.Float64 `tfsdk:"min_download_mbps"`
	MinUploadMbps    types.Float64 `tfsdk:"min_upload_mbps"`
	MinDiskBandwidth types.Float64 `tfsdk:"min_disk_bandwidth_mbps"`
	MinDurationHours types.Float64 `tfsdk:"min_duration_hours"`
	DirectPorts      types.Int64   `tfsdk:"direct_ports"`
	StaticIP         types.Bool    `tfsdk:"static_ip"`
	MachineID        types.Int64   `tfsdk:"machine_id"`
	Query            types.String  `tfsdk:"query"`
	OrderBy          types.String  `tfsdk:"order_by"`
	MaxCandidates    types.Int64   `tfsdk:"max_candidates"`
}

type selectionModel struct {
	offerModel

	Candidates types.List `tfsdk:"candidates"`
}

type candidateModel struct {
	Marketplace            types.String  `tfsdk:"marketplace"`
	OfferID                types.Int64   `tfsdk:"offer_id"`
	GPUName                types.String  `tfsdk:"gpu_name"`
	GPUCount               types.Int64   `tfsdk:"gpu_count"`
	HourlyPrice            types.Float64 `tfsdk:"hourly_price"`
	ComputeHourlyPrice     types.Float64 `tfsdk:"compute_hourly_price"`
	StorageHourlyPrice     types.Float64 `tfsdk:"storage_hourly_price"`
	StoragePricePerGBMonth types.Float64 `tfsdk:"storage_price_per_gb_month"`
	Interruptible          types.Bool    `tfsdk:"interruptible"`
	MinBidPrice            types.Float64 `tfsdk:"min_bid_price"`
	Reliability            types.Float64 `tfsdk:"reliability"`
	Country                types.String  `tfsdk:"country"`
}

type volumeModel struct {
	ID        types.String `tfsdk:"id"`
	MountPath types.String `tfsdk:"mount_path"`
}

func volumeTypes() map[string]attr.Type {
	return map[string]attr.Type{"id": types.StringType, "mount_path": types.StringType}
}
