// Package budget keeps what the accounts cost per hour within the limits of the
// provider block: a ledger for the plan, which can only warn early, and a check
// just before each rent, which is the authority.
package budget

import (
	"context"
	"fmt"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// Limits are the budget of the provider block; nil means no limit.
type Limits struct {
	// MaxHourly is what everything on the configured accounts may cost, USD/h.
	MaxHourly *money.PerHour
	// MaxMonthly is set when MaxHourly was written as max_monthly, for messages.
	MaxMonthly *money.PerMonth
	// MaxHourlyEach is what one resource may cost while it runs, USD/h.
	MaxHourlyEach *money.PerHour
}

// name is what the limit on everything is called in the provider block.
func (l Limits) name() string {
	if l.MaxMonthly != nil {
		return "budget.max_monthly"
	}
	return "budget.max_hourly"
}

// Item is one thing that bills now.
type Item struct {
	// ID is the platform's id, with the platform in front: "runpod/pod/abc".
	ID string
	// Hourly is what it costs now, storage included.
	Hourly money.PerHour
	// Managed tells whether it carries this provider's marker; nil for things that
	// cannot carry one.
	Managed *bool
}

// Spend lists what bills on the configured accounts. fresh asks for a list of the
// machines no older than the call.
type Spend func(ctx context.Context, fresh bool) ([]Item, error)

// ExceededError says that a limit would be crossed.
type ExceededError struct {
	// Others is what runs, or will run, otherwise.
	Others money.PerHour
	// Adds is what this resource costs then.
	Adds money.PerHour
	// Limit is what everything may cost.
	Limit money.PerHour
	// Monthly is set when the limit was written as budget.max_monthly.
	Monthly *money.PerMonth

	// Before is what this resource costs already; 0 for a create.
	Before money.PerHour
	// Elsewhere is set when this resource itself is not what makes the plan too
	// dear: it is what the plan adds in other resources.
	Elsewhere money.PerHour
	// Kept tells that the plan adds nothing: what exists is above the limit, and
	// that is to be said but not refused.
	Kept bool
	// Waited is how long a rent waited for deletions to make room.
	Waited time.Duration
}

func (e *ExceededError) Error() string {
	text := fmt.Sprintf("everything else costs %s USD/h, this ", e.Others)
	switch {
	case e.Kept:
		text += fmt.Sprintf("costs %s USD/h", e.Adds)
	case e.Elsewhere > 0:
		text += fmt.Sprintf("costs %s USD/h, other resources of this plan add %s USD/h", e.Adds, e.Elsewhere)
	case e.Before > 0:
		text += fmt.Sprintf("costs %s USD/h instead of %s USD/h", e.Adds, e.Before)
	default:
		text += fmt.Sprintf("adds %s USD/h", e.Adds)
	}
	if e.Monthly != nil {
		text += fmt.Sprintf(", and %s is %s USD a month, which is %s USD/h", e.Attribute(), *e.Monthly, e.Limit)
	} else {
		text += fmt.Sprintf(", and %s is %s USD/h", e.Attribute(), e.Limit)
	}
	if e.Waited > 0 {
		text += fmt.Sprintf("; nothing ended within %s to make room", e.Waited)
	}
	return text
}

// Attribute is the limit as the provider block names it.
func (e *ExceededError) Attribute() string { return Limits{MaxMonthly: e.Monthly}.name() }

// Attribute is the limit on everything as the provider block names it.
func (b *Budget) Attribute() string { return b.Limits.name() }

// Budget guards one configured provider.
//
// Terraform runs every provider block, aliases included, in a process of its
// own, and for the plan and the apply again. So the ledger of one block does not
// know what another block plans; but a rent is held against everything that the
// accounts are billed for, whoever rented it, and against the rents under way of
// every process with the same data directory.
type Budget struct {
	Limits Limits

	clock  clock.Clock
	spend  Spend
	ledger ledger
	till   till
}

// New returns the guard of limits over what spend lists of the accounts. Below dataDir
// it keeps which objects of the state do not carry the marker, and the rents under
// way of all processes that share it.
func New(clk clock.Clock, limits Limits, spend Spend, dataDir string, accounts ...string) *Budget {
	return &Budget{
		Limits: limits, clock: clk, spend: spend,
		ledger: ledger{entries: map[string]entry{}, memory: newMemory(clk, dataDir)},
		till:   till{turn: make(chan struct{}, 1), claims: newClaims(dataDir, accounts)},
	}
}

// EachExceededError says that one resource alone costs too much.
type EachExceededError struct {
	// Hourly is what it costs, Limit is budget.max_hourly_each.
	Hourly, Limit money.PerHour
}

func (e *EachExceededError) Error() string {
	return fmt.Sprintf("it costs %s USD/h and budget.max_hourly_each is %s USD/h", e.Hourly, e.Limit)
}

// CheckEach refuses a resource that alone costs more than max_hourly_each, with an
// *EachExceededError.
func (b *Budget) CheckEach(hourly money.PerHour) error {
	if b.Limits.MaxHourlyEach == nil || !hourly.Above(*b.Limits.MaxHourlyEach) {
		return nil
	}
	return &EachExceededError{Hourly: hourly, Limit: *b.Limits.MaxHourlyEach}
}
