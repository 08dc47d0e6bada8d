package kernel

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// TestLogger_Level: the logger is enabled for what Terraform shows, and for nothing
// else.
func TestLogger_Level(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  map[string]string
		want slog.Level // the least that is shown
	}{
		{"nothing set", nil, levelOff},
		{"off", map[string]string{"TF_LOG": "off"}, levelOff},
		{"trace", map[string]string{"TF_LOG": "TRACE"}, levelTrace},
		{"JSON", map[string]string{"TF_LOG": "json"}, levelTrace},
		{"debug", map[string]string{"TF_LOG": "DEBUG"}, slog.LevelDebug},
		{"info", map[string]string{"TF_LOG": "info"}, slog.LevelInfo},
		{"warn", map[string]string{"TF_LOG": "WARN"}, slog.LevelWarn},
		{"error", map[string]string{"TF_LOG": "ERROR"}, slog.LevelError},
		{"a word that is none", map[string]string{"TF_LOG": "1"}, levelTrace},
		{"the core alone", map[string]string{"TF_LOG_CORE": "TRACE"}, levelOff},
		{"providers alone", map[string]string{"TF_LOG_PROVIDER": "DEBUG"}, slog.LevelDebug},
		{"providers apart", map[string]string{"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "WARN"}, slog.LevelWarn},
		{"providers off", map[string]string{"TF_LOG": "TRACE", "TF_LOG_PROVIDER": "OFF"}, levelOff},
		{"this one less", map[string]string{"TF_LOG": "TRACE", "TF_LOG_PROVIDER_GPUMARKET": "INFO"}, slog.LevelInfo},
		{"this one more", map[string]string{"TF_LOG": "INFO", "TF_LOG_PROVIDER_GPUMARKET": "TRACE"}, slog.LevelInfo},
		{"this one in a debugger", map[string]string{"TF_LOG_PROVIDER_GPUMARKET": "TRACE"}, levelTrace},
	}
	for _, tt := range tests {
		b := bridge{level: levelOf(func(name string) string { return tt.env[name] })}
		for _, level := range []slog.Level{levelTrace, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			if got, want := b.Enabled(t.Context(), level), level >= tt.want; got != want {
				t.Errorf("%s: %s is enabled: %v, want %v", tt.name, level, got, want)
			}
		}
	}
}

// costly is a value that must not be asked for.
type costly struct{ asked *int }

func (c costly) LogValue() slog.Value {
	*c.asked++
	return slog.StringValue("worked out")
}

// TestLogger_OffCostsNothing: with logging off nothing is worked out or allocated.
func TestLogger_OffCostsNothing(t *testing.T) {
	asked := 0
	logger := slog.New(bridge{subsystem: "x", level: levelOff})
	attr := slog.Any("body", costly{&asked})
	if allocations := testing.AllocsPerRun(100, func() { logger.LogAttrs(context.Background(), slog.LevelError, "m", attr) }); allocations > 0 || asked > 0 {
		t.Errorf("%v allocations and %d values worked out", allocations, asked)
	}
}

// TestLogger_On: what is shown is worked out and handed to tflog.
func TestLogger_On(t *testing.T) {
	t.Parallel()
	asked := 0
	var out bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &out)
	logger := slog.New(bridge{subsystem: "x", level: levelTrace}).With("op", costly{&asked})
	logger.Log(ctx, levelTrace, "said", "body", costly{&asked})
	if text := out.String(); asked != 2 || strings.Count(text, "worked out") != 2 || !strings.Contains(text, `"@level":"trace"`) {
		t.Errorf("%d values worked out: %s", asked, text)
	}
}
