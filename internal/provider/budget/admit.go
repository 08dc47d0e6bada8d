package budget

import (
	"context"
	"fmt"
	"sync"
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
	// listsLag is how long the platforms' lists may take to show what was rented:
	// seconds, as far as is known.
	listsLag = 10 * time.Second
)

// till is where rents are admitted, one at a time.
type till struct {
	// turn holds one token while somebody looks at the spend; unlike a mutex it can
	// be given up on. It guards what was seen last, and when that was asked for.
	turn  chan struct{}
	seen  money.PerHour
	asked time.Time

	mu     sync.Mutex
	claims map[*claim]struct{}
}

// claim is an amount that was admitted and that the lists may not show yet.
type claim struct {
	hourly money.PerHour
	// done is when the rent was over, zero while it is under way.
	done time.Time
}

// Admit waits until renting at this price keeps the live spend within
// max_hourly, and refuses with an *ExceededError when two minutes pass without.
// Any other error means that the spend could not be read or ctx ended.
//
// The price counts as spent until done is called, and for ten seconds more: by
// then the lists show what was rented. In between it may count twice, which makes
// others wait and never lets them rent too much. done may be called more than once.
func (b *Budget) Admit(ctx context.Context, hourly money.PerHour) (done func(), err error) {
	return b.AdmitChange(ctx, 0, hourly)
}

// AdmitChange is [Budget.Admit] for something that exists and costs before, which is
// part of the live spend, and will cost after: it grows, is started or bids more. A
// change that costs no more is always admitted.
func (b *Budget) AdmitChange(ctx context.Context, before, after money.PerHour) (done func(), err error) {
	if b.Limits.MaxHourly == nil || after <= before {
		return func() {}, nil
	}
	for began := b.clock.Now(); ; {
		admitted, exceeded, err := b.reserve(ctx, before, after)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be checked, so nothing is rented: %w", b.Attribute(), err)
		}
		if exceeded == nil {
			return func() { b.till.close(admitted, b.clock.Now()) }, nil
		}
		if after.Above(exceeded.Limit) {
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

func (b *Budget) reserve(ctx context.Context, before, after money.PerHour) (*claim, *ExceededError, error) {
	select {
	case b.till.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	defer func() { <-b.till.turn }()

	if now := b.clock.Now(); now.Sub(b.till.asked) >= lookServes {
		items, err := b.spend(ctx, true)
		if err != nil {
			return nil, nil, err
		}
		b.till.seen, b.till.asked = 0, now
		for _, item := range items {
			b.till.seen += item.Hourly
		}
	}
	others := max(0, b.till.seen+b.till.claimed()-before)
	if (others + after).Above(*b.Limits.MaxHourly) {
		return nil, &ExceededError{Others: others, Adds: after, Before: before, Limit: *b.Limits.MaxHourly, Monthly: b.Limits.MaxMonthly}, nil
	}
	return b.till.open(after - before), nil, nil
}

func (t *till) open(hourly money.PerHour) *claim {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &claim{hourly: hourly}
	t.claims[c] = struct{}{}
	return c
}

func (t *till) close(c *claim, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.done.IsZero() {
		c.done = now
	}
}

// claimed is the sum of what the last look may not have seen.
func (t *till) claimed() money.PerHour {
	t.mu.Lock()
	defer t.mu.Unlock()
	var sum money.PerHour
	for c := range t.claims {
		if !c.done.IsZero() && t.asked.Sub(c.done) >= listsLag {
			delete(t.claims, c)
			continue
		}
		sum += c.hourly
	}
	return sum
}
