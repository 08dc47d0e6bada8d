package contract

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
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
  schemas:
    Part: {type: object, properties: {id: {type: string, pattern: "(?=not in Go)"}}}
paths:
  /things:
    get:
      operationId: listThings
      parameters:
        - {name: kinds, in: query, explode: false, schema: {type: array, items: {enum: [a, b]}}}
        - {name: page, in: query, required: true, schema: {type: integer}}
      responses:
        2XX:
          description: all of them
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Part"}}}}
    post:
      operationId: createThing
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties:
                name: {type: string}
                size: {type: integer, minimum: 1}
                colour: {enum: [red, green]}
                extra: {type: object}
                parts: {type: array, items: {allOf: [{$ref: "#/components/schemas/Part"}, {properties: {weight: {type: number}}}]}}
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
	notes   []string
}

func (w *witness) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports = append(w.reports, fmt.Sprintf(format, args...))
}

func (w *witness) Logf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notes = append(w.notes, fmt.Sprintf(format, args...))
}

func (w *witness) Fatalf(format string, args ...any) { w.Errorf(format, args...) }

// other is a second document that has one call of small in another form, and
// one of its own.
const other = `
openapi: 3.1.0
paths:
  /things:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {label: {type: string}}}}}}
      responses: {201: {description: made}}
  /things/first:
    get: {responses: {200: {description: the first}}}
`

// requests is a newer list of requests: one parameter more, one call more.
const requests = `[
	{"method": "GET", "path": "/things", "params": [{"name": "after", "location": "query"}, {"name": "page", "location": "query"}],
	 "schema": {"properties": {"after": {"$ref": "#/$defs/After"}, "page": {"type": "integer"}}, "$defs": {"After": {"type": "string", "minLength": 2}}}},
	{"method": "PATCH", "path": "/things/{id}", "params": [{"name": "id", "location": "path"}],
	 "schema": {"properties": {"id": {}, "body": {"type": "object", "required": ["name"]}}}}
]`

func smallPlatform(t *testing.T, exceptions ...Exception) *platform {
	t.Helper()
	return platformOf(t, map[string]string{"small.yaml": small}, nil, exceptions...)
}

