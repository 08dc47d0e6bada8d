package budget

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// patience is how long a verdict waits for other plan calls that are under way
// and may change it, in steps of glance.
const (
	patience = 500 * time.Millisecond
	glance   = 50 * time.Millisecond
)

// ledger adds up what each resource will cost after the plan. Terraform plans
// resources in any order, so an object of ours that was not planned yet counts
// nothing: the sum can only grow, and the order cannot raise a false alarm.
type ledger struct {
	memory *memory

	listing sync.Mutex // held while the accounts are listed
	ready   bool
	failure error

	mu      sync.Mutex
	entries map[string]entry
	creates int
	listed  []Item
	// ours are the unmarked ids that an earlier process saw in the state.
	ours map[string]bool
	// refused and warned tell that it was said that the limit is crossed.
	refused, warned bool
}

// entry is one resource after the plan.
type entry struct {
	hourly money.PerHour
	// before is what it costs already.
	before money.PerHour
}

func (e entry) adds() money.PerHour {
	if e.hourly.Above(e.before) {
		return e.hourly - e.before
	}
	return 0
}

// Change is what a plan does to one resource.
type Change struct {
	// ID is the platform's id with the platform in front, empty for a create.
	ID string
	// Replaces is the id whose replacement this create is; it will cost nothing.
	Replaces string
	// Hourly is what the resource costs after the plan; 0 when it is destroyed.
	Hourly money.PerHour
	// Before is what it costs now, 0 for a create. A replacement is a create: it is
	// rented again, and refused then if it is too dear, when the old one is gone.
	Before money.PerHour
}

// Plan enters a change into the ledger and returns an *ExceededError when
// max_hourly is crossed. A change that makes things cheaper is never refused for
// its own sake; but when it is the last of a plan that other resources make too
// dear, it is where that shows. Any other error means that the accounts could not
// be listed: then only what this plan knows was counted.
func (b *Budget) Plan(ctx context.Context, change Change) error {
	if b.Limits.MaxHourly == nil {
		return nil
	}
	failure := b.list(ctx)
	l, limit := &b.ledger, *b.Limits.MaxHourly
	key := l.enter(change)
	for waited := time.Duration(0); l.open(key, limit) && waited < patience; waited += glance {
		if err := b.clock.Sleep(ctx, glance); err != nil {
			break
		}
	}
	if exceeded := l.judge(key, limit); exceeded != nil {
		exceeded.Monthly = b.Limits.MaxMonthly
		return exceeded
	}
	return failure
}

func (l *ledger) enter(change Change) (key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if key = change.ID; key == "" {
		l.creates++
		key = "create/" + strconv.Itoa(l.creates)
	}
	if change.Replaces != "" {
		// A replacement is planned in two calls, and the first may not know that it
		// is one.
		l.entries[change.Replaces] = entry{}
	}
	l.entries[key] = entry{hourly: change.Hourly, before: change.Before}
	for _, id := range []string{change.ID, change.Replaces} {
		if id != "" && l.unmarked(id) {
			l.memory.keep(id)
		}
	}
	return key
}

func (l *ledger) unmarked(id string) bool {
	for _, item := range l.listed {
		if item.ID == id {
			return item.Managed != nil && !*item.Managed
		}
	}
	return false
}

// sums are what everything but key costs after the plan for certain, what
// objects that may be ours cost that were not planned yet, and what the plan adds
// to what there is.
func (l *ledger) sums(key string) (others, unplanned, added money.PerHour) {
	for id, e := range l.entries {
		added += e.adds()
		if id != key {
			others += e.hourly
		}
	}
	for _, item := range l.listed {
		_, planned := l.entries[item.ID]
		switch {
		case planned:
		case item.Managed != nil && !*item.Managed && !l.ours[item.ID]:
			others += item.Hourly
		default:
			unplanned += item.Hourly
		}
	}
	return others, unplanned, added
}

// open tells whether the verdict on key depends on calls that may be under way:
// those for objects that were not planned yet, and the second call of a
// replacement, after which the first counts no more.
func (l *ledger) open(key string, limit money.PerHour) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	this := l.entries[key]
	others, unplanned, added := l.sums(key)
	if this.adds() > 0 {
		return (others + unplanned + this.hourly).Above(limit)
	}
	return added > 0 && !l.refused && (others + this.hourly).Above(limit)
}

func (l *ledger) judge(key string, limit money.PerHour) *ExceededError {
	l.mu.Lock()
	defer l.mu.Unlock()
	this := l.entries[key]
	others, _, added := l.sums(key)
	if !(others + this.hourly).Above(limit) {
		return nil
	}
	exceeded := &ExceededError{Others: others, Adds: this.hourly, Limit: limit, Before: this.before}
	switch {
	case this.adds() > 0:
	case added > 0 && !l.refused:
		exceeded.Elsewhere = added
	case added == 0 && this.hourly > 0 && !l.warned:
		exceeded.Kept, l.warned = true, true
		return exceeded
	default:
		return nil // said already
	}
	l.refused = true
	return exceeded
}

// list reads once what runs on the accounts. Things that cannot carry a marker
// may be ours and planned later, so they count only through the ledger.
func (b *Budget) list(ctx context.Context) error {
	l := &b.ledger
	l.listing.Lock()
	defer l.listing.Unlock()
	if l.ready {
		return l.failure
	}
	items, err := b.spend(ctx, false)
	if err != nil && ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	ours := l.memory.recall(items)

	l.mu.Lock()
	defer l.mu.Unlock()
	// A failure is not tried again for every resource of the plan.
	l.ready, l.failure, l.listed, l.ours = true, err, items, ours
	return err
}
