package vastaisim

import (
	"net/http"
	"time"
)

// quota remembers when each operation was last let through. The service keeps a
// minimum interval for each method and path.
type quota map[string]time.Time

// take lets a request through or refuses it; a refused one does not count.
// threshold is the interval in seconds, 0 for none.
func (q quota) take(now time.Time, r *route) *refusal {
	if r.threshold == 0 {
		return nil
	}
	key := r.method + " " + r.operation
	interval := time.Duration(r.threshold * float64(time.Second))
	if last, called := q[key]; called && now.Sub(last) < interval {
		if r.operation == "destroyInstance" {
			return refused(http.StatusTooManyRequests, "rate_limit_exceeded", "API requests too frequent endpoint threshold=%.1f", r.threshold)
		}
		return plain(http.StatusTooManyRequests, "API requests too frequent: endpoint threshold=%.1f", r.threshold)
	}
	q[key] = now
	return nil
}
