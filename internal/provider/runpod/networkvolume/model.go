package networkvolume

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

type model struct {
	ID            types.String   `tfsdk:"id"`
	Name          types.String   `tfsdk:"name"`
	SizeGB        types.Int64    `tfsdk:"size_gb"`
	DataCenterID  types.String   `tfsdk:"data_center_id"`
	Type          types.String   `tfsdk:"type"`
	EstimatedCost types.Object   `tfsdk:"estimated_cost"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// expand is the create request of a plan.
func (m *model) expand() wire.CreateNetworkVolumeRequest {
	return wire.CreateNetworkVolumeRequest{
		Name:       m.Name.ValueString(),
		Size:       int(m.SizeGB.ValueInt64()),
		DataCenter: m.DataCenterID.ValueString(),
		Type:       kernel.String(m.Type),
	}
}

// flatten takes over what the platform says.
func (m *model) flatten(v *wire.NetworkVolume) {
	m.ID = types.StringValue(v.ID)
	m.Name = types.StringValue(v.Name)
	m.SizeGB = types.Int64Value(int64(v.Size))
	m.DataCenterID = types.StringValue(v.DataCenter)
	m.Type = kernel.StringOrNull(v.Type)
}

// estimate is what a volume of this size and type costs.
func (m *model) estimate() market.Estimate {
	return market.RunPodNetworkVolume(int(m.SizeGB.ValueInt64()), m.Type.ValueString())
}

// matches reports whether a volume is what the plan asks for.
func (m *model) matches(v *wire.NetworkVolume) bool {
	return v.Name == m.Name.ValueString() && int64(v.Size) == m.SizeGB.ValueInt64() &&
		v.DataCenter == m.DataCenterID.ValueString() &&
		(m.Type.IsNull() || m.Type.IsUnknown() || v.Type == m.Type.ValueString())
}
