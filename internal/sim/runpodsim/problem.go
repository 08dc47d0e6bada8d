package runpodsim

import (
	"fmt"
	"net/http"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Texts the service is known to use, so that clients can be tested against them.
const (
	noCapacity  = "There are no longer any instances available with the requested specifications. Please refresh and try again."
	hostFull    = "There are not enough free GPUs on the host machine to start this pod."
	volumeInUse = "You must remove this network volume from all pods before deleting it."
)

// problem is an error answer, application/problem+json.
type problem struct {
	Title  string   `json:"title"`
	Status int      `json:"status"`
	Detail string   `json:"detail"`
	Errors []string `json:"errors,omitempty"`

	header http.Header
}

func refuse(status int, format string, args ...any) *problem {
	return &problem{Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...)}
}

func badRequest(format string, args ...any) *problem {
	return refuse(http.StatusBadRequest, format, args...)
}

func notFound(what string) *problem { return refuse(http.StatusNotFound, "%s not found", what) }

func invalid(errors []string) *problem {
	p := refuse(http.StatusUnprocessableEntity, "Request validation failed.")
	p.Errors = errors
	return p
}

func (p *problem) write(w http.ResponseWriter) {
	for key, values := range p.header {
		w.Header()[key] = values
	}
	simkit.WriteJSONAs(w, p.Status, "application/problem+json", p)
}

// injected is the body of a status that a fault asked for.
func injected(w http.ResponseWriter, _ *http.Request, status int) {
	detail := map[int]string{
		http.StatusBadRequest:          "request could not be processed",
		http.StatusUnauthorized:        "missing bearer token",
		http.StatusPaymentRequired:     "Your balance is too low for this request.",
		http.StatusForbidden:           "access denied",
		http.StatusNotFound:            "resource not found",
		http.StatusMethodNotAllowed:    "The requested method is not allowed for this path.",
		http.StatusUnprocessableEntity: "Request validation failed.",
		http.StatusTooManyRequests:     "rate limit exceeded for the minute window",
	}[status]
	if detail == "" {
		detail = "upstream request failed"
	}
	p := refuse(status, "%s", detail)
	if status == http.StatusTooManyRequests {
		p.header = http.Header{"Retry-After": {"1"}}
	}
	p.write(w)
}
