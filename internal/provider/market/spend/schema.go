package spend

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
)

// Schema describes gpumarket_spend.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What the configured accounts are billed for now, whoever rented it: running and stopped machines and volumes, with what each costs per hour. " +
			"What runs and is in no state is found here: `in_state` marks what was created from the directory that this is read in. " +
			"The values change with every change on the accounts, so keep it in a separate configuration if the plans of the main one should be empty.",
		Attributes: map[string]schema.Attribute{
			"hourly":  number("USD per hour over all accounts."),
			"monthly": number("USD per month of 730 hours over all accounts, if all stays as it is."),
			"runpod":  accountAttribute("RunPod", "RunPod's API has no balance: always null."),
			"vastai":  accountAttribute("Vast.ai", "The spendable credit in USD."),
			"items":   itemsAttribute("Everything that bills now on all accounts, the dearest first."),
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
			"hours_left": number("How many hours the balance lasts at this rate; null without a balance or when nothing bills."),
			"items":      itemsAttribute("Everything that bills now on this account, the dearest first."),
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
			"name":      text("Its name or label; null without one."),
			"gpu_name":  text("Canonical name of its GPU; null without one."),
			"gpu_count": schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of GPUs."},
			"status":    text("The platform's own word for its status; null for storage."),
			"hourly":    number("USD per hour, storage included. A stopped machine costs its disk."),
			"monthly":   number("USD per month of 730 hours."),
			"managed": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether this provider created it; null for volumes, which cannot carry the marker that tells.",
			},
			"in_state": schema.BoolAttribute{
				Computed: true,
				MarkdownDescription: "Whether the state of this configuration has it. False: it was created or managed from this directory and is not in the state, " +
					"because a process was killed or because it was removed from the state. " +
					"Null: nothing here can tell, because it was created elsewhere, or because the state is not a local file; then it becomes false once a second command has missed it.",
			},
			"import_command": text("The command that puts it into the state, for a resource block that you name; null unless `in_state` is false. " +
				"Do not import what another configuration manages: destroying either would destroy it."),
		}},
	}
}
