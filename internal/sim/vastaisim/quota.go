package vastaisim

import (
	"net/http"
	"time"
)

// quota remembers when each operation was last let through. The service keeps a
// minimum interval for each method and path.
type quota map[string]time.Time

// take lets a request through or refuses it; a refused one does not count.
// The interval is 0 for none.
func (q quota) take(now time.Time, r *route) *refusal {
	seconds := r.Handle.interval
	if seconds == 0 {
		return nil
	}
	key := r.Method + " " + r.Path
	interval := time.Duration(seconds * float64(time.Second))
	if last, called := q[key]; called && now.Sub(last) < interval {
		if r.Operation == "destroyInstance" {
			return refused(http.StatusTooManyRequests, "rate_limit_exceeded", "API requests too frequent endpoint threshold=%.1f", seconds)
		}
		return plain(http.StatusTooManyRequests, "API requests too frequent: endpoint threshold=%.1f", seconds)
	}
	q[key] = now
	return nil
}
