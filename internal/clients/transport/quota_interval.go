package transport

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

const (
	// firstLesson is the interval learned from a first refusal that names none.
	firstLesson = time.Second
	// longestLesson caps what refusals teach.
	longestLesson = 30 * time.Second
)

// threshold is the interval in seconds in Vast.ai's plain-text 429: "API requests
// too frequent: endpoint threshold=1.5".
var threshold = regexp.MustCompile(`threshold\s*=\s*([0-9]+(?:\.[0-9]+)?)`)

// IntervalQuota keeps a minimum interval between the starts of requests to one
// method and route, as Vast.ai demands. Requests queue in the order in which they
// come. A refusal lengthens the interval: to the threshold it names, for good, or
// else to the double, which wears off again.
type IntervalQuota struct {
	clock    clock.Clock
	interval func(op Op) time.Duration

	mu     sync.Mutex
	routes map[string]*pace
}

// pace is the state of one route.
type pace struct {
	// next is when the next request may start.
	next time.Time
	// stated was named by a refusal, guessed comes from doubling at guessedAt.
	stated, guessed time.Duration
	guessedAt       time.Time
}

// NewIntervalQuota returns a quota that starts with the given interval for each
// operation; 0 does not pace it until it is refused.
func NewIntervalQuota(clk clock.Clock, interval func(op Op) time.Duration) *IntervalQuota {
	return &IntervalQuota{clock: clk, interval: interval, routes: map[string]*pace{}}
}

// Wait implements [Quota].
func (q *IntervalQuota) Wait(ctx context.Context, op Op) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now, slot, every, err := q.reserve(ctx, op)
	if err != nil {
		return err
	}
	if err := q.clock.Sleep(ctx, slot.Sub(now)); err != nil {
		q.giveBack(op, slot, every)
		return err
	}
	return nil
}

// reserve takes the next free slot. Slots are handed out under the lock and slept
// for outside it, so that those who wait side by side do so on one clock.
func (q *IntervalQuota) reserve(ctx context.Context, op Op) (now, slot time.Time, every time.Duration, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.route(op)
	every = p.every(q.interval(op))
	now = q.clock.Now()
	slot = now
	if p.next.After(now) {
		slot = p.next
	}
	if exceeds(ctx, slot) {
		return now, slot, every, tooLate(op, now, slot)
	}
	p.next = slot.Add(every)
	return now, slot, every, nil
}

// Start moves the next slot away from a request that starts later than its own.
func (q *IntervalQuota) Start(op Op) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.route(op)
	if next := q.clock.Now().Add(p.every(q.interval(op))); next.After(p.next) {
		p.next = next
	}
}

// giveBack frees a slot that was not used, if nobody queued behind it.
func (q *IntervalQuota) giveBack(op Op, slot time.Time, every time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p := q.route(op); p.next.Equal(slot.Add(every)) {
		p.next = slot
	}
}

// Done implements [Quota].
func (q *IntervalQuota) Done(op Op, reply Reply) {
	if reply.Status == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.route(op)
	if reply.Status != http.StatusTooManyRequests {
		p.guessed = p.guessed * 3 / 4
		if p.guessed < firstLesson/2 {
			p.guessed = 0
		}
		return
	}
	now := q.clock.Now()
	if stated, ok := statedInterval(reply.Body); ok {
		p.stated = max(p.stated, stated)
	} else if !now.Before(p.guessedAt.Add(p.guessed)) {
		// Requests that were refused together teach one lesson, not several.
		p.guessed = min(longestLesson, max(firstLesson, 2*p.every(q.interval(op))))
		p.guessedAt = now
	}
	if next := now.Add(p.every(q.interval(op))); next.After(p.next) {
		p.next = next
	}
}

func (q *IntervalQuota) route(op Op) *pace {
	key := op.route()
	p, ok := q.routes[key]
	if !ok {
		p = &pace{}
		q.routes[key] = p
	}
	return p
}

func (p *pace) every(configured time.Duration) time.Duration {
	return max(configured, p.stated, p.guessed)
}

func statedInterval(body []byte) (time.Duration, bool) {
	match := threshold.FindSubmatch(body[:min(len(body), maxMessage)])
	if match == nil {
		return 0, false
	}
	seconds, err := strconv.ParseFloat(string(match[1]), 64)
	if err != nil || seconds <= 0 {
		return 0, false
	}
	// A tenth more, because requests do not arrive as evenly as they start.
	return time.Duration(min(seconds*1.1, longestLesson.Seconds()) * float64(time.Second)), true
}
