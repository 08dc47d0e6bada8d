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
		MarkdownDescription: "What can be rented now on RunPod and Vast.ai, in one list, with an all-in price for the disk that is wanted, so that the marketplaces compare. " +
			"Hand `selection` to the `selection` of a `gpumarket_vastai_instance`, and what was reviewed in the plan is what is rented.",
		Attributes: attributes,
	}
}

func inputs() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"gpu_names": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Acceptable GPUs by any name that either platform or people use, e.g. `RTX 4090`, `A100 SXM 80GB`. " +
				"A name without a memory accepts every size, an ambiguous one such as `H100` all variants. " +
				"Every `gpu_name` that this data source shows is accepted, also of GPUs that are newer than the provider. Default: every GPU.",
			Validators: []validator.List{listvalidator.ValueStringsAre(validators.GPUName())},
		},
		"min_gpu_memory_gb": minimum("Minimum memory of each GPU in GB."),
		"gpu_count": schema.Int64Attribute{
			Optional: true, MarkdownDescription: "Number of GPUs in one machine. Default `1`.",
			Validators: []validator.Int64{int64validator.Between(1, 64)},
		},
		"marketplaces": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Where to look: " + quoted(market.Marketplaces()) + ". Default: all that have an API key.",
			Validators: []validator.Set{
				setvalidator.ValueStringsAre(stringvalidator.OneOf(market.Marketplaces()...)),
			},
		},
		"interruptible": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Offers by bid, priced at the lowest bid that wins now, instead of on demand. Vast.ai only. Default `false`.",
		},
		"min_reliability": schema.Float64Attribute{
			Optional: true, MarkdownDescription: "Minimum reliability, 0 to 1: `0.99` is 99 %. RunPod does not publish it; see `strict`.",
			Validators: []validator.Float64{validators.Fraction()},
		},
		"verified": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "Only hosts that the platform verified. RunPod's all are. Default `true`.",
		},
		"datacenter": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "`true`: only machines in data centers; `false`: only others. Default: either.",
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
			MarkdownDescription: fmt.Sprintf("Disk that is priced with the offer, in GB; an offer with less is refused. `0` compares compute alone. Default `%d`.", defaultDiskGB),
			Validators:          []validator.Float64{float64validator.AtLeast(0)},
		},
		"max_hourly_price": schema.Float64Attribute{
			Optional: true, MarkdownDescription: "Highest acceptable price in USD per hour, all-in.",
			Validators: []validator.Float64{float64validator.AtLeast(0)},
		},
		"order_by": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Best first by: " + quoted(market.Orders()) + ". Default `" + market.ByPrice + "`.",
			Validators: []validator.String{validators.OrEmpty(stringvalidator.OneOf(market.Orders()...))},
		},
		"limit": schema.Int64Attribute{
			Optional: true, MarkdownDescription: fmt.Sprintf("Maximum number of offers to return, after ordering. Default `%d`.", defaultLimit),
			Validators: []validator.Int64{int64validator.Between(1, maxLimit)},
		},
		"strict": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to leave out offers for which the marketplace does not publish what a wish needs, such as RunPod's reliability. " +
				"By default they are included, with a warning that names the wishes. Default `false`.",
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
			MarkdownDescription: "The wishes together with the offers as `candidates`, to be handed whole to the `selection` of a `gpumarket_vastai_instance`, " +
				"which tries the Vast.ai offers among them in order.",
			Attributes: selectionAttributes(),
		},
		"by_marketplace": schema.MapNestedAttribute{
			Computed: true, MarkdownDescription: "Figures of all matching offers by marketplace, whatever the `limit`, USD per hour.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"count":  schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of offers."},
				"min":    number("Lowest price."),
				"median": number("Median."),
				"max":    number("Highest price."),
			}},
		},
		"rejected": schema.MapAttribute{
			Computed: true, ElementType: types.Int64Type,
			MarkdownDescription: "How many offers were refused, by the first reason. Of Vast.ai, offers with other GPUs, another number of GPUs or of the other rental type, " +
				"and offers that cannot be rented now, are not asked for and not counted.",
		},
		"near_misses": schema.ListAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "What giving up one single wish would bring, most useful first.",
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
		"offer_id":                   whole("Vast.ai's id of the offer; null on RunPod, which sells types."),
		"gpu_name":                   text("Canonical name, e.g. `H100 SXM`."),
		"gpu_id":                     text("The platform's own name: RunPod's catalog id, Vast.ai's `gpu_name`."),
		"gpu_count":                  whole("Number of GPUs."),
		"gpu_memory_gb":              number("Memory of one GPU in GB."),
		"hourly_price":               number("USD per hour for all GPUs with `disk_gb` of disk. Bandwidth is not in it."),
		"compute_hourly_price":       number("USD per hour for the GPUs alone."),
		"storage_hourly_price":       number("USD per hour for the disk alone."),
		"storage_price_per_gb_month": number("USD per GB of disk and month."),
		"monthly_price":              number("USD per month of 730 hours, all-in."),
		"upload_price_per_gb":        number("USD per GB that leaves the machine; null when unknown."),
		"download_price_per_gb":      number("USD per GB that reaches the machine; null when unknown."),
		"reliability":                number("0 to 1; null on RunPod."),
		"verified":                   truth("Whether the platform verified the host."),
		"datacenter":                 truth("Whether it stands in a data center."),
		"country":                    text("Two-letter code; null when unknown or when the offer holds for several."),
		"data_center_id":             text("RunPod's data center; null where the price holds for several."),
		"data_center_ids": schema.ListAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "RunPod's data centers in the `countries` that were asked for, to keep a pod in them; null on Vast.ai and without `countries`.",
		},
		"availability":           text("RunPod's stock: `LOW`, `MEDIUM`, `HIGH`; null on Vast.ai, where an offer is there or not."),
		"cpu_cores":              number("CPU cores that come with the GPUs; null when unknown."),
		"ram_gb":                 number("Memory that comes with the GPUs in GB; null when unknown."),
		"disk_space_gb":          number("Most disk that can be had in GB; null when unknown."),
		"download_mbps":          number("Mbit/s; null when unknown."),
		"upload_mbps":            number("Mbit/s; null when unknown."),
		"performance":            number("Vast.ai's DLPerf score of all GPUs; null on RunPod."),
		"performance_per_dollar": number("`performance` per USD per hour; null on RunPod."),
		"max_duration_hours":     number("How long it can be rented at most, in hours, rounded; null without a limit."),
		"interruptible":          truth("Whether it is rented by bid."),
		"min_bid_price":          number("Lowest bid that wins now in USD per hour for all GPUs; null on RunPod."),
	}
}

// selectionAttributes are the wishes that an instance's selection has as well, and the
// candidates. An attribute is added here only together with that one.
func selectionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"gpu_names":         schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "As asked for."},
		"gpu_count":         whole("As asked for."),
		"min_gpu_memory_gb": number("As asked for."),
		"min_reliability":   number("As asked for."),
		"verified":          truth("As asked for."),
		"datacenter":        truth("As asked for."),
		"countries":         schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "As asked for."},
		"min_cuda_version":  text("As asked for."),
		"min_cpu_cores":     number("As asked for."),
		"min_ram_gb":        number("As asked for."),
		"min_download_mbps": number("As asked for."),
		"min_upload_mbps":   number("As asked for."),
		"order_by":          text("As asked for."),
		"candidates": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The same as `offers`.",
			NestedObject: schema.NestedAttributeObject{Attributes: offerAttributes()},
		},
	}
}
