package transport

import (
	"context"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// defaultBudget is how long a call retries when nobody set a deadline.
const defaultBudget = 60 * time.Second

type deadlineKey struct{}

// WithDeadline limits, on clk, how long calls under the returned context retry and
// wait for quota. A nearer deadline that is set already stays.
func WithDeadline(ctx context.Context, clk clock.Clock, d time.Duration) context.Context {
	at := clk.Now().Add(d)
	if set, ok := deadline(ctx); ok && !at.Before(set) {
		return ctx
	}
	return context.WithValue(ctx, deadlineKey{}, at)
}

// deadline is the moment that WithDeadline set. Unlike a context's own deadline it
// survives context.WithoutCancel, and it is a moment of the injected clock.
func deadline(ctx context.Context) (time.Time, bool) {
	at, ok := ctx.Value(deadlineKey{}).(time.Time)
	return at, ok
}

// withBudget makes sure that ctx ends retries at some time: it adds the default
// where there is no deadline of either kind.
func withBudget(ctx context.Context, clk clock.Clock) context.Context {
	if _, ok := deadline(ctx); ok {
		return ctx
	}
	if _, ok := ctx.Deadline(); ok {
		return ctx
	}
	return WithDeadline(ctx, clk, defaultBudget)
}

// exceeds reports whether waiting until at would pass ctx's deadline.
func exceeds(ctx context.Context, at time.Time) bool {
	until, ok := deadline(ctx)
	return ok && at.After(until)
}

type lookingKey struct{}

// Looking marks the reads under the returned context as looks at something that is
// waited for. Where the quota is scarce they let other requests pass.
func Looking(ctx context.Context) context.Context { return context.WithValue(ctx, lookingKey{}, true) }

func looking(ctx context.Context) bool { return ctx.Value(lookingKey{}) != nil }
