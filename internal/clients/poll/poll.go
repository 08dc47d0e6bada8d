// Package poll waits for a state. Waiters that look through a
// [transport.Shared] collection share its lists: a look accepts what another
// waiter asked for since its own last look, so that a hundred waiters cost one
// list per interval.
package poll

import (
	"context"
	"log/slog"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Options say how to wait.
type Options struct {
	// What is waited for, in the user's words: "pod abc to run".
	What  string
	Clock clock.Clock
	// Min and Max bound the pause between two looks; it doubles from Min to Max.
	// A Min of 0 or less is one second, a Max below Min is Min.
	Min, Max time.Duration
	// Timeout ends the wait with a *TimeoutError.
	Timeout time.Duration
	// Logger gets progress at INFO whenever the state changes, and once a minute;
	// nil gets none.
	Logger *slog.Logger
}

// Verdict is what a look found.
type Verdict struct {
	// Done ends the wait well.
	Done bool
	// Failed ends the wait with a *StateError: the state cannot be reached any
	// more, for this reason.
	Failed string
	// State is what was seen, for progress and timeouts: "STARTING, port 22 not mapped".
	State string
}

// Until looks until judge says done or failed. Transient failures of a look (see
// [apierr.Transient]) are outlived; other errors end the wait and are returned as
// they are, and so is ctx's error once ctx ends. The value of the last good look
// is returned also with an error.
//
// It begins with a pause of Min: what was asked for a moment ago has hardly
// happened yet, and waiters that begin together share their first list. It looks
// at least once. Calls that look makes under its context retry no longer than the
// wait lasts.
func Until[T any](
	ctx context.Context, o Options,
	look func(ctx context.Context, f transport.Freshness) (T, error),
	judge func(T) Verdict,
) (T, error) {
	w := begin(o)
	ctx = transport.WithDeadline(ctx, o.Clock, o.Timeout)
	var seen T
	for {
		pause, left := w.pause()
		if err := o.Clock.Sleep(ctx, pause); err != nil {
			return seen, err
		}
		value, err := look(transport.Looking(ctx), w.fresh)
		w.looked()
		switch {
		case err == nil:
			seen = value
			verdict := judge(value)
			w.saw(ctx, verdict.State)
			if verdict.Failed != "" {
				return seen, &StateError{What: o.What, Last: verdict.State, Reason: verdict.Failed}
			}
			if verdict.Done {
				return seen, nil
			}
		case ctx.Err() != nil:
			return seen, ctx.Err()
		case !apierr.Transient(err):
			return seen, err
		default:
			w.missed(ctx, err)
		}
		if !left {
			return seen, w.timeout()
		}
	}
}
