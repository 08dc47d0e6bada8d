package transport

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

// TestRepeat: what is repeated, and what a failure becomes that is not. Each case
// is one fault, followed by a good answer.
func TestRepeat(t *testing.T) {
	t.Parallel()
	ok := answer(200, `{"ok":true}`)
	tests := []struct {
		name  string
		fault step
		// What comes of it; "" is a success after a second request.
		safe, ifNotSent, never apierr.Kind
	}{
		{"throttled", answer(429, `{"msg":"slow down"}`), "", "", apierr.Throttled},
		{"throttled in plain text", answer(429, `API requests too frequent`), "", "", apierr.Throttled},
		{"server error", answer(500, `{"msg":"oops"}`), "", apierr.Ambiguous, apierr.Ambiguous},
		{"gateway", answer(502, `<html>Bad Gateway</html>`), "", apierr.Ambiguous, apierr.Ambiguous},
		{"connection lost", drop, "", apierr.Ambiguous, apierr.Ambiguous},
		{"HTML", answer(200, `<html>`), "", apierr.Ambiguous, apierr.Ambiguous},
		{"empty", answer(200, ``), "", apierr.Ambiguous, apierr.Ambiguous},
		{"broken off", truncate(200, `{"ok":true}`), "", apierr.Ambiguous, apierr.Ambiguous},
		{"refusal broken off", truncate(400, `{"msg":"n`), "", apierr.Ambiguous, apierr.Ambiguous},
		{"bad request", answer(400, `{"msg":"no"}`), apierr.Invalid, apierr.Invalid, apierr.Invalid},
		{"not found", answer(404, `{"msg":"no"}`), apierr.NotFound, apierr.NotFound, apierr.NotFound},
	}
	for _, test := range tests {
		for repeat, want := range map[Repeat]apierr.Kind{Safe: test.safe, IfNotSent: test.ifNotSent, Never: test.never} {
			t.Run(test.name+" "+map[Repeat]string{Safe: "safe", IfNotSent: "if not sent", Never: "never"}[repeat], func(t *testing.T) {
				t.Parallel()
				p := newPlatform(t, test.fault, ok)
				// The verb is the opposite of what it usually means.
				method := map[Repeat]string{Safe: "POST", IfNotSent: "PUT", Never: "GET"}[repeat]
				var out struct{ OK bool }
				err := p.transport(t).Do(t.Context(), Op{Name: "op", Method: method, Path: "/x", Body: 1, Repeat: repeat}, &out)
				requests := len(p.seen())
				if want == "" {
					if err != nil || !out.OK || requests != 2 || p.seen()[1].body != "1" {
						t.Errorf("%v, %+v after %d requests", err, out, requests)
					}
					return
				}
				if apierr.KindOf(err) != want || requests != 1 {
					t.Errorf("%v after %d requests, want %s", err, requests, want)
				}
			})
		}
	}
}

func TestAmbiguousKeepsWhatWasSaid(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, answer(503, `{"msg":"try later"}`))
	err := p.transport(t).Do(t.Context(), Op{Name: "rent", Method: "POST", Path: "/x", Repeat: IfNotSent}, nil)
	const want = "Test rent: ambiguous: try later (HTTP 503)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestNotSent: without a connection nothing was executed, so that a create is
