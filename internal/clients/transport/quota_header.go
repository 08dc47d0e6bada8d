package transport

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

const (
	// resetMargin is added to a window's end, which headers tell in whole seconds.
	resetMargin = time.Second
	// yieldsFor is how long a look of those who wait lets other requests pass.
	yieldsFor = 15 * time.Second
	// looksShare is the part of what is left of a window that looks take: one in so
	// many requests.
	looksShare = 4
	// sameWindow is how far apart two accounts of one window's end may lie.
	sameWindow = 5 * time.Second
)

// HeaderQuota keeps within what the platform's RateLimit headers say is left, as
// RunPod sends them: several windows at once, per account. Requests that find a
// window used up queue until the next one starts, first come, first served. Looks of those
// who wait for something (see [Looking]) let all others pass, creates above all, for
// some seconds, and are spread over what is left of the windows.
//
// Before anything is known one request goes ahead and the others wait for its
// answer. Answers without the header mean that there is no limit.
type HeaderQuota struct {
	clock clock.Clock

	mu      sync.Mutex
	windows map[string]*window
	// unlimited: an answer came without any limits.
	unlimited bool
	// blocked is until when the platform refuses everything.
	blocked  time.Time
	inFlight int
	queue    []*ticket
	// looked is when the last look went.
	looked time.Time
}

// ticket is a place in the queue.
type ticket struct {
	// wake ends the pause of the request that waits here.
	wake context.CancelFunc
	// look: it lets others pass until then.
	look  bool
	until time.Time
}

// yields tells whether the request lets others pass.
func (t *ticket) yields(now time.Time) bool { return t.look && t.until.After(now) }

// window is one of the account's limits.
type window struct {
	// left is what the last answer said, less what no answer accounted for. What
	// is in flight is not taken off yet.
	left  int
	reset time.Time
	// quota and length come from RateLimit-Policy; 0 is unknown.
	quota  int
	length time.Duration
	// most is the most that was ever left, the next best to a known quota.
	most int
}

// NewHeaderQuota returns a quota that knows nothing yet.
func NewHeaderQuota(clk clock.Clock) *HeaderQuota {
	return &HeaderQuota{clock: clk, windows: map[string]*window{}}
}

// Wait implements [Quota].
func (q *HeaderQuota) Wait(ctx context.Context, op Op) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if insideSlot(ctx) && ctx.Err() == nil {
		// Queueing, it could wait for slots that wait for it.
		q.inFlight++
		return nil
	}
	mine := &ticket{wake: func() {}, look: looking(ctx) && op.Method == http.MethodGet, until: q.clock.Now().Add(yieldsFor)}
	q.queue = append(q.queue, mine)
	defer q.quit(mine)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		now := q.clock.Now()
		at, ok := q.opens(q.place(mine, now), now)
		if !ok && exceeds(ctx, at) {
			return tooLate(op, now, at)
		}
		if mine.yields(now) {
			at, ok = q.spread(mine, at, ok, now)
		}
		if ok {
			q.inFlight++
			if mine.look {
				q.looked = now
			}
			return nil
		}
		q.pause(ctx, mine, at.Sub(now))
	}
}

// place is how many go before the request.
func (q *HeaderQuota) place(mine *ticket, now time.Time) int {
	ahead, behind := 0, false
	for _, other := range q.queue {
		switch {
		case other == mine:
			behind = true
		case other.yields(now) != mine.yields(now):
			if mine.yields(now) {
				ahead++
			}
		case !behind:
			ahead++
		}
	}
	return ahead
}

// spread keeps looks so far apart that they take their share of what is left of each
// window. at and ok are what [HeaderQuota.opens] says; what yields looks again when it
// does so no longer.
func (q *HeaderQuota) spread(mine *ticket, at time.Time, ok bool, now time.Time) (time.Time, bool) {
	if ok && !q.looked.IsZero() {
		for _, w := range q.windows {
			each := w.reset.Sub(now) * looksShare / time.Duration(max(1, w.left-q.inFlight))
			if next := q.looked.Add(each); next.After(now) && next.After(at) {
				at, ok = next, false
			}
		}
	}
	if !ok && (at.IsZero() || at.After(mine.until)) {
		at = mine.until
	}
	return at, ok
}

// quit leaves the queue, on whichever way. The lock is held.
func (q *HeaderQuota) quit(t *ticket) {
	q.queue = slices.DeleteFunc(q.queue, func(other *ticket) bool { return other == t })
	q.changed()
}

