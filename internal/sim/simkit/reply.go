package simkit

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// WriteJSON answers with v as JSON. It is encoded first, so that the status is
// only written for a body that exists.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	WriteJSONAs(w, status, "application/json", v)
}

// WriteJSONAs is [WriteJSON] with another content type, such as
// application/problem+json.
func WriteJSONAs(w http.ResponseWriter, status int, contentType string, v any) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		http.Error(w, "simulator: "+err.Error(), http.StatusInternalServerError)
		return
	}
	Write(w, status, contentType, bytes.TrimRight(body.Bytes(), "\n"))
}

// Write answers with a body as it stands.
func Write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// An error here means that the client is gone; there is nobody to tell.
	_, _ = w.Write(body)
}

// EmptyArrays returns a JSON object with every array of its top level emptied,
// and a top-level array as an empty one. Anything else comes back unchanged.
func EmptyArrays(body []byte) []byte {
	trimmed := bytes.TrimSpace(body)
	if bytes.HasPrefix(trimmed, []byte("[")) {
		return []byte("[]")
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(trimmed, &object) != nil {
		return body
	}
	for key, value := range object {
		if bytes.HasPrefix(bytes.TrimSpace(value), []byte("[")) {
			object[key] = json.RawMessage("[]")
		}
	}
	emptied, err := json.Marshal(object)
	if err != nil {
		return body
	}
	return emptied
}

// recorder keeps an answer until it is known what becomes of it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}} }

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// send passes the recorded answer on with the given body.
func (r *recorder) send(w http.ResponseWriter, body []byte) {
	for key, values := range r.header {
		w.Header()[key] = values
	}
	if len(body) != r.body.Len() {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	if r.status == 0 {
		r.status = http.StatusOK
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(body) // an error means that the client is gone
}

// watcher notes the status that goes by.
type watcher struct {
	http.ResponseWriter
	status int
}

func (w *watcher) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watcher) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets [http.ResponseController] flush streams.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }
