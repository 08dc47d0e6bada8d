package transport

import "context"

type (
	lookKey struct{}
	slotKey struct{}
)

// RefusedError is how a last look refused a call: nothing was sent.
type RefusedError struct {
	// Err is what the look said.
	Err error
}

func (e *RefusedError) Error() string { return e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// WithLastLook lets look decide, before every attempt of a create (a call that is
// repeated [IfNotSent]) with the returned context, whether it is sent: when the quota
// has let it through, so that minutes in the queue do not come between the look and
// the call. An error refuses the call,
// which then fails with a *[RefusedError] in its chain. What look itself asks of the
// platform does not queue behind the calls that wait.
func WithLastLook(ctx context.Context, look func(ctx context.Context) error) context.Context {
	return context.WithValue(ctx, lookKey{}, look)
}

// lastLook takes the last look at a call that the quota let through.
func lastLook(ctx context.Context) error {
	look, ok := ctx.Value(lookKey{}).(func(context.Context) error)
	if !ok || look == nil {
		return nil
	}
	inside := context.WithValue(context.WithValue(ctx, lookKey{}, nil), slotKey{}, true)
	if err := look(inside); err != nil {
		return &RefusedError{Err: err}
	}
	return nil
}

// looksLast tells whether a call takes a last look.
func looksLast(ctx context.Context) bool {
	look, ok := ctx.Value(lookKey{}).(func(context.Context) error)
	return ok && look != nil
}

// insideSlot tells whether a call is made while another one holds its slot.
func insideSlot(ctx context.Context) bool {
	inside, _ := ctx.Value(slotKey{}).(bool)
	return inside
}
