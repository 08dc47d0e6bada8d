package budget

import (
	"context"
	"fmt"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

const (
	// deletionsTake is how long a rent waits for deletions of the same apply to
	// bring the spend below the limit.
	deletionsTake = 2 * time.Minute
	// lookEvery is the pause between two looks at the spend.
	lookEvery = 5 * time.Second
	// lookServes is how long a look serves those who wait for their turn: twenty
	// rents that begin together need not list the accounts twenty times.
	lookServes = 2 * time.Second
	// confirmServes is the same for the last look before a call is sent: what this
	// provider rents is known without a list, so only others can have come in between.
	confirmServes = 10 * time.Second
)

// Rent is something that will cost more: a create, or a change of what exists.
type Rent struct {
	// Account is the account that pays, as the budget was told of it.
	Account string
	// ID is the ledger's key of what exists ("runpod/pod/abc"), empty for a create.
	ID string
	// Before is what it costs already, 0 for a create; After what it will cost.
	Before, After money.PerHour
}

// till is where rents are admitted, one at a time.
type till struct {
	// turn holds one token while somebody looks at the spend; unlike a mutex it can
	// be given up on. It guards what was seen last, and when that was asked for.
	turn  chan struct{}
	seen  []Item
	asked time.Time

	claims claims
}

// Admit waits until the rent keeps the live spend within max_hourly, and refuses
// with an *ExceededError when two minutes pass without. Any other error means that
// the spend could not be read or ctx ended. What costs no more is always admitted.
//
// The claim that it returns counts as spent in every process that shares the data
// directory, until its object shows on the account with its price.
func (b *Budget) Admit(ctx context.Context, r Rent) (*Claim, error) {
	if b.Limits.MaxHourly == nil || r.After <= r.Before {
		return nil, nil //nolint:nilnil // a nil claim is one that claims nothing.
	}
	claim := &Claim{budget: b, key: b.till.claims.newKey(), entry: claimed{Account: r.Account, ID: r.ID, Before: r.Before, After: r.After}}
	for began := b.clock.Now(); ; {
		exceeded, err := b.reserve(ctx, claim, lookServes)
		if err != nil {
			return nil, b.unchecked(err)
		}
		if exceeded == nil {
			return claim, nil
		}
		if r.After.Above(exceeded.Limit) {
			return nil, exceeded // no deletion makes room for this
		}
		if b.clock.Now().Sub(began) >= deletionsTake {
			exceeded.Waited = deletionsTake
			return nil, exceeded
		}
		if err := b.clock.Sleep(ctx, lookEvery); err != nil {
			return nil, err
		}
	}
}

func (b *Budget) unchecked(err error) error {
	return fmt.Errorf("%s cannot be checked, so nothing is rented: %w", b.Attribute(), err)
}

// reserve enters the claim, or says why there is no room for it. A look that is no
// older than serves will do.
func (b *Budget) reserve(ctx context.Context, claim *Claim, serves time.Duration) (*ExceededError, error) {
	select {
	case b.till.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-b.till.turn }()
	open, err := b.till.claims.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer open()

	now := b.clock.Now()
	if b.till.asked.IsZero() || now.Sub(b.till.asked) >= serves {
		items, err := b.spend(ctx, true)
		if err != nil {
			return nil, err
		}
		b.till.seen, b.till.asked = items, now
	}
	entry := claim.entry
	others := b.till.claims.spent(b.till.seen, b.till.asked, b.clock.Now(), claim.key, entry.ID)
	if (others + entry.After).Above(*b.Limits.MaxHourly) {
		return &ExceededError{
			Others: others, Adds: entry.After, Before: entry.Before, Limit: *b.Limits.MaxHourly, Monthly: b.Limits.MaxMonthly,
		}, nil
	}
	entry.At = b.clock.Now()
	entry.Until = entry.At.Add(underWay)
	claim.entry = entry
	b.till.claims.put(claim.key, entry)
	return nil, nil //nolint:nilnil // nothing exceeded and nothing failed.
}

// Claim is an amount that was admitted. A nil claim claims nothing. It is for one
// goroutine at a time.
type Claim struct {
	budget *Budget
	key    string
	entry  claimed
	over   bool
}

// Confirm is the last look just before the call that costs money is sent, when the
// quota let it through: whether there is room still, at the price that it has by
// now. It refuses with an *ExceededError.
func (c *Claim) Confirm(ctx context.Context, after money.PerHour) error {
	if c == nil {
		return nil
	}
	c.entry.After = after
	exceeded, err := c.budget.reserve(ctx, c, confirmServes)
	switch {
	case err != nil:
		return c.budget.unchecked(err)
	case exceeded != nil:
		return exceeded
	}
	return nil
}

// Done tells that the call was made. id is the ledger's key of what costs more now,
// empty when it is not known whether anything does.
func (c *Claim) Done(id string) {
	if c == nil || c.over {
		return
	}
	c.over = true
	now := c.budget.clock.Now()
	c.entry.ID, c.entry.Done, c.entry.Until = id, now, now.Add(listsLag)
	if id == "" {
		c.entry.Until = now.Add(lostLag)
	}
	c.budget.write(func(claims *claims) { claims.put(c.key, c.entry) })
}

// End tells that the call was not made, or that nothing came of it. After Done it
// does nothing.
func (c *Claim) End() {
	if c == nil || c.over {
		return
	}
	c.over = true
	c.budget.write(func(claims *claims) { claims.drop(c.key) })
}

// Gone tells that an object ended, which shows on no list any more: nothing that was
// claimed for it counts. id is its key in the ledger.
func (b *Budget) Gone(id string) {
	if b.Limits.MaxHourly != nil {
		b.write(func(claims *claims) { claims.gone(id) })
	}
}

// write changes the claims. It waits for whoever looks at the spend, and cannot fail:
// without the file the claims of this process are kept in memory.
func (b *Budget) write(change func(*claims)) {
	b.till.turn <- struct{}{}
	defer func() { <-b.till.turn }()
	defer b.till.claims.lockToWrite()()
	change(&b.till.claims)
}
