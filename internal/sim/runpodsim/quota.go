package runpodsim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// window is one of the three limits of an account.
type window struct {
	name   string
	quota  int
	length time.Duration
}

// windows are the limits the document gives as its example.
func windows() []window {
	return []window{
		{"minute", 60, time.Minute},
		{"hour", 3000, time.Hour},
		{"day", 50000, 24 * time.Hour},
	}
}

// quota counts requests. A window opens with its first request.
type quota [3]struct {
	opened time.Time
	used   int
}

// take counts a request, or returns the refusal of the shortest window that is
// used up. A refused request does not count.
func (q *quota) take(now time.Time) *problem {
	for i, w := range windows() {
		if q[i].used == 0 || now.Sub(q[i].opened) >= w.length {
			q[i].opened, q[i].used = now, 0
		}
	}
	for i, w := range windows() {
		if q[i].used >= w.quota {
			p := refuse(http.StatusTooManyRequests, "rate limit exceeded for the %s window", w.name)
			p.header = http.Header{"Retry-After": {strconv.Itoa(q.left(i, w, now))}}
			return p
		}
	}
	for i := range q {
		q[i].used++
	}
	return nil
}

// left is the time until window i resets, in seconds, rounded up.
func (q *quota) left(i int, w window, now time.Time) int {
	rest := w.length - now.Sub(q[i].opened)
	return int((rest + time.Second - 1) / time.Second)
}

func (q *quota) headers(now time.Time, h http.Header) {
	var limits, policies []string
	for i, w := range windows() {
		limits = append(limits, fmt.Sprintf("%q;r=%d;t=%d", w.name, w.quota-q[i].used, q.left(i, w, now)))
		policies = append(policies, fmt.Sprintf("%q;q=%d;w=%d", w.name, w.quota, int(w.length.Seconds())))
	}
	h.Set("RateLimit", strings.Join(limits, ", "))
	h.Set("RateLimit-Policy", strings.Join(policies, ", "))
}
