// Package clocktest has the clock of the tests.
package clocktest

import (
	"context"
	"sync"
	"time"
)

// Leaping is a clock on which time passes only while somebody sleeps. A sleep
// of d takes a few real microseconds per second of d, so that sleepers wake in
// the order of their deadlines, and then moves the clock to the sleeper's
// deadline. A machine that stalls therefore never makes a deadline expire, and
// sleepers that wait side by side do not add up.
type Leaping struct {
	mu  sync.Mutex
	now time.Time
}

// pace is the real time that one virtual second of sleep takes.
const pace = 500 * time.Microsecond

// NewLeaping returns a clock that stands at start.
func NewLeaping(start time.Time) *Leaping { return &Leaping{now: start} }

// Now is the virtual time.
func (l *Leaping) Now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// Sleep waits a moment of real time, then moves the clock to now+d unless other
// sleepers moved it further already.
func (l *Leaping) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	l.mu.Lock()
	until := l.now.Add(d)
	l.mu.Unlock()

	timer := time.NewTimer(time.Duration(d.Seconds() * float64(pace)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now.Before(until) {
		l.now = until
	}
	return nil
}

// Advance moves the clock forward by d.
func (l *Leaping) Advance(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.now.Add(d)
}
