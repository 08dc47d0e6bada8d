package pod

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// maxName is the longest name that RunPod took before v2, which names no limit.
const maxName = 191

// Schema describes gpumarket_runpod_pod. Which change replaces a pod is decided
// in ModifyPlan where it depends on what the pod is.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A RunPod pod: a container on a rented GPU or CPU machine.\n\n" +
			"`gpu`, `cpu`, `clouds` and `data_center_ids` are constraints, tried in their order when the pod is created: types, then clouds, then data centers. " +
			"A pod that exists is replaced only when it no longer satisfies a changed constraint, never because the market moved.",
		Attributes: join(whatAttributes(), containerAttributes(), computedAttributes(), accessAttributes()),
		Blocks: map[string]schema.Block{
			"gpu": gpuBlock(), "cpu": cpuBlock(), "volume": volumeBlock(), "network_volume": networkVolumeBlock(),
			"timeouts": kernel.MachineTimeouts(ctx),
		},
	}
}

func join(groups ...map[string]schema.Attribute) map[string]schema.Attribute {
	all := map[string]schema.Attribute{}
	for _, group := range groups {
		maps.Copy(all, group)
	}
	return all
}

// whatAttributes say what is rented and for how much.
func whatAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The pod's name, at most 191 characters; it need not be unique. Changed in place.",
			Validators:          []validator.String{stringvalidator.LengthBetween(1, maxName)},
		},
		"template_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "A template whose settings are copied when the pod is created; what the configuration sets takes precedence, in `env` for each variable separately. " +
				"Later changes of the template do not affect the pod. A change forces replacement.",
			Validators: []validator.String{validators.NotEmpty()},
		},
		"clouds": schema.ListAttribute{
			Optional: true, Computed: true, ElementType: types.StringType,
			Default: listdefault.StaticValue(types.ListValueMust(types.StringType, []attr.Value{types.StringValue(wire.CloudSecure)})),
			MarkdownDescription: "The clouds to try, in this order: `SECURE`, `COMMUNITY`. Default `[\"SECURE\"]`. " +
				"Forces replacement only when the pod's own cloud is no longer among them.",
			Validators: []validator.List{
				validators.NotEmpty(), listvalidator.UniqueValues(),
				listvalidator.ValueStringsAre(stringvalidator.OneOf(wire.CloudSecure, wire.CloudCommunity)),
			},
		},
		"data_center_ids": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "The data centers where it may run, e.g. `EU-RO-1`, tried one by one. Default: wherever RunPod has capacity. " +
				"Forces replacement only when the pod runs in none of them.",
			Validators: []validator.Set{setvalidator.ValueStringsAre(validators.NotEmpty())},
		},
		"desired_status": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(desiredRunning),
			MarkdownDescription: "`running` (default) or `stopped`, changed in place. A stopped pod keeps its host but not its GPUs: " +
				"if other users have rented them, it cannot start. Its volume is still billed, at twice the price.",
			Validators: []validator.String{stringvalidator.OneOf(desiredRunning, desiredStopped)},
		},
		"max_hourly_price": schema.Float64Attribute{
			Optional: true,
			MarkdownDescription: "Highest price of the running pod in USD per hour, its disks included. Nothing above it is rented. " +
				"Without it the first candidate is not rented above the price that the plan showed. A change does not affect an existing pod.",
			Validators: []validator.Float64{validators.Positive()},
		},
	}
}

