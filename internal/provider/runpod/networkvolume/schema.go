package networkvolume

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// Bounds of a volume's size in GB; above the maximum RunPod sells through
// support only.
const (
	minSizeGB = 10
	maxSizeGB = 4096
)

// Schema describes gpumarket_runpod_network_volume.
func (r *Resource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A RunPod network volume: storage in one data center that is kept when pods are deleted. " +
			"It costs 0.07 USD per GB and month up to 1,000 GB and 0.05 above that, whether it is attached or not. Destroying it deletes its data.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "RunPod's id of the volume.",
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"name": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "The volume's name; it need not be unique. Changed in place.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"size_gb": schema.Int64Attribute{
				Required: true,
				MarkdownDescription: "Size in GB, 10 to 4096. It grows in place. RunPod cannot shrink a volume: " +
					"a smaller size is refused at plan, because a replacement would destroy the data.",
				Validators: []validator.Int64{int64validator.Between(minSizeGB, maxSizeGB)},
			},
			"data_center_id": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "The data center, e.g. `EU-RO-1`. It must offer network volumes, and the pods that mount the volume run there. " +
					"A change forces replacement, which destroys the data.",
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
				Validators:    []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"type": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "`STANDARD` or `HIGH_PERFORMANCE`. Default: the default type of the data center. A change forces replacement, which destroys the data. " +
					"RunPod publishes no price for `HIGH_PERFORMANCE`; the estimate then uses the standard price and says so.",
				PlanModifiers: []planmodifier.String{
					stringplanmodifier.RequiresReplaceIfConfigured(), stringplanmodifier.UseStateForUnknown(),
				},
				Validators: []validator.String{stringvalidator.OneOf("STANDARD", "HIGH_PERFORMANCE")},
			},
			"estimated_cost": kernel.CostAttribute(),
		},
		Blocks: map[string]schema.Block{"timeouts": kernel.StorageTimeouts(ctx)},
	}
}
