package poll

import (
	"errors"
	"fmt"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

// StateError says that what was waited for cannot come.
type StateError struct{ What, Last, Reason string }

// Error reads "waiting for pod abc to run failed: <reason>; last seen: ERROR".
func (e *StateError) Error() string {
	return fmt.Sprintf("waiting for %s failed: %s%s", e.What, e.Reason, lastSeen(e.Last))
}

// TimeoutError says that the time was up.
type TimeoutError struct {
	What, Last string
	Waited     time.Duration
	// Err is why the last look failed, nil when it did not.
	Err error
}

// Error reads "waited 20m0s for pod abc to run; last seen: STARTING, port 22 not mapped".
func (e *TimeoutError) Error() string {
	text := fmt.Sprintf("waited %s for %s%s", e.Waited.Round(time.Second), e.What, lastSeen(e.Last))
	if e.Err != nil && (e.Last == "" || !unsent(e.Err)) {
		text += fmt.Sprintf("; the last look failed: %v", e.Err)
	}
	return text
}

// unsent reports a look for which the rate limit left no room before the end of
// the wait: it says nothing about what is waited for.
func unsent(err error) bool {
	var e *apierr.Error
	return errors.As(err, &e) && e.Kind == apierr.Throttled && e.Status == 0
}

// Unwrap is why the last look failed.
func (e *TimeoutError) Unwrap() error { return e.Err }

func lastSeen(state string) string {
	if state == "" {
		return ""
	}
	return "; last seen: " + state
}
