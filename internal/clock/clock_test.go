package clock_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

func start() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC) }

func TestOffset(t *testing.T) {
	t.Parallel()
	base := clocktest.NewLeaping(start())
	c := clock.NewOffset(base)
	steps := []struct {
		name string
		do   func()
		want time.Duration // after start
	}{
		{"in step", func() {}, 0},
		{"advanced", func() { c.Advance(time.Hour) }, time.Hour},
		{"base moves", func() { base.Advance(time.Minute) }, time.Hour + time.Minute},
		{"time does not run back", func() { c.Advance(-time.Hour) }, time.Hour + time.Minute},
		{"advances add up", func() { c.Advance(time.Hour) }, 2*time.Hour + time.Minute},
		{"sleep moves the base", func() {
			if err := c.Sleep(t.Context(), time.Second); err != nil {
				t.Error(err)
			}
		}, 2*time.Hour + time.Minute + time.Second},
		{"reset", c.Reset, time.Minute + time.Second},
	}
	for _, step := range steps {
		step.do()
		if got := c.Now().Sub(start()); got != step.want {
			t.Fatalf("%s: %v after the start, want %v", step.name, got, step.want)
		}
	}
}

func TestSystem(t *testing.T) {
	t.Parallel()
	c := clock.System()
	before := c.Now()
	if err := c.Sleep(t.Context(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if passed := c.Now().Sub(before); passed < time.Millisecond {
		t.Errorf("%v passed during a sleep of 1ms", passed)
	}
}

func TestSleepEndsWithContext(t *testing.T) {
	t.Parallel()
	clocks := map[string]clock.Clock{
		"system":  clock.System(),
		"offset":  clock.NewOffset(clock.System()),
		"leaping": clocktest.NewLeaping(start()),
	}
	for name, c := range clocks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := c.Sleep(t.Context(), -time.Second); err != nil {
				t.Errorf("no sleep at all: %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if err := c.Sleep(ctx, 1000*time.Hour); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a long sleep: %v", err)
			}
			if err := c.Sleep(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("no sleep at all in an ended context: %v", err)
			}
		})
	}
}
