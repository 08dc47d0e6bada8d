package transport

import (
	"fmt"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

// tooLate is the refusal of a wait that would pass the caller's deadline.
func tooLate(op Op, now, at time.Time) error {
	wait := at.Sub(now)
	return &apierr.Error{
		Op:   op.Name,
		Kind: apierr.Throttled,
		Message: fmt.Sprintf("the platform's rate limit leaves no room before %s (in %s), which is later than this call may wait",
			at.UTC().Format(time.RFC3339), wait.Round(time.Second)),
		RetryAfter: wait,
	}
}
