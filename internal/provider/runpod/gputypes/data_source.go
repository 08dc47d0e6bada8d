// Package gputypes is the data source gpumarket_runpod_gpu_types.
package gputypes

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// DataSource is gpumarket_runpod_gpu_types.
type DataSource struct {
	kernel.DataSourceBase
}

var _ datasource.DataSourceWithConfigure = (*DataSource)(nil)

// NewDataSource returns the data source.
func NewDataSource() datasource.DataSource { return &DataSource{} }

// Metadata names the type.
func (d *DataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "gpumarket_runpod_gpu_types"
}

// Schema describes gpumarket_runpod_gpu_types.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The GPU types of RunPod's catalog with their list prices, cheapest first. " +
			"Prices and stock change often: use this list for information, and let `gpumarket_runpod_pod` choose the type.",
		Attributes: map[string]schema.Attribute{
			"gpu_names": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Only these GPUs, by any of their names. A name that several types share (`H100`) means all of them.",
				Validators:          []validator.List{listvalidator.ValueStringsAre(validators.GPUName())},
			},
			"min_memory_gb": schema.Float64Attribute{
				Optional:            true,
				MarkdownDescription: "Only types with at least this much memory per GPU, in GB.",
				Validators:          []validator.Float64{float64validator.AtLeast(0)},
			},
			"cloud": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only types that are sold in this cloud: `SECURE` or `COMMUNITY`.",
				Validators:          []validator.String{stringvalidator.OneOf(wire.CloudSecure, wire.CloudCommunity)},
			},
			"gpu_count": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Only types of which one machine has this many GPUs; the stock is that for pods of this size. Default 1.",
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"include_availability": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to read the stock as well, which sets the `*_availability`, `data_center_ids` and `cuda_versions` of each type. Default `false`.",
			},
			"gpu_types": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The types, cheapest first.",
				NestedObject:        schema.NestedAttributeObject{Attributes: rowAttributes()},
			},
		},
	}
}

func rowAttributes() map[string]schema.Attribute {
	text := func(d string) schema.Attribute { return schema.StringAttribute{Computed: true, MarkdownDescription: d} }
	number := func(d string) schema.Attribute { return schema.Int64Attribute{Computed: true, MarkdownDescription: d} }
	price := func(d string) schema.Attribute {
		return schema.Float64Attribute{Computed: true, MarkdownDescription: d}
	}
	flag := func(d string) schema.Attribute { return schema.BoolAttribute{Computed: true, MarkdownDescription: d} }
	list := func(d string) schema.Attribute {
		return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: d}
	}
	return map[string]schema.Attribute{
		"id":                     text("The id in RunPod's catalog, e.g. `NVIDIA GeForce RTX 4090`."),
		"name":                   text("The canonical name, the same on both marketplaces, e.g. `RTX 4090`."),
		"display_name":           text("RunPod's own short name."),
		"manufacturer":           text("`NVIDIA` or `AMD`."),
		"memory_gb":              number("Memory per GPU, in GB."),
		"pool":                   text("The serverless pool it belongs to; null if it belongs to none."),
		"secure":                 flag("Whether it is sold in the SECURE cloud."),
		"community":              flag("Whether it is sold in the COMMUNITY cloud."),
		"secure_price":           price("USD per hour for one GPU in the SECURE cloud; null where it is not sold."),
		"community_price":        price("USD per hour for one GPU in the COMMUNITY cloud; null where it is not sold."),
		"secure_max_count":       number("Maximum number of GPUs in one machine in the SECURE cloud; null where it is not sold."),
		"community_max_count":    number("Maximum number of GPUs in one machine in the COMMUNITY cloud; null where it is not sold."),
		"secure_availability":    text("The stock in the SECURE cloud: `NONE`, `LOW`, `MEDIUM`, `HIGH`; null unless requested."),
		"community_availability": text("The stock in the COMMUNITY cloud: `NONE`, `LOW`, `MEDIUM`, `HIGH`; null unless requested."),
		"data_center_ids":        list("The data centers that have it in stock, in the requested `cloud` or in either, sorted; null unless requested."),
		"cuda_versions":          list("The CUDA versions of hosts in stock, in the requested `cloud` or in either; null unless requested."),
	}
}

// Read reads the catalog.
func (d *DataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	client := d.Data.NeedRunPod(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx = transport.WithDeadline(ctx, d.Data.Clock, kernel.ReadDeadline)
	wishes := m.wishes(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	catalog, err := read(ctx, client, wishes)
	if err != nil {
		kernel.AddError(&resp.Diagnostics, kernel.Trouble{Doing: "read RunPod's GPU catalog", Err: err})
		return
	}
	validators.WarnUnlisted(wishes.gpus, func(wish string) bool {
		return slices.ContainsFunc(catalog.types, func(t wire.GPUType) bool { return gpu.Matches([]string{wish}, gpu.FromRunPod(t.ID, t.Memory)) })
	}, path.Root("gpu_names"), &resp.Diagnostics)
	rows := choose(catalog, wishes)
	m.GPUTypes = rowsValue(ctx, rows, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// catalog is the catalog and, where it was asked for, its stock per cloud.
type catalog struct {
	types []wire.GPUType
	stock map[string][]wire.GPUType
}

func read(ctx context.Context, client *runpod.Client, w wishes) (catalog, error) {
	var c catalog
	var err error
	if c.types, err = client.Catalog.GPUs(ctx); err != nil || !w.stock {
		return c, err
	}
	c.stock = map[string][]wire.GPUType{}
	for _, cloud := range w.clouds() {
		if c.stock[cloud], err = client.Catalog.GPUStock(ctx, cloud, w.count); err != nil {
			return c, err
		}
	}
	return c, nil
}
