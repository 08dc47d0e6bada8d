package runpod

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// The API has no error codes: where a status has several meanings, the text
// decides. The texts are those seen from the service and from its older APIs.
var (
	capacityText = regexp.MustCompile(`(?i)no longer any instances|no instances (are )?(currently )?available|not enough free gpus|enough disk space`)
	inUseText    = regexp.MustCompile(`(?i)\bin use\b|remove this network volume`)
	fundsText    = regexp.MustCompile(`(?i)insufficient (funds|balance)|balance is too low|spend(ing)? limit`)
	takenText    = regexp.MustCompile(`(?i)\balready exists\b|\bexists already\b|\bmust be unique\b|\balready (taken|used)\b`)
	lockedText   = regexp.MustCompile(`(?i)\bis locked\b|\blocked pod\b`)
)

// maxDetails is how many lines of a validation failure are passed on.
const maxDetails = 10

// classify turns a reply into an error, nil for a success. The transport shortens
// what it passes on of the service's words, and takes the secrets out.
func classify(op transport.Op, reply transport.Reply) *apierr.Error {
	p := parseProblem(reply.Body)
	kind := apierr.Malformed
	switch {
	case reply.Status < 200 || reply.Status >= 300:
		kind = kindOf(op, reply.Status, p)
	case answers(op, reply):
		return nil
	}
	return &apierr.Error{Kind: kind, Message: p.message, Details: p.details}
}

// answers tells whether the body of a 2xx is of the form that the operation has.
func answers(op transport.Op, reply transport.Reply) bool {
	body := bytes.TrimSpace(reply.Body)
	contentType := strings.ToLower(reply.Header.Get("Content-Type"))
	switch {
	case strings.Contains(contentType, "html"):
		return false
	case op.Name == opPodLogs:
		return true
	case len(body) == 0:
		return reply.Status == http.StatusNoContent || op.Method == http.MethodDelete
	default:
		return body[0] == '{'
	}
}

// kindOf is the meaning of a refusal.
func kindOf(op transport.Op, status int, p problem) apierr.Kind {
	// What does not have the form of the API's refusals comes from a gateway or
	// from another API, and its status says nothing about the object. Below are
	// the statuses that mean the same from whomever they come.
	switch {
	case status == http.StatusUnauthorized:
		return apierr.Unauthorized
	case status == http.StatusPaymentRequired:
		return apierr.NoFunds
	case status == http.StatusTooManyRequests:
		return apierr.Throttled
	case status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		return apierr.Unavailable
	case status < http.StatusBadRequest, status == http.StatusGone, !p.ours:
		return apierr.Malformed
	}
	onObject := strings.Contains(op.Route, idParam)
	switch status {
	case http.StatusBadRequest, http.StatusConflict:
		return kindOfText(op, status, onObject, p)
	case http.StatusForbidden:
		return apierr.Forbidden
	case http.StatusNotFound:
		// A create that answers so misses its template or volume, a list its path.
		if onObject {
			return apierr.NotFound
		}
		return apierr.Invalid
	case http.StatusLocked:
		return apierr.Conflict
	default:
		return apierr.Invalid
	}
}

// kindOfText tells the meanings of 400 apart, and the one of 409 that is about
// another object.
func kindOfText(op transport.Op, status int, onObject bool, p problem) apierr.Kind {
	text := p.message
	switch {
	case op.Method == http.MethodDelete && inUseText.MatchString(text):
		return apierr.InUse
	case status == http.StatusConflict:
		return apierr.Conflict
	case op.Method == http.MethodPost && capacityText.MatchString(text):
		return apierr.NoCapacity
	case op.Method == http.MethodPost && fundsText.MatchString(text):
		return apierr.NoFunds
	case op.Method != http.MethodDelete && takenText.MatchString(text):
		return apierr.Conflict
	case onObject && lockedText.MatchString(text):
		return apierr.Conflict
	default:
		return apierr.Invalid
	}
}

// problem is what a body says about a refusal.
type problem struct {
	// ours: it has the form of this API's refusals.
	ours    bool
	message string
	details []string
}

// parseProblem reads a body of application/problem+json, and as well as it can
// that of the older API, which has an error member instead.
func parseProblem(body []byte) problem {
	var b struct {
		Title  string            `json:"title"`
		Detail string            `json:"detail"`
		Error  string            `json:"error"`
		Errors []json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &b) != nil {
		return problem{message: textOf(body)}
	}
	p := problem{ours: b.Title != "" || b.Detail != "", message: b.Detail}
	switch {
	case p.message != "":
	case b.Title != "":
		p.message = b.Title
	case b.Error != "":
		p.message = b.Error + " (in the form of REST v1: is the base URL right?)"
	default:
		p.message = "the answer says nothing"
	}
	for _, raw := range b.Errors {
		var line string
		if json.Unmarshal(raw, &line) != nil {
			line = string(raw)
		}
		p.details = append(p.details, line)
	}
	// When a required property is missing, the validator also calls properties
	// that are right unknown; what is missing comes first.
	slices.SortStableFunc(p.details, func(a, b string) int { return rank(a) - rank(b) })
	if more := len(p.details) - maxDetails; more > 0 {
		p.details = append(p.details[:maxDetails], fmt.Sprintf("and %d more", more))
	}
	return p
}

func rank(detail string) int {
	if strings.Contains(detail, "missing propert") {
		return 0
	}
	return 1
}

// textOf is the message of a body that is not JSON: nothing of an HTML page is
// worth reading, nor of half an object.
func textOf(body []byte) string {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return "the answer is empty"
	case body[0] == '<':
		return "the answer is an HTML page"
	case body[0] == '{' || body[0] == '[':
		return "the answer cannot be decoded"
	default:
		return string(body)
	}
}
