package rent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

// Creation is one object to be created.
type Creation[T any] struct {
	// Type is the Terraform type.
	Type string
	// Account is where it is created.
	Account *Account
	// Hash is a digest of the configuration (see [Hash]): only what was made from
	// the same is adopted.
	Hash string
	// ID is the platform's id of an object.
	ID func(T) string
	// Before lists the ids that exist, for objects that cannot bear a marker; nil
	// for those that do.
	Before func(ctx context.Context) ([]string, error)
	// Find lists what a create with this intent may have made: what bears its
	// marker, or else what equals the configuration and is not in its Known.
	Find func(ctx context.Context, intent Intent) ([]T, error)
	// Rent makes the object, with the marker where it can bear one. Every creating
	// call is made through send.
	Rent func(ctx context.Context, marker string, send Send[T]) (T, error)
	// Check says in the user's words where to look when the outcome stays unknown.
	Check func(marker string) string
}

// Send makes a creating call once, under a context that is never cancelled. When
// its answer is lost it looks for the object for the settle time: one match is
// returned as if it had been answered; none or several are a *[LostError]. Any other
// error is a refusal: nothing was created.
type Send[T any] func(ctx context.Context, call func(ctx context.Context) (T, error)) (T, error)

// Made is what [Once] created or adopted.
type Made[T any] struct {
	Object T
	// Marker is the marker of the create that made it.
	Marker string
	// Adopted tells that an earlier, killed process made it.
	Adopted bool

	answered func()
}

// Answered says that Terraform is told the id: from here on its state owns the
// object, and nothing may adopt it. A Create defers it as soon as the id is in its
// response. When the process is killed before, while the object boots, the next
// apply adopts it.
func (m *Made[T]) Answered() { m.answered() }

// Once is the whole of a create: it adopts what an earlier, killed process made from
// the same configuration, or else keeps an intent on disk and creates one object.
//
// Its error is a *[LostError] when something may exist, and bill, without being in
// a state; after any other, nothing was created.
func Once[T any](ctx context.Context, d *Desk, c Creation[T]) (*Made[T], error) {
	if c.Before != nil {
		// What cannot bear a marker is found among what newly appeared.
		done, err := d.alone(ctx, c.Type)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	made, err := adopt(ctx, d, &c)
	if made != nil || err != nil {
		return made, err
	}
	intent := Intent{Type: c.Type, Marker: NewMarker(), Marked: c.Before == nil, Hash: c.Hash, Account: c.account(ctx)}
	if c.Before != nil {
		if intent.Known, err = c.Before(ctx); err != nil {
			return nil, err
		}
	}
	if err := d.intents.begin(intent); err != nil {
		d.Logger.Debug("the intent to create could not be kept; a killed process would leave an orphan",
			"type", c.Type, "error", err.Error())
	}
	object, err := c.Rent(ctx, intent.Marker, func(ctx context.Context, call func(context.Context) (T, error)) (T, error) {
		return send(ctx, d, &c, intent, call)
	})
	if err != nil {
		if !Lost(err) {
			d.intents.drop(intent.Marker)
		}
		return nil, err
	}
	return c.made(d, object, intent, false), nil
}

func (c *Creation[T]) account(ctx context.Context) string {
	if c.Before == nil {
		return c.Account.Key()
	}
	return c.Account.ID(ctx)
}

// made hands an object over. One without a marker is answered at once: its id on
// disk is all that keeps another create from taking it for its own.
func (c *Creation[T]) made(d *Desk, object T, intent Intent, adopted bool) *Made[T] {
	answered := func() {
		if err := d.intents.answer(intent.Marker, c.Type, c.ID(object)); err != nil {
			d.Logger.Debug("the intent could not be marked as answered", "type", c.Type, "error", err.Error())
		}
	}
	if c.Before != nil {
		answered()
		answered = func() {}
	}
	return &Made[T]{Object: object, Marker: intent.Marker, Adopted: adopted, answered: answered}
}

// find is what the intent may have made, but for what has an owner.
func (c *Creation[T]) find(ctx context.Context, d *Desk, intent Intent) ([]T, error) {
	found, err := c.Find(ctx, intent)
	if intent.Marked {
		return found, err
	}
	return slices.DeleteFunc(found, func(object T) bool { return d.intents.owned(c.Type, c.ID(object)) }), err
}

// Settle is how long a lost object is looked for. Both platforms show a new object
// within seconds; Vast.ai's single read is known to lag up to two minutes, its list
// does not.
const Settle = 90 * time.Second

// lookEvery is the pause between two looks.
const lookEvery = 5 * time.Second

func send[T any](ctx context.Context, d *Desk, c *Creation[T], intent Intent, call func(context.Context) (T, error)) (T, error) {
	// The answer to a create is waited for even when the user interrupts:
	// abandoning the call does not stop the platform from renting.
	ctx = context.WithoutCancel(ctx)
	object, err := call(ctx)
	if err == nil || !errors.Is(err, apierr.Ambiguous) {
		return object, err
	}
	lost := &LostError{Check: c.Check(intent.Marker), Err: err}
	for began := d.Clock.Now(); ; {
		found, err := c.find(ctx, d, intent)
		switch {
		case err == nil && len(found) == 1:
			return found[0], nil
		case err == nil && len(found) > 1:
			lost.Found = len(found)
			return object, lost
		case err != nil && !apierr.Transient(err):
			lost.Err = errors.Join(lost.Err, err)
			return object, lost
		}
		if d.Clock.Now().Sub(began) >= Settle {
			return object, lost
		}
		if err := d.Clock.Sleep(ctx, lookEvery); err != nil {
			lost.Err = errors.Join(lost.Err, err)
			return object, lost
		}
	}
}

// LostError says that a create's answer was lost and its outcome is unknown.
type LostError struct {
	// Found is how many objects could be the one that was asked for.
	Found int
	// Check says where to look.
	Check string
	// Err is why the answer was lost.
	Err error
}

func (e *LostError) Error() string {
	switch e.Found {
	case 0:
		return fmt.Sprintf("the answer to the create was lost (%v) and no object that it could have created appeared within %s. "+
			"If it does appear later, the next apply adopts it. %s", e.Err, Settle, e.Check)
	case 1:
		return fmt.Sprintf("the answer to the create was lost (%v) and one object may be its result, but this is not certain, so it was not adopted. %s",
			e.Err, e.Check)
	default:
		return fmt.Sprintf("the answer to the create was lost (%v) and %d objects could be its result, so none was adopted. %s",
			e.Err, e.Found, e.Check)
	}
}

func (e *LostError) Unwrap() error { return e.Err }

// Lost reports whether err leaves open if something was created. Every other
// error of [Once] means that nothing was.
func Lost(err error) bool {
	var lost *LostError
	return errors.As(err, &lost)
}
