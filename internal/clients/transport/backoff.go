package transport

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	minBackoff = 500 * time.Millisecond
	maxBackoff = 30 * time.Second
	// leastPause keeps the jitter from sending twice in the same moment.
	leastPause = 50 * time.Millisecond
)

// backoff is the pause after the given number of attempts, 1 or more: full jitter
// below a bound that doubles, and never less than the platform asked for.
func (t *Transport) backoff(attempts int, asked time.Duration) time.Duration {
	bound := maxBackoff
	if shift := attempts - 1; shift < 6 {
		bound = min(bound, minBackoff<<shift)
	}
	t.mu.Lock()
	jitter := t.rand.Float64()
	t.mu.Unlock()
	pause := leastPause + time.Duration(jitter*float64(bound-leastPause))
	if asked > 0 {
		// Those who were refused together do not come back together.
		return asked + time.Duration(jitter*float64(minBackoff))
	}
	return pause
}

// retryAfter reads the header of that name, seconds or a date; 0 when there is none.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.Atoi(text); err == nil {
		return max(0, time.Duration(min(seconds, maxSeconds))*time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// maxSeconds caps what a header may ask for: a week is as good as never.
const maxSeconds = 7 * 24 * 3600
