package rent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// Candidate is one thing that could be rented.
type Candidate[T any] struct {
	// Keys name what only one create can have: the offer, the GPUs it is made of.
	// Empty when any number can be rented.
	Keys []string
	// Label names the candidate in messages: "RTX 4090, SECURE, EU-RO-1".
	Label string
	// Check looks at price and budget before renting. Its error passes the
	// candidate over, unless it is a *StopError. The release function, which may
	// be nil, is called once the attempt is over.
	Check func(ctx context.Context) (release func(), err error)
	// Look is the last look just before the call is sent, when the quota lets it
	// through; nil for none. Its error means the same as that of Check.
	Look func(ctx context.Context) error
	// Rent makes the one creating call, with the context that it is given.
	Rent func(ctx context.Context) (T, error)
}

// StopError ends the walk over the candidates: the cause would refuse the
// others as well.
type StopError struct{ Err error }

func (e *StopError) Error() string { return e.Err.Error() }
func (e *StopError) Unwrap() error { return e.Err }

// Stop marks err as one that would refuse every candidate.
func Stop(err error) error { return &StopError{Err: err} }

// Refusal is a candidate that was not rented, and why.
type Refusal struct {
	Label string
	Err   error
}

// RefusedError says that every candidate was refused.
type RefusedError struct {
	// Refusals are in the order in which the candidates were tried.
	Refusals []Refusal
	// Taken counts the candidates that other resources of this apply hold.
	Taken int
	// Left counts the candidates beyond the number that may be tried.
	Left int
}

// Error lists every candidate with its reason, one a line.
func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tried %d of %d candidates, none could be rented:", len(e.Refusals), len(e.Refusals)+e.Taken+e.Left)
	for _, refusal := range e.Refusals {
		fmt.Fprintf(&b, "\n  - %s: %s", refusal.Label, Reason(refusal.Err))
	}
	if e.Taken > 0 {
		fmt.Fprintf(&b, "\n  - %d more are held by other resources of this apply", e.Taken)
	}
	return b.String()
}

// forbidden is the first refusal where every one is of permission, else nil.
func (e *RefusedError) forbidden() error {
	for _, refusal := range e.Refusals {
		if !errors.Is(refusal.Err, apierr.Forbidden) {
			return nil
		}
	}
	if len(e.Refusals) == 0 {
		return nil
	}
	return e.Refusals[0].Err
}

// Reason is the shortest true account of err: the platform's own words when it
// refused, else the error's text.
func Reason(err error) string {
	var refused *apierr.Error
	if errors.As(err, &refused) && refused.Message != "" {
		return refused.Message
	}
	return err.Error()
}

// First rents the first candidate that can be had, trying at most limit of them,
// and returns it with its index. A refusal for lack of capacity, of a pool that
// the account may not use, or by Check moves on; anything else stops and is
// returned as it is. When all were refused the error is a *RefusedError; when none
// may be used, as with a key that may not rent, it is the platform's own.
//
// Each candidate is reserved while it is tried, so that creates that run side by
// side spread over the market. What was rented stays reserved, and so does what
// the market refused: it is gone for the others too.
func First[T any](ctx context.Context, r *Reservations, limit int, candidates []Candidate[T]) (T, int, error) {
	var none T
	refused := &RefusedError{}
	for i, candidate := range candidates {
		if err := ctx.Err(); err != nil {
			return none, -1, err
		}
		if len(refused.Refusals) == limit {
			refused.Left = len(candidates) - i
			break
		}
		if !r.take(candidate.Keys) {
			refused.Taken++
			continue
		}
		object, err := try(ctx, candidate)
		if err == nil {
			return object, i, nil
		}
		if !errors.Is(err, apierr.NoCapacity) {
			r.release(candidate.Keys)
		}
		var stop *StopError
		if errors.As(err, &stop) {
			return none, -1, stop.Err
		}
		refused.Refusals = append(refused.Refusals, Refusal{candidate.Label, err})
	}
	if first := refused.forbidden(); first != nil {
		return none, -1, first
	}
	return none, -1, refused
}

func try[T any](ctx context.Context, candidate Candidate[T]) (T, error) {
	var none T
	if candidate.Check != nil {
		release, err := candidate.Check(ctx)
		if release != nil {
			defer release()
		}
		if err != nil {
			return none, err
		}
	}
	if candidate.Look != nil {
		ctx = transport.WithLastLook(ctx, candidate.Look)
	}
	object, err := candidate.Rent(ctx)
	var refused *transport.RefusedError
	if errors.As(err, &refused) {
		return none, refused.Err
	}
	if err != nil && !errors.Is(err, apierr.NoCapacity) && !errors.Is(err, apierr.Forbidden) {
		return none, Stop(err)
	}
	return object, err
}

// Reservations are the candidates that creates of this process hold. The zero
// value is ready for use.
type Reservations struct {
	mu    sync.Mutex
	taken map[string]bool
}

// take reserves all the keys, or none when one of them is held already.
func (r *Reservations) take(keys []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range keys {
		if r.taken[key] {
			return false
		}
	}
	if r.taken == nil {
		r.taken = map[string]bool{}
	}
	for _, key := range keys {
		r.taken[key] = true
	}
	return true
}

func (r *Reservations) release(keys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range keys {
		delete(r.taken, key)
	}
}
