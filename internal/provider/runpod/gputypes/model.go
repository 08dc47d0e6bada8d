package gputypes

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

type model struct {
	GPUNames            types.List    `tfsdk:"gpu_names"`
	MinMemoryGB         types.Float64 `tfsdk:"min_memory_gb"`
	Cloud               types.String  `tfsdk:"cloud"`
	GPUCount            types.Int64   `tfsdk:"gpu_count"`
	IncludeAvailability types.Bool    `tfsdk:"include_availability"`
	GPUTypes            types.List    `tfsdk:"gpu_types"`
}

// row is one GPU type.
type row struct {
	ID                    types.String  `tfsdk:"id"`
	Name                  types.String  `tfsdk:"name"`
	DisplayName           types.String  `tfsdk:"display_name"`
	Manufacturer          types.String  `tfsdk:"manufacturer"`
	MemoryGB              types.Int64   `tfsdk:"memory_gb"`
	Pool                  types.String  `tfsdk:"pool"`
	Secure                types.Bool    `tfsdk:"secure"`
	Community             types.Bool    `tfsdk:"community"`
	SecurePrice           types.Float64 `tfsdk:"secure_price"`
	CommunityPrice        types.Float64 `tfsdk:"community_price"`
	SecureMaxCount        types.Int64   `tfsdk:"secure_max_count"`
	CommunityMaxCount     types.Int64   `tfsdk:"community_max_count"`
	SecureAvailability    types.String  `tfsdk:"secure_availability"`
	CommunityAvailability types.String  `tfsdk:"community_availability"`
	DataCenterIDs         types.List    `tfsdk:"data_center_ids"`
	CUDAVersions          types.List    `tfsdk:"cuda_versions"`
}

func rowType() types.ObjectType {
	list := types.ListType{ElemType: types.StringType}
	return types.ObjectType{AttrTypes: map[string]attr.Type{
		"id": types.StringType, "name": types.StringType, "display_name": types.StringType,
		"manufacturer": types.StringType, "memory_gb": types.Int64Type, "pool": types.StringType,
		"secure": types.BoolType, "community": types.BoolType,
		"secure_price": types.Float64Type, "community_price": types.Float64Type,
		"secure_max_count": types.Int64Type, "community_max_count": types.Int64Type,
		"secure_availability": types.StringType, "community_availability": types.StringType,
		"data_center_ids": list, "cuda_versions": list,
	}}
}

func rowsValue(ctx context.Context, rows []row, diags *diag.Diagnostics) types.List {
	value, ds := types.ListValueFrom(ctx, rowType(), rows)
	diags.Append(ds...)
	return value
}

// wishes are the filters in Go's types.
type wishes struct {
	gpus      []string // of gpu.Accepted; nil accepts all
	minMemory float64
	cloud     string
	count     int
	stock     bool
}

func (m *model) wishes(diags *diag.Diagnostics) wishes {
	w := wishes{
		minMemory: m.MinMemoryGB.ValueFloat64(), cloud: m.Cloud.ValueString(),
		count: 1, stock: m.IncludeAvailability.ValueBool(),
	}
	if count := kernel.Int(m.GPUCount); count != nil {
		w.count = int(*count)
	}
	w.gpus = validators.AcceptedGPUs(kernel.Strings(m.GPUNames), path.Root("gpu_names"), diags)
	return w
}

func (w wishes) clouds() []string {
	if w.cloud != "" {
		return []string{w.cloud}
	}
	return []string{wire.CloudSecure, wire.CloudCommunity}
}

// accepts tells whether a type is what was asked for.
func (w wishes) accepts(t *wire.GPUType) bool {
	if len(w.gpus) > 0 && !gpu.Matches(w.gpus, gpu.FromRunPod(t.ID, t.Memory)) || float64(t.Memory) < w.minMemory {
		return false
	}
	if w.cloud == "" && w.count == 1 {
		return true
	}
	return slices.ContainsFunc(w.clouds(), func(cloud string) bool {
		_, most, sold := kernel.GPUSale(t, cloud)
		return sold && most >= w.count
	})
}

// choose lists the types that were asked for, by their lowest price in the clouds
// that were; those without a price come last.
func choose(c catalog, w wishes) []row {
	var chosen []*wire.GPUType
	for i := range c.types {
		if w.accepts(&c.types[i]) {
			chosen = append(chosen, &c.types[i])
		}
	}
	slices.SortFunc(chosen, func(a, b *wire.GPUType) int {
		return cmp.Or(cmp.Compare(w.lowest(a), w.lowest(b)), cmp.Compare(a.ID, b.ID))
	})
	rows := make([]row, 0, len(chosen))
	for _, t := range chosen {
		rows = append(rows, c.row(t, w))
	}
	return rows
}

func (w wishes) lowest(t *wire.GPUType) float64 {
	const none = 1e9
	lowest := none
	for _, cloud := range w.clouds() {
		if price, _, sold := kernel.GPUSale(t, cloud); sold {
			lowest = min(lowest, float64(price))
		}
	}
	return lowest
}

func (c catalog) row(t *wire.GPUType, w wishes) row {
	r := row{
		ID: types.StringValue(t.ID), Name: types.StringValue(gpu.FromRunPod(t.ID, t.Memory)),
		DisplayName: kernel.StringOrNull(t.Name), Manufacturer: kernel.StringOrNull(t.Manufacturer),
		MemoryGB: types.Int64Value(int64(t.Memory)), Pool: types.StringPointerValue(t.Pool),
		Secure: types.BoolValue(t.Secure), Community: types.BoolValue(t.Community),
		DataCenterIDs: types.ListNull(types.StringType), CUDAVersions: types.ListNull(types.StringType),
	}
	r.SecurePrice, r.SecureMaxCount = sale(t, wire.CloudSecure)
	r.CommunityPrice, r.CommunityMaxCount = sale(t, wire.CloudCommunity)
	if !w.stock {
		return r
	}
	centers, versions := map[string]bool{}, map[string]bool{}
	for cloud, stocked := range c.stock {
		i := slices.IndexFunc(stocked, func(s wire.GPUType) bool { return s.ID == t.ID })
		if _, _, sold := kernel.GPUSale(t, cloud); i < 0 || !sold {
			continue
		}
		if cloud == wire.CloudSecure {
			r.SecureAvailability = kernel.StringOrNull(stocked[i].Availability)
		} else {
			r.CommunityAvailability = kernel.StringOrNull(stocked[i].Availability)
		}
		for _, center := range stocked[i].DataCenters {
			if center.Availability != wire.AvailabilityNone {
				centers[center.ID] = true
			}
		}
		for _, version := range stocked[i].CUDAVersions {
			if version.Available {
				versions[version.Version] = true
			}
		}
	}
	r.DataCenterIDs, r.CUDAVersions = sorted(centers), sorted(versions)
	return r
}

func sale(t *wire.GPUType, cloud string) (types.Float64, types.Int64) {
	price, most, sold := kernel.GPUSale(t, cloud)
	if !sold {
		return types.Float64Null(), types.Int64Null()
	}
	return kernel.Amount(price), types.Int64Value(int64(most))
}

func sorted(set map[string]bool) types.List {
	elements := make([]attr.Value, 0, len(set))
	for name := range set {
		elements = append(elements, types.StringValue(name))
	}
	slices.SortFunc(elements, func(a, b attr.Value) int { return cmp.Compare(a.String(), b.String()) })
	return types.ListValueMust(types.StringType, elements)
}
