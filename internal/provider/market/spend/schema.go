package spend

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
)

// Schema describes gpumarket_spend.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Everything that the configured accounts are billed for now, no matter who rented it: running and stopped machines and volumes, with what each costs per hour. " +
			"Use it to find what runs but is in no state: `in_state` tells this for what was created from the directory in which this is read. " +
			"The values change with every change on the accounts. To keep the plans of the main configuration empty, use it in a separate configuration.",
		Attributes: map[string]schema.Attribute{
			"hourly":  number("USD per hour over all accounts."),
			"monthly": number("USD per month of 730 hours over all accounts, if nothing changes."),
			"runpod":  accountAttribute("RunPod", "RunPod's API has no balance: always null."),
			"vastai":  accountAttribute("Vast.ai", "The spendable credit in USD."),
			"items":   itemsAttribute("Everything that is billed now on all accounts, the most expensive first."),
			"table": schema.StringAttribute{
				Computed: true, MarkdownDescription: "`items` as a Markdown table, for reading.",
			},
		},
	}
}

func number(description string) schema.Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
}

func text(description string) schema.Attribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func accountAttribute(name, balance string) schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The " + name + " account; null when it is not configured.",
		Attributes: map[string]schema.Attribute{
			"hourly":     number("USD per hour."),
			"balance":    number(balance),
			"hours_left": number("How many hours the balance lasts at this rate; null without a balance or when nothing is billed."),
			"items":      itemsAttribute("Everything that is billed now on this account, the most expensive first."),
		},
	}
}

func itemsAttribute(description string) schema.Attribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"platform":  text("`runpod` or `vastai`."),
			"kind":      text("`pod`, `network_volume`, `instance` or `volume`."),
			"id":        text("The platform's id."),
			"name":      text("Its name or label; null if it has none."),
			"gpu_name":  text("Canonical name of its GPU; null if it has none."),
			"gpu_count": schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of GPUs."},
			"status":    text("Its status as the platform calls it; null for storage."),
			"hourly":    number("USD per hour, storage included. For a stopped machine this is the cost of its disk."),
			"monthly":   number("USD per month of 730 hours."),
			"managed": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether this provider created it; null for volumes, which cannot carry the provider's marker.",
			},
			"in_state": schema.BoolAttribute{
				Computed: true,
				MarkdownDescription: "Whether it is in the state of this configuration. False: it was created or managed from this directory and is not in the state, " +
					"because a process was killed or because it was removed from the state. " +
					"Null: unknown, because it was created elsewhere or because the state is not a local file; in the second case it becomes false when a second command has not found it.",
			},
			"import_command": text("The command that imports it into the state, for a resource block that you name; null unless `in_state` is false. " +
				"Do not import what another configuration manages: destroying either would destroy it."),
		}},
	}
}
