package kernel

import (
	"errors"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

// ErrPlanElsewhere says that a saved plan is applied where the prices that it shows
// are not kept: it was made in another directory, or too long ago.
var ErrPlanElsewhere = errors.New("the list prices that it shows are not kept")

// Carries tells whether a price that is answered here will be answered the same when
// the plan is made again at apply. It is when both are made by one command, or when a
// plan is saved and the state is a local one, so that it is applied in this directory.
func (b *PriceBook) Carries() bool { return b.carries() }

// Saved tells whether a saved plan is applied, whose prices are those that are kept.
func (b *PriceBook) Saved() bool { return b.command().Saved != "" && b.carries() }

// inPlan is the key of what was told to the saved plan of that name.
func inPlan(plan, key string) string { return "plan/" + plan + "/" + key }

// beginPlan notes, once, that a plan of this name is made here, in place of an earlier
// one. Two blocks of the provider plan side by side: what the other one has written for
// the same command stays.
func (b *PriceBook) beginPlan() {
	header := inPlan(b.command().Out, "")
	if _, begun := b.memory[header]; begun {
		return
	}
	b.memory[header] = nil
	lock, now := b.lock(), b.clock.Now().UTC()
	b.update(func(entries map[string]kept) bool {
		for key, entry := range entries {
			sibling := entry.Parent == b.parent && entry.Lock == lock.ID && now.Sub(entry.Time) < time.Hour
			if strings.HasPrefix(key, header) && !sibling || now.Sub(entry.Time) >= priceKeptForApply {
				delete(entries, key)
			}
		}
		entries[header] = kept{Time: now, Lock: lock.ID, Parent: b.parent}
		return true
	})
}

// asPlanned is what the saved plan was told, nothing where it was told nothing.
func (b *PriceBook) asPlanned(key string) ([]float64, error) {
	entries := datadir.ReadJSON[map[string]kept](b.path)
	header, here := entries[inPlan(b.command().Saved, "")]
	if !here || b.clock.Now().Sub(header.Time) >= priceKeptForApply {
		return nil, ErrPlanElsewhere
	}
	values := entries[inPlan(b.command().Saved, key)].Values
	b.memory[key] = values
	return values, nil
}
