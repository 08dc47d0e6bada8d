package conform

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime"
	"sync"
)

// wire is the way to the platforms. It remembers what is sent, and can end the process
// that sends.
type wire struct {
	// created tells whether the create under way has been executed.
	created func() bool

	mu      sync.Mutex
	urls    []string
	sent    bytes.Buffer    // the bodies of the requests
	life    context.Context //nolint:containedctx // it stands for a process.
	end     context.CancelFunc
	killing bool
}

func newWire(created func() bool) *wire {
	w := &wire{created: created}
	w.life, w.end = context.WithCancel(context.Background()) //nolint:gosec // killing the process calls it.
	return w
}

// kill has the process end when its create was executed, before it is answered.
func (w *wire) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.killing = true
}

// killed tells whether that happened. What starts from now on is a new process.
func (w *wire) killed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	happened := w.life.Err() != nil
	w.killing = false
	if happened {
		w.life, w.end = context.WithCancel(context.Background()) //nolint:gosec // killing the process calls it.
	}
	return happened
}

// process is the way of a process to the platforms.
func (w *wire) process() *way {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &way{wire: w, life: w.life, end: w.end}
}

type way struct {
	*wire

	life context.Context //nolint:containedctx // it stands for a process.
	end  context.CancelFunc
}

// RoundTrip sends the request. When the process has ended meanwhile, whoever sent it is
// gone: the goroutine ends, and with it the call of the provider, which never returns.
func (w *way) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := w.note(req); err != nil {
		return nil, err
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	w.mu.Lock()
	if w.killing && req.Method != http.MethodGet && w.created() {
		w.end()
	}
	w.mu.Unlock()
	if w.life.Err() == nil {
		return resp, err
	}
	if err == nil {
		_ = resp.Body.Close()
	}
	runtime.Goexit()
	return nil, w.life.Err()
}

// note remembers what is sent.
func (w *way) note(req *http.Request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.urls = append(w.urls, req.URL.String())
	if req.Body == nil {
		return nil
	}
	content, err := io.ReadAll(req.Body)
	if err != nil {
		return err
	}
	_ = req.Body.Close()
	req.Body = io.NopCloser(bytes.NewReader(content))
	w.sent.Write(content)
	return nil
}
