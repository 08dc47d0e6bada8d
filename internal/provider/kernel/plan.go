package kernel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
)

// PlannedCost is what a plan does to the bill.
type PlannedCost struct {
	// Kind is the first part of the ledger's key: "runpod/pod".
	Kind string
	// ID is the object's id; empty for a create.
	ID string
	// Replaces is the id of the object that this create replaces.
	Replaces string
	// Hourly is what it costs after the plan in its desired status, USD/h; nil when
	// that is not known. The ceiling counts then, or nothing with a warning.
	Hourly *money.PerHour
	// Running is the all-in cost while running, which the limits for one resource
	// concern; nil when not known.
	Running *money.PerHour
	// Ceiling is max_hourly_price, nil without.
	Ceiling *money.PerHour
	// Before is what it costs as it is, by its contract; 0 for a create.
	Before money.PerHour
	// Refuse tells whether a crossed limit fails the plan: for creates and newly
	// set values. What exists is only warned about, so that a destroy can plan.
	Refuse bool
	// At is the attribute that a refusal is put on.
	At path.Path
	// Subject begins a refusal for the price, "It" when it is empty: what costs that.
	Subject string
}

// CheckCost enters a planned cost into the budget's ledger and checks the limits
// for one resource and for everything.
func (d *Data) CheckCost(ctx context.Context, p PlannedCost, diags *diag.Diagnostics) {
	if p.Running != nil {
		subject := cmp.Or(p.Subject, "It")
		if p.Ceiling != nil && p.Running.Above(*p.Ceiling) {
			refuse(diags, p.Refuse, path.Root("max_hourly_price"), "Too expensive",
				fmt.Sprintf("%s would cost %s USD/h and max_hourly_price is %s USD/h.", subject, *p.Running, *p.Ceiling))
		}
		if each := d.Budget.Limits.MaxHourlyEach; each != nil && p.Running.Above(*each) {
			refuse(diags, p.Refuse, p.At, "Over the budget for one resource",
				fmt.Sprintf("%s costs %s USD/h and budget.max_hourly_each is %s USD/h.", subject, *p.Running, *each))
		}
	}
	d.enterLedger(ctx, p, diags)
}

func (d *Data) enterLedger(ctx context.Context, p PlannedCost, diags *diag.Diagnostics) {
	if d.Budget.Limits.MaxHourly == nil {
		return
	}
	change := budget.Change{Before: p.Before}
	if p.ID != "" {
		change.ID = p.Kind + "/" + p.ID
	}
	if p.Replaces != "" {
		change.Replaces = p.Kind + "/" + p.Replaces
	}
	switch {
	case p.Hourly != nil:
		change.Hourly = *p.Hourly
	case p.Ceiling != nil:
		change.Hourly = *p.Ceiling
	case p.ID != "":
		change.Hourly = p.Before
	default:
		diags.AddAttributeWarning(p.At, "Not counted in the budget yet",
			"What this costs is not known at plan and no max_hourly_price is set, so the plan counts it as 0 towards "+d.Budget.Attribute()+". It is checked before it is rented.")
	}
	if !p.Refuse {
		change.Before = max(change.Before, change.Hourly)
	}
	err := d.Budget.Plan(ctx, change)
	var exceeded *budget.ExceededError
	switch {
	case err == nil:
	case errors.As(err, &exceeded):
		refuse(diags, !exceeded.Kept, p.At, "Over the budget", capitalise(exceeded.Error())+".")
	default:
		diags.AddAttributeWarning(p.At, "The budget could not be checked at plan",
			"What runs on the accounts could not be listed: "+err.Error()+". It is checked again before anything is rented.")
	}
}

// RentOf is what the budget is asked about something of a kind that will cost more;
// id is empty for a create.
func RentOf(kind, id, account string, before, after money.PerHour) budget.Rent {
	r := budget.Rent{Account: account, Before: before, After: after}
	if id != "" {
		r.ID = kind + "/" + id
	}
	return r
}

func refuse(diags *diag.Diagnostics, fatal bool, at path.Path, summary, detail string) {
	if fatal {
		diags.AddAttributeError(at, summary, detail+"\n\nNothing was changed.")
		return
	}
	diags.AddAttributeWarning(at, summary, detail+"\n\nIt runs already, so it is kept.")
}

func capitalise(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
