package offers

import (
	"context"
	"math"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// wishModel are the inputs that a selection hands on.
type wishModel struct {
	GPUNames        types.List    `tfsdk:"gpu_names"`
	GPUCount        types.Int64   `tfsdk:"gpu_count"`
	MinGPUMemoryGB  types.Float64 `tfsdk:"min_gpu_memory_gb"`
	MinReliability  types.Float64 `tfsdk:"min_reliability"`
	Verified        types.Bool    `tfsdk:"verified"`
	Datacenter      types.Bool    `tfsdk:"datacenter"`
	Countries       types.Set     `tfsdk:"countries"`
	MinCUDAVersion  types.String  `tfsdk:"min_cuda_version"`
	MinCPUCores     types.Float64 `tfsdk:"min_cpu_cores"`
	MinRAMGB        types.Float64 `tfsdk:"min_ram_gb"`
	MinDownloadMbps types.Float64 `tfsdk:"min_download_mbps"`
	MinUploadMbps   types.Float64 `tfsdk:"min_upload_mbps"`
	OrderBy         types.String  `tfsdk:"order_by"`
}

type model struct {
	wishModel

	Marketplaces   types.Set     `tfsdk:"marketplaces"`
	Interruptible  types.Bool    `tfsdk:"interruptible"`
	DiskGB         types.Float64 `tfsdk:"disk_gb"`
	MaxHourlyPrice types.Float64 `tfsdk:"max_hourly_price"`
	Limit          types.Int64   `tfsdk:"limit"`
	Strict         types.Bool    `tfsdk:"strict"`

	Offers        types.List   `tfsdk:"offers"`
	Cheapest      types.Object `tfsdk:"cheapest"`
	Selection     types.Object `tfsdk:"selection"`
	ByMarketplace types.Map    `tfsdk:"by_marketplace"`
	Rejected      types.Map    `tfsdk:"rejected"`
	NearMisses    types.List   `tfsdk:"near_misses"`
	Table         types.String `tfsdk:"table"`
}

type selectionModel struct {
	wishModel

	Candidates types.List `tfsdk:"candidates"`
}

type summaryModel struct {
	Count  types.Int64   `tfsdk:"count"`
	Min    types.Float64 `tfsdk:"min"`
	Median types.Float64 `tfsdk:"median"`
	Max    types.Float64 `tfsdk:"max"`
}

type offerModel struct {
	Marketplace            types.String  `tfsdk:"marketplace"`
	OfferID                types.Int64   `tfsdk:"offer_id"`
	GPUName                types.String  `tfsdk:"gpu_name"`
	GPUID                  types.String  `tfsdk:"gpu_id"`
	GPUCount               types.Int64   `tfsdk:"gpu_count"`
	GPUMemoryGB            types.Float64 `tfsdk:"gpu_memory_gb"`
	HourlyPrice            types.Float64 `tfsdk:"hourly_price"`
	ComputeHourlyPrice     types.Float64 `tfsdk:"compute_hourly_price"`
	StorageHourlyPrice     types.Float64 `tfsdk:"storage_hourly_price"`
	StoragePricePerGBMonth types.Float64 `tfsdk:"storage_price_per_gb_month"`
	MonthlyPrice           types.Float64 `tfsdk:"monthly_price"`
	UploadPricePerGB       types.Float64 `tfsdk:"upload_price_per_gb"`
	DownloadPricePerGB     types.Float64 `tfsdk:"download_price_per_gb"`
	Reliability            types.Float64 `tfsdk:"reliability"`
	Verified               types.Bool    `tfsdk:"verified"`
	Datacenter             types.Bool    `tfsdk:"datacenter"`
	Country                types.String  `tfsdk:"country"`
	DataCenterID           types.String  `tfsdk:"data_center_id"`
	DataCenterIDs          types.List    `tfsdk:"data_center_ids"`
	Availability           types.String  `tfsdk:"availability"`
	CPUCores               types.Float64 `tfsdk:"cpu_cores"`
	RAMGB                  types.Float64 `tfsdk:"ram_gb"`
	DiskSpaceGB            types.Float64 `tfsdk:"disk_space_gb"`
	DownloadMbps           types.Float64 `tfsdk:"download_mbps"`
	UploadMbps             types.Float64 `tfsdk:"upload_mbps"`
	Performance            types.Float64 `tfsdk:"performance"`
	PerformancePerDollar   types.Float64 `tfsdk:"performance_per_dollar"`
	MaxDurationHours       types.Float64 `tfsdk:"max_duration_hours"`
	Interruptible          types.Bool    `tfsdk:"interruptible"`
	MinBidPrice            types.Float64 `tfsdk:"min_bid_price"`
}

// wishes is what the inputs ask for.
func (m *model) wishes(diags *diag.Diagnostics) market.Wishes {
	w := market.Wishes{
		GPUCount:        1,
		Marketplaces:    kernel.Strings(m.Marketplaces),
		Interruptible:   m.Interruptible.ValueBool(),
		MinGPUMemoryGB:  m.MinGPUMemoryGB.ValueFloat64(),
		MinReliability:  m.MinReliability.ValueFloat64(),
		Verified:        m.Verified.IsNull() || m.Verified.ValueBool(),
		Datacenter:      kernel.Bool(m.Datacenter),
		Countries:       kernel.Strings(m.Countries),
		MinCUDA:         m.MinCUDAVersion.ValueString(),
		MinCPUCores:     m.MinCPUCores.ValueFloat64(),
		MinRAMGB:        m.MinRAMGB.ValueFloat64(),
		MinDownloadMbps: m.MinDownloadMbps.ValueFloat64(),
		MinUploadMbps:   m.MinUploadMbps.ValueFloat64(),
		DiskGB:          defaultDiskGB,
		MaxHourly:       kernel.Rate(m.MaxHourlyPrice),
		Strict:          m.Strict.ValueBool(),
	}
	if count := kernel.Int(m.GPUCount); count != nil {
		w.GPUCount = int(*count)
	}
	if disk := kernel.Float(m.DiskGB); disk != nil {
		w.DiskGB = *disk
	}
	w.GPUs = validators.AcceptedGPUs(kernel.Strings(m.GPUNames), path.Root("gpu_names"), diags)
	return w
}

func (m *model) order() string {
	if order := kernel.Text(m.OrderBy); order != nil {
		return *order
	}
	return market.ByPrice
}

func (m *model) limit() int {
	if limit := kernel.Int(m.Limit); limit != nil {
		return int(*limit)
	}
	return defaultLimit
}

// attrTypes are the types of attributes that a schema of this data source has.
func attrTypes[A interface{ GetType() attr.Type }](attributes map[string]A) map[string]attr.Type {
	out := make(map[string]attr.Type, len(attributes))
	for name, attribute := range attributes {
		out[name] = attribute.GetType()
	}
	return out
}

func (m *model) flatten(ctx context.Context, s market.Selection, summaries map[string]market.Summary, diags *diag.Diagnostics) {
	offerTypes := attrTypes(offerAttributes())
	rows := make([]offerModel, 0, len(s.Offers))
	for _, offer := range s.Offers {
		rows = append(rows, flattenOffer(offer))
	}
	var ds diag.Diagnostics
	m.Offers, ds = types.ListValueFrom(ctx, types.ObjectType{AttrTypes: offerTypes}, rows)
	diags.Append(ds...)
	m.Cheapest = types.ObjectNull(offerTypes)
	if len(rows) > 0 {
		m.Cheapest = kernel.Object(ctx, offerTypes, &rows[0], diags)
	}
	m.Selection = kernel.Object(ctx, attrTypes(selectionAttributes()), &selectionModel{wishModel: m.wishModel, Candidates: m.Offers}, diags)

	m.Rejected, ds = types.MapValueFrom(ctx, types.Int64Type, s.Rejected)
	diags.Append(ds...)
	m.NearMisses, ds = types.ListValueFrom(ctx, types.StringType, append([]string{}, s.NearMisses...))
	diags.Append(ds...)
	m.Table = types.StringValue(market.Table(s.Offers))
	m.flattenSummaries(ctx, summaries, diags)
}

func (m *model) flattenSummaries(ctx context.Context, summaries map[string]market.Summary, diags *diag.Diagnostics) {
	rows := make(map[string]summaryModel, len(summaries))
	for name, s := range summaries {
		rows[name] = summaryModel{
			Count: types.Int64Value(int64(s.Count)), Min: kernel.Amount(s.Min),
			Median: kernel.Amount(s.Median), Max: kernel.Amount(s.Max),
		}
	}
	summaryTypes := map[string]attr.Type{
		"count": types.Int64Type, "min": types.Float64Type, "median": types.Float64Type, "max": types.Float64Type,
	}
	var ds diag.Diagnostics
	m.ByMarketplace, ds = types.MapValueFrom(ctx, types.ObjectType{AttrTypes: summaryTypes}, rows)
	diags.Append(ds...)
}

func flattenOffer(o market.Offer) offerModel {
	return offerModel{
		Marketplace: types.StringValue(o.Marketplace), OfferID: types.Int64PointerValue(o.OfferID),
		GPUName: types.StringValue(o.GPUName), GPUID: types.StringValue(o.GPUID),
		GPUCount: types.Int64Value(int64(o.GPUCount)), GPUMemoryGB: kernel.Decimal(o.GPUMemoryGB),
		HourlyPrice:        kernel.Amount(o.Hourly()),
		ComputeHourlyPrice: kernel.Amount(o.ComputeHourly),
		StorageHourlyPrice: kernel.Amount(o.StorageHourly),
		// Whole: an instance works out what its own disk costs from it.
		StoragePricePerGBMonth: kernel.Decimal(float64(o.StoragePrice)),
		MonthlyPrice:           kernel.Amount(o.Hourly().Monthly()),
		UploadPricePerGB:       kernel.AmountOrNull(o.UploadPrice), DownloadPricePerGB: kernel.AmountOrNull(o.DownloadPrice),
		Reliability: kernel.DecimalOrNull(o.Reliability),
		Verified:    types.BoolPointerValue(o.Verified), Datacenter: types.BoolPointerValue(o.Datacenter),
		Country: types.StringPointerValue(o.Country), DataCenterID: types.StringPointerValue(o.DataCenterID),
		DataCenterIDs: texts(o.DataCenterIDs),
		Availability:  kernel.StringOrNull(o.Availability),
		CPUCores:      kernel.DecimalOrNull(o.CPUCores), RAMGB: kernel.DecimalOrNull(o.RAMGB),
		DiskSpaceGB:  kernel.DecimalOrNull(o.DiskSpaceGB),
		DownloadMbps: kernel.DecimalOrNull(o.DownloadMbps), UploadMbps: kernel.DecimalOrNull(o.UploadMbps),
		Performance:          kernel.DecimalOrNull(o.Performance),
		PerformancePerDollar: kernel.DecimalOrNull(o.PerformancePerDollar()),
		MaxDurationHours:     wholeHours(o.MaxDurationHours),
		Interruptible:        types.BoolValue(o.Interruptible), MinBidPrice: kernel.AmountOrNull(o.MinBid),
	}
}

// wholeHours keeps what is left of an offer's time from changing with every second,
// and an output that shows it from changing with every plan.
func wholeHours(hours *float64) types.Float64 {
	if hours == nil {
		return types.Float64Null()
	}
	return kernel.Decimal(math.Round(*hours))
}

// texts is a list of texts, null without any.
func texts(values []string) types.List {
	if len(values) == 0 {
		return types.ListNull(types.StringType)
	}
	elements := make([]attr.Value, 0, len(values))
	for _, value := range values {
		elements = append(elements, types.StringValue(value))
	}
	return types.ListValueMust(types.StringType, elements)
}