// tried again too.
func TestNotSent(t *testing.T) {
	t.Parallel()
	for repeat, want := range map[Repeat]int{Safe: 3, IfNotSent: 3, Never: 1} {
		p := newPlatform(t, answer(200, `{}`))
		dials := 0
		base := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			dials++
			if dials < 3 {
				return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
		t.Cleanup(base.CloseIdleConnections)
		client := p.transport(t, func(c *Config) { c.Base = base })
		err := client.Do(t.Context(), Op{Name: "rent", Method: "POST", Path: "/x", Body: 1, Repeat: repeat}, nil)
		if dials != want {
			t.Errorf("repeat %d: %d connections tried, want %d", repeat, dials, want)
		}
		if repeat == Never {
			if apierr.KindOf(err) != apierr.Unavailable || !strings.Contains(err.Error(), "no connection: dial tcp: connection refused") {
				t.Errorf("repeat %d: %v", repeat, err)
			}
		} else if err != nil || len(p.seen()) != 1 {
			t.Errorf("repeat %d: %v after %d requests", repeat, err, len(p.seen()))
		}
	}
}

// TestSentUnlessProven: a way to the network that reports nothing is taken to have
// sent the request, and a handshake that fails not.
func TestSentUnlessProven(t *testing.T) {
	t.Parallel()
	op := Op{Name: "rent", Method: "POST", Path: "/x", Repeat: IfNotSent}
	opaque := roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("lost") })
	p := newPlatform(t, answer(200, `{}`))
	err := p.transport(t, func(c *Config) { c.Base = opaque }).Do(t.Context(), op, nil)
	if apierr.KindOf(err) != apierr.Ambiguous {
		t.Errorf("opaque: %v", err)
	}

	// The server speaks plain HTTP, so that TLS comes to nothing.
	client := p.transport(t, func(c *Config) { c.BaseURL = strings.Replace(c.BaseURL, "http:", "https:", 1) })
	err = client.Do(t.Context(), op, nil)
	if apierr.KindOf(err) != apierr.Unavailable || !strings.Contains(err.Error(), "tried") {
		t.Errorf("handshake: %v", err)
	}
}

func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		deadline time.Duration // 0 is none
		least    time.Duration
	}{
		{"without a deadline", 0, 20 * time.Second},
		{"short", 3 * time.Second, 0},
		{"long", 10 * time.Minute, 8 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, answer(502, "bad gateway"))
			ctx, most := t.Context(), defaultBudget
			if test.deadline > 0 {
				ctx, most = WithDeadline(ctx, p.clock, test.deadline), test.deadline
			}
			err := get(ctx, p.transport(t))
			if apierr.KindOf(err) != apierr.Unavailable || !strings.Contains(err.Error(), "(tried ") {
				t.Errorf("got %v", err)
			}
			if took := p.clock.Now().Sub(start()); took > most || took < test.least {
				t.Errorf("gave up after %v, want %v to %v", took, test.least, most)
			}
			// The pauses double, so that long waits cost few requests.
			if n, most := len(p.seen()), int(most/(10*time.Second))+12; n > most {
				t.Errorf("%d requests, want at most %d", n, most)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, after string
		deadline    time.Duration
		// least is the wait that the second request shows, 0 when there is none.
		least time.Duration
	}{
		{"seconds", "40", 2 * time.Minute, 40 * time.Second},
		{"date", start().Add(45 * time.Second).Format(http.TimeFormat), 2 * time.Minute, 44 * time.Second},
		{"longer than there is time", "300", 2 * time.Minute, 0},
		{"absurd", "99999999999", 2 * time.Minute, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, answer(429, `{"msg":"slow down"}`, "Retry-After", test.after), answer(200, `{"ok":true}`))
			err := get(WithDeadline(t.Context(), p.clock, test.deadline), p.transport(t))
			requests := p.seen()
			if test.least == 0 {
				if apierr.KindOf(err) != apierr.Throttled || len(requests) != 1 || p.clock.Now().Sub(start()) != 0 {
					t.Errorf("%v after %d requests and %v", err, len(requests), p.clock.Now().Sub(start()))
				}
				return
			}
			if err != nil || len(requests) != 2 {
				t.Fatalf("%v after %d requests", err, len(requests))
			}
			if waited := requests[1].at.Sub(start()); waited < test.least || waited > test.least+2*time.Second {
				t.Errorf("waited %v, want %v", waited, test.least)
			}
		})
	}
}

// TestRetryAfterLengthensOnly: a nonsensical header does not make the transport hurry.
func TestRetryAfterLengthensOnly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "0", "-5", "soon", start().Add(-time.Hour).Format(http.TimeFormat)} {
		header := http.Header{"Retry-After": {text}}
		if got := retryAfter(header, start()); got != 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	client := newPlatform(t, drop).transport(t)
	for attempts, bound := range map[int]time.Duration{
		1: minBackoff, 2: 2 * minBackoff, 6: 16 * time.Second, 7: maxBackoff, 8: maxBackoff, 1000: maxBackoff,
	} {
		var longest time.Duration
		for range 200 {
			pause := client.backoff(attempts, 0)
			if pause < leastPause || pause > bound {
				t.Fatalf("after %d attempts: %v, want at most %v", attempts, pause, bound)
			}
			longest = max(longest, pause)
		}
		if longest < bound*3/4 {
			t.Errorf("after %d attempts the longest of 200 pauses is %v, the bound %v", attempts, longest, bound)
		}
	}
}

