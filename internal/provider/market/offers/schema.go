package offers

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

const (
	defaultDiskGB = 50
	defaultLimit  = 50
	maxLimit      = 1000
)

// Schema describes gpumarket_offers.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := inputs()
	for name, attribute := range outputs() {
		attributes[name] = attribute
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists what can be rented now on RunPod and Vast.ai, with an all-in price that includes the requested disk, so that the marketplaces can be compared. " +
			"Assign `selection` to the `selection` of a `gpumarket_vastai_instance` to rent what was reviewed in the plan.",
		Attributes: attributes,
	}
}

func inputs() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"gpu_names": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Acceptable GPUs, by any name in common use or used by either platform, e.g. `RTX 4090`, `A100 SXM 80GB`. " +
				"A name without a memory size accepts every size; an ambiguous name such as `H100` accepts all variants. " +
				"Every `gpu_name` that this data source returns is accepted, even for GPUs that are newer than the provider. Default: every GPU.",
			Validators: []validator.List{listvalidator.ValueStringsAre(validators.GPUName())},
		},
		"min_gpu_memory_gb": minimum("Minimum memory of each GPU in GB."),
		"gpu_count": schema.Int64Attribute{
			Optional: true, MarkdownDescription: "Number of GPUs in one machine. Default `1`.",
			Validators: []validator.Int64{int64validator.Between(1, 64)},
		},
		"marketplaces": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Marketplaces to search: " + quoted(market.Marketplaces()) + ". Default: all that have an API key.",
			Validators: []validator.Set{
				setvalidator.ValueStringsAre(stringvalidator.OneOf(market.Marketplaces()...)),
			},
		},
		"interruptible": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether to list interruptible offers, priced at the lowest bid that wins now, instead of on-demand offers. Vast.ai only. Default `false`.",
		},
		"min_reliability": schema.Float64Attribute{
			Optional: true, MarkdownDescription: "Minimum reliability, 0 to 1: `0.99` is 99 %. RunPod does not publish it; see `strict`.",
			Validators: []validator.Float64{validators.Fraction()},
		},
		"verified": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "Whether to list only hosts that the platform verified. All RunPod hosts are verified. Default `true`.",
		},
		"datacenter": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "`true`: only machines in data centers; `false`: only other machines. Default: both.",
		},
		"countries": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Acceptable countries: " + validators.Countries + ". RunPod's offers are narrowed to its data centers there, which `data_center_ids` lists. Default: any.",
			Validators:          []validator.Set{setvalidator.ValueStringsAre(validators.Country())},
		},
		"min_cuda_version": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Minimum CUDA version that the driver supports, e.g. `12.4`.",
			Validators: []validator.String{validators.OrEmpty(stringvalidator.RegexMatches(regexp.MustCompile(`^\d+\.\d+$`), "a CUDA version looks like 12.4"))},
		},
		"min_cpu_cores":     minimum("Minimum number of CPU cores that come with the GPUs. RunPod does not publish it; see `strict`."),
		"min_ram_gb":        minimum("Minimum RAM that comes with the GPUs, in GB. RunPod does not publish it; see `strict`."),
		"min_download_mbps": minimum("Minimum download speed in Mbit/s. RunPod does not publish it; see `strict`."),
		"min_upload_mbps":   minimum("Minimum upload speed in Mbit/s. RunPod does not publish it; see `strict`."),
		"disk_gb": schema.Float64Attribute{
			Optional:            true,
			MarkdownDescription: fmt.Sprintf("Disk size in GB that is included in the price; an offer with less disk is refused. `0` compares the compute price alone. Default `%d`.", defaultDiskGB),
			Validators:          []validator.Float64{float64validator.AtLeast(0)},
		},
		"max_hourly_price": schema.Float64Attribute{
			Optional: true, MarkdownDescription: "Highest acceptable price in USD per hour, all-in.",
			Validators: []validator.Float64{float64validator.AtLeast(0)},
		},
		"order_by": schema.StringAttribute{
			Optional: true, MarkdownDescription: "The order of the offers, best first, by one of: " + quoted(market.Orders()) + ". Default `" + market.ByPrice + "`.",
			Validators: []validator.String{validators.OrEmpty(stringvalidator.OneOf(market.Orders()...))},
		},
		"limit": schema.Int64Attribute{
			Optional: true, MarkdownDescription: fmt.Sprintf("Maximum number of offers to return, after ordering. Default `%d`.", defaultLimit),
			Validators: []validator.Int64{int64validator.Between(1, maxLimit)},
		},
		"strict": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to leave out offers for which the marketplace does not publish the data that a requirement needs, such as RunPod's reliability. " +
				"By default they are included, with a warning that names these requirements. Default `false`.",
		},
	}
}

func minimum(description string) schema.Attribute {
	return schema.Float64Attribute{
		Optional: true, MarkdownDescription: description,
		Validators: []validator.Float64{float64validator.AtLeast(0)},
	}
}

func quoted(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }

