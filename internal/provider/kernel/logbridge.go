package kernel

import (
	"context"
	"log/slog"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// NewLogger returns a logger that forwards to the given tflog subsystem, so that
// the clients can log without knowing Terraform. Records logged under a context
// that Terraform did not make go nowhere.
func NewLogger(subsystem string) *slog.Logger {
	return slog.New(bridge{subsystem: subsystem})
}

type bridge struct {
	subsystem string
	attrs     []slog.Attr
}

func (b bridge) Enabled(context.Context, slog.Level) bool { return true }

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
		fields[attr.Key] = attr.Value.Any()
	}
	record.Attrs(func(attr slog.Attr) bool {
		fields[attr.Key] = attr.Value.Any()
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