func TestPatience(t *testing.T) {
	t.Parallel()
	for repeat, want := range map[Repeat]apierr.Kind{Safe: apierr.Unavailable, IfNotSent: apierr.Ambiguous} {
		p := newPlatform(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		op := Op{Name: "slow", Method: "GET", Path: "/x", Repeat: repeat, Patience: 20 * time.Millisecond}
		err := p.transport(t).Do(WithDeadline(t.Context(), p.clock, time.Second), op, nil)
		if apierr.KindOf(err) != want || !strings.Contains(err.Error(), "no answer within 20ms") {
			t.Errorf("repeat %d: got %v, want %s", repeat, err, want)
		}
	}
}

func TestPatienceOfAttempts(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, drop)
	client := p.transport(t)
	tests := []struct {
		repeat   Repeat
		deadline time.Duration // 0 is none
		want     time.Duration
	}{
		{IfNotSent, time.Second, writePatience},
		{Never, time.Second, writePatience},
		{Safe, 0, safePatience},
		{Safe, 20 * time.Minute, safePatience},
		{Safe, 30 * time.Second, 30 * time.Second},
		{Safe, time.Second, leastPatience},
	}
	for _, test := range tests {
		ctx := t.Context()
		if test.deadline > 0 {
			ctx = WithDeadline(ctx, p.clock, test.deadline)
		}
		c := &call{t: client, op: Op{Repeat: test.repeat}}
		if got := c.patience(ctx); got != test.want {
			t.Errorf("repeat %d, deadline %v: %v, want %v", test.repeat, test.deadline, got, test.want)
		}
	}
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		repeat Repeat
		want   apierr.Kind
	}{
		{"read", Safe, apierr.Unknown},
		{"create", IfNotSent, apierr.Ambiguous},
	}
	for _, test := range tests {
		t.Run(test.name+" under way", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			p := newPlatform(t, func(_ http.ResponseWriter, r *http.Request) {
				cancel()
				<-r.Context().Done()
			})
			err := p.transport(t).Do(ctx, Op{Name: "op", Method: "GET", Path: "/x", Repeat: test.repeat}, nil)
			if apierr.KindOf(err) != test.want || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
		t.Run(test.name+" before", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			p := newPlatform(t, answer(200, `{}`))
			err := p.transport(t).Do(ctx, Op{Name: "op", Method: "GET", Path: "/x", Repeat: test.repeat}, nil)
			if apierr.KindOf(err) != apierr.Unknown || !errors.Is(err, context.Canceled) || len(p.seen()) != 0 {
				t.Errorf("got %v after %d requests", err, len(p.seen()))
			}
		})
		t.Run(test.name+" in a pause", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			p := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "50")
				w.WriteHeader(http.StatusTooManyRequests)
				cancel()
			})
			err := p.transport(t).Do(ctx, Op{Name: "op", Method: "GET", Path: "/x", Repeat: test.repeat}, nil)
			if apierr.KindOf(err) != apierr.Unknown && apierr.KindOf(err) != test.want || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestContextDeadline: a deadline of the context itself ends the retries too, with
// the last failure.
func TestContextDeadline(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, answer(502, `{"msg":"oops"}`))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := get(ctx, p.transport(t))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestWithDeadline(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, drop)
	near := WithDeadline(t.Context(), p.clock, time.Minute)
	tests := map[string]struct {
		ctx  context.Context
		want time.Duration
	}{
		"set":                  {near, time.Minute},
		"nearer wins":          {WithDeadline(near, p.clock, time.Second), time.Second},
		"farther does nothing": {WithDeadline(near, p.clock, time.Hour), time.Minute},
		"survives":             {context.WithoutCancel(near), time.Minute},
		"default":              {withBudget(t.Context(), p.clock), defaultBudget},
		"default adds nothing": {withBudget(WithDeadline(t.Context(), p.clock, time.Hour), p.clock), time.Hour},
	}
	for name, test := range tests {
		if at, ok := deadline(test.ctx); !ok || at.Sub(start()) != test.want {
			t.Errorf("%s: %v %v, want %v", name, ok, at.Sub(start()), test.want)
		}
	}
	timed, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if _, ok := deadline(withBudget(timed, p.clock)); ok {
		t.Error("a context with a deadline of its own got another")
	}
}

