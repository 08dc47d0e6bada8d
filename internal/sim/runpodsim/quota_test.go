package runpodsim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func TestQuota(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, simkit.Options{Quota: simkit.QuotaDocumented})
	headers := func(r reply, limit string) {
		t.Helper()
		if got := r.header.Get("RateLimit"); got != limit {
			t.Errorf("RateLimit %s\nwant      %s", got, limit)
		}
		if got := r.header.Get("RateLimit-Policy"); got != `"minute";q=60;w=60, "hour";q=3000;w=3600, "day";q=50000;w=86400` {
			t.Errorf("RateLimit-Policy %s", got)
		}
	}
	first := w.call("GET", "/v2/pods", "")
	first.want(http.StatusOK, "")
	headers(first, `"minute";r=59;t=60, "hour";r=2999;t=3600, "day";r=49999;t=86400`)

	w.kit.Advance(14*time.Second + 500*time.Millisecond)
	// Refusals of other kinds count too.
	for range 59 {
		w.call("GET", "/v2/pods/nope", "").want(http.StatusNotFound, "")
	}
	limited := w.call("GET", "/v2/pods", "")
	limited.want(http.StatusTooManyRequests, "rate limit exceeded for the minute window")
	headers(limited, `"minute";r=0;t=46, "hour";r=2940;t=3586, "day";r=49940;t=86386`)
	if got := limited.header.Get("Retry-After"); got != "46" {
		t.Errorf("Retry-After %q, want 46", got)
	}
	w.kit.Advance(45*time.Second + 499*time.Millisecond)
	w.call("GET", "/v2/pods", "").want(http.StatusTooManyRequests, "")
	w.kit.Advance(time.Millisecond)
	w.call("GET", "/v2/pods", "").want(http.StatusOK, "")
}

// TestHourWindow: a sustained 60 a minute uses the hour up after 50 minutes.
func TestHourWindow(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, simkit.Options{Quota: simkit.QuotaDocumented})
	w.api = w.sim
	for range 50 {
		for range 60 {
			w.call("GET", "/v2/account/ssh-keys", "").want(http.StatusOK, "")
		}
		w.kit.Advance(time.Minute)
	}
	limited := w.call("GET", "/v2/pods", "")
	limited.want(http.StatusTooManyRequests, "hour window")
	if got := limited.header.Get("Retry-After"); got != "600" {
		t.Errorf("Retry-After %q, want 600", got)
	}
}

func TestQuotaOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 100 {
		w.call("GET", "/v2/account/ssh-keys", "").want(http.StatusOK, "")
	}
	if r := w.call("GET", "/v2/account/ssh-keys", ""); r.header.Get("RateLimit") != "" {
		t.Errorf("RateLimit %s of a caller without limits", r.header.Get("RateLimit"))
	}
}
