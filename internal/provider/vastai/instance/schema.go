package instance

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// Bounds that Vast.ai documents: bids in USD/h for the whole slice (the change of
// a bid allows less than the create), the start script in characters.
const (
	minBid     = 0.001
	maxBid     = 32
	maxOnstart = 4048
	maxPorts   = 64
	maxLabel   = 1024
)

// Schema describes gpumarket_vastai_instance.
//
// Every computed attribute keeps its state here; [Resource.ModifyPlan] makes
// unknown what a plan changes, and decides what forces replacement.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := settings(ctx)
	maps.Copy(attributes, facts())
	maps.Copy(attributes, reach.Schema(
		"How to log in by SSH, while it runs; the launch mode `args` has no SSH.",
		"The URL of each open TCP port except SSH, by container port; null while it does not run. They change at every restart of the container.",
		"The port at `public_ip` of each open TCP port, by container port; null while it does not run. They change at every restart of the container.",
	))
	attributes["estimated_cost"] = kernel.CostAttribute()
	resp.Schema = schema.Schema{
		MarkdownDescription: "A Vast.ai instance: a container on GPUs that are rented from an offer of the market. " +
			"Describe what to rent in `offer`, or find it with `gpumarket_offers`; the offers are tried in order when the instance is created. " +
			"`selection = data.gpumarket_offers.x.selection` rents what the plan showed, with its cost in the plan. " +
			"A running instance is never replaced because the market changed. It is billed until it is destroyed; while it is stopped, its disk is still billed.",
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"offer": offerBlock(), "volume": volumeBlock(), "timeouts": kernel.MachineTimeouts(ctx),
		},
	}
}

func volumeBlock() schema.Block {
	return schema.SingleNestedBlock{
		MarkdownDescription: "A local volume of the same machine to mount; set `offer.machine_id` to rent on that machine. A change forces replacement.",
		Validators:          []validator.Object{validators.Requires("id", "mount_path")},
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Required. The volume's number.",
				Validators: []validator.String{stringvalidator.RegexMatches(volumeID(), "has to be a number, such as 20118481")},
			},
			"mount_path": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Required. Where it is mounted, e.g. `/data`.",
				Validators: []validator.String{stringvalidator.RegexMatches(mountPath(), "has to be an absolute path of letters, digits and . _ - /")},
			},
		},
	}
}

