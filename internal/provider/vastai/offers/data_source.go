// Package offers is gpumarket_vastai_offers.
package offers

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/query"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market/normalize"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/vastai/search"
)

// Defaults of what is not configured; the disk is that of gpumarket_offers.
const (
	defaultDiskGB = 50
	defaultLimit  = 50
	defaultOrder  = "dph_total"
	maxLimit      = 3000
)

// DataSource is gpumarket_vastai_offers.
type DataSource struct {
	kernel.DataSourceBase
}

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata names the type.
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "gpumarket_vastai_offers"
}

type model struct {
	Query         types.String  `tfsdk:"query"`
	GPUNames      types.List    `tfsdk:"gpu_names"`
	GPUCount      types.Int64   `tfsdk:"gpu_count"`
	DiskGB        types.Float64 `tfsdk:"disk_gb"`
	Interruptible types.Bool    `tfsdk:"interruptible"`
	Limit         types.Int64   `tfsdk:"limit"`
	Order         types.String  `tfsdk:"order"`
	Offers        types.List    `tfsdk:"offers"`
}

// Schema describes gpumarket_vastai_offers.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{}
	for _, f := range fields() {
		attributes[f.name] = f.attribute()
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists Vast.ai's offers with all of Vast.ai's fields, in Vast.ai's own units. " +
			"For prices that can be compared between marketplaces, and to choose what an instance rents, use `gpumarket_offers`.",
		Attributes: map[string]schema.Attribute{
			"query": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Conditions in the search grammar of the vast command line: `gpu_ram>=24 reliability>0.98 geolocation in [US,CA]`. " +
					"As in the command line, only verified, rentable offers of the core marketplace are found unless the query says otherwise (`verified=any`).",
				Validators: []validator.String{validators.VastQuery()},
			},
			"gpu_names": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Acceptable GPUs, by any common name; a name with a memory size (`RTX 4090 48GB`) means only that size. Default: any.",
				Validators:          []validator.List{listvalidator.ValueStringsAre(validators.GPUName())},
			},
			"gpu_count": schema.Int64Attribute{
				Optional: true, MarkdownDescription: "How many GPUs. Default: any number.",
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"disk_gb": schema.Float64Attribute{
				Optional: true, MarkdownDescription: "Disk size in GB that is included in the prices and that the host must have. Default 50.",
				Validators: []validator.Float64{float64validator.AtLeast(0)},
			},
			"interruptible": schema.BoolAttribute{
				Optional: true, MarkdownDescription: "Whether to list offers for bids, priced at the lowest winning bid. Default false.",
			},
			"limit": schema.Int64Attribute{
				Optional: true, MarkdownDescription: "Maximum number of offers, 1 to 3000. Default 50.",
				Validators: []validator.Int64{int64validator.Between(1, maxLimit)},
			},
			"order": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Fields to sort by, separated by commas; a minus after a field means descending order: `num_gpus,score-`. Default `dph_total`.",
				Validators:          []validator.String{orderValidator{}},
			},
			"offers": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The offers in order. Fields that Vast.ai does not return are null.",
				NestedObject: schema.NestedAttributeObject{Attributes: attributes},
			},
		},
	}
}

// Read searches once.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	client := d.Data.NeedVastai(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	gpus := validators.AcceptedGPUs(kernel.Strings(config.GPUNames), path.Root("gpu_names"), &resp.Diagnostics)
	wanted := config.search(gpus, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	rows, err := client.Offers.SearchRaw(transport.WithDeadline(ctx, d.Data.Clock, kernel.ReadDeadline), wanted)
	if err != nil {
		kernel.AddError(&resp.Diagnostics, kernel.Trouble{Doing: "search Vast.ai offers", Err: err})
		return
	}
	validators.WarnUnlisted(gpus, func(wish string) bool {
		return slices.ContainsFunc(rows, func(row map[string]any) bool { return isGPU([]string{wish}, row) })
	}, path.Root("gpu_names"), &resp.Diagnostics)
	config.Offers = flatten(config.chosen(rows, gpus), &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &config)...)
}

// chosen are the rows of the wanted GPUs, as many as wanted.
func (m *model) chosen(rows []map[string]any, gpus []string) []map[string]any {
	rows = slices.DeleteFunc(rows, func(row map[string]any) bool { return !isGPU(gpus, row) })
	return rows[:min(int64(len(rows)), m.limit())]
}

// isGPU tells whether a row has a GPU that one of the wishes accepts: Vast.ai has one
// name for all sizes of a model.
func isGPU(wishes []string, row map[string]any) bool {
	memory, _ := toNumber(row["gpu_ram"])
	return normalize.IsGPU(wishes, toText(row["gpu_name"]), memory)
}

func (m *model) limit() int64 {
	if limit := kernel.Int(m.Limit); limit != nil {
		return *limit
	}
	return defaultLimit
}

// search is the query as the API takes it, with the defaults of the vast command
// line. Where GPUs are wanted, which rows have them is told by their memory, too, so
// that all are asked for.
func (m *model) search(gpus []string, diags *diag.Diagnostics) wire.Query {
	out := search.Anything()
	out["verified"], out["external"] = map[string]any{"eq": true}, map[string]any{"eq": false}
	out["rentable"], out["type"] = map[string]any{"eq": true}, "on-demand"
	out["allocated_storage"], out["limit"] = float64(defaultDiskGB), m.limit()
	if m.Interruptible.ValueBool() {
		out["type"] = "bid"
	}
	if disk := kernel.Float(m.DiskGB); disk != nil {
		out["allocated_storage"] = *disk
	}
	if count := kernel.Int(m.GPUCount); count != nil {
		out["num_gpus"] = map[string]any{"eq": *count}
	}
	if names := normalize.GPUNames(gpus); names != nil {
		out["gpu_name"], out["limit"] = names, int64(normalize.SearchLimit)
	}
	order := defaultOrder
	if text := kernel.Text(m.Order); text != nil {
		order = *text
	}
	sorted, err := search.Order(order)
	if err != nil {
		diags.AddAttributeError(path.Root("order"), "Not an order", err.Error())
	}
	out["order"] = sorted
	conditions, err := query.Parse(m.Query.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("query"), "Not a search", err.Error())
	}
	return search.With(out, conditions)
}

func flatten(rows []map[string]any, diags *diag.Diagnostics) types.List {
	all := fields()
	attrTypes := make(map[string]attr.Type, len(all))
	for _, f := range all {
		attrTypes[f.name] = f.attrType()
	}
	element := types.ObjectType{AttrTypes: attrTypes}
	offers := make([]attr.Value, 0, len(rows))
	for _, row := range rows {
		values := make(map[string]attr.Value, len(all))
		for _, f := range all {
			values[f.name] = f.value(row[f.name])
		}
		object, ds := types.ObjectValue(attrTypes, values)
		diags.Append(ds...)
		offers = append(offers, object)
	}
	list, ds := types.ListValue(element, offers)
	diags.Append(ds...)
	return list
}

// orderValidator reads the order at validate.
type orderValidator struct{}

func (orderValidator) Description(context.Context) string {
	return "has to be fields separated by commas, as in \"num_gpus,score-\""
}

func (v orderValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (orderValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if text := kernel.Text(req.ConfigValue); text != nil {
		if _, err := search.Order(*text); err != nil {
			resp.Diagnostics.AddAttributeError(req.Path, "Not an order", err.Error()+".")
		}
	}
}
