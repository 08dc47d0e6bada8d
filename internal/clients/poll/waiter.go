package poll

import (
	"context"
	"log/slog"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// reportEvery is how often a wait without any change is reported.
const reportEvery = time.Minute

// waiter is the state of one wait.
type waiter struct {
	o     Options
	began time.Time
	// fresh is what the next look demands: at first an answer no older than the
	// wait, then one that was asked for after the last look.
	fresh transport.Freshness
	next  time.Duration

	last     string
	reported time.Time
	// err is why the last look failed, nil when it did not.
	err error
}

func begin(o Options) *waiter {
	if o.Min <= 0 {
		o.Min = time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	now := o.Clock.Now()
	return &waiter{o: o, began: now, reported: now, fresh: transport.Freshness{NotBefore: now}, next: o.Min}
}

// looked demands news of the next look. The nanosecond matters on clocks that
// stand still during a look, where the last answer would pass for a new one.
func (w *waiter) looked() {
	w.fresh.NotBefore = w.o.Clock.Now().Add(1)
}

// missed notes a look that failed and may succeed the next time.
func (w *waiter) missed(ctx context.Context, err error) {
	w.err = err
	w.o.Logger.DebugContext(ctx, "a check failed and is repeated", "waiting_for", w.o.What, "error", err)
	w.report(ctx, false)
}

// saw notes what a good look found.
func (w *waiter) saw(ctx context.Context, state string) {
	changed := state != w.last
	w.last, w.err = state, nil
	w.report(ctx, changed)
}

func (w *waiter) report(ctx context.Context, changed bool) {
	now := w.o.Clock.Now()
	if !changed && now.Sub(w.reported) < reportEvery {
		return
	}
	w.reported = now
	w.o.Logger.InfoContext(ctx, "waiting",
		"for", w.o.What, "state", w.last, "waited", now.Sub(w.began).Round(time.Second).String())
}

// pause is how long to wait before the next look, and whether there is time for
// another one after it. The last look comes when the time is up.
func (w *waiter) pause() (pause time.Duration, left bool) {
	remaining := max(0, w.o.Timeout-w.o.Clock.Now().Sub(w.began))
	pause = min(w.next, remaining)
	w.next = max(w.o.Min, min(2*w.next, w.o.Max))
	return pause, pause < remaining
}

func (w *waiter) timeout() error {
	return &TimeoutError{What: w.o.What, Last: w.last, Waited: w.o.Clock.Now().Sub(w.began), Err: w.err}
}
