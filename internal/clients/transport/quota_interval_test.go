package transport

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

func everySecond(Op) time.Duration { return time.Second }

func tooFrequent(text string) Reply { return Reply{Status: 429, Body: []byte(text)} }

// TestIntervalQuota: requests side by side start one interval apart, each route for
// itself, whatever their answers take.
func TestIntervalQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clk := clock.System()
		q := NewIntervalQuota(clk, everySecond)
		begin := clk.Now()
		ops := []Op{
			{Method: "GET", Path: "/list"},
			{Method: "PUT", Path: "/list"},
			{Method: "GET", Path: "/one/1", Route: "/one/{id}"},
			{Method: "GET", Path: "/one/2", Route: "/one/{id}"},
		}
		var mu sync.Mutex
		started := map[string][]time.Duration{}
		var group sync.WaitGroup
		for _, op := range ops {
			for range 3 {
				group.Go(func() {
					if err := q.Wait(t.Context(), op); err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					started[op.route()] = append(started[op.route()], clk.Now().Sub(begin))
				})
			}
		}
		group.Wait()
		want := map[string]int{"GET /list": 3, "PUT /list": 3, "GET /one/{id}": 6}
		for route, n := range want {
			for i := range n {
				if i >= len(started[route]) || started[route][i] != time.Duration(i)*time.Second {
					t.Errorf("%s started at %v", route, started[route])
					break
				}
			}
		}
	})
}

func TestIntervalQuotaLearns(t *testing.T) {
	t.Parallel()
	const text = "API requests too frequent: endpoint threshold="
	second := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	tests := []struct {
		name     string
		interval time.Duration
		replies  []Reply
		apart    time.Duration // time that passes before each reply
		want     time.Duration
	}{
		{"good answers teach nothing", time.Second, []Reply{{Status: 200}, {Status: 500}, {}}, 0, time.Second},
		{"stated", time.Second, []Reply{tooFrequent(text + "2.0")}, 0, second(2.2)},
		{"stated in JSON", 0, []Reply{tooFrequent(`{"detail":"endpoint threshold=3"}`)}, 0, second(3.3)},
		{"stated but shorter", 5 * time.Second, []Reply{tooFrequent(text + "1.0")}, 0, 5 * time.Second},
		{"stated beyond reason", time.Second, []Reply{tooFrequent(text + "86400")}, 0, longestLesson},
		{"stated stays", 0, []Reply{tooFrequent(text + "2.0"), {Status: 200}, {Status: 200}}, 0, second(2.2)},
		{"guessed", time.Second, []Reply{tooFrequent("API requests too frequent")}, 0, 2 * time.Second},
		{"guessed from nothing", 0, []Reply{tooFrequent("")}, 0, time.Second},
		{"guessed twice", time.Second, []Reply{tooFrequent(""), tooFrequent("")}, 10 * time.Second, 4 * time.Second},
		{"refused together", time.Second, []Reply{tooFrequent(""), tooFrequent(""), tooFrequent("")}, 0, 2 * time.Second},
		{"guessed to the end", time.Second, slices.Repeat([]Reply{tooFrequent("")}, 9), time.Minute, longestLesson},
		{"a guess wears off", time.Second, []Reply{tooFrequent(""), {Status: 200}}, 0, second(1.5)},
		{"and is forgotten", 0, append([]Reply{tooFrequent("")}, slices.Repeat([]Reply{{Status: 200}}, 3)...), 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clk := clocktest.NewLeaping(start())
			q := NewIntervalQuota(clk, func(Op) time.Duration { return test.interval })
			for _, reply := range test.replies {
				clk.Advance(test.apart)
				q.Done(Op{}, reply)
			}
			if got := q.route(Op{}).every(test.interval); (got - test.want).Abs() > time.Millisecond {
				t.Errorf("the interval is %v, want %v", got, test.want)
			}
		})
	}
}

// TestIntervalQuotaBacksOff: after a refusal those who already queued for longer
// keep their places, and the next one waits the interval that was learned.
func TestIntervalQuotaBacksOff(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(start())
	q := NewIntervalQuota(clk, everySecond)
	q.Done(Op{}, tooFrequent("endpoint threshold=10"))
	if err := q.Wait(t.Context(), Op{}); err != nil {
		t.Fatal(err)
	}
	if waited := clk.Now().Sub(start()); waited != 11*time.Second {
		t.Errorf("waited %v", waited)
	}
}

func TestIntervalQuotaDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, intervalQuotaDeadline)
}

func intervalQuotaDeadline(t *testing.T) {
	clk := clock.System()
	began := clk.Now()
	q := NewIntervalQuota(clk, func(Op) time.Duration { return time.Minute })
	if err := q.Wait(t.Context(), Op{}); err != nil {
		t.Fatal(err)
	}
	if err := q.Wait(WithDeadline(t.Context(), clk, time.Second), Op{}); !errors.Is(err, apierr.Throttled) {
		t.Errorf("a wait beyond the deadline: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := q.Wait(ctx, Op{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait that is broken off: %v", err)
	}
	if err := q.Wait(ctx, Op{Path: "/other"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("in an ended context: %v", err)
	}
	// Neither of them used up a place.
	if err := q.Wait(t.Context(), Op{}); err != nil {
		t.Fatal(err)
	}
	if waited := clk.Now().Sub(began); waited != time.Minute {
		t.Errorf("the next one waited %v", waited)
	}
}
