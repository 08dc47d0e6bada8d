package poll

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

const (
	waiters  = 30
	interval = 5 * time.Second
	window   = 10 * time.Second
)

// world is a shared list of what is ready: everything from one moment on.
type world struct {
	clk     clock.Clock
	readyAt time.Time
	lists   atomic.Int64
	// late are the lists asked for once all waiters had begun.
	late    atomic.Int64
	begunAt time.Time
	list    *transport.Shared[bool]
}

func newWorld(clk clock.Clock, begun, ready time.Duration) *world {
	w := &world{clk: clk, begunAt: clk.Now().Add(begun), readyAt: clk.Now().Add(ready)}
	w.list = transport.NewShared(clk, window, func(ctx context.Context) (bool, error) {
		w.lists.Add(1)
		now := clk.Now()
		if now.After(w.begunAt) {
			w.late.Add(1)
		}
		return !now.Before(w.readyAt), clk.Sleep(ctx, 200*time.Millisecond)
	})
	return w
}

func (w *world) wait(ctx context.Context) error {
	o := Options{What: "it", Clock: w.clk, Min: interval, Max: interval, Timeout: time.Hour}
	_, err := Until(ctx, o,
		func(ctx context.Context, f transport.Freshness) (bool, error) { return w.list.Get(ctx, f) },
		func(ready bool) Verdict { return Verdict{Done: ready} })
	return err
}

// run lets the waiters begin one after another and returns once all are served.
func (w *world) run(t *testing.T, apart time.Duration) {
	t.Helper()
	var group sync.WaitGroup
	for i := range waiters {
		group.Go(func() {
			if err := w.clk.Sleep(t.Context(), time.Duration(i)*apart); err != nil {
				t.Error(err)
				return
			}
			if err := w.wait(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// TestSharing: waiters that began at different moments cost about one list per
// interval between them, and each notices the change within two intervals.
func TestSharing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const apart, ready = 370 * time.Millisecond, 10 * time.Minute
		begun := waiters * apart
		w := newWorld(clock.System(), begun, ready)
		w.run(t, apart)
		took := w.clk.Now().Sub(w.begunAt)
		if most := int64(took/interval) + 3; w.late.Load() > most {
			t.Errorf("%d lists in %v, want at most %d", w.late.Load(), took, most)
		}
		if overdue := w.clk.Now().Sub(w.readyAt); overdue > 2*interval {
			t.Errorf("the last waiter noticed after %v", overdue)
		}
		t.Logf("%d lists for %d waiters in %v, %d of them once all had begun", w.lists.Load(), waiters, took, w.late.Load())
	})
}

// TestSharingLeaping: the same on the clock that the tests of the layers above use.
func TestSharingLeaping(t *testing.T) {
	t.Parallel()
	const ready = 2 * time.Minute
	w := newWorld(clocktest.NewLeaping(start()), 0, ready)
	w.run(t, 370*time.Millisecond)
	took := w.clk.Now().Sub(start())
	// Alone, each waiter would cost a list per interval. Its first look may.
	if most := waiters + int64(took/interval)*2; w.lists.Load() > most {
		t.Errorf("%d lists in %v, want at most %d", w.lists.Load(), took, most)
	}
}

func BenchmarkSharing(b *testing.B) {
	var lists int64
	for b.Loop() {
		w := newWorld(clocktest.NewLeaping(start()), 0, time.Minute)
		var group sync.WaitGroup
		for range waiters {
			group.Go(func() {
				if err := w.wait(b.Context()); err != nil {
					b.Error(err)
				}
			})
		}
		group.Wait()
		lists += w.lists.Load()
	}
	b.ReportMetric(float64(lists)/float64(b.N), "lists/op")
}
