package vastai

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// answer is what an answer says about success, whatever form it takes: the
// canonical {"success","error","msg"}, its many partial variants, a bare JSON
// value, a gateway's page, a plain text.
type answer struct {
	status int
	// json: the body is JSON, or empty.
	json bool
	// failed: it says itself that it is no success.
	failed bool
	html   bool
	code   string
	// created is the number of an instance that the answer names, "" for none.
	created string
	// message is the text for people; said is the part of it that came as JSON.
	message, said string
}

// classify turns a reply into an error, nil for a success. A status alone decides
// little here: failures come with status 200, a wrong key comes with 404, and an
// offer that is gone with 400, 404 or 410.
func classify(op transport.Op, reply transport.Reply) *apierr.Error {
	if plainSuccess(op, reply) {
		return nil
	}
	a := read(reply)
	if a.good() && a.json && !a.failed {
		return nil
	}
	return &apierr.Error{Platform: platform, Kind: a.kind(), Status: reply.Status, Code: a.code, Message: a.message, Created: a.created}
}

// shortBody is how long a body may be for its decoding not to matter.
const shortBody = 4 << 10

// plainSuccess tells, without decoding it, that a long body is a success: it begins
// as JSON does, and nothing in it says error or success but success: true. Whether it
// is JSON to its end shows when it is decoded for what it holds, which a write's need
// not be.
func plainSuccess(op transport.Op, reply transport.Reply) bool {
	body := reply.Body
	switch {
	case reply.Status < http.StatusOK || reply.Status >= http.StatusMultipleChoices, len(body) <= shortBody:
		return false
	case body[0] != '{' && body[0] != '[', bytes.Contains(body, []byte(`"error"`)):
		return false
	}
	key := []byte(`"success"`)
	for rest := body; ; {
		at := bytes.Index(rest, key)
		if at < 0 {
			return op.Method == http.MethodGet || op.Name == searchOffers.name || json.Valid(body)
		}
		rest = bytes.TrimLeft(rest[at+len(key):], " \t\r\n:")
		if !bytes.HasPrefix(rest, []byte("true")) {
			return false
		}
	}
}

func read(reply transport.Reply) answer {
	body := bytes.TrimSpace(reply.Body)
	a := answer{status: reply.Status, json: len(body) == 0 || json.Valid(body)}
	var fields map[string]any
	switch {
	case !a.json:
		a.message = string(body)
		if a.html = bytes.HasPrefix(body, []byte("<")); a.html {
			a.message = "the answer is a web page, not the API's"
		}
	case json.Unmarshal(body, &fields) == nil:
		a.code, _ = fields["error"].(string)
		a.created = contractIn(fields["new_contract"])
		for _, name := range []string{"msg", "message", "detail", "error"} {
			if a.said = words(fields[name]); a.said != "" {
				break
			}
		}
		a.message = a.said
		success, stated := fields["success"].(bool)
		a.failed = stated && !success || !stated && a.code != ""
	case !a.good():
		a.said = words(decoded(body))
		a.message = a.said
	}
	// An error that is a sentence is no code.
	if strings.Contains(a.code, " ") {
		a.code = ""
	}
	return a
}

// contractIn is the number of a contract, "" for anything else.
func contractIn(v any) string {
	switch v := v.(type) {
	case float64:
		if v >= 1 && v < 1<<53 && v == math.Trunc(v) {
			return strconv.FormatInt(int64(v), 10)
		}
	case string:
		if id, err := strconv.ParseInt(v, 10, 64); err == nil && id > 0 {
			return strconv.FormatInt(id, 10)
		}
	}
	return ""
}

func decoded(body []byte) any {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	return v
}

// words is a text, or what else stands in its place as JSON.
func words(v any) string {
	switch v := v.(type) {
	case nil, bool:
		return ""
	case string:
		return strings.TrimSpace(v)
	}
	text, err := json.Marshal(v)
	if err != nil || len(text) <= len("{}") {
		return ""
	}
	return string(text)
}

func (a answer) good() bool { return a.status >= 200 && a.status < 300 }

// has reports whether code or message contain one of the words, which are given
// in lower case.
func (a answer) has(words ...string) bool {
	text := strings.ToLower(a.code + " " + a.message)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

func (a answer) is(codes ...string) bool { return slices.Contains(codes, a.code) }

// kind is the meaning of a failure. What the answer says goes before its status.
func (a answer) kind() apierr.Kind {
	switch {
	case a.has("no_such_ask") || a.is("resources_unavailable"):
		return apierr.NoCapacity
	case a.status == http.StatusTooManyRequests || a.is("rate_limit_exceeded"):
		return apierr.Throttled
	case a.status >= http.StatusInternalServerError && a.status != statusBadCommand:
		return apierr.Unavailable
	case a.html || a.good() && !a.json:
		return apierr.Malformed
	}
	if kind, known := a.refusal(); known {
		return kind
	}
	return a.byStatus()
}

// statusBadCommand is the service's own status for a body that is no JSON.
const statusBadCommand = 483

// refusal is the meaning of what the answer says, as far as that is known.
func (a answer) refusal() (kind apierr.Kind, known bool) {
	switch {
	case a.denied() && a.has("lacks the", "two factor"):
		return apierr.Forbidden, true
	case a.is("auth_error", "unauthorized") || a.has("invalid user key") || a.status == http.StatusUnauthorized:
		return apierr.Unauthorized, true
	case a.has("lacks credit", "spend_rate_limit") || a.status == http.StatusLengthRequired,
		a.is("insufficient_credit", "insufficient_balance", "missing_billing"):
		return apierr.NoFunds, true
	case a.status == http.StatusForbidden || a.is("forbidden", "not_allowed", "not_authorized", "team_ssh_keys_not_supported"):
		return apierr.Forbidden, true
	case a.is("deprecated_endpoint"):
		return apierr.Malformed, true
	case a.is("not_found") || strings.HasPrefix(a.code, "no_such_"), a.has("no_such_instance", "no such instance"):
		return apierr.NotFound, true
	case a.is("server_error"):
		return apierr.Unavailable, true
	case a.has("already associated", "already exists") || a.status == http.StatusConflict:
		return apierr.Conflict, true
	}
	return "", false
}

// denied reports the statuses under which a valid key is refused; the service
// uses both.
func (a answer) denied() bool {
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
}

// byStatus is the meaning of an answer that says nothing known. A 404 counts as
// not found only where the answer's JSON says that something does not exist: the
// framework answers unknown paths with 404 too.
func (a answer) byStatus() apierr.Kind {
	said := strings.ToLower(a.said)
	switch {
	case a.good():
		// The request passed, so it is the state of things that does not allow it.
		if a.code == "" {
			return apierr.Conflict
		}
		return apierr.Invalid
	case a.status == http.StatusNotFound && (strings.Contains(said, "does not exist") || strings.HasSuffix(strings.TrimSuffix(said, "."), " not found")):
		return apierr.NotFound
	case a.status == http.StatusRequestTimeout:
		return apierr.Unavailable
	case a.status < http.StatusBadRequest || a.status == http.StatusNotFound || a.status == http.StatusGone:
		return apierr.Malformed
	default:
		return apierr.Invalid
	}
}
