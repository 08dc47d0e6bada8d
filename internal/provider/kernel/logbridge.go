package kernel

import (
	"context"
	"log/slog"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// NewLogger returns a logger that forwards to the given tflog subsystem, so that
// the clients can log without knowing Terraform. Records logged under a context
// that Terraform did not make go nowhere.
//
// It is enabled for what Terraform shows, and costs nothing otherwise. The logger in
// a context does not tell its level; both processes read it from the environment,
// which Terraform hands on to its providers.
func NewLogger(subsystem string) *slog.Logger {
	return slog.New(bridge{subsystem: subsystem, level: levelOf(os.Getenv)})
}

const (
	levelTrace = slog.LevelDebug - 4
	levelOff   = slog.LevelError + 4
)

// levelOf is the least level that is shown. Terraform shows the logs of providers at
// the level of TF_LOG_PROVIDER, or else of TF_LOG; TF_LOG_PROVIDER_GPUMARKET limits
// this provider's own, and is the only one that a provider started by hand for a
// debugger may have.
func levelOf(getenv func(string) string) slog.Level {
	shown := getenv("TF_LOG_PROVIDER")
	if shown == "" {
		shown = getenv("TF_LOG")
	}
	own := getenv("TF_LOG_PROVIDER_GPUMARKET")
	switch {
	case own == "":
		return level(shown)
	case shown == "":
		return level(own)
	default:
		return max(level(own), level(shown))
	}
}

// level reads a level as Terraform does, which takes JSON, and words that it does not
// know, for TRACE.
func level(word string) slog.Level {
	switch strings.ToUpper(strings.TrimSpace(word)) {
	case "", "OFF":
		return levelOff
	case "ERROR":
		return slog.LevelError
	case "WARN":
		return slog.LevelWarn
	case "INFO":
		return slog.LevelInfo
	case "DEBUG":
		return slog.LevelDebug
	default:
		return levelTrace
	}
}

type bridge struct {
	subsystem string
	level     slog.Level
	attrs     []slog.Attr
}

func (b bridge) Enabled(_ context.Context, level slog.Level) bool { return level >= b.level }

func (b bridge) WithAttrs(attrs []slog.Attr) slog.Handler {
	b.attrs = append(append([]slog.Attr{}, b.attrs...), attrs...)
	return b
}

// WithGroup is not used by the clients; fields stay flat, as tflog has them.
func (b bridge) WithGroup(string) slog.Handler { return b }

func (b bridge) Handle(ctx context.Context, record slog.Record) error {
	ctx = tflog.NewSubsystem(ctx, b.subsystem)
	fields := make(map[string]any, len(b.attrs)+record.NumAttrs())
	for _, attr := range b.attrs {
		fields[attr.Key] = attr.Value.Resolve().Any()
	}
	record.Attrs(func(attr slog.Attr) bool {
		fields[attr.Key] = attr.Value.Resolve().Any()
		return true
	})
	switch {
	case record.Level >= slog.LevelError:
		tflog.SubsystemError(ctx, b.subsystem, record.Message, fields)
	case record.Level >= slog.LevelWarn:
		tflog.SubsystemWarn(ctx, b.subsystem, record.Message, fields)
	case record.Level >= slog.LevelInfo:
		tflog.SubsystemInfo(ctx, b.subsystem, record.Message, fields)
	case record.Level >= slog.LevelDebug:
		tflog.SubsystemDebug(ctx, b.subsystem, record.Message, fields)
	default:
		tflog.SubsystemTrace(ctx, b.subsystem, record.Message, fields)
	}
	return nil
}
