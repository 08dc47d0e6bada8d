package transport

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

const testWindow = 10 * time.Second

// counted answers with the number of the call.
func counted() (fetch func(context.Context) (int, error), calls *atomic.Int64) {
	calls = &atomic.Int64{}
	return func(context.Context) (int, error) { return int(calls.Add(1)), nil }, calls
}

func TestSharedWindow(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(start())
	fetch, _ := counted()
	s := NewShared(clk, testWindow, fetch)
	steps := []struct {
		name      string
		advance   time.Duration
		notBefore time.Duration // after the start; negative is Recent
		forget    bool
		want      int
	}{
		{"first", 0, -1, false, 1},
		{"again", 0, -1, false, 1},
		{"inside the window", testWindow - 1, -1, false, 1},
		{"at its end", 1, -1, false, 2},
		{"asked for just now", 0, testWindow, false, 2},
		{"not old enough", 0, testWindow - 1, false, 2},
		{"newer", time.Second, testWindow + 1, false, 3},
		{"kept since", 0, -1, false, 3},
		{"after a write", 0, -1, true, 4},
		{"in the future", 0, time.Hour, false, 5},
		{"once more", 0, time.Hour, false, 6},
		{"older is fine but the window is over", testWindow, testWindow, false, 7},
	}
	for _, step := range steps {
		clk.Advance(step.advance)
		if step.forget {
			s.Forget()
		}
		f := Recent
		if step.notBefore >= 0 {
			f.NotBefore = start().Add(step.notBefore)
		}
		if got, err := s.Get(t.Context(), f); err != nil || got != step.want {
			t.Fatalf("%s: answer %d, %v; want %d", step.name, got, err, step.want)
		}
	}
}

// TestSharedWalk: until something was written a list is good for the whole walk,
// though not for ever, nor for who asks for news.
func TestSharedWalk(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(start())
	fetch, _ := counted()
	var walk Walk
	s := NewShared(clk, testWindow, fetch).During(&walk)
	steps := []struct {
		name    string
		advance time.Duration
		news    bool
		wrote   bool
		want    int
	}{
		{"first", 0, false, false, 1},
		{"long after the window", walkWindow - 1, false, false, 1},
		{"a walk that lasts", 1, false, false, 2},
		{"news", time.Second, true, false, 3},
		{"after the news", time.Hour / 10, false, false, 3},
		{"something was written", 0, false, true, 4},
		{"inside the window", testWindow - 1, false, false, 4},
		{"after it", 1, false, false, 5},
	}
	for _, step := range steps {
		clk.Advance(step.advance)
		if step.wrote {
			walk.Wrote()
		}
		f := Recent
		if step.news {
			f.NotBefore = clk.Now()
		}
		if got, err := s.Get(t.Context(), f); err != nil || got != step.want {
			t.Fatalf("%s: answer %d, %v; want %d", step.name, got, err, step.want)
		}
	}
}

// TestSharedAge: the window of a list that takes longer to read than the window
// lasts begins when it is there; what is demanded of its age counts from the question.
func TestSharedAge(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(start())
	fetch, calls := counted()
	s := NewShared(clk, testWindow, func(ctx context.Context) (int, error) {
		clk.Advance(2 * testWindow)
		return fetch(ctx)
	})
	get := func(f Freshness) {
		if _, err := s.Get(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	get(Recent)
	get(Recent)
	if calls.Load() != 1 {
		t.Errorf("%d calls for two readers of a slow list, want 1", calls.Load())
	}
	get(Freshness{NotBefore: start().Add(testWindow)})
	if calls.Load() != 2 {
		t.Errorf("%d calls; a question from before the demand counted as new", calls.Load())
	}
}

func TestSharedFailures(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	var calls int
	s := NewShared(clocktest.NewLeaping(start()), testWindow, func(context.Context) (string, error) {
		if calls++; calls == 1 {
			return "", broken
		}
		return "good", nil
	})
	if _, err := s.Get(t.Context(), Recent); !errors.Is(err, broken) {
		t.Errorf("first: %v", err)
	}
	if got, err := s.Get(t.Context(), Recent); got != "good" || err != nil {
		t.Errorf("second: %q, %v", got, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ended, Recent); !errors.Is(err, context.Canceled) {
		t.Errorf("in an ended context: %v", err)
	}
}

// gate is a fetch that answers only when it is let.
type gate struct {
	calls atomic.Int64
	open  chan struct{}
}

func (g *gate) fetch(ctx context.Context) (int, error) {
	n := int(g.calls.Add(1))
	select {
	case <-g.open:
		return n, nil
	case <-ctx.Done():
		return n, ctx.Err()
	}
}

// got is what one caller of Get received.
type got struct {
	value int
	err   error
}

// ask calls Get in the background.
func ask(ctx context.Context, s *Shared[int], f Freshness) <-chan got {
	answers := make(chan got, 1)
	go func() {
		value, err := s.Get(ctx, f)
		answers <- got{value, err}
	}()
	return answers
}

func TestSharedJoins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		s := NewShared(clock.System(), testWindow, g.fetch)
		leaving, leave := context.WithCancel(t.Context())
		first := ask(leaving, s, Recent)
		synctest.Wait()
		var others []<-chan got
		for range 20 {
			others = append(others, ask(t.Context(), s, Recent))
		}
		synctest.Wait()
		leave()
		if r := <-first; !errors.Is(r.err, context.Canceled) {
			t.Errorf("who left got %+v", r)
		}
		close(g.open)
		for _, other := range others {
			if r := <-other; r.err != nil || r.value != 1 {
				t.Errorf("who stayed got %+v", r)
			}
		}
		if n := g.calls.Load(); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

// TestSharedOvertaken: a call that is under way does not serve who asks after a
// write or demands a later answer; all of those share the next one.
func TestSharedOvertaken(t *testing.T) {
	t.Parallel()
	for _, forget := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			clk := clock.System()
			g := &gate{open: make(chan struct{})}
			s := NewShared(clk, testWindow, g.fetch)
			early := ask(t.Context(), s, Recent)
			synctest.Wait()

			f := Recent
			if forget {
				s.Forget()
			} else {
				if err := clk.Sleep(t.Context(), time.Second); err != nil {
					t.Fatal(err)
				}
				f.NotBefore = clk.Now()
			}
			var late []<-chan got
			for range 20 {
				late = append(late, ask(t.Context(), s, f))
			}
			synctest.Wait()
			if n := g.calls.Load(); n != 1 {
				t.Errorf("forget %v: %d calls side by side", forget, n)
			}
			g.open <- struct{}{}
			if r := <-early; r.value != 1 || r.err != nil {
				t.Errorf("forget %v: who waited got %+v", forget, r)
			}
			close(g.open)
			for _, answer := range late {
				if r := <-answer; r.value != 2 || r.err != nil {
					t.Errorf("forget %v: who came later got %+v", forget, r)
				}
			}
			if value, err := s.Get(t.Context(), Recent); value != 2 || err != nil {
				t.Errorf("forget %v: kept is %d, %v", forget, value, err)
			}
		})
	}
}

