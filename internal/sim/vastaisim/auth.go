package vastaisim

import (
	"net/http"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// access is how an operation treats requests without a valid key. The service
// is not uniform in this.
type access int

const (
	// keyed answers 401 to a missing and to a wrong key.
	keyed access = iota
	// open needs no key, and answers 404 to a wrong one.
	open
	// framework answers 401 with a body of its own to a missing key.
	framework
)

// credentials tell which key a request brings: the bearer token, else the
// legacy query parameter.
func credentials(r *http.Request) (key string, given bool) {
	if token, ok := simkit.Bearer(r); ok {
		return token, true
	}
	q := r.URL.Query()
	return q.Get("api_key"), q.Has("api_key")
}

// admit checks the key of a request; anonymous is true when it brings none and
// needs none.
func (s *Sim) admit(r *http.Request, a access) (anonymous bool, bad *refusal) {
	key, given := credentials(r)
	switch {
	case given && s.kit.KeyOK(key):
		return false, nil
	case !given && a == open:
		return true, nil
	case !given && a == framework:
		return false, detail(http.StatusUnauthorized, "Authentication credentials were not provided.")
	case given && (a == open || s.opt.WrongKey404):
		return false, wrongKey(http.StatusNotFound)
	default:
		return false, wrongKey(http.StatusUnauthorized)
	}
}

// detail is the error body of the service's framework.
func detail(status int, msg string) *refusal {
	return &refusal{status: status, body: row{"detail": msg}}
}
