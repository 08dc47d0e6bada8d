package transport

import (
	"context"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Freshness is how recent an answer has to be.
type Freshness struct {
	// NotBefore is the oldest moment at which an answer may have been asked for;
	// zero accepts whatever is inside the collection's window, or of its walk.
	NotBefore time.Time
}

// Recent accepts an answer from inside the collection's window, or of its walk. Who
// waits for a change asks with NotBefore.
//
//nolint:gochecknoglobals // a constant in all but syntax.
var Recent = Freshness{}

// Shared is one collection whose reads are answered from one call inside a short
// window. Calls under way are joined; a joined caller whose context ends leaves
// without disturbing the others, and the last one to leave ends the call. A write
// clears it with [Shared.Forget].
//
// At most one call is under way: who needs a newer answer than it will give waits
// for it to end, and all who wait share the next one. Callers share the value too
// and must not change it.
type Shared[T any] struct {
	clock  clock.Clock
	window time.Duration
	walk   *Walk
	fetch  func(ctx context.Context) (T, error)

	mu      sync.Mutex
	kept    *flight[T]
	current *flight[T]
}

// flight is one call of fetch. value and err may be read once done is closed.
type flight[T any] struct {
	started time.Time
	landed  time.Time
	// until is the deadline of the caller who started it, zero for none.
	until  time.Time
	cancel context.CancelFunc
	done   chan struct{}
	value  T
	err    error

	// Both under the collection's lock. A stale one was overtaken by a write.
	waiting int
	stale   bool
}

// NewShared returns a collection that fetch reads whole. An answer is kept for
// window, counted from when it was there: a list of many pages takes longer to read
// than a window lasts. 0 or less keeps none, so that calls under way alone are shared.
func NewShared[T any](clk clock.Clock, window time.Duration, fetch func(ctx context.Context) (T, error)) *Shared[T] {
	return &Shared[T]{clock: clk, window: window, fetch: fetch}
}

// During makes an answer of the walk good for the whole of it.
func (s *Shared[T]) During(walk *Walk) *Shared[T] {
	s.walk = walk
	return s
}

// good tells whether a kept answer is recent.
func (s *Shared[T]) good(kept *flight[T], now time.Time) bool {
	age := now.Sub(kept.landed)
	return age < s.window || s.walk.reading() && age < walkWindow
}

// Get is the collection, asked for no earlier than f demands. A failed fetch is
// not kept. The error is fetch's own, or that of ctx.
func (s *Shared[T]) Get(ctx context.Context, f Freshness) (T, error) {
	var none T
	for {
		if err := ctx.Err(); err != nil {
			return none, err
		}
		joined, role := s.board(ctx, f)
		if role == served {
			return joined.value, nil
		}
		select {
		case <-joined.done:
		case <-ctx.Done():
			s.leave(joined, role)
			return none, ctx.Err()
		}
		if role == bystander || joined.gaveUpFor(ctx, role) {
			continue
		}
		return joined.value, joined.err
	}
}

// Forget drops what is kept, so that the next Get asks again. An answer to a call
// that is under way already serves only those who wait for it.
func (s *Shared[T]) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
	if s.current != nil {
		s.current.stale = true
	}
}

// role is what a flight is to a caller.
type role int

const (
	// served: it has landed, and its answer will do.
	served role = iota
	// starter and passenger wait for its answer.
	starter
	passenger
	// bystander waits for its end only, because its answer will be too old.
	bystander
)

func (s *Shared[T]) board(ctx context.Context, f Freshness) (*flight[T], role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if kept := s.kept; kept != nil && !kept.started.Before(f.NotBefore) && s.good(kept, now) {
		return kept, served
	}
	if current := s.current; current != nil {
		if current.stale || current.started.Before(f.NotBefore) {
			return current, bystander
		}
		current.waiting++
		return current, passenger
	}
	// The call serves others as well, so that it outlives this caller's context;
	// its values, the logger and the virtual deadline among them, stay.
	flying, cancel := context.WithCancel(context.WithoutCancel(ctx))
	until, _ := deadline(ctx)
	next := &flight[T]{started: now, until: until, cancel: cancel, done: make(chan struct{}), waiting: 1}
	s.current = next
	go func() {
		defer cancel()
		s.fly(flying, next)
	}()
	return next, starter
}

func (s *Shared[T]) fly(ctx context.Context, f *flight[T]) {
	f.value, f.err = s.fetch(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == f {
		s.current = nil
	}
	if f.err == nil && !f.stale {
		f.landed = s.clock.Now()
		s.kept = f
	}
	close(f.done)
}

// leave ends a call that nobody waits for any more, and makes room for the next.
func (s *Shared[T]) leave(f *flight[T], as role) {
	if as == bystander {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return
	}
	f.cancel()
	f.stale = true
	if s.current == f {
		s.current = nil
	}
}

// gaveUpFor reports whether the call failed only because its starter was in more
// of a hurry than this passenger, who should then try for itself.
func (f *flight[T]) gaveUpFor(ctx context.Context, as role) bool {
	if as != passenger || f.until.IsZero() || !apierr.Transient(f.err) {
		return false
	}
	until, ok := deadline(ctx)
	return !ok || until.After(f.until)
}
