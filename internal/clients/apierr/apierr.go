// Package apierr is the one error type of both platforms' clients. Everything
// above the clients asks for the [Kind] of an error and never reads its text.
package apierr

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what an error means to a caller. A Kind is itself an error, so that
// errors.Is(err, apierr.NotFound) reads naturally.
type Kind string

// Error is the kind's name in lower case.
func (k Kind) Error() string { return string(k) }

// The kinds of refusal. They are assigned once, in the platform clients, from
// status and body together.
const (
	// NotFound: the platform said that this id does not exist. It is one half of
	// a proof that something is gone; an authenticated list is the other.
	NotFound Kind = "not found"
	// Unauthorized: the key is missing, wrong or expired.
	Unauthorized Kind = "unauthorized"
	// Forbidden: the key is valid but may not do this.
	Forbidden Kind = "forbidden"
	// NoCapacity: what was asked for is sold out or gone; another candidate may work.
	NoCapacity Kind = "no capacity"
	// NoFunds: the account's balance or spend limit does not allow it.
	NoFunds Kind = "no funds"
	// Invalid: the request is wrong and will be refused again.
	Invalid Kind = "invalid"
	// Conflict: the object's state does not allow it now.
	Conflict Kind = "conflict"
	// InUse: something else still holds the object, so it cannot be deleted yet.
	InUse Kind = "in use"
	// Throttled: too many requests; the request was not executed.
	Throttled Kind = "throttled"
	// Unavailable: the platform or the way to it failed.
	Unavailable Kind = "unavailable"
	// Malformed: the answer could not be understood.
	Malformed Kind = "malformed"
	// Ambiguous: the request may or may not have been executed; look before deciding.
	Ambiguous Kind = "ambiguous"
	// Unknown is the kind of errors that did not come from a platform.
	Unknown Kind = "unknown"
)

// Error is a refusal or failure of one call to a platform.
type Error struct {
	// Platform is "RunPod" or "Vast.ai".
	Platform string
	// Op is the operation's name in the platform's API document, e.g. createPod.
	Op string
	// Kind says what it means.
	Kind Kind
	// Status is the HTTP status, 0 when no answer came.
	Status int
	// Code is the platform's own error slug where it has one (Vast.ai).
	Code string
	// Message is the platform's text, trimmed and capped, secrets removed.
	Message string
	// Details are further lines of a validation failure.
	Details []string
	// Created is the id of what the call made although it failed, "" for none: some
	// refusals of Vast.ai name a contract. It may bill.
	Created string
	// RetryAfter is how long the platform asked to wait, 0 when it did not say.
	RetryAfter time.Duration
	// Err is the cause below, e.g. a network error.
	Err error
}

// Error reads "RunPod createPod: no capacity: <message> (HTTP 400)".
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s", e.Platform, e.Op, e.Kind)
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	} else if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	for _, detail := range e.Details {
		b.WriteString("; " + detail)
	}
	switch {
	case e.Status != 0 && e.Code != "":
		fmt.Fprintf(&b, " (HTTP %d, %s)", e.Status, e.Code)
	case e.Status != 0:
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	return b.String()
}

// Is reports whether target is the error's kind.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && kind == e.Kind
}

// Unwrap is the cause below.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first *Error in err's chain, or Unknown.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Unknown
}

// Transient reports whether the same request may succeed later without any
// change: the platform throttled, failed or answered nonsense.
func Transient(err error) bool {
	switch KindOf(err) {
	case Throttled, Unavailable, Malformed:
		return true
	default:
		return false
	}
}
