package kernel

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// Cost is an estimated_cost object.
type Cost struct {
	Hourly        types.Float64 `tfsdk:"hourly"`
	Monthly       types.Float64 `tfsdk:"monthly"`
	ComputeHourly types.Float64 `tfsdk:"compute_hourly"`
	StorageHourly types.Float64 `tfsdk:"storage_hourly"`
	StoppedHourly types.Float64 `tfsdk:"stopped_hourly"`
	MaxHourly     types.Float64 `tfsdk:"max_hourly"`
	Basis         types.String  `tfsdk:"basis"`
}

// CostTypes are the attribute types of an estimated_cost object.
func CostTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"hourly":         types.Float64Type,
		"monthly":        types.Float64Type,
		"compute_hourly": types.Float64Type,
		"storage_hourly": types.Float64Type,
		"stopped_hourly": types.Float64Type,
		"max_hourly":     types.Float64Type,
		"basis":          types.StringType,
	}
}

// CostAttribute is the estimated_cost attribute. It is computed once, for a
// create or a change of what is billed, and then kept.
func CostAttribute() schema.Attribute {
	number := func(description string) schema.Attribute {
		return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
	}
	return schema.SingleNestedAttribute{
		Computed: true,
		MarkdownDescription: "What it costs, in USD, known in the plan wherever a price is known before renting. " +
			"Computed for a create or a change of what is billed, then kept: the market is never asked again for what exists.",
		PlanModifiers: []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
		Attributes: map[string]schema.Attribute{
			"hourly":         number("USD per hour in the configured `desired_status`, storage included."),
			"monthly":        number("USD per month of 730 hours, storage included."),
			"compute_hourly": number("USD per hour for compute alone, while running."),
			"storage_hourly": number("USD per hour for storage alone, while running."),
			"stopped_hourly": number("USD per hour that is still billed while it is stopped."),
			"max_hourly":     number("The most it may cost in USD per hour: `max_hourly_price` or the most workers; null where there is no such limit."),
			"basis":          schema.StringAttribute{Computed: true, MarkdownDescription: "Which price or offer the estimate rests on."},
		},
	}
}

// CostOf is the object value of an estimate.
func CostOf(ctx context.Context, e market.Estimate, diags *diag.Diagnostics) types.Object {
	return Object(ctx, CostTypes(), &Cost{
		Hourly:        types.Float64Value(e.Hourly.Float64()),
		Monthly:       types.Float64Value(e.Monthly.Float64()),
		ComputeHourly: types.Float64Value(e.ComputeHourly.Float64()),
		StorageHourly: types.Float64Value(e.StorageHourly.Float64()),
		StoppedHourly: types.Float64Value(e.StoppedHourly.Float64()),
		MaxHourly:     optionalRate(e.MaxHourly),
		Basis:         types.StringValue(e.Basis),
	}, diags)
}

// CeilingOnly is the estimate of something whose price is known only once it is
// rented: everything is unknown but max_hourly, where a ceiling is set.
func CeilingOnly(ctx context.Context, ceiling *money.PerHour, diags *diag.Diagnostics) types.Object {
	return Object(ctx, CostTypes(), &Cost{
		Hourly: types.Float64Unknown(), Monthly: types.Float64Unknown(),
		ComputeHourly: types.Float64Unknown(), StorageHourly: types.Float64Unknown(), StoppedHourly: types.Float64Unknown(),
		MaxHourly: optionalRate(ceiling), Basis: types.StringUnknown(),
	}, diags)
}

func optionalRate(rate *money.PerHour) types.Float64 {
	if rate == nil {
		return types.Float64Null()
	}
	return types.Float64Value(rate.Float64())
}

// Rate is a USD/h attribute as an amount, nil for null or unknown.
func Rate(v types.Float64) *money.PerHour {
	f := Float(v)
	if f == nil {
		return nil
	}
	rate := money.PerHour(*f)
	return &rate
}

// UnknownCost is an estimate that is known after apply.
func UnknownCost() types.Object { return types.ObjectUnknown(CostTypes()) }
