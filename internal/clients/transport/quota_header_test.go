package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

// told is an answer with these limits, and a policy if that is not "".
func told(status int, limits, policy string) Reply {
	r := Reply{Status: status, Header: http.Header{}}
	if limits != "" {
		r.Header.Set("RateLimit", limits)
	}
	if policy != "" {
		r.Header.Set("RateLimit-Policy", policy)
	}
	return r
}

const perMinute = `"minute";q=60;w=60`

// TestHeaderQuota: one request is answered with each of the replies in turn; then
// the next one has to wait.
func TestHeaderQuota(t *testing.T) {
	t.Parallel()
	throttled := func(after, limits string) Reply {
		r := told(429, limits, "")
		r.Header.Set("Retry-After", after)
		return r
	}
	tests := []struct {
		name    string
		replies []Reply
		want    time.Duration
	}{
		{"some left", []Reply{told(200, `"minute";r=5;t=30`, "")}, 0},
		{"no limits", []Reply{told(200, "", ""), told(200, "", "")}, 0},
		{"none left", []Reply{told(200, `"minute";r=0;t=30`, "")}, 31 * time.Second},
		{"the longest counts", []Reply{told(200, `"minute";r=0;t=30, "hour";r=0;t=400, "day";r=9;t=4000`, "")}, 401 * time.Second},
		{"without a reset", []Reply{told(200, `"hour";r=0`, "")}, time.Hour + time.Second},
		{"refusal", []Reply{throttled("20", "")}, 21 * time.Second},
		{"refusal with a longer window", []Reply{throttled("20", `"minute";r=0;t=20,"hour";r=0;t=90`)}, 91 * time.Second},
		{"refusal for something else", []Reply{throttled("20", `"minute";r=7;t=50`)}, 21 * time.Second},
		{"overtaken answer", []Reply{told(200, `"minute";r=0;t=30`, ""), told(200, `"minute";r=2;t=30`, "")}, 31 * time.Second},
		{"a new window", []Reply{told(200, `"minute";r=1;t=30`, ""), told(200, `"minute";r=59;t=60`, "")}, 0},
		{"answers that tell nothing count", []Reply{
			told(200, `"minute";r=2;t=30`, ""), told(502, "", ""), {},
		}, 31 * time.Second},
		{"nothing known after a failure", []Reply{told(502, "", "")}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clk := clocktest.NewLeaping(start())
			q := NewHeaderQuota(clk)
			for _, reply := range test.replies {
				q.inFlight++ // as if all had been sent before any answer came
				q.Done(Op{}, reply)
			}
			ctx := WithDeadline(t.Context(), clk, 2*time.Hour)
			if err := q.Wait(ctx, Op{Name: "op"}); err != nil {
				t.Fatal(err)
			}
			if waited := clk.Now().Sub(start()); waited != test.want {
				t.Errorf("waited %v, want %v", waited, test.want)
			}
		})
	}
}