// platformOf is a platform with these documents, in alphabetical order.
func platformOf(t *testing.T, published, newer map[string]string, exceptions ...Exception) *platform {
	t.Helper()
	dir := t.TempDir()
	for _, files := range []map[string]string{published, newer} {
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := newPlatform(sorted(published), sorted(newer), exceptions)
	p.load = sync.OnceValues(func() (*documents, error) { return p.read(dir) })
	return p
}

// exchangeCase is one exchange and what is reported of it.
type exchangeCase struct {
	name, method, path, body string
	anonymous                bool
	contentType              string // of the request; "" is JSON when there is a body
	next                     http.HandlerFunc
	exceptions               []Exception
	want                     []string // part of each report
}

func (c exchangeCase) run(t *testing.T, p *platform) {
	t.Helper()
	tb := &witness{TB: t}
	h := wrap(tb, c.next, p)
	r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
	if !c.anonymous {
		r.Header.Set("Authorization", "Bearer k")
	}
	switch {
	case c.contentType != "":
		r.Header.Set("Content-Type", c.contentType)
	case c.body != "":
		r.Header.Set("Content-Type", "application/json")
	}
	h.ServeHTTP(httptest.NewRecorder(), r)
	if len(tb.reports) != len(c.want) {
		t.Fatalf("reports %q, want %d", tb.reports, len(c.want))
	}
	for i, part := range c.want {
		if !strings.Contains(tb.reports[i], part) {
			t.Errorf("report %q, want one with %q", tb.reports[i], part)
		}
	}
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
	tests := []exchangeCase{
		{name: "as documented", method: "POST", path: "/things", body: `{"name":"a","extra":{"any":1},"parts":[{"id":"x","weight":2}]}`, next: answer(200, `{"id":1}`)},
		{name: "slash at the end", method: "DELETE", path: "/things/7/", next: answer(204, "")},
		{name: "an empty object where no body is", method: "DELETE", path: "/things/7/", body: "{}", next: answer(204, "")},
		{
			name: "property of a wrong type", method: "POST", path: "/things", body: `{"name":3}`, next: answer(200, `{"id":1}`),
			want: []string{"POST /things → 200: request: got number, want string ($.name)"},
		},
		{
			name: "property that is missing", method: "POST", path: "/things", body: `{"size":3}`, next: answer(200, `{"id":1}`),
			want: []string{"request: missing property 'name' ($)"},
		},
		{
			name: "value below its minimum", method: "POST", path: "/things", body: `{"name":"a","size":0}`, next: answer(200, `{"id":1}`),
			want: []string{"minimum: got 0, want 1 ($.size)"},
		},
		{
			name: "value that is not of the enum", method: "POST", path: "/things", body: `{"name":"a","colour":"blue"}`, next: answer(200, `{"id":1}`),
			want: []string{"value must be one of 'red', 'green' ($.colour)"},
		},
		{name: "refused for it", method: "POST", path: "/things", body: `{"name":3}`, next: answer(400, "")},
		{
			name: "undeclared property", method: "POST", path: "/things", body: `{"name":"a","color":1}`, next: answer(200, `{"id":1}`),
			want: []string{"the property 'color' at $ is not declared"},
		},
		{
			name: "undeclared property within", method: "POST", path: "/things", body: `{"name":"a","parts":[{"id":"x"},{"wait":2}]}`, next: answer(200, `{"id":1}`),
			want: []string{"the property 'wait' at $.parts[1] is not declared"},
		},
		{
			name: "body that is missing", method: "POST", path: "/things", next: answer(200, `{"id":1}`),
			want: []string{"the body is missing"},
		},
		{
			name: "body that is no JSON", method: "POST", path: "/things", body: "{", next: answer(200, `{"id":1}`),
			want: []string{"the body is no JSON"},
		},
		{
			name: "body of another type", method: "POST", path: "/things", body: `{"name":"a"}`, contentType: "text/plain", next: answer(200, `{"id":1}`),
			want: []string{`content type "text/plain"`},
		},
		{
			name: "body where none is declared", method: "DELETE", path: "/things/7", body: `{"force":true}`, next: answer(204, ""),
			want: []string{"has no body here"},
		},
		{
			name: "undeclared query", method: "DELETE", path: "/things/7?force=1",
			next: answer(204, ""), want: []string{"the query parameter 'force' is not declared"},
		},
		{name: "query as documented", method: "GET", path: "/things?kinds=a,b&page=2", next: answer(200, `[]`)},
		{
			name: "query of wrong values", method: "GET", path: "/things?kinds=a,c&page=two", next: answer(200, `[]`),
			want: []string{"query parameter 'kinds': value must be one of 'a', 'b' ($[1])", "query parameter 'page': got string, want integer"},
		},
		{
			name: "query that is missing", method: "GET", path: "/things", next: answer(200, `[]`),
			want: []string{"the query parameter 'page' is missing"},
		},
		{
			name: "path of a wrong value", method: "DELETE", path: "/things/first", next: answer(204, ""),
			want: []string{"path parameter 'id': got string, want integer"},
		},
		{
			name: "no key", method: "DELETE", path: "/things/7", anonymous: true,
			next: answer(204, ""), want: []string{"Authorization"},
		},
		{
			name: "reply without its property", method: "POST", path: "/things", body: `{"name":"a"}`, next: answer(200, `{}`),
			want: []string{"POST /things → 200: reply: missing property 'id'"},
		},
		{
			name: "reply of a wrong type within", method: "GET", path: "/things?page=1", next: answer(206, `[{"id":"x"},{"id":null}]`),
			want: []string{"reply: got null, want string ($[1].id)"},
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
			tt.run(t, smallPlatform(t, tt.exceptions...))
		})
	}
}

// TestTwoDocuments shows that an exchange is right when it agrees with one of the
// documents that have the call, request and reply apart.
func TestTwoDocuments(t *testing.T) {
	t.Parallel()
	for _, tt := range []exchangeCase{
		{name: "as the one says", method: "POST", path: "/things", body: `{"name":"a"}`, next: answer(200, `{"id":1}`)},
		{name: "as the other says", method: "POST", path: "/things", body: `{"label":"a"}`, next: answer(201, "")},
		{name: "request of the one, reply of the other", method: "POST", path: "/things", body: `{"name":"a"}`, next: answer(201, "")},
		{
			name: "as none says", method: "POST", path: "/things", body: `{"name":"a","label":"b"}`, next: answer(202, ""),
			want: []string{"is not declared", "reply: the document has no answer 202"},
		},
		{name: "a call of one alone", method: "GET", path: "/things/first", next: answer(200, "")},
		{name: "a literal path of one, an id of the other", method: "DELETE", path: "/things/7", next: answer(204, "")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, platformOf(t, map[string]string{"small.yaml": small, "other.yaml": other}, nil))
		})
	}
}