// containerAttributes say what runs.
func containerAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"image": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The container image. Required unless `template_id` gives it. Changed in place, which resets the container: the container disk is wiped and ports change.",
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			Validators:          []validator.String{validators.NotEmpty()},
		},
		"args": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Arguments for the container's entry point, as one string. Changed in place, which resets the container.",
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			Validators:          []validator.String{validators.NotEmpty()},
		},
		"container_disk_gb": schema.Int64Attribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The container disk in GB. Default: 20, or the size in the template of `template_id`. It is wiped at every stop and reset. " +
				"It costs 0.10 USD per GB and month while the pod runs. Changed in place, which resets the container.",
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
			Validators:    []validator.Int64{int64validator.AtLeast(1)},
		},
		"env": schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Environment variables, shown in plans and kept in the state; secrets belong in `env_wo`. " +
				"Variables that were set outside of Terraform are kept. Changed in place, which resets the container. " +
				"`{{ RUNPOD_SECRET_name }}` refers to a secret of the account.",
		},
		"env_wo": schema.MapAttribute{
			Optional: true, WriteOnly: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "Secret environment variables: sent, never stored in plan or state. Increase `env_wo_version` to send changed values. " +
				"A change resets the container.",
		},
		"env_wo_version": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Increase it whenever a value in `env_wo` changes.",
		},
		"ports": schema.SetAttribute{
			Optional: true, Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Ports to expose: `8888/http` through RunPod's HTTPS proxy (at most 10), `22/tcp` on a public port. RunPod has no UDP. " +
				"A TCP number above 70000 requests a port that has the same number inside and outside. Changed in place, which resets the container.",
			PlanModifiers: []planmodifier.Set{setplanmodifier.UseStateForUnknown()},
			Validators:    []validator.Set{portSet{}},
		},
		"registry_id": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "The id of the registry credential for a private image. Changed in place, which resets the container.",
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			Validators:          []validator.String{validators.NotEmpty()},
		},
		"start_ssh": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to give the container the account's SSH keys when it is created, for images that run an SSH server. A change forces replacement. " +
				"RunPod does not return it: after an import the value of the configuration is used.",
		},
		"start_jupyter": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to give the container a password for Jupyter when it is created; expose `8888/http` to reach it. A change forces replacement. " +
				"RunPod does not return it: after an import the value of the configuration is used.",
		},
		"global_networking": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether to connect the pod to the account's private network, in data centers that have it and for NVIDIA GPUs. Default `false`. " +
				"Changed in place; it takes effect at the pod's next start.",
		},
		"locked": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether to lock the pod against stops and resets from outside of Terraform. Default `false`. Changed in place; a change or destroy by Terraform unlocks it first.",
		},
	}
}

// computedAttributes are what RunPod answers, and the cost.
func computedAttributes() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{
			Computed: true, MarkdownDescription: description,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		}
	}
	moment := func(description string) schema.Attribute {
		return schema.StringAttribute{
			Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: description,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		}
	}
	return map[string]schema.Attribute{
		"id":             text("RunPod's id of the pod."),
		"status":         text("The status of the pod, as RunPod calls it: `PROVISIONING`, `STARTING`, `RUNNING`, `EXITED`, `ERROR`."),
		"gpu_type":       text("The GPU type that was rented, by its catalog id; null for CPU pods."),
		"cloud":          text("The cloud it runs in: `SECURE` or `COMMUNITY`."),
		"data_center_id": text("The data center it runs in."),
		"public_ip":      text("The public IP address of its TCP ports; null while none is mapped."),
		"cuda_version":   text("The CUDA version of the host; null where it is not known, and for CPU pods."),
		"created_at":     moment("When it was created."),
		"started_at":     moment("When its container last started."),
		"hourly_price": schema.Float64Attribute{
			Computed:            true,
			MarkdownDescription: "What RunPod charges now for compute alone, in USD per hour; 0 while stopped. Disks are billed in addition, see `estimated_cost`.",
			PlanModifiers:       []planmodifier.Float64{float64planmodifier.UseStateForUnknown()},
		},
		"estimated_cost": kernel.CostAttribute(),
	}
}

func accessAttributes() map[string]schema.Attribute {
	return reach.Schema(
		"How to log in by SSH: directly if `22/tcp` is among `ports`, otherwise through RunPod's proxy. The image must run an SSH server; see `start_ssh`.",
		"The URL of each `http` port, by container port. It is derived from the pod's id, so it never changes. It can be reached while the pod runs.",
		"The public port of each `tcp` port at `public_ip`, by container port; null while the pod does not run. RunPod assigns new ones at every start and reset.",
	)
}