// TestHeaderQuotaDeadline: who would wait too long is told at once, and until when.
func TestHeaderQuotaDeadline(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(start())
	q := NewHeaderQuota(clk)
	q.inFlight++
	q.Done(Op{}, told(200, `"hour";r=0;t=1800`, ""))
	err := q.Wait(WithDeadline(t.Context(), clk, time.Minute), Op{Name: "op"})
	if !errors.Is(err, apierr.Throttled) || !strings.Contains(err.Error(), "2026-03-02T09:30:01Z (in 30m1s)") {
		t.Errorf("got %v", err)
	}
	if waited := clk.Now().Sub(start()); waited != 0 {
		t.Errorf("waited %v first", waited)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Wait(ctx, Op{}); !errors.Is(err, context.Canceled) {
		t.Errorf("in an ended context: %v", err)
	}
	if len(q.queue) != 0 {
		t.Errorf("%d are left in the queue", len(q.queue))
	}
}

// TestHeaderQuotaQueue: the place in the queue counts for the wait: with two left
// of sixty the fourth request waits for the next window, the 63rd for the one after.
func TestHeaderQuotaQueue(t *testing.T) {
	t.Parallel()
	q := NewHeaderQuota(clocktest.NewLeaping(start()))
	q.inFlight = 2 // the one that is answered here, and another
	q.Done(Op{}, told(200, `"minute";r=3;t=19`, perMinute))
	for place, want := range map[int]time.Duration{0: 0, 1: 0, 2: 20 * time.Second, 61: 20 * time.Second, 62: 80 * time.Second} {
		at, _ := q.opens(place, start())
		if wait := max(0, at.Sub(start())); wait != want {
			t.Errorf("place %d waits %v, want %v", place, wait, want)
		}
	}
}

// TestHeaderQuotaProbes: of many first requests one goes ahead; its answer lets the
// others go, in the order in which they came.
func TestHeaderQuotaProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clk := clock.System()
		q := NewHeaderQuota(clk)
		begin := clk.Now()
		var mu sync.Mutex
		var order []string
		went := func(when, want string) {
			t.Helper()
			mu.Lock()
			defer mu.Unlock()
			if got := strings.Join(order, ", "); got != want {
				t.Errorf("%s went: %s\nwant: %s", when, got, want)
			}
		}
		for i := range 5 {
			go func() {
				if err := q.Wait(t.Context(), Op{}); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, fmt.Sprintf("%d at %s", i, clk.Now().Sub(begin)))
			}()
			synctest.Wait()
		}
		went("before the first answer", "0 at 0s")
		// An answer that tells nothing lets one more try.
		q.Done(Op{}, Reply{})
		synctest.Wait()
		went("after a lost answer", "0 at 0s, 1 at 0s")
		q.Done(Op{}, told(200, `"minute";r=1;t=9`, `"minute";q=1;w=60`))
		if err := clk.Sleep(t.Context(), 10*time.Minute); err != nil {
			t.Fatal(err)
		}
		// As long as request 2 has no answer it may be counted in any window, and so
		// takes the only place of each.
		went("ten minutes later", "0 at 0s, 1 at 0s, 2 at 0s")
		for range 2 {
			q.Done(Op{}, told(200, `"minute";r=0;t=9`, `"minute";q=1;w=60`))
			if err := clk.Sleep(t.Context(), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		went("at last", "0 at 0s, 1 at 0s, 2 at 0s, 3 at 10m10s, 4 at 11m10s")
	})
}

// limited is a platform with a fixed window of a minute, in virtual time.
type limited struct {
	clock interface{ Now() time.Time }
	quota int

	mu      sync.Mutex
	window  time.Time
	used    int
	refused int
}

func (l *limited) answer() Reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	if window := now.Truncate(time.Minute); !window.Equal(l.window) {
		l.window, l.used = window, 0
	}
	rest := int(l.window.Add(time.Minute).Sub(now) / time.Second)
	status := http.StatusOK
	if l.used == l.quota {
		l.refused++
		status = http.StatusTooManyRequests
	} else {
		l.used++
	}
	return told(status, fmt.Sprintf(`"minute";r=%d;t=%d`, l.quota-l.used, rest), fmt.Sprintf(`"minute";q=%d;w=60`, l.quota))
}

// drain sends n requests, workers at a time, each of which takes 200 ms.
func drain(ctx context.Context, clk clock.Clock, q Quota, l *limited, workers, n int) error {
	var group sync.WaitGroup
	errs := make(chan error, workers)
	for range workers {
		group.Go(func() {
			for range n / workers {
				for status := 0; status != http.StatusOK; {
					if err := q.Wait(ctx, Op{}); err != nil {
						errs <- err
						return
					}
					reply := l.answer()
					err := clk.Sleep(ctx, 200*time.Millisecond)
					q.Done(Op{}, reply)
					if err != nil {
						errs <- err
						return
					}
					status = reply.Status
				}
			}
		})
	}
	group.Wait()
	close(errs)
	return <-errs
}

