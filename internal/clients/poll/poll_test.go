package poll

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC) }

func options(clk *clocktest.Leaping) Options {
	return Options{What: "pod abc to run", Clock: clk, Min: 5 * time.Second, Max: 20 * time.Second, Timeout: 10 * time.Minute}
}

// judge takes the state's name for the verdict.
func judge(state string) Verdict {
	v := Verdict{State: state, Done: state == "RUNNING"}
	if state == "ERROR" {
		v.Failed = "the image cannot be pulled"
	}
	return v
}

// looks answers with the given states and errors in turn, and then with the last.
func looks(answers ...any) func(context.Context, transport.Freshness) (string, error) {
	n := 0
	return func(context.Context, transport.Freshness) (string, error) {
		answer := answers[min(n, len(answers)-1)]
		n++
		if err, ok := answer.(error); ok {
			return "", err
		}
		state, _ := answer.(string)
		return state, nil
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	unavailable := &apierr.Error{Platform: "RunPod", Op: "listPods", Kind: apierr.Unavailable, Message: "oops"}
	forbidden := &apierr.Error{Platform: "RunPod", Op: "listPods", Kind: apierr.Forbidden, Message: "no"}
	tests := []struct {
		name    string
		answers []any
		value   string
		err     string // "" is a good end
		took    time.Duration
	}{
		{"at the first look", []any{"RUNNING"}, "RUNNING", "", 5 * time.Second},
		{"in time", []any{"PROVISIONING", "STARTING", "RUNNING"}, "RUNNING", "", 35 * time.Second},
		{
			"pauses double to the bound",
			[]any{"a", "a", "a", "a", "a", "RUNNING"},
			"RUNNING", "",
			(5 + 10 + 20 + 20 + 20 + 20) * time.Second,
		},
		{"blips", []any{unavailable, "STARTING", unavailable, "RUNNING"}, "RUNNING", "", 55 * time.Second},
		{
			"failed",
			[]any{"STARTING", "ERROR"},
			"ERROR",
			"waiting for pod abc to run failed: the image cannot be pulled; last seen: ERROR", 15 * time.Second,
		},
		{"refused", []any{"STARTING", forbidden}, "STARTING", forbidden.Error(), 15 * time.Second},
		{
			"too late",
			[]any{"STARTING, port 22 not mapped"},
			"STARTING, port 22 not mapped",
			"waited 10m0s for pod abc to run; last seen: STARTING, port 22 not mapped", 10 * time.Minute,
		},
		{
			"never an answer",
			[]any{unavailable},
			"",
			"waited 10m0s for pod abc to run; the last look failed: RunPod listPods: unavailable: oops", 10 * time.Minute,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clk := clocktest.NewLeaping(start())
			value, err := Until(t.Context(), options(clk), looks(test.answers...), judge)
			if value != test.value {
				t.Errorf("value %q, want %q", value, test.value)
			}
			switch {
			case err == nil && test.err != "", err != nil && err.Error() != test.err:
				t.Errorf("got  %v\nwant %s", err, test.err)
			}
			if took := clk.Now().Sub(start()); took != test.took {
				t.Errorf("took %v, want %v", took, test.took)
			}
		})
	}
}

func TestUntilErrors(t *testing.T) {
	t.Parallel()
	run := func(answers ...any) error {
		_, err := Until(t.Context(), options(clocktest.NewLeaping(start())), looks(answers...), judge)
		return err
	}
	var failed *StateError
	if err := run("ERROR"); !errors.As(err, &failed) || failed.Last != "ERROR" {
		t.Errorf("failed: %#v", err)
	}
	var late *TimeoutError
	if err := run("STARTING"); !errors.As(err, &late) || late.Err != nil || late.Last != "STARTING" {
		t.Errorf("timeout: %#v", err)
	}
	if err := run("STARTING", apierr.Kind("x"), "STARTING"); !errors.Is(err, apierr.Kind("x")) {
		t.Errorf("an error that is not a platform's: %#v", err)
	}
	if err := run("STARTING", &apierr.Error{Kind: apierr.Malformed}); !errors.As(err, &late) || !errors.Is(err, apierr.Malformed) {
		t.Errorf("timeout after failures: %#v", err)
	}
}

func TestUntilContext(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]func(context.CancelFunc) (string, error){
		"in a look":    func(cancel context.CancelFunc) (string, error) { cancel(); return "", &apierr.Error{} },
		"after a look": func(cancel context.CancelFunc) (string, error) { cancel(); return "STARTING", nil },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		looked := 0
		_, err := Until(ctx, options(clocktest.NewLeaping(start())), func(context.Context, transport.Freshness) (string, error) {
			looked++
			return look(cancel)
		}, judge)
		if !errors.Is(err, context.Canceled) || looked != 1 {
			t.Errorf("%s: %v after %d looks", name, err, looked)
		}
	}
}

// TestUntilFreshness: the first look demands an answer from after the call, each
// further one an answer from after the look before.
func TestUntilFreshness(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(start())
	var last time.Time
	looked := 0
	_, err := Until(t.Context(), options(clk), func(_ context.Context, f transport.Freshness) (string, error) {
		if looked == 0 && !f.NotBefore.Equal(start()) || looked > 0 && !f.NotBefore.After(last) {
			t.Errorf("look %d demands %v, the last one was at %v", looked, f.NotBefore, last)
		}
		if f.NotBefore.After(clk.Now()) {
			t.Errorf("look %d demands an answer from the future", looked)
		}
		looked++
		last = clk.Now()
		return map[bool]string{true: "RUNNING", false: "STARTING"}[looked == 5], nil
	}, judge)
	if err != nil {
		t.Error(err)
	}
}

// TestUntilBoundsLooks: calls of a look do not retry beyond the wait.
func TestUntilBoundsLooks(t *testing.T) {
	t.Parallel()
	clk := clocktest.NewLeaping(start())
	o := options(clk)
	quota := transport.NewIntervalQuota(clk, func(transport.Op) time.Duration { return time.Hour })
	_, err := Until(t.Context(), o, func(ctx context.Context, _ transport.Freshness) (string, error) {
		return "STARTING", quota.Wait(ctx, transport.Op{})
	}, judge)
	var late *TimeoutError
	if !errors.As(err, &late) || !errors.Is(err, apierr.Throttled) {
		t.Errorf("got %v", err)
	}
	// That the quota left no room for a last look is not why it took so long.
	if want := "waited 10m0s for pod abc to run; last seen: STARTING"; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if took := clk.Now().Sub(start()); took != o.Timeout {
		t.Errorf("took %v", took)
	}
}

func TestUntilReports(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := options(clocktest.NewLeaping(start()))
	o.Max = o.Min
	o.Timeout = 3*time.Minute + 10*time.Second
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	_, err := Until(t.Context(), o, looks("PROVISIONING", "STARTING"), judge)
	if err == nil {
		t.Fatal("no timeout")
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	want := []string{
		"state=PROVISIONING waited=5s", "state=STARTING waited=10s",
		"state=STARTING waited=1m10s", "state=STARTING waited=2m10s", "state=STARTING waited=3m10s",
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines:\n%s", len(lines), log.String())
	}
	for i, line := range lines {
		if !strings.Contains(line, want[i]) || !strings.Contains(line, `for="pod abc to run"`) {
			t.Errorf("line %d is %s, want %s", i, line, want[i])
		}
	}
}