// TestNewerRequests shows that a newer list of requests holds over the document,
// which still says what is answered.
func TestNewerRequests(t *testing.T) {
	t.Parallel()
	for _, tt := range []exchangeCase{
		{name: "parameter of the newer list", method: "GET", path: "/things?after=xy", next: answer(200, "[]")},
		{name: "wrong by the newer list", method: "GET", path: "/things?after=x", next: answer(200, "[]"), want: []string{"minLength"}},
		{name: "reply is the document's", method: "GET", path: "/things?after=xy", next: answer(200, "{}"), want: []string{"reply: got object, want array"}},
		{name: "call of the newer list alone", method: "PATCH", path: "/things/7", body: `{"name":"a"}`, next: answer(299, `"whatever"`)},
		{name: "wrong call of it", method: "PATCH", path: "/things/7", body: `{}`, next: answer(200, ""), want: []string{"missing property 'name'"}},
		{name: "call of the document alone", method: "DELETE", path: "/things/7", next: answer(204, "")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, platformOf(t, map[string]string{"small.yaml": small}, map[string]string{"requests.json": requests}))
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
	h := wrap(t, next, smallPlatform(t))
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
			server := httptest.NewServer(wrap(tb, drop, smallPlatform(t)))
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
	t.Setenv("CI", "")
	p := newPlatform([]string{"small.yaml"}, nil, nil)
	if docs, err := p.read(""); docs != nil || err != nil {
		t.Errorf("no folder: %v, %v; want nothing", docs, err)
	}
	if docs, err := p.read(t.TempDir()); docs != nil || err != nil {
		t.Errorf("empty folder: %v, %v; want nothing", docs, err)
	}

	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "small.yaml"), []byte("no: document"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.load = func() (*documents, error) { return p.read(dir) }
	tb := &witness{TB: t}
	_ = wrap(tb, answer(200, ""), p)
	if len(tb.reports) != 1 || !strings.Contains(tb.reports[0], "small.yaml") {
		t.Errorf("reports %q, want the bad document", tb.reports)
	}

	p.load = func() (*documents, error) { return nil, nil } //nolint:nilnil // no document is no error
	tb = &witness{TB: t}
	if _, same := wrap(tb, answer(200, ""), p).(http.HandlerFunc); !same {
		t.Error("without a document the handler was wrapped")
	}
	if len(tb.reports) > 0 || len(tb.notes) != 1 || !strings.Contains(tb.notes[0], "make specs") {
		t.Errorf("reports %q and notes %q, want one note that nothing is checked", tb.reports, tb.notes)
	}
	t.Setenv("CI", "true")
	tb = &witness{TB: t}
	_ = wrap(tb, answer(200, ""), p)
	if len(tb.reports) != 1 || !strings.Contains(tb.reports[0], "make specs") {
		t.Errorf("reports %q, want a failure where nobody reads the notes", tb.reports)
	}
}

// TestPublishedDocuments fails in CI and is skipped elsewhere when there is
// nothing to hold the simulators against.
func TestPublishedDocuments(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*platform{"runpod": runpod, "vastai": vastai} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			docs, err := p.load()
			if err != nil {
				t.Fatal(err)
			}
			if docs == nil && unattended() {
				t.Fatal(p.absent())
			}
			if docs == nil {
				t.Skip(p.absent())
			}
			for _, d := range slices.Concat(docs.published, docs.newer) {
				for _, op := range d.operations {
					compileAll(t, d, op)
				}
			}
		})
	}
}

// compileAll compiles every schema of a call.
func compileAll(t *testing.T, d *document, op *operation) {
	t.Helper()
	var all []node
	for _, p := range op.parameters {
		if p.schema.value != nil {
			all = append(all, p.schema)
		}
	}
	if n, ok := d.walk(op.node, "requestBody", "content", "application/json", "schema"); ok {
		all = append(all, n)
	}
	answers, _ := d.child(op.node, "responses")
	statuses, _ := answers.value.(map[string]any)
	for status := range statuses {
		if n, ok := d.walk(answers, status, "content", "application/json", "schema"); ok {
			all = append(all, n)
		}
	}
	for _, n := range all {
		if _, err := d.schema(n.at); err != nil {
			t.Errorf("%s %v: %v", op.method, op.segments, err)
		}
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
