package instance

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// defaultMaxCandidates is how many offers a create tries.
const defaultMaxCandidates = 10

// offerBlock is what to rent. Its defaults are not written into the plan, so that
// an imported instance, or a selection that leaves them out, shows no change.
func offerBlock() schema.Block {
	return schema.SingleNestedBlock{
		MarkdownDescription: "What to rent, searched for when the instance is created; exactly one of `offer`, `selection` and `offer_id`. " +
			"At least one of `gpu_names`, `min_gpu_memory_gb`, `machine_id` and `query` is set. Once it runs this is a constraint: a change replaces the instance only when " +
			"what it is (GPU, count, memory, CUDA version, country, machine, data center, static address) no longer satisfies it; otherwise only the state changes.",
		Attributes: wishAttributes(),
	}
}

// selectionAttribute is an attribute and not a block, because it is handed over
// whole.
func selectionAttribute() schema.Attribute {
	attributes := unchecked(wishAttributes())
	attributes["candidates"] = candidatesAttribute()
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "What to rent as `gpumarket_offers` found it, instead of `offer`: `selection = data.gpumarket_offers.x.selection`. " +
			"Its `candidates` are tried in order when the instance is created, so that what the plan showed is what is rented; the plan of a create without candidates is refused. " +
			"The requirements are kept, and are a constraint like `offer`.",
		Attributes: attributes,
	}
}

// unchecked are the attributes without their validators. What gpumarket_offers hands
// over was checked where it was written, and a mock of it in a test has values that
// nobody would write: "terraform test" makes them up.
func unchecked(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	for name, attribute := range attributes {
		switch a := attribute.(type) {
		case schema.StringAttribute:
			a.Validators = nil
			attributes[name] = a
		case schema.Int64Attribute:
			a.Validators = nil
			attributes[name] = a
		case schema.Float64Attribute:
			a.Validators = nil
			attributes[name] = a
		case schema.ListAttribute:
			a.Validators = nil
			attributes[name] = a
		case schema.SetAttribute:
			a.Validators = nil
			attributes[name] = a
		}
	}
	return attributes
}

func wishAttributes() map[string]schema.Attribute {
	least := func(description string) schema.Attribute {
		return schema.Float64Attribute{
			Optional: true, MarkdownDescription: description,
			Validators: []validator.Float64{float64validator.AtLeast(0)},
		}
	}
	return map[string]schema.Attribute{
		"gpu_names": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Acceptable GPUs, by any common name (`RTX 4090`, `H100 SXM`); a name that fits several models means all of them. Default: any.",
			Validators:          []validator.List{listvalidator.ValueStringsAre(validators.GPUName())},
		},
		"gpu_count": schema.Int64Attribute{
			Optional: true, MarkdownDescription: "How many GPUs. Default 1.",
			Validators: []validator.Int64{int64validator.Between(1, 128)},
		},
		"min_gpu_memory_gb": least("Minimum memory of each GPU in GB."),
		"min_reliability": schema.Float64Attribute{
			Optional: true, MarkdownDescription: "Minimum reliability of the machine, between 0 and 1, e.g. 0.99.",
			Validators: []validator.Float64{validators.Fraction()},
		},
		"verified":   schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether only verified machines are acceptable. Default true."},
		"datacenter": schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether only machines in data centers (true), or only others (false), are acceptable. Default: both."},
		"countries": schema.SetAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: "Acceptable countries: " + validators.Countries + ". Default: any.",
			Validators: []validator.Set{setvalidator.ValueStringsAre(validators.Country())},
		},
		"min_cuda_version": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Minimum CUDA version that the driver supports, e.g. `12.4`.",
			Validators: []validator.String{validators.OrEmpty(stringvalidator.RegexMatches(cudaVersion(), "has to be a version such as 12.4"))},
		},
		"min_cpu_cores":           least("Minimum vCPUs of the slice."),
		"min_ram_gb":              least("Minimum RAM of the slice in GB."),
		"min_download_mbps":       least("Minimum download speed in Mbit/s."),
		"min_upload_mbps":         least("Minimum upload speed in Mbit/s."),
		"min_disk_bandwidth_mbps": least("Minimum disk bandwidth in MB/s."),
		"min_duration_hours":      least("Minimum time in hours for which the host offers the machine."),
		"direct_ports": schema.Int64Attribute{
			Optional: true, MarkdownDescription: "Minimum number of open ports of the host. The ports that `direct` and `ports` need are added automatically.",
			Validators: []validator.Int64{int64validator.AtLeast(0)},
		},
		"static_ip":  schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether the machine must have a static IP address."},
		"machine_id": schema.Int64Attribute{Optional: true, MarkdownDescription: "The number of the only acceptable machine.", Validators: []validator.Int64{int64validator.AtLeast(1)}},
		"query": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Further conditions in the search grammar of the vast command line, e.g. `cpu_ghz>=3.5 pcie_bw>20`. They are added to the other requirements of this block. " +
				"They apply only to the search: a change never replaces a running instance.",
			Validators: []validator.String{validators.OrEmpty(validators.VastQuery())},
		},
		"order_by": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: fmt.Sprintf("The order in which the offers are tried, best first, by one of: `%s`. Default `%s`, the all-in price for `disk_gb`.", strings.Join(market.Orders(), "`, `"), market.ByPrice),
			Validators:          []validator.String{validators.OrEmpty(stringvalidator.OneOf(market.Orders()...))},
		},
		"max_candidates": schema.Int64Attribute{
			Optional: true, MarkdownDescription: fmt.Sprintf("Maximum number of offers to try. Default %d.", defaultMaxCandidates),
			Validators: []validator.Int64{int64validator.Between(1, 100)},
		},
	}
}

func candidatesAttribute() schema.Attribute {
	number := func(description string) schema.Attribute {
		return schema.Float64Attribute{Optional: true, WriteOnly: true, MarkdownDescription: description}
	}
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Optional: true, WriteOnly: true, MarkdownDescription: description}
	}
	return schema.ListNestedAttribute{
		Optional: true, WriteOnly: true,
		MarkdownDescription: "Offers to try in order, as `gpumarket_offers` lists them; those of other marketplaces are left out. Needed when the instance is created, and never stored. " +
			"Each offer is checked again just before it is rented: an offer that now costs more than its quoted price is skipped, unless `max_hourly_price` allows it.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"marketplace":                text("The marketplace, `vastai`; offers of other marketplaces are left out."),
			"offer_id":                   schema.Int64Attribute{Optional: true, WriteOnly: true, MarkdownDescription: "The number of the offer."},
			"gpu_name":                   text("The GPU; used in messages."),
			"gpu_count":                  schema.Int64Attribute{Optional: true, WriteOnly: true, MarkdownDescription: "Number of GPUs; used in messages."},
			"hourly_price":               number("USD per hour with the disk that was searched for."),
			"compute_hourly_price":       number("USD per hour for the GPUs alone."),
			"storage_hourly_price":       number("USD per hour for the disk that was searched for."),
			"storage_price_per_gb_month": number("Disk price in USD per GB and month of 720 hours."),
			"interruptible":              schema.BoolAttribute{Optional: true, WriteOnly: true, MarkdownDescription: "Whether the prices are those of a bid. With `bid_price` only interruptible candidates are tried, without it only the others."},
			"min_bid_price":              number("The lowest winning bid in USD per hour."),
			"reliability":                number("Reliability; used in messages."),
			"country":                    text("Country; used in messages."),
		}},
	}
}