// TestSharedAbandoned: a call nobody waits for is ended, and the next caller does
// not inherit its end.
func TestSharedAbandoned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		s := NewShared(clock.System(), testWindow, g.fetch)
		leaving, leave := context.WithCancel(t.Context())
		answers := []<-chan got{ask(leaving, s, Recent), ask(leaving, s, Recent)}
		synctest.Wait()
		leave()
		for _, answer := range answers {
			if r := <-answer; !errors.Is(r.err, context.Canceled) {
				t.Errorf("got %+v", r)
			}
		}
		close(g.open)
		if value, err := s.Get(t.Context(), Recent); value != 2 || err != nil {
			t.Errorf("the next caller got %d, %v", value, err)
		}
	})
}

// TestSharedHurry: a caller with time left tries again when the call that it joined
// failed at the deadline of a caller with less.
func TestSharedHurry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clk := clock.System()
		var calls int
		s := NewShared(clk, testWindow, func(ctx context.Context) (int, error) {
			calls++
			until, _ := deadline(ctx)
			if left := until.Sub(clk.Now()); left < time.Minute {
				_ = clk.Sleep(ctx, left)
				return 0, &apierr.Error{Kind: apierr.Unavailable}
			}
			return calls, nil
		})
		hurried := ask(WithDeadline(t.Context(), clk, time.Second), s, Recent)
		synctest.Wait()
		asHurried := ask(WithDeadline(t.Context(), clk, time.Second), s, Recent)
		patient := ask(WithDeadline(t.Context(), clk, time.Hour), s, Recent)
		if r := <-hurried; !errors.Is(r.err, apierr.Unavailable) {
			t.Errorf("the one in a hurry got %+v", r)
		}
		if r := <-asHurried; !errors.Is(r.err, apierr.Unavailable) {
			t.Errorf("the one in the same hurry got %+v", r)
		}
		if r := <-patient; r.value != 2 || r.err != nil {
			t.Errorf("the patient one got %+v", r)
		}
	})
}

// TestSharedTogether mixes readers, writers and leavers for the race detector. Nobody
// gets an answer from before their own write.
func TestSharedTogether(t *testing.T) {
	t.Parallel()
	var truth atomic.Int64
	clk := clocktest.NewLeaping(start())
	s := NewShared(clk, testWindow, func(ctx context.Context) (int64, error) {
		value := truth.Load()
		return value, clk.Sleep(ctx, time.Second)
	})
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for n := range 40 {
				ctx, cancel := context.WithCancel(t.Context())
				if (i+n)%5 == 0 {
					cancel()
				}
				var known int64
				if (i+n)%3 == 0 {
					known = truth.Add(1)
					s.Forget()
				}
				if value, err := s.Get(ctx, Recent); err == nil && value < known {
					t.Errorf("got %d after writing %d", value, known)
				}
				cancel()
			}
		})
	}
	group.Wait()
}

func BenchmarkSharedGet(b *testing.B) {
	clk := clocktest.NewLeaping(start())
	fetch, calls := counted()
	s := NewShared(clk, testWindow, fetch)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Get(b.Context(), Recent); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(calls.Load()), "calls")
}