// TestHeaderQuotaSustained: a long queue passes at the platform's own pace, without
// a single refusal.
func TestHeaderQuotaSustained(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clk := clock.System()
		l := &limited{clock: clk, quota: 60}
		begin := clk.Now()
		if err := drain(t.Context(), clk, NewHeaderQuota(clk), l, 20, 300); err != nil {
			t.Fatal(err)
		}
		if l.refused != 0 {
			t.Errorf("%d refusals", l.refused)
		}
		if took := clk.Now().Sub(begin); took < 4*time.Minute || took > 5*time.Minute {
			t.Errorf("300 requests at 60 a minute took %v", took)
		}
	})
}

func BenchmarkHeaderQuota(b *testing.B) {
	var virtual time.Duration
	var refused int
	for b.Loop() {
		clk := clocktest.NewLeaping(start())
		l := &limited{clock: clk, quota: 60}
		if err := drain(b.Context(), clk, NewHeaderQuota(clk), l, 20, 300); err != nil {
			b.Fatal(err)
		}
		virtual += clk.Now().Sub(start())
		refused += l.refused
	}
	b.ReportMetric(virtual.Seconds()/float64(b.N), "virtual-s/op")
	b.ReportMetric(float64(refused)/float64(b.N), "refusals/op")
}

// TestHeaderQuota_Looks: looks at what is waited for let others pass that came later,
// for some seconds, and are spread over what is left of a window.
func TestHeaderQuota_Looks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clk := clock.System()
		q := NewHeaderQuota(clk)
		began := clk.Now()
		read, write := Op{Method: http.MethodGet, Path: "/x"}, Op{Method: http.MethodPost, Path: "/x"}
		tells := func(left, ends int) Reply {
			return Reply{Status: 200, Header: http.Header{"Ratelimit": {fmt.Sprintf(`"minute";r=%d;t=%d`, left, ends)}, "Ratelimit-Policy": {`"minute";q=60;w=60`}}}
		}
		one := func(ctx context.Context, op Op, left, ends int) time.Duration {
			if err := q.Wait(ctx, op); err != nil {
				t.Error(err)
			}
			at := clk.Now().Sub(began)
			q.Done(op, tells(left, ends))
			return at
		}
		look := Looking(t.Context())
		one(look, read, 20, 60)
		if at := one(look, read, 19, 50); at < 10*time.Second || at > 13*time.Second {
			t.Errorf("the second look went after %v: want a quarter of 20 in 60 s", at)
		}
		if at := one(look, write, 18, 49); at > 13*time.Second {
			t.Errorf("a write waited like a look, until %v", at)
		}
		if at := one(t.Context(), read, 0, 10); at > 13*time.Second {
			t.Errorf("another read waited like a look, until %v", at)
		}

		// The window is used up: the look came first and goes last.
		var mu sync.Mutex
		var order []string
		var group sync.WaitGroup
		send := func(name string, ctx context.Context, op Op) {
			group.Go(func() {
				if err := q.Wait(ctx, op); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
				q.Done(op, tells(30, 60))
			})
			synctest.Wait()
		}
		send("look", look, read)
		send("first", t.Context(), write)
		send("second", t.Context(), write)
		group.Wait()
		if got := strings.Join(order, " "); got != "first second look" {
			t.Errorf("they went %s", got)
		}

		// One that waited for long goes when its turn comes.
		q.Done(write, tells(0, 40))
		order = nil
		send("look", look, read)
		if err := clk.Sleep(t.Context(), yieldsFor+time.Second); err != nil {
			t.Fatal(err)
		}
		send("late", t.Context(), write)
		group.Wait()
		if got := strings.Join(order, " "); got != "look late" {
			t.Errorf("they went %s", got)
		}
	})
}
