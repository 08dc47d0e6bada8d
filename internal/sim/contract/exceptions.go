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
		Method: "PUT", Path: "/api/v0/launch_instance",
		Reason: "the document lacks the call; the vendor's command line makes it for \"launch instance\"",
	},
	{
		Method: "PUT", Path: "/api/v0/instances",
		Reason: "the document lacks the call; the vendor's command line makes it for \"start instances\" and \"stop instances\"",
	},
	{
		Method: "DELETE", Path: "/api/v0/instances",
		Reason: "the document lacks the call; the vendor's command line makes it for \"destroy instances\"",
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
		Method: "POST", Path: "/api/v0/bundles", Violation: `request property '(eq|neq|gt|gte|lt|lte|in|notin)' at '\$\.body\.`,
		Reason: "the document's text gives eight operators for every field, its schema one for some",
	},
	{
		Method: "GET", Path: "/api/v0/instances/[0-9]+", Status: 200, Violation: `got null, want object \(\$\.instances\)`,
		Reason: "the live service answers so for an instance that does not exist",
	},
	{
		Method: "GET", Path: "/api/v0/instances/[0-9]+", Violation: `(object|null), want array \(\$\.instances\.ports\)`,
		Reason: "the document has numbers for a map of container ports; the list's schema has the map",
	},
	{
		Method: "GET", Path: "/api/v0/instances/[0-9]+", Violation: `got array, want string \(\$\.instances\.extra_env`,
		Reason: "the document has strings for pairs of name and value; the list's schema has the pairs",
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
		Method: "GET", Path: "/api/v0/instances", Status: 410,
		Reason: "the document lacks the call since it was retired; the live service still answers it",
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
		Method: "PUT", Path: "/api/v0/asks/[0-9]+", Violation: `request property '(client_id|extra)'`,
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
		Status: 400, Violation: `^reply: .*value must be .* \(\$\.error\)`,
		Reason: "the document lists the slugs of some refusals; the live service has more",
	},
	{
		Path: "/api/v0/ssh(/[0-9]+)?", Violation: `got number, want string \(\$.*\.created_at\)`,
		Reason: "the live service writes Unix seconds",
	},
	{
		Method: "GET", Path: "/api/v0/volumes", Violation: `got number, want object \(\$\.volumes\[[0-9]+\]\.instances`,
		Reason: "the live service lists ids",
	},
	{
		Method: "PUT", Path: "/api/v0/volumes", Status: 400, Violation: "^reply: .* response code '400' does not exist",
		Reason: "every write can be refused; the document leaves the answer out",
	},
	{
		Method: "GET", Path: "/api/v[01]/(instances(/[0-9]+)?|volumes)", Status: 200, Violation: `got null, want string \(\$\.[^)]*\.mobo_name\)`,
		Reason: "recorded offers often have no motherboard's name, and what is rented is described by its offer",
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