// changed makes all who queue look again. The lock is held.
func (q *HeaderQuota) changed() {
	for _, t := range q.queue {
		t.wake()
	}
}

// pause gives up the lock for d, or if that is 0 or less for as long as nothing
// changes, or until something does or ctx ends.
func (q *HeaderQuota) pause(ctx context.Context, t *ticket, d time.Duration) {
	sleep, wake := context.WithCancel(ctx)
	defer wake()
	t.wake = wake
	q.mu.Unlock()
	defer q.mu.Lock()
	if d <= 0 {
		<-sleep.Done()
		return
	}
	// Why the sleep ended does not matter: the caller looks again.
	_ = q.clock.Sleep(sleep, d)
}

// opens says whether the request at this place in the queue may go now, or else
// not before when; zero: not before something changes.
func (q *HeaderQuota) opens(place int, now time.Time) (at time.Time, ok bool) {
	if q.blocked.After(now) {
		at = q.blocked
	}
	q.turn(now)
	for _, w := range q.windows {
		if opens := w.opens(place + q.inFlight); opens.After(now) && opens.After(at) {
			at = opens
		}
	}
	if !at.IsZero() {
		return at, false
	}
	unknown := len(q.windows) == 0 && !q.unlimited
	return at, place == 0 && (!unknown || q.inFlight == 0)
}

// turn restarts the windows that have ended.
func (q *HeaderQuota) turn(now time.Time) {
	for name, w := range q.windows {
		if w.reset.After(now) {
			continue
		}
		w.left = max(1, w.most)
		if w.quota > 0 {
			w.left = w.quota
		}
		length := w.length
		if length <= 0 {
			length = usualLength(name)
		}
		passed := int64(now.Sub(w.reset)/length) + 1
		w.reset = w.reset.Add(time.Duration(passed) * length)
	}
}

// opens is when the window has room for one request behind so many others; the
// zero time is now.
func (w *window) opens(others int) time.Time {
	missing := others + 1 - w.left
	if missing <= 0 {
		return time.Time{}
	}
	at := w.reset
	if w.quota > 0 {
		at = at.Add(time.Duration((missing-1)/w.quota) * w.length)
	}
	return at
}

// Done implements [Quota].
func (q *HeaderQuota) Done(_ Op, reply Reply) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.changed()
	q.inFlight = max(0, q.inFlight-1)
	now := q.clock.Now()
	q.turn(now)

	told := parseLimits(reply.Header.Values("RateLimit"))
	for name, w := range q.windows {
		if !slices.ContainsFunc(told, func(l limit) bool { return l.name == name }) {
			w.left = max(0, w.left-1)
		}
	}
	exhausted := q.learn(told, now)
	for _, policy := range parseLimits(reply.Header.Values("RateLimit-Policy")) {
		if w, ok := q.windows[policy.name]; ok {
			w.quota = policy.params["q"]
			w.length, _ = policy.duration("w")
		}
	}
	success := reply.Status >= http.StatusOK && reply.Status < http.StatusMultipleChoices
	q.unlimited = len(q.windows) == 0 && (q.unlimited || success)

	if reply.Status == http.StatusTooManyRequests {
		wait := max(exhausted, retryAfter(reply.Header, now)) + resetMargin
		if until := now.Add(wait); until.After(q.blocked) {
			q.blocked = until
		}
	}
}

// learn takes over what an answer says is left, and returns how long the longest
// window that is used up lasts.
func (q *HeaderQuota) learn(told []limit, now time.Time) (exhausted time.Duration) {
	for _, l := range told {
		left, ok := l.params["r"]
		if !ok {
			continue
		}
		w, known := q.windows[l.name]
		if !known {
			w = &window{}
			q.windows[l.name] = w
		}
		reset := now.Add(usualLength(l.name) + resetMargin)
		if ends, ok := l.duration("t"); ok {
			reset = now.Add(ends + resetMargin)
			if left == 0 {
				exhausted = max(exhausted, ends)
			}
		} else if known {
			reset = w.reset
		}
		if known && reset.Sub(w.reset).Abs() <= sameWindow {
			// Answers overtake each other; within a window there is only less.
			left = min(left, w.left)
			reset = later(reset, w.reset)
		}
		w.left, w.reset, w.most = left, reset, max(w.most, left)
	}
	return exhausted
}

// usualLength is a window's length by its name, for headers without a reset time.
func usualLength(name string) time.Duration {
	switch name {
	case "hour":
		return time.Hour
	case "day":
		return 24 * time.Hour
	default:
		return time.Minute
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
