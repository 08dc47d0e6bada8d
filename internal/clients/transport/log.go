package transport

import (
	"context"
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
	c.logBodies(ctx)
}

func (c *call) logBodies(ctx context.Context) {
	logger := c.t.config.Logger
	if !logger.Enabled(ctx, LevelTrace) {
		return
	}
	write := func(message string, body []byte) {
		if text, ok := redactJSON(body); ok {
			logger.LogAttrs(ctx, LevelTrace, message,
				slog.String("op", c.op.Name), slog.String("body", c.clean(text, maxLogged)))
		}
	}
	write("request body", c.body)
	write("reply body", c.last.reply.Body)
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
