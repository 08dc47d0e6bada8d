package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// maxBody is the most that is read of an answer. The longest honest ones, a list
// of all Vast.ai offers, stay below 4 MiB.
const maxBody = 16 << 20

const (
	safePatience  = 2 * time.Minute
	writePatience = 5 * time.Minute
	// leastPatience is what an attempt gets even when the deadline is near.
	leastPatience = 10 * time.Second
)

// attempt is what one request came to.
type attempt struct {
	// refused is why no request was made: the quota's error or the context's.
	refused error
	// sent: the request may have reached the platform.
	sent bool
	// reply has status 0 when no answer came.
	reply Reply
	// broken is why the body could not be read to its end.
	broken   error
	timedOut bool
	patience time.Duration
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// begin waits until the request may be sent. Calls with a last look take turns: a look
// takes time, so the next call may begin to wait only when this one is on its way.
func (c *call) begin(ctx context.Context) error {
	quota := c.t.config.Quota
	looks := c.op.Repeat == IfNotSent && looksLast(ctx)
	paced, ok := quota.(pacer)
	if looks && ok {
		leave, err := c.t.turns.take(ctx, c.op.route())
		if err != nil {
			return err
		}
		defer leave()
	}
	if err := ctx.Err(); err != nil || quota == nil {
		return err
	}
	if err := quota.Wait(ctx, c.op); err != nil || !looks {
		return err
	}
	if err := lastLook(ctx); err != nil {
		quota.Done(c.op, Reply{})
		return err
	}
	if ok {
		paced.Start(c.op)
	}
	return nil
}

// pacer is a quota that keeps a distance between the starts of requests.
type pacer interface {
	// Start says that a request starts now, which may be later than its slot.
	Start(op Op)
}

// turns lets one at a time pass for each key. The zero value is ready for use.
type turns struct {
	mu   sync.Mutex
	keys map[string]chan struct{}
}

// take waits for the turn and returns the function that ends it.
func (t *turns) take(ctx context.Context, key string) (leave func(), err error) {
	t.mu.Lock()
	if t.keys == nil {
		t.keys = map[string]chan struct{}{}
	}
	turn, ok := t.keys[key]
	if !ok {
		turn = make(chan struct{}, 1)
		t.keys[key] = turn
	}
	t.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// send is one attempt: quota, log, send. It reads the whole body.
func (c *call) send(r *http.Request) (*http.Response, error) {
	c.attempts++
	c.last = attempt{}
	quota := c.t.config.Quota
	err := c.begin(r.Context())
	if err != nil {
		c.last.refused = err
		if r.Body != nil {
			_ = r.Body.Close() // a RoundTripper always closes it
		}
		return nil, err
	}
	c.last.patience = c.patience(r.Context())
	began := c.t.config.Clock.Now()
	response, err := c.exchange(r)
	if quota != nil {
		quota.Done(c.op, c.last.reply)
	}
	c.log(r, c.t.config.Clock.Now().Sub(began), err)
	return response, err
}

// patience is how long this attempt may take.
func (c *call) patience(ctx context.Context) time.Duration {
	switch {
	case c.op.Patience > 0:
		return c.op.Patience
	case c.op.Repeat != Safe:
		return writePatience
	}
	if until, ok := deadline(ctx); ok {
		left := until.Sub(c.t.config.Clock.Now())
		return min(safePatience, max(left, leastPatience))
	}
	return safePatience
}

// exchange sends the request and reads the answer into c.last.
func (c *call) exchange(r *http.Request) (*http.Response, error) {
	var wanted, got atomic.Bool
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	})
	ctx, cancel := context.WithTimeout(ctx, c.last.patience)
	defer cancel()

	response, err := c.t.config.Base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		// A way to the network that does not report its connections is taken to
		// have sent, unless its error says otherwise.
		c.last.sent = !dialFailed(err) && (got.Load() || !wanted.Load())
		c.last.timedOut = errors.Is(err, context.DeadlineExceeded) && r.Context().Err() == nil
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()

	c.last.sent = true
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if len(body) > maxBody {
		body, err = body[:maxBody], fmt.Errorf("it is longer than %d MiB", maxBody>>20)
	}
	c.last.broken = err
	c.last.reply = Reply{Status: response.StatusCode, Header: response.Header, Body: body}

	whole := *response
	whole.Body = io.NopCloser(bytes.NewReader(body))
	return &whole, nil
}

// dialFailed reports whether no connection came about.
func dialFailed(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
