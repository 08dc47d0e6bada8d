package simkit

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBody is the largest request body that is read, in bytes.
const maxBody = 16 << 20

// FaultHeader is a header of replies that a fault spoiled; its value is the kind.
// It keeps them from being held against the platform's published contract.
const FaultHeader = "Gpusim-Fault"

// Platform tells the kit what it cannot know about a marketplace.
type Platform struct {
	// Name is "runpod" or "vastai".
	Name string
	// Operations lists the operationIds, so that a fault with a typing mistake
	// is refused; nil accepts any.
	Operations []string
	// Resolve names the operation of a request, "" when there is none.
	Resolve func(r *http.Request) string
	// IsList tells which operations answer with a list.
	IsList func(operation string) bool
	// Empty takes the items out of a list's body; nil is [EmptyArrays].
	Empty func(operation string, body []byte) []byte
	// Refuse writes the platform's own body for a status; nil is a plain text.
	Refuse func(w http.ResponseWriter, r *http.Request, status int)
}

// Wrap registers a platform and returns its handler with latency, journal and
// faults in front. Call it once for each platform.
func (k *Kit) Wrap(p Platform, next http.Handler) http.Handler {
	if p.Empty == nil {
		p.Empty = func(_ string, body []byte) []byte { return EmptyArrays(body) }
	}
	if p.Refuse == nil {
		p.Refuse = func(w http.ResponseWriter, _ *http.Request, status int) {
			http.Error(w, http.StatusText(status), status)
		}
	}
	k.mu.Lock()
	k.platforms[p.Name] = p
	k.mu.Unlock()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { k.serve(p, next, w, r) })
}

// serve plays one request. A connection is broken by panicking with
// http.ErrAbortHandler, which the server answers by closing it.
func (k *Kit) serve(p Platform, next http.Handler, w http.ResponseWriter, r *http.Request) {
	// Reading the body first lets the server notice a client that goes away
	// while it waits.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "request body: "+err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))

	operation := p.Resolve(r)
	entry := Entry{
		Platform: p.Name, Operation: operation, Method: r.Method,
		Path: r.URL.EscapedPath(), AtMS: k.Now().UnixMilli(),
	}
	n := k.arrived(entry)
	if k.clock.Sleep(r.Context(), k.options.Latency) != nil {
		panic(http.ErrAbortHandler)
	}
	watched := &watcher{ResponseWriter: w}
	k.play(k.match(p, operation, r), p, operation, next, watched, r)
	k.answered(n, entry, watched.status)
}

func (k *Kit) play(f *Fault, p Platform, operation string, next http.Handler, w http.ResponseWriter, r *http.Request) {
	if f == nil {
		next.ServeHTTP(w, r)
		return
	}
	w.Header().Set(FaultHeader, string(f.Kind))
	switch f.Kind {
	case DropBefore:
		panic(http.ErrAbortHandler)
	case Status:
		refuse(f, p, w, r)
		return
	case HTML:
		page, custom := f.body()
		if !custom {
			page = []byte(gatewayPage)
		}
		status := http.StatusOK
		if f.Status != 0 {
			status = f.Status
		}
		Write(w, status, "text/html; charset=UTF-8", page)
		return
	case DropAfter, Delay, Truncate, EmptyList:
	}

	answer := newRecorder()
	next.ServeHTTP(answer, r)
	switch f.Kind {
	case DropAfter:
		panic(http.ErrAbortHandler)
	case Delay:
		if k.clock.Sleep(r.Context(), time.Duration(f.DelayMS)*time.Millisecond) != nil {
			panic(http.ErrAbortHandler)
		}
		answer.send(w, answer.body.Bytes())
	case Truncate:
		answer.send(w, answer.body.Bytes()[:answer.body.Len()/2])
	case EmptyList:
		listed := answer.body.Bytes()
		if answer.status < http.StatusMultipleChoices {
			listed = p.Empty(operation, listed)
		}
		answer.send(w, listed)
	case DropBefore, Status, HTML:
	}
}

// refuse answers a Status fault.
func refuse(f *Fault, p Platform, w http.ResponseWriter, r *http.Request) {
	body, custom := f.body()
	if !custom {
		p.Refuse(w, r, f.Status)
		return
	}
	contentType := "text/plain; charset=utf-8"
	if t := strings.TrimSpace(string(body)); strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
		contentType = "application/json"
	}
	Write(w, f.Status, contentType, body)
}

// gatewayPage is the sort of page that proxies put in front of an API.
const gatewayPage = `<!DOCTYPE html>
<html><head><title>Just a moment...</title></head>
<body><h1>Checking your connection</h1><p>This page is shown by the gateway.</p></body></html>
`
