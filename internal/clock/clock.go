// Package clock is the only place that reads or waits on time. Everything else
// is handed a [Clock], so that waits, quotas and prices can be tested without
// waiting.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time and waits for it to pass.
type Clock interface {
	// Now is the present moment on this clock.
	Now() time.Time
	// Sleep returns nil once d has passed on this clock, or ctx.Err() as soon
	// as ctx ends. A d of zero or less returns at once.
	Sleep(ctx context.Context, d time.Duration) error
}

// System is the clock of the machine.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now() }

func (system) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Offset runs with another clock, ahead of it by what was advanced. The
// simulators use it for virtual time. Its Sleep waits on the clock below and
// is not shortened by Advance.
type Offset struct {
	base Clock

	mu    sync.Mutex
	ahead time.Duration
}

// NewOffset returns a clock that starts in step with base.
func NewOffset(base Clock) *Offset { return &Offset{base: base} }

// Now is the time of the clock below plus what was advanced.
func (o *Offset) Now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.base.Now().Add(o.ahead)
}

// Sleep waits on the clock below.
func (o *Offset) Sleep(ctx context.Context, d time.Duration) error {
	return o.base.Sleep(ctx, d)
}

// Advance moves the clock forward by d; a negative d is ignored, because time
// does not run back.
func (o *Offset) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ahead += d
}

// Reset forgets what was advanced.
func (o *Offset) Reset() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ahead = 0
}
