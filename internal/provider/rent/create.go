package rent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Settle is how long [Create] looks for a thing whose answer was lost. Both
// platforms show a new object within seconds; Vast.ai's single read is known to
// lag up to two minutes, its list does not.
const Settle = 90 * time.Second

// lookEvery is the pause between two looks.
const lookEvery = 5 * time.Second

// Creation is one object to be created.
type Creation[T any] struct {
	// Type is the Terraform type, for messages.
	Type string
	// Clock measures the settle time.
	Clock clock.Clock
	// Send makes the one creating call. Its context is never cancelled.
	Send func(ctx context.Context) (T, error)
	// Find lists what the call may have created: the objects that bear its
	// marker, or equal ones among the ids that a list taken just before lacked.
	Find func(ctx context.Context) ([]T, error)
	// Check says in the user's words where to look when the outcome stays unknown.
	Check string
}

// LostError says that a create's answer was lost and its outcome is unknown.
type LostError struct {
	// Type is the Terraform type of what was being created.
	Type string
	// Found is how many objects could be the one that was asked for.
	Found int
	// Check says where to look.
	Check string
	// Err is why the answer was lost.
	Err error
}

func (e *LostError) Error() string {
	if e.Found == 0 {
		return fmt.Sprintf("the answer to the create was lost (%v) and nothing that it could have made appeared within %s. "+
			"If it does appear later, the next apply adopts it. %s", e.Err, Settle, e.Check)
	}
	return fmt.Sprintf("the answer to the create was lost (%v) and %d objects could be what it made, so none was adopted. %s",
		e.Err, e.Found, e.Check)
}

func (e *LostError) Unwrap() error { return e.Err }

// Lost reports whether err leaves open if something was created. Every other
// error of [Create] means that nothing was.
func Lost(err error) bool {
	var lost *LostError
	return errors.As(err, &lost)
}

// Create sends the create once. When the answer is lost it looks for the object
// for the settle time: one match is adopted and returned as if it had been
// answered; none or several are a *LostError. Any other error is a refusal:
// nothing was created.
func Create[T any](ctx context.Context, c Creation[T]) (T, error) {
	// The answer to a create is waited for even when the user interrupts:
	// abandoning the call does not stop the platform from renting.
	ctx = context.WithoutCancel(ctx)

	object, err := c.Send(ctx)
	if err == nil || !errors.Is(err, apierr.Ambiguous) {
		return object, err
	}
	return look(ctx, c, err)
}

func look[T any](ctx context.Context, c Creation[T], lost error) (T, error) {
	var none T
	for began := c.Clock.Now(); ; {
		found, err := c.Find(ctx)
		switch {
		case err == nil && len(found) == 1:
			return found[0], nil
		case err == nil && len(found) > 1:
			return none, &LostError{Type: c.Type, Found: len(found), Check: c.Check, Err: lost}
		case err != nil && !apierr.Transient(err):
			return none, &LostError{Type: c.Type, Check: c.Check, Err: errors.Join(lost, err)}
		}
		if c.Clock.Now().Sub(began) >= Settle {
			return none, &LostError{Type: c.Type, Check: c.Check, Err: lost}
		}
		if err := c.Clock.Sleep(ctx, lookEvery); err != nil {
			return none, &LostError{Type: c.Type, Check: c.Check, Err: errors.Join(lost, err)}
		}
	}
}
