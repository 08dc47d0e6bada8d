package kernel

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Default timeouts. A boot pulls an image of many gigabytes onto a slow host.
const (
	CreateTimeout = 30 * time.Minute
	UpdateTimeout = 30 * time.Minute
	DeleteTimeout = 10 * time.Minute
)

// MachineTimeouts is the timeouts block of something that boots.
func MachineTimeouts(ctx context.Context) schema.Block {
	return timeoutsBlock(ctx,
		"How long to wait until it runs and its ports are mapped, e.g. `20m`. Default `30m`. After this time it stays in the state, and is still billed, until it is destroyed.",
		"How long to wait after a change, e.g. `20m`. Default `30m`.")
}

// StorageTimeouts is the timeouts block of something that is there once the
// platform has answered.
func StorageTimeouts(ctx context.Context) schema.Block {
	return timeoutsBlock(ctx,
		"How long to keep trying to create it, e.g. `5m`. Default `30m`.",
		"How long to keep trying to change it, e.g. `5m`. Default `30m`.")
}

func timeoutsBlock(ctx context.Context, create, update string) schema.Block {
	block := timeouts.Block(ctx, timeouts.Opts{
		Create: true, Update: true, Delete: true,
		CreateDescription: create, UpdateDescription: update,
		DeleteDescription: "How long to keep trying to delete it, e.g. `5m`. Default `10m`.",
	})
	if single, ok := block.(schema.SingleNestedBlock); ok {
		single.MarkdownDescription = "How long operations may take, as durations such as `90s` or `20m`."
		return single
	}
	return block
}

// Timeout is one of the getters of a timeouts value, applied with its default.
func Timeout(
	ctx context.Context, get func(context.Context, time.Duration) (time.Duration, diag.Diagnostics),
	fallback time.Duration, diags *diag.Diagnostics,
) time.Duration {
	d, ds := get(ctx, fallback)
	diags.Append(ds...)
	return d
}

// NoTimeouts is the value of a timeouts block that is not there.
func NoTimeouts(ctx context.Context) timeouts.Value {
	null := timeouts.Value{}
	if object, ok := MachineTimeouts(ctx).Type().(timeouts.Type); ok {
		null.Object = types.ObjectNull(object.AttrTypes)
	}
	return null
}
