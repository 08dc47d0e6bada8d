package contract

import (
	"regexp"
	"strings"
)

const (
	runpodFile         = "runpod-v2.openapi.json"
	runpodRequestsFile = "runpod-v2.requests-2026-11.json"
	vastaiFile         = "vastai.openapi.yaml"
	vastaiBackendFile  = "vastai.backend.openapi.yaml"
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

var (
	runpod = newPlatform([]string{runpodFile}, []string{runpodRequestsFile}, runpodExceptions)
	vastai = newPlatform([]string{vastaiBackendFile, vastaiFile}, nil, vastaiExceptions)
)

var runpodExceptions = []Exception{{
	Method: "GET", Violation: `query parameter '(cursor|limit)'`,
	Reason: "every list has pages since October 2026, says the reference; the published document is older",
}}

var vastaiExceptions = []Exception{
	{
		Method: "PUT", Path: "/api/v0/instances/update_template/[0-9]+", Violation: `the property '(id|args|env)'`,
		Reason: "the vendor's command line sends it",
	},
	{
		Path: "/api/v0/(launch_instance|instances)", Violation: "^request: the document has no body here",
		Reason: "the vendor's command line sends one; the generated document leaves it out",
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
		Method: "POST", Path: "/api/v0/bundles", Violation: `the property '(eq|neq|gt|gte|lt|lte|in|notin)' at `,
		Reason: "the document's text gives eight operators for every field, its schema one for some",
	},
	{
		Method: "GET", Path: "/api/v0/instances/[0-9]+", Status: 200, Violation: `got null, want object \(\$\.instances\)`,
		Reason: "the live service answers so for an instance that does not exist",
	},
	{
		Method: "GET", Path: "/api/v1/instances", Violation: `got null, want string \(\$\.instances\[[0-9]+\]\.onstart\)`,
		Reason: "the schema of the single instance, and only that, says that it can be null",
	},
	{
		Method: "GET", Path: "/api/v0/(instances/[0-9]+|volumes)", Violation: `query parameter '(owner|type)'`,
		Reason: "the vendor's command line sends it",
	},
	{
		Method: "GET", Path: "/api/v0/instances/filters",
		Reason: "the document lacks the call; the vendor's command line makes it",
	},
	{
		Method: "PUT", Path: "/api/v0/search/asks",
		Reason: "the document lacks the call; the vendor's command line makes it for its newer search",
	},
	{
		Method: "PUT", Path: "/api/v0/asks/[0-9]+", Violation: `got object, want string \(\$\.env\)`,
		Reason: "the vendor's guide and command line send an object; a string has no effect",
	},
	{
		Method: "PUT", Path: "/api/v0/asks/[0-9]+", Violation: `the property '(client_id|extra)'`,
		Reason: "the vendor's command line sends it",
	},
	{
		Method: "PUT", Path: "/api/v0/instances/bid_price/[0-9]+", Violation: `got null, want number \(\$\.price\)`,
		Reason: "the vendor's command line asks for a winning bid so",
	},
	{
		Method: "PUT", Path: "/api/v0/asks/[0-9]+", Violation: `missing property 'image'`,
		Reason: "the document's text makes it optional with a template; without one the simulator refuses the request",
	},
	{
		Method: "GET", Path: "/api/v[01]/(instances(/[0-9]+)?|volumes)", Status: 200, Violation: `got null, want string \(\$\.[^)]*\.mobo_name\)`,
		Reason: "recorded offers often have no motherboard's name, and what is rented is described by its offer",
	},
	{
		Status: 401, Violation: "^reply: the document has no answer 401",
		Reason: "every call needs a key; the document leaves the answer out for some",
	},
	{
		Status: 404, Violation: "^reply: the document has no answer 404",
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
