package transport

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canary is the key of every test; it must turn up in the Authorization header
// and nowhere else.
const canary = "canary-c0ffee-key"

func start() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC) }

// step answers one request.
type step func(w http.ResponseWriter, r *http.Request)

func answer(status int, body string, header ...string) step {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// drop breaks the connection instead of answering.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// truncate promises more than it sends.
func truncate(status int, body string) step {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// seen is a request as the server got it.
type seen struct {
	method, uri, body string
	header            http.Header
	at                time.Time
}

// platform is a server that works through its steps and then repeats the last.
type platform struct {
	*httptest.Server
	clock *clocktest.Leaping

	mu       sync.Mutex
	steps    []step
	requests []seen
}

func newPlatform(t *testing.T, steps ...step) *platform {
	t.Helper()
	p := &platform{clock: clocktest.NewLeaping(start()), steps: steps}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	p.Config.ErrorLog = nil
	t.Cleanup(p.Close)
	return p
}

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.requests = append(p.requests, seen{r.Method, r.RequestURI, string(body), r.Header.Clone(), p.clock.Now()})
	next := p.steps[min(len(p.requests), len(p.steps))-1]
	p.mu.Unlock()
	next(w, r)
}

func (p *platform) seen() []seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]seen(nil), p.requests...)
}

// transport reaches the platform; configure may change what it is made of.
func (p *platform) transport(t *testing.T, configure ...func(*Config)) *Transport {
	t.Helper()
	config := Config{
		Platform:  "Test",
		BaseURL:   p.URL,
		APIKey:    canary,
		UserAgent: "gpumarket-test/1",
		Clock:     p.clock,
		Base:      p.Client().Transport,
		Classify:  classify,
		Seed:      7,
	}
	for _, change := range configure {
		change(&config)
	}
	made, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// classify reads the statuses alone, and a message from "msg".
func classify(_ Op, reply Reply) *apierr.Error {
	var body struct {
		Msg     string   `json:"msg"`
		Details []string `json:"details"`
	}
	_ = json.Unmarshal(reply.Body, &body)
	e := &apierr.Error{Message: body.Msg, Details: body.Details}
	switch {
	case reply.Status < 300:
		return nil
	case reply.Status == http.StatusTooManyRequests:
		e.Kind = apierr.Throttled
	case reply.Status >= 500:
		e.Kind = apierr.Unavailable
	case reply.Status == http.StatusNotFound:
		e.Kind = apierr.NotFound
	default:
		e.Kind = apierr.Invalid
	}
	return e
}

// logbook keeps what was logged, as text.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logbook) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: level}))
}

// get is the simplest read.
func get(ctx context.Context, t *Transport) error {
	var out struct {
		OK bool `json:"ok"`
	}
	return t.Do(ctx, Op{Name: "get", Method: http.MethodGet, Path: "/x", Repeat: Safe}, &out)
}
