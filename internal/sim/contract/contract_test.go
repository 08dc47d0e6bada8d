package contract

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// small is a document with one call of each kind that matters here.
const small = `
openapi: 3.1.0
info: {title: Small, version: "1"}
servers: [{url: "https://small.example"}]
security: [{key: []}]
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
paths:
  /things:
    post:
      operationId: createThing
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string}, size: {type: integer, minimum: 1}}
      responses:
        "200":
          description: made
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: integer}}}
        "400": {description: refused}
  /things/{id}:
    delete:
      operationId: deleteThing
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {"204": {description: gone}}
`

// witness collects what is reported instead of failing.
type witness struct {
	testing.TB
	mu      sync.Mutex
	reports []string
}

func (w *witness) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports = append(w.reports, fmt.Sprintf(format, args...))
}

func (w *witness) Fatalf(format string, args ...any) { w.Errorf(format, args...) }

func smallPlatform(t *testing.T, strict bool, exceptions ...Exception) *platform {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "small.yaml"), []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPlatform("small.yaml", "https://small.example", strict, exceptions)
	p.load = sync.OnceValues(func() (*document, error) { return p.read(dir) })
	return p
}

// answer replies with the same to every request.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if body != "" {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, body string
		anonymous, strict        bool
		next                     http.HandlerFunc
		exceptions               []Exception
		want                     []string // part of each report
	}{
		{name: "as documented", method: "POST", path: "/things", body: `{"name":"a"}`, next: answer(200, `{"id":1}`)},
		{name: "slash at the end", method: "DELETE", path: "/things/7/", next: answer(204, "")},
		{
			name: "property of a wrong type", method: "POST", path: "/things", body: `{"name":3}`, next: answer(200, `{"id":1}`),
			want: []string{"POST /things → 200: request: "},
		},
		{name: "refused for it", method: "POST", path: "/things", body: `{"name":3}`, next: answer(400, "")},
		{name: "undeclared property", method: "POST", path: "/things", body: `{"name":"a","colour":1}`, next: answer(200, `{"id":1}`)},
		{
			name: "undeclared property, strictly", method: "POST", path: "/things", body: `{"name":"a","colour":1}`, strict: true,
			next: answer(200, `{"id":1}`), want: []string{"colour"},
		},
		{
			name: "undeclared query, strictly", method: "DELETE", path: "/things/7?force=1", strict: true,
			next: answer(204, ""), want: []string{"force"},
		},
		{
			name: "no key", method: "DELETE", path: "/things/7", anonymous: true,
			next: answer(204, ""), want: []string{"Authorization"},
		},
		{
			name: "reply without its property", method: "POST", path: "/things", body: `{"name":"a"}`, next: answer(200, `{}`),
			want: []string{"POST /things → 200: reply: "},
		},
		{
			name: "status the document lacks", method: "DELETE", path: "/things/7", next: answer(410, `{}`),
			want: []string{"DELETE /things/7 → 410: reply: "},
		},
		{
			name: "call the document lacks", method: "GET", path: "/nothing", next: answer(200, `{}`),
			want: []string{"/nothing → 200: request: ", "/nothing → 200: reply: "},
		},
		{
			name: "named exception", method: "GET", path: "/nothing", next: answer(200, `{}`),
			exceptions: []Exception{{Method: "GET", Path: "/not[a-z]+", Reason: "test"}},
		},
		{
			name: "exception of another call", method: "GET", path: "/nothing", next: answer(200, `{}`),
			exceptions: []Exception{{Path: "/not", Reason: "test"}, {Method: "PUT", Reason: "test"}, {Status: 404, Reason: "test"}, {Violation: "^reply", Reason: "test"}},
			want:       []string{"/nothing → 200: request: "},
		},
		{
			name: "spoiled on purpose", method: "POST", path: "/things", body: `{"name":"a"}`,
			next: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set(simkit.FaultHeader, "html")
				answer(502, "<html>")(w, r)
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tb := &witness{TB: t}
			h := wrap(tb, tt.next, smallPlatform(t, tt.strict, tt.exceptions...))
			r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
			if !tt.anonymous {
				r.Header.Set("Authorization", "Bearer k")
			}
			if tt.body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			h.ServeHTTP(httptest.NewRecorder(), r)

			if len(tb.reports) != len(tt.want) {
				t.Fatalf("reports %q, want %d", tb.reports, len(tt.want))
			}
			for i, part := range tt.want {
				if !strings.Contains(tb.reports[i], part) {
					t.Errorf("report %q, want one with %q", tb.reports[i], part)
				}
			}
		})
	}
}

// TestPassesThrough shows that the wrapped handler and its caller see the same
// as without the wrapper.
func TestPassesThrough(t *testing.T) {
	t.Parallel()
	var seen string
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		seen = string(body)
		w.Header().Set("X-Extra", "1")
		answer(200, `{"id":1}`)(w, r)
	})
	h := wrap(t, next, smallPlatform(t, false))
	r := httptest.NewRequest(http.MethodPost, "/things", strings.NewReader(`{"name":"a"}`))
	r.Header.Set("Authorization", "Bearer k")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	got := []any{seen, w.Code, w.Body.String(), w.Header().Get("X-Extra")}
	want := []any{`{"name":"a"}`, 200, `{"id":1}`, "1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exchange (-want +got):\n%s", diff)
	}
}

// TestBrokenConnection shows that a simulator can still drop a connection, and
// that this is no violation.
func TestBrokenConnection(t *testing.T) {
	t.Parallel()
	for name, drop := range map[string]http.HandlerFunc{
		"hijacked": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		},
		"aborted": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := &witness{TB: t}
			server := httptest.NewServer(wrap(tb, drop, smallPlatform(t, false)))
			defer server.Close()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, server.URL+"/things/1", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.Client().Do(req)
			if err == nil {
				_ = resp.Body.Close()
				t.Error("got an answer over a broken connection")
			}
			if len(tb.reports) > 0 {
				t.Errorf("reports %q, want none", tb.reports)
			}
		})
	}
}

func TestDocumentAbsentOrBad(t *testing.T) {
	t.Parallel()
	p := newPlatform("small.yaml", "https://small.example", false, nil)
	if doc, err := p.read(""); doc != nil || err != nil {
		t.Errorf("no folder: %v, %v; want nothing", doc, err)
	}
	if doc, err := p.read(t.TempDir()); doc != nil || err != nil {
		t.Errorf("empty folder: %v, %v; want nothing", doc, err)
	}

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "small.yaml"), []byte("no: document"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.load = func() (*document, error) { return p.read(dir) }
	tb := &witness{TB: t}
	_ = wrap(tb, answer(200, ""), p)
	if len(tb.reports) != 1 || !strings.Contains(tb.reports[0], "small.yaml") {
		t.Errorf("reports %q, want the bad document", tb.reports)
	}

	p.load = func() (*document, error) { return nil, nil } //nolint:nilnil // no document is no error
	if _, same := wrap(t, answer(200, ""), p).(http.HandlerFunc); !same {
		t.Error("without a document the handler was wrapped")
	}
}

// TestReasons keeps the exceptions explained.
func TestReasons(t *testing.T) {
	t.Parallel()
	for _, e := range append(runpod.exceptions, vastai.exceptions...) {
		if e.Reason == "" {
			t.Errorf("no reason for %+v", e)
		}
	}
}
