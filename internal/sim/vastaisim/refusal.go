package vastaisim

import (
	"fmt"
	"net/http"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// refusal is an error answer: a JSON body, or a plain text when body is nil.
type refusal struct {
	status int
	body   row
	text   string
}

// refused is the canonical error envelope.
func refused(status int, slug, format string, args ...any) *refusal {
	return &refusal{status: status, body: row{"success": false, "error": slug, "msg": fmt.Sprintf(format, args...)}}
}

// bare is the envelope of the searches and lists: without success.
func bare(slug, msg string) *refusal {
	return &refusal{status: http.StatusBadRequest, body: row{"error": slug, "msg": msg}}
}

func plain(status int, format string, args ...any) *refusal {
	return &refusal{status: status, text: fmt.Sprintf(format, args...)}
}

// with adds a key to the envelope.
func (r *refusal) with(key string, value any) *refusal {
	r.body[key] = value
	return r
}

func (r *refusal) write(w http.ResponseWriter) {
	if r.body == nil {
		simkit.Write(w, r.status, "text/plain; charset=utf-8", []byte(r.text))
		return
	}
	simkit.WriteJSON(w, r.status, r.body)
}

// invalidArgs is the commonest refusal of a write.
func invalidArgs(format string, args ...any) *refusal {
	return refused(http.StatusBadRequest, "invalid_args", format, args...)
}

func badInstanceID() *refusal { return invalidArgs("invalid instance_id") }

func noSuchInstance() *refusal {
	return refused(http.StatusNotFound, "no_such_instance", "Instance with that ID does not exist.")
}

func wrongKey(status int) *refusal { return refused(status, "auth_error", "Invalid user key") }

// injected is the body of a status that a fault asked for.
func injected(w http.ResponseWriter, _ *http.Request, status int) {
	var r *refusal
	switch {
	case status == http.StatusUnauthorized:
		r = wrongKey(status)
	case status == http.StatusForbidden:
		r = refused(status, "auth_error", "This action requires login.")
	case status == http.StatusNotFound:
		r = refused(status, "not_found", "Not found")
	case status == http.StatusTooManyRequests:
		r = plain(status, "API requests too frequent")
	case status >= http.StatusInternalServerError && status != http.StatusInternalServerError:
		r = plain(status, "%s", http.StatusText(status))
	case status == http.StatusInternalServerError:
		r = refused(status, "server_error", "Something went wrong on the server")
	default:
		r = refused(status, "invalid_args", "error %d/3467: Invalid args", status)
	}
	r.write(w)
}
