// Package contract holds requests and replies against the OpenAPI documents that
// the two platforms publish: two of Vast.ai, where an exchange that agrees with
// either is right, and RunPod's with a newer list of its requests. It wraps a simulator: what passes through in any
// test is checked, so that neither a simulator nor a client can drift from what
// is documented without a test failing.
//
// The documents are not part of the repository. They are looked for in
// GPUMARKET_OPENAPI_DIR, then where "make specs" puts them, then in ../shared/api
// beside the repository. Without them nothing is checked and the test's log says
// so; where the environment has CI set, the test fails.
package contract

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// RunPod wraps the handler of RunPod's API. Each violation of the document is
// reported with tb.Errorf, from whatever goroutine serves the request. Without
// the document the handler is returned as it is.
func RunPod(tb testing.TB, h http.Handler) http.Handler {
	tb.Helper()
	return wrap(tb, h, runpod)
}

// Vastai does for Vast.ai's API what [RunPod] does for RunPod's.
func Vastai(tb testing.TB, h http.Handler) http.Handler {
	tb.Helper()
	return wrap(tb, h, vastai)
}

func wrap(tb testing.TB, h http.Handler, p *platform) http.Handler {
	tb.Helper()
	docs, err := p.load()
	switch {
	case err != nil:
		tb.Fatalf("contract: %v", err)
	case docs == nil && unattended():
		tb.Fatalf("contract: %s", p.absent())
	case docs != nil:
		return &checked{tb: tb, next: h, platform: p, docs: docs}
	}
	tb.Logf("contract: %s", p.absent())
	return h
}

// checked is a handler whose traffic is checked. What passes is not changed.
type checked struct {
	tb       testing.TB
	next     http.Handler
	platform *platform
	docs     *documents
}

func (c *checked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		// The client went away; the simulator is asked all the same.
		c.next.ServeHTTP(w, r)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	method, path, query, header := r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone()

	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	c.next.ServeHTTP(rec, r)
	// A reply that a fault spoiled says nothing about the simulator.
	if rec.hijacked || w.Header().Get(simkit.FaultHeader) != "" {
		return
	}
	x := exchange{
		method: method, path: strings.TrimSuffix(path, "/"), query: query, header: header, sent: sent,
		status: rec.status, replyHeader: w.Header().Clone(), got: rec.body.Bytes(),
	}
	for _, violation := range c.platform.check(c.docs, x) {
		c.tb.Errorf("contract: %s %s → %d: %s", x.method, x.path, x.status, violation)
	}
}

// exchange is one request and its reply.
type exchange struct {
	// path has no slash at its end: the services accept both forms and the
	// documents have the one without.
	method, path, query string
	header              http.Header
	sent                []byte
	status              int
	replyHeader         http.Header
	got                 []byte
}

// refused tells whether the service found fault with the request itself. What is
// wrong with it is then no news.
func (x exchange) refused() bool {
	return x.status == http.StatusBadRequest || x.status == http.StatusUnprocessableEntity
}

// recorder keeps a copy of a reply while it is written.
type recorder struct {
	http.ResponseWriter
	status   int
	body     bytes.Buffer
	hijacked bool
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

// Hijack hands out the connection for a simulator that breaks it on purpose.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(r.ResponseWriter).Hijack()
	r.hijacked = err == nil
	return conn, buffered, err
}

// Flush sends what was written so far.
func (r *recorder) Flush() {
	// A writer that cannot flush sends at the end, which is as good here.
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}
