package kernel

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// Trouble is one failed step, told in the provider's one voice: what happened,
// what is true now (is anything billing?), what to do next.
type Trouble struct {
	// Doing completes "Unable to …": "create pod", "read pod abc".
	Doing string
	// Err is what happened.
	Err error
	// Now says what is true now.
	Now string
	// Next says what to do; when empty it follows from the error's kind.
	Next string
}

// AddError appends the trouble to diags.
func AddError(diags *diag.Diagnostics, t Trouble) {
	diags.AddError("Unable to "+t.Doing, t.detail())
}

// AddAttributeError appends the trouble to diags, on an attribute.
func AddAttributeError(diags *diag.Diagnostics, at path.Path, t Trouble) {
	diags.AddAttributeError(at, "Unable to "+t.Doing, t.detail())
}

func (t Trouble) detail() string {
	next := t.Next
	if next == "" {
		next = advice(t.Err)
	}
	var parts []string
	for _, part := range []string{sentence(happened(t.Err)), t.Now, next} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "\n\n")
}

func happened(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return "The operation was interrupted"
	case errors.Is(err, context.DeadlineExceeded):
		return "The timeout was reached"
	default:
		return err.Error()
	}
}

func sentence(text string) string {
	text = capitalise(text)
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

func advice(err error) string {
	var lost *rent.LostError
	if errors.As(err, &lost) {
		if lost.Found > 0 {
			return "gpumarket_spend lists everything that is billed."
		}
		return "Apply again: the object is adopted if it exists. gpumarket_spend lists everything that is billed."
	}
	if limit := BudgetAdvice(err); limit != "" {
		return limit
	}
	switch apierr.KindOf(err) {
	case apierr.Unauthorized:
		return keyAdvice(err)
	case apierr.Forbidden:
		return "Use a key that has the required permission, or choose a resource that this account is allowed to rent."
	case apierr.NoFunds:
		return "Add credit to the account, or rent something cheaper."
	case apierr.NoCapacity:
		return "Try again later, or accept more GPU types, clouds or data centers."
	case apierr.Throttled, apierr.Unavailable, apierr.Malformed:
		return "This may be temporary: try again."
	case apierr.Ambiguous:
		return "Before you try again, check in the platform's console or with gpumarket_spend whether the object exists."
	default:
		return ""
	}
}

// keyAdvice says where a key that was refused may come from.
func keyAdvice(err error) string {
	var refused *apierr.Error
	if errors.As(err, &refused) {
		for _, p := range []platform{platformRunPod, platformVastai} {
			if p.name == refused.Platform {
				return fmt.Sprintf("Check the API key. It is %s.api_key in the provider block, else the environment variable %s, else the key in %s.",
					p.attribute, p.variable, p.file)
			}
		}
	}
	return "Check the API key."
}

// BudgetAdvice is what to do when a limit of the provider's budget refused, whatever
// the candidate; "" when that is not the reason.
func BudgetAdvice(err error) string {
	var all *rent.RefusedError
	if errors.As(err, &all) {
		for _, refusal := range all.Refusals {
			if BudgetAdvice(refusal.Err) == "" {
				return ""
			}
			err = refusal.Err
		}
	}
	var exceeded *budget.ExceededError
	var each *budget.EachExceededError
	switch {
	case errors.As(err, &exceeded):
		return "Delete something else that is billed (gpumarket_spend lists it), or raise " + exceeded.Attribute() + " in the provider block."
	case errors.As(err, &each):
		return "Choose something cheaper, or raise budget.max_hourly_each in the provider block."
	}
	return ""
}

// Recover turns a panic into an error diagnostic, so that a state that was set
// before it still reaches Terraform. It is deferred first thing in every Create.
func Recover(diags *diag.Diagnostics) {
	if cause := recover(); cause != nil {
		diags.AddError("The provider failed", fmt.Sprintf(
			"%v. This is a bug; please report it. What was created so far is in the state: terraform destroy deletes it and stops its cost.", cause))
	}
}
