package transport

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"
)

// LevelTrace is the level of request and reply bodies, below DEBUG.
const LevelTrace = slog.LevelDebug - 4

// log writes one line for each attempt, and its bodies at [LevelTrace].
func (c *call) log(r *http.Request, took time.Duration, err error) {
	ctx, logger := r.Context(), c.t.config.Logger
	if !logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	reply := c.last.reply
	attrs := []slog.Attr{
		slog.String("op", c.op.Name),
		slog.String("method", r.Method),
		slog.String("path", r.URL.EscapedPath()),
		slog.Int("status", reply.Status),
		slog.Int("attempt", c.attempts),
		slog.Duration("duration", took),
	}
	if id := requestID(reply.Header); id != "" {
		attrs = append(attrs, slog.String("request_id", c.clean(id, 100)))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", c.text(err)))
	}
	logger.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
	if logger.Enabled(ctx, LevelTrace) {
		c.logBodies(ctx)
	}
}

func (c *call) logBodies(ctx context.Context) {
	for _, part := range []struct {
		message string
		body    []byte
	}{{"request body", c.body}, {"reply body", c.last.reply.Body}} {
		if json.Valid(part.body) {
			c.t.config.Logger.LogAttrs(ctx, LevelTrace, part.message, slog.String("op", c.op.Name), slog.Any("body", logged{c, part.body}))
		}
	}
}

// logged is a body that is parsed and cleaned when somebody writes it down, which
// costs more than the request that it belongs to.
type logged struct {
	call *call
	body []byte
}

// LogValue implements [slog.LogValuer].
func (l logged) LogValue() slog.Value {
	text, ok := redactJSON(l.body)
	if !ok {
		return slog.StringValue("")
	}
	return slog.StringValue(l.call.clean(text, maxLogged))
}

// requestID is what a platform's support asks for.
func requestID(header http.Header) string {
	for _, name := range []string{"X-Request-Id", "Cf-Ray"} {
		if id := header.Get(name); id != "" {
			return id
		}
	}
	return ""
}
