package rent

import (
	"context"
	"errors"
	"slices"
	"time"
)

var errKilled = errors.New("an earlier apply was killed")

const (
	// appears is how long after an intent a thing that a killed process asked for may
	// still be on its way into the platform's lists.
	appears = 20 * time.Second
	// trusted is how long an object without a marker may be taken for what a killed
	// process made, when it is the only new one of equal content. Later it is ever
	// more likely that somebody else made it: then the user decides.
	trusted = time.Hour
)

// adopt returns what an earlier, killed process made from the same configuration for
// the same state, or nil. Where that cannot be told for certain its error is a
// *[LostError], and nothing may be created: one of the candidates may bill without
// being in any state.
func adopt[T any](ctx context.Context, d *Desk, c *Creation[T]) (*Made[T], error) {
	orphans, err := d.intents.orphans(c.Type)
	if err != nil {
		d.Logger.Debug("the kept intents could not be read", "type", c.Type, "error", err.Error())
		return nil, nil // creates go on without the log
	}
	for _, orphan := range orphans {
		if orphan.Hash != c.Hash {
			continue
		}
		mine, err := c.mine(ctx, d, orphan)
		if err != nil {
			return nil, err
		}
		if !mine || !d.intents.take(orphan) {
			continue
		}
		found, err := c.findLate(ctx, d, orphan)
		if err != nil {
			return nil, err
		}
		switch {
		case len(found) == 0 && d.intents.expired(orphan):
			d.intents.drop(orphan.Marker)
		case len(found) == 1 && (orphan.Marked || d.Clock.Now().Sub(orphan.Time) <= trusted):
			return c.made(d, found[0], orphan, true), nil
		case len(found) > 0:
			return nil, &LostError{
				Found: len(found), Err: errKilled,
				Check: "Look in the platform's console: import the one that this configuration created with terraform import, or delete what nobody uses, and apply again. " +
					"To create another one anyway, delete the file " + d.intents.pending(d.intents.owner, orphan.Marker) + ".",
			}
		}
	}
	return nil, nil
}

// mine tells whether an orphan is of this account. Another key may open the same
// account: what bears the marker is then found here, and of what cannot bear one
// the ids that it knew are.
func (c *Creation[T]) mine(ctx context.Context, d *Desk, orphan Intent) (bool, error) {
	if orphan.Account == c.account(ctx) {
		return true, nil
	}
	if orphan.Marked {
		found, err := c.find(ctx, d, orphan)
		return len(found) > 0, err
	}
	if len(orphan.Known) == 0 {
		return false, nil
	}
	ids, err := c.Before(ctx)
	return slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(orphan.Known, id) }), err
}

func (c *Creation[T]) findLate(ctx context.Context, d *Desk, orphan Intent) ([]T, error) {
	for {
		found, err := c.find(ctx, d, orphan)
		if err != nil || len(found) > 0 || d.Clock.Now().Sub(orphan.Time) >= appears {
			return found, err
		}
		if err := d.Clock.Sleep(ctx, lookEvery); err != nil {
			return nil, err
		}
	}
}