// ledger is a quota that keeps account of itself, and refuses when it says so.
type ledger struct {
	waits  int
	dones  []int
	refuse error
}

func (l *ledger) Wait(context.Context, Op) error {
	l.waits++
	return l.refuse
}

func (l *ledger) Done(_ Op, reply Reply) { l.dones = append(l.dones, reply.Status) }

// TestEveryAttemptPaysQuota, the hops of a redirect too.
func TestEveryAttemptPaysQuota(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, drop, answer(500, ""), answer(307, "", "Location", "/y"), answer(200, `{"ok":true}`))
	l := &ledger{}
	if err := get(t.Context(), p.transport(t, func(c *Config) { c.Quota = l })); err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 500, 307, 200}; l.waits != 4 || !slices.Equal(l.dones, want) {
		t.Errorf("%d waits, answers %v, want %v", l.waits, l.dones, want)
	}
}

// TestQuotaRefuses: nothing is sent, and nothing is tried again.
func TestQuotaRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		refuse error
		want   string
	}{
		{&apierr.Error{Kind: apierr.Throttled, Message: "full until noon"}, "Test get: throttled: full until noon"},
		{context.Canceled, "Test get: unknown: broken off before it was sent"},
	} {
		p := newPlatform(t, answer(200, `{"ok":true}`))
		l := &ledger{refuse: test.refuse}
		err := get(t.Context(), p.transport(t, func(c *Config) { c.Quota = l }))
		if err == nil || err.Error() != test.want || len(p.seen()) != 0 || l.waits != 1 || len(l.dones) != 0 {
			t.Errorf("got %v after %d requests, %d waits, %d answers; want %s", err, len(p.seen()), l.waits, len(l.dones), test.want)
		}
		if !errors.Is(err, apierr.Throttled) && !errors.Is(err, context.Canceled) {
			t.Errorf("the cause of %v is lost", err)
		}
	}
}

// roomFor is a quota that refuses after so many attempts.
type roomFor struct{ left int }

func (r *roomFor) Wait(context.Context, Op) error {
	if r.left--; r.left < 0 {
		return &apierr.Error{Kind: apierr.Throttled, Message: "full until noon"}
	}
	return nil
}

func (*roomFor) Done(Op, Reply) {}

// TestQuotaEndsRetries: what went wrong is told, not that the quota has no room to
// try it again.
func TestQuotaEndsRetries(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, answer(502, "bad gateway"))
	err := get(t.Context(), p.transport(t, func(c *Config) { c.Quota = &roomFor{left: 2} }))
	if !errors.Is(err, apierr.Unavailable) || !strings.Contains(err.Error(), "tried 2 times") || len(p.seen()) != 2 {
		t.Errorf("got %v after %d requests; want what the second answer was", err, len(p.seen()))
	}
}

// TestQuotaSparesRefusals: thirty calls at once, against a platform that allows ten
// a minute, all succeed without one refusal.
func TestQuotaSparesRefusals(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	l := &limited{clock: p.clock, quota: 10}
	p.steps = []step{func(w http.ResponseWriter, _ *http.Request) {
		reply := l.answer()
		maps.Copy(w.Header(), reply.Header)
		w.WriteHeader(reply.Status)
		_, _ = w.Write([]byte(`{"ok":true}`))
	}}
	client := p.transport(t, func(c *Config) { c.Quota = NewHeaderQuota(p.clock) })
	ctx := WithDeadline(t.Context(), p.clock, 10*time.Minute)
	var group sync.WaitGroup
	for range 30 {
		group.Go(func() {
			if err := get(ctx, client); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if l.refused != 0 || len(p.seen()) != 30 {
		t.Errorf("%d refusals in %d requests", l.refused, len(p.seen()))
	}
}
