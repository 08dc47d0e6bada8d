package clocktest

import (
	"context"
	"sync"
	"testing"
	"time"
)

func TestLeaping(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	c := NewLeaping(start)
	if err := c.Sleep(t.Context(), 10*time.Second); err != nil {
		t.Fatal(err)
	}
	if got := c.Now().Sub(start); got != 10*time.Second {
		t.Errorf("a sleep of 10s moved the clock by %v", got)
	}
	c.Advance(time.Hour)
	if got := c.Now().Sub(start); got != time.Hour+10*time.Second {
		t.Errorf("after an hour more: %v", got)
	}
}

// TestLeapingSideBySide: sleeps at the same time do not add up, and the clock
// never runs back for one that wakes late.
func TestLeapingSideBySide(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	c := NewLeaping(start)
	var asleep sync.WaitGroup
	for i := range 10 {
		asleep.Go(func() {
			d := time.Duration(i+1) * time.Second
			if err := c.Sleep(t.Context(), d); err != nil {
				t.Error(err)
			}
			if got := c.Now().Sub(start); got < d {
				t.Errorf("woke %v after the start, want %v or later", got, d)
			}
		})
	}
	asleep.Wait()
	// A sleeper that begins after another woke may end later than ten seconds,
	// but all of them together sleep 55.
	if got := c.Now().Sub(start); got < 10*time.Second || got >= 55*time.Second {
		t.Errorf("ten sleepers of 1s to 10s moved the clock by %v", got)
	}
}

// TestLeapingStands: a sleep that is broken off moves nothing.
func TestLeapingStands(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	c := NewLeaping(start)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Sleep(ctx, time.Hour); err == nil {
		t.Error("a sleep in an ended context succeeded")
	}
	if !c.Now().Equal(start) {
		t.Errorf("the clock moved to %v", c.Now())
	}
}