func settings(_ context.Context) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"selection": selectionAttribute(),
		"offer_id": schema.Int64Attribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The only offer to rent, instead of `offer` and `selection`. When not set: the offer that was rented. Offers disappear when they are rented, so this number is not checked again: " +
				"only a number that differs from the rented offer forces replacement.",
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			Validators:    []validator.Int64{int64validator.AtLeast(1)},
		},
		"image": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The container image, e.g. `pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime`; the tag `@vastai-automatic-tag` lets Vast.ai choose one for the host's CUDA. " +
				"Required unless `template_id` is given, whose image it overrides. Changed in place; the container is recreated and loses what is not on a volume.",
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			Validators:    []validator.String{validators.NotEmpty()},
		},
		"template_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "A template, by its number or its hash, whose settings apply where this configuration sets nothing. " +
				"A hash means one version of a template, a number means the newest version. Changed in place; the container is recreated.",
			Validators: []validator.String{validators.NotEmpty()},
		},
		"disk_gb": schema.Float64Attribute{
			Required:            true,
			MarkdownDescription: "The disk in GB, part of every price and billed while the instance exists. A change forces replacement.",
			Validators:          []validator.Float64{float64validator.AtLeast(1)},
		},
		"env": schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Environment variables, readable in plans and in the state. Variables that were set outside of Terraform are kept. Changed in place; the container is recreated.",
		},
		"env_wo": schema.MapAttribute{
			Optional: true, WriteOnly: true, ElementType: types.StringType,
			MarkdownDescription: "Environment variables with secret values: sent, never stored. Change `env_wo_version` to send them again.",
		},
		"env_wo_version": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Any number; changing it sends `env_wo` again, in place.",
		},
		"ports": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: fmt.Sprintf("Container ports to open: `8080`, `8080/tcp` or `5000/udp`, at most %d. Vast.ai chooses the public port: see `tcp_ports`; a number from 70000 on asks for the same port inside and outside. Changed in place; the container is recreated.", maxPorts),
			Validators:          []validator.Set{setvalidator.SizeAtMost(maxPorts), portSet{}},
		},
		"onstart": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: fmt.Sprintf("A script that runs when the container starts, at most %d characters. With the launch mode `args` it replaces the image's entrypoint. Changed in place; the container is recreated.", maxOnstart),
			Validators:          []validator.String{validators.NotEmpty(), stringvalidator.UTF8LengthAtMost(maxOnstart)},
		},
		"args": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Arguments of the image's own entrypoint, for the launch mode `args`. Changed in place; the container is recreated.",
			Validators:          []validator.List{validators.NotEmpty()},
		},
		"launch_mode": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "`ssh`, `jupyter` or `args`. The first two replace the image's entrypoint (use `onstart`); `args` keeps it. " +
				"Default: the template's launch mode; otherwise `args` if `args` is set, otherwise `ssh`. A change forces replacement.",
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			Validators:    []validator.String{stringvalidator.OneOf(launchModes()...)},
		},
		"direct": schema.BoolAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Whether SSH and Jupyter are reached on a port of the host, which is faster but needs a host with open ports, rather than through Vast.ai's proxy. " +
				"Default: the template's setting, otherwise false. A change forces replacement.",
			PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		},
		"image_login_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true,
			MarkdownDescription: "The login of a private registry as `-u USER -p TOKEN REGISTRY`: sent, never stored.",
			Validators:          []validator.String{validators.NotEmpty()},
		},
		"image_login_wo_version": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Any number; setting it or changing it forces replacement with the current `image_login_wo`, because Vast.ai accepts a login only when an instance is created. After an import, the value of the configuration is used without replacement.",
		},
		"label": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "A name that is shown in the console. Changed in place.",
			Validators:          []validator.String{validators.NotEmpty(), stringvalidator.UTF8LengthAtMost(maxLabel)},
		},
		"ssh_public_keys": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Public SSH keys that are allowed to log in, in addition to those of the account. Added and removed in place; keys that were attached outside of Terraform are kept. " +
				"The attached keys are not read from Vast.ai at refresh.",
			Validators: []validator.Set{setvalidator.ValueStringsAre(publicKeyValidator{})},
		},
		"bid_price": schema.Float64Attribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("The opening bid in USD per hour for all GPUs of the instance, %v to %v, which makes it interruptible: another user who bids more gets the GPUs. Null rents on demand. "+
				"A new value is bid in place; a change between null and a value forces replacement. The current bid is in `current_bid`.", minBid, maxBid),
			Validators: []validator.Float64{float64validator.Between(minBid, maxBid)},
		},
		"desired_status": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "`running` (default) or `stopped`; started and stopped in place. While it is stopped, the disk is still billed, and other users can rent the GPUs, so that they may not be available at the next start.",
			Default:             stringdefault.StaticString(desiredRunning),
			Validators:          []validator.String{stringvalidator.OneOf(desiredRunning, desiredStopped)},
		},
		"on_interruption": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "What a plan proposes when the instance was outbid, its host is lost, its contract has ended or its GPUs are gone: `wait` (default) only a warning; " +
				"`rebid` a higher `current_bid`, never above `max_hourly_price`, which is then required; `replace` a replacement; `fail` an update that fails at apply.",
			Default:    stringdefault.StaticString(interruptionWait),
			Validators: []validator.String{stringvalidator.OneOf(interruptionPolicies()...)},
		},
		"max_hourly_price": schema.Float64Attribute{
			Optional:            true,
			MarkdownDescription: "Highest price in USD per hour, disk included. Nothing above it is rented, and no bid above it is proposed.",
			Validators:          []validator.Float64{validators.Positive()},
		},
	}
}

// facts are what is read back.
func facts() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{
			Computed: true, MarkdownDescription: description,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		}
	}
	whole := func(description string) schema.Attribute {
		return schema.Int64Attribute{
			Computed: true, MarkdownDescription: description,
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		}
	}
	number := func(description string) schema.Attribute {
		return schema.Float64Attribute{
			Computed: true, MarkdownDescription: description,
			PlanModifiers: []planmodifier.Float64{float64planmodifier.UseStateForUnknown()},
		}
	}
	return map[string]schema.Attribute{
		"id": text("Vast.ai's number of the instance."),
		"status": text("What it is doing, in one word: `loading`, `running`, `stopping`, `stopped`, `scheduling` (waiting for its GPUs), `outbid`, `exited` (the container ended), " +
			"`offline` (the host is lost), `ended` (the contract is over), `frozen`."),
		"status_message": text("An explanation of the status, from Vast.ai or from the provider."),
		"machine_id":     whole("The machine it runs on."),
		"host_id":        whole("The number of the host who owns the machine."),
		"gpu_name":       text("The canonical name of the GPU."),
		"gpu_count":      whole("How many GPUs it has."),
		"reliability":    number("The machine's reliability, 0 to 1."),
		"country":        text("Two-letter code of the country it runs in."),
		"hourly_price":   number("What Vast.ai bills in USD per hour, disk included: the running price, or that of the disk alone while stopped."),
		"current_bid":    number("The current bid in USD per hour; null on demand."),
		"public_ip":      text("The machine's public IP address."),
		"interrupted": schema.BoolAttribute{
			Computed:            true,
			MarkdownDescription: "Whether it should run and cannot: outbid, host lost, contract ended, or GPUs gone at a start. See `on_interruption`.",
			PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		},
		"jupyter_url": text("The URL of Jupyter, without its token; null unless it runs with the launch mode `jupyter` and `direct`."),
		"created_at":  text("When it was rented (RFC 3339)."),
		"end_at":      text("When the contract with the host ends (RFC 3339); it cannot run after that."),
	}
}
