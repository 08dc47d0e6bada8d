package contract

import (
	"regexp"
	"strings"
)

const (
	runpodFile = "runpod-v2.openapi.json"
	vastaiFile = "vastai.openapi.yaml"
)

// Exception is a violation that is none, because the document is wrong or
// silent about what the service does.
type Exception struct {
	// Method and Path select exchanges: a verb, and a pattern for the whole path
	// without a slash at its end. Empty means any.
	Method, Path string
	// Status is that of the reply; 0 means any.
	Status int
	// Violation is a pattern for a part of the violation; empty means any.
	Violation string
	// Reason says why it is no violation.
	Reason string
}

// The strict check is off for RunPod, because it does not see the properties
// that a schema inherits.
var (
	runpod = newPlatform(runpodFile, "https://api.runpod.io", false, nil)
	vastai = newPlatform(vastaiFile, "https://console.vast.ai", true, vastaiExceptions)
)

var vastaiExceptions = []Exception{
	{
		Method: "PUT", Path: "/api/v0/instances/update_template/[0-9]+",
		Reason: "the document lacks the call; the vendor's command line makes it for \"update instance\"",
	},
	{
		Method: "POST", Path: "/api/v0/bundles", Violation: `'ondemand', 'bid', 'reserved' \(\$\.type\)`,
		Reason: "the document's own example, the command line and the live service say \"on-demand\"",
	},
	{
		Method: "POST", Path: "/api/v0/bundles", Violation: `(minItems|maxItems): .* \(\$\.order\)`,
		Reason: "the document puts the length of a pair (column, direction) on the list of pairs",
	},
	{
		Method: "GET", Path: "/api/v0/instances/[0-9]+", Status: 200, Violation: `got null, want object \(\$\.instances\)`,
		Reason: "the live service answers so for an instance that does not exist",
	},
	{
		Status: 401, Violation: "^reply: .* response code '401' does not exist",
		Reason: "every call needs a key; the document leaves the answer out for some",
	},
	{
		Status: 404, Violation: "^reply: .* response code '404' does not exist",
		Reason: "the live service answers a wrong key with 404 and auth_error on every call",
	},
	{
		Status: 429, Violation: "^reply: ",
		Reason: "every call is limited; the live service answers in plain text",
	},
}

func (p *platform) excepted(x exchange, violation string) bool {
	for _, e := range p.exceptions {
		if e.covers(x, violation) {
			return true
		}
	}
	return false
}

func (e Exception) covers(x exchange, violation string) bool {
	matches := func(pattern, text string) bool {
		return pattern == "" || regexp.MustCompile(pattern).MatchString(text)
	}
	return (e.Method == "" || strings.EqualFold(e.Method, x.method)) &&
		(e.Path == "" || matches("^"+e.Path+"$", x.path)) &&
		(e.Status == 0 || e.Status == x.status) &&
		matches(e.Violation, violation)
}