func outputs() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"offers": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The offers, best first.",
			NestedObject: schema.NestedAttributeObject{Attributes: offerAttributes()},
		},
		"cheapest": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The first of `offers`; null when there is none.",
			Attributes: offerAttributes(),
		},
		"selection": schema.SingleNestedAttribute{
			Computed: true,
			MarkdownDescription: "The requirements together with the offers as `candidates`. Assign it as a whole to the `selection` of a `gpumarket_vastai_instance`, " +
				"which tries the Vast.ai offers among them in order.",
			Attributes: selectionAttributes(),
		},
		"by_marketplace": schema.MapNestedAttribute{
			Computed: true, MarkdownDescription: "Prices of all matching offers by marketplace in USD per hour, including those beyond `limit`.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"count":  schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of offers."},
				"min":    number("Lowest price."),
				"median": number("Median."),
				"max":    number("Highest price."),
			}},
		},
		"rejected": schema.MapAttribute{
			Computed: true, ElementType: types.Int64Type,
			MarkdownDescription: "How many offers were refused, by the first reason. Vast.ai offers with other GPUs, another number of GPUs or the other rental type, " +
				"and Vast.ai offers that cannot be rented now, are not requested and not counted.",
		},
		"near_misses": schema.ListAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "What would match if one single requirement was removed, most useful first.",
		},
		"table": text("`offers` as a Markdown table, for reading."),
	}
}

func number(description string) schema.Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
}

func text(description string) schema.Attribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func whole(description string) schema.Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
}

func truth(description string) schema.Attribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

func offerAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"marketplace":                text(quoted(market.Marketplaces()) + "."),
		"offer_id":                   whole("Vast.ai's id of the offer; null on RunPod, which sells GPU types."),
		"gpu_name":                   text("Canonical name, e.g. `H100 SXM`."),
		"gpu_id":                     text("The platform's own name: RunPod's catalog id, Vast.ai's `gpu_name`."),
		"gpu_count":                  whole("Number of GPUs."),
		"gpu_memory_gb":              number("Memory of one GPU in GB."),
		"hourly_price":               number("USD per hour for all GPUs with `disk_gb` of disk. Bandwidth is not included."),
		"compute_hourly_price":       number("USD per hour for the GPUs alone."),
		"storage_hourly_price":       number("USD per hour for the disk alone."),
		"storage_price_per_gb_month": number("Disk price in USD per GB and month."),
		"monthly_price":              number("USD per month of 730 hours, all-in."),
		"upload_price_per_gb":        number("Price of outgoing traffic in USD per GB; null when unknown."),
		"download_price_per_gb":      number("Price of incoming traffic in USD per GB; null when unknown."),
		"reliability":                number("Reliability of the machine, 0 to 1; null on RunPod."),
		"verified":                   truth("Whether the platform verified the host."),
		"datacenter":                 truth("Whether the machine is in a data center."),
		"country":                    text("Two-letter country code; null when unknown or when the offer applies to several countries."),
		"data_center_id":             text("RunPod's data center; null where the price applies to several."),
		"data_center_ids": schema.ListAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "RunPod's data centers in the requested `countries`, for the `data_center_ids` of a pod; null on Vast.ai and without `countries`.",
		},
		"availability":           text("RunPod's stock: `LOW`, `MEDIUM`, `HIGH`; null on Vast.ai, where each offer is either available or not."),
		"cpu_cores":              number("CPU cores that come with the GPUs; null when unknown."),
		"ram_gb":                 number("Memory that comes with the GPUs in GB; null when unknown."),
		"disk_space_gb":          number("Maximum disk size in GB; null when unknown."),
		"download_mbps":          number("Mbit/s; null when unknown."),
		"upload_mbps":            number("Mbit/s; null when unknown."),
		"performance":            number("Vast.ai's DLPerf score of all GPUs; null on RunPod."),
		"performance_per_dollar": number("`performance` per USD per hour; null on RunPod."),
		"max_duration_hours":     number("Maximum rental time in hours, rounded; null without a limit."),
		"interruptible":          truth("Whether the offer is interruptible, that is, rented by bid."),
		"min_bid_price":          number("Lowest bid that wins now in USD per hour for all GPUs; null on RunPod."),
	}
}

// selectionAttributes are the wishes that an instance's selection has as well, and the
// candidates. An attribute is added here only together with that one.
func selectionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"gpu_names":         schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The requested value."},
		"gpu_count":         whole("The requested value."),
		"min_gpu_memory_gb": number("The requested value."),
		"min_reliability":   number("The requested value."),
		"verified":          truth("The requested value."),
		"datacenter":        truth("The requested value."),
		"countries":         schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The requested value."},
		"min_cuda_version":  text("The requested value."),
		"min_cpu_cores":     number("The requested value."),
		"min_ram_gb":        number("The requested value."),
		"min_download_mbps": number("The requested value."),
		"min_upload_mbps":   number("The requested value."),
		"order_by":          text("The requested value."),
		"candidates": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The same as `offers`.",
			NestedObject: schema.NestedAttributeObject{Attributes: offerAttributes()},
		},
	}
}
