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

// Timeouts is the timeouts attribute of a resource that waits on create, update
// and delete.
func Timeouts(ctx context.Context) schema.Attribute {
	return timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, Update: true, Delete: true,
		CreateDescription: "How long to wait until it runs and its ports are mapped, e.g. `20m`. Default `30m`. When the time is up it stays in the state, and goes on billing, until it is destroyed.",
		UpdateDescription: "How long to wait after a change, e.g. `20m`. Default `30m`.",
		DeleteDescription: "How long to keep trying to delete, e.g. `5m`. Default `10m`.",
	})
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

// NoTimeouts is the value of a timeouts attribute that is not set.
func NoTimeouts(ctx context.Context) timeouts.Value {
	null := timeouts.Value{}
	if object, ok := Timeouts(ctx).GetType().(timeouts.Type); ok {
		null.Object = types.ObjectNull(object.AttrTypes)
	}
	return null
}
