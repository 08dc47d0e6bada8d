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

// Running is what it costs while running, nil when that is not known: hourly where
// that is it. The sum of its parts, each of them rounded, may be a micro-dollar off,
// which would be above a limit that is set to what the estimate shows.
func (c *Cost) Running() *money.PerHour {
	if c == nil {
		return nil
	}
	compute, storage, hourly := Rate(c.ComputeHourly), Rate(c.StorageHourly), Rate(c.Hourly)
	if compute == nil || storage == nil {
		return nil
	}
	running := *compute + *storage
	if hourly != nil && !hourly.Above(running+2*money.Tolerance) && !running.Above(*hourly+2*money.Tolerance) {
		running = *hourly
	}
	return &running
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
		MarkdownDescription: "Estimated cost in USD. It is known in the plan wherever a price is known before renting. " +
			"It is computed when the resource is created or when something that is billed changes, and then kept: the market is not queried again for what exists.",
		PlanModifiers: []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
		Attributes: map[string]schema.Attribute{
			"hourly":         number("USD per hour in the configured `desired_status`, storage included."),
			"monthly":        number("USD per month of 730 hours, storage included."),
			"compute_hourly": number("USD per hour for compute alone, while running."),
			"storage_hourly": number("USD per hour for storage alone, while running."),
			"stopped_hourly": number("USD per hour that is still billed while it is stopped."),
			"max_hourly":     number("The most it may cost in USD per hour: `max_hourly_price` or the maximum number of workers; null where there is no such limit."),
			"basis":          schema.StringAttribute{Computed: true, MarkdownDescription: "The price or offer on which the estimate is based."},
		},
	}
}

// CostOf is the object value of an estimate.
func CostOf(ctx context.Context, e market.Estimate, diags *diag.Diagnostics) types.Object {
	return Object(ctx, CostTypes(), &Cost{
		Hourly:        Amount(e.Hourly),
		Monthly:       Amount(e.Monthly),
		ComputeHourly: Amount(e.ComputeHourly),
		StorageHourly: Amount(e.StorageHourly),
		StoppedHourly: Amount(e.StoppedHourly),
		MaxHourly:     AmountOrNull(e.MaxHourly),
		Basis:         types.StringValue(e.Basis),
	}, diags)
}

// CeilingOnly is the estimate of something whose price is known only once it is
// rented: everything is unknown but max_hourly, where a ceiling is set.
func CeilingOnly(ctx context.Context, ceiling *money.PerHour, diags *diag.Diagnostics) types.Object {
	return Object(ctx, CostTypes(), &Cost{
		Hourly: types.Float64Unknown(), Monthly: types.Float64Unknown(),
		ComputeHourly: types.Float64Unknown(), StorageHourly: types.Float64Unknown(), StoppedHourly: types.Float64Unknown(),
		MaxHourly: AmountOrNull(ceiling), Basis: types.StringUnknown(),
	}, diags)
}

// OpenCost is an estimate of which the plan knows only what depends on no list price:
// storage, and the ceiling. A stopped machine costs its storage alone.
func OpenCost(ctx context.Context, e market.Estimate, stopped bool, diags *diag.Diagnostics) types.Object {
	cost := Cost{
		Hourly: types.Float64Unknown(), Monthly: types.Float64Unknown(), ComputeHourly: types.Float64Unknown(),
		StorageHourly: Amount(e.StorageHourly), StoppedHourly: Amount(e.StoppedHourly),
		MaxHourly: AmountOrNull(e.MaxHourly), Basis: types.StringUnknown(),
	}
	if stopped {
		cost.Hourly, cost.Monthly = Amount(e.Hourly), Amount(e.Monthly)
	}
	return Object(ctx, CostTypes(), &cost, diags)
}

// UnknownCost is an estimate that is known after apply.
func UnknownCost() types.Object { return types.ObjectUnknown(CostTypes()) }
