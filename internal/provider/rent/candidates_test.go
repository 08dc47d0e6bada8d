package rent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

func at() *clocktest.Leaping {
	return clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
}

func kind(k apierr.Kind, message string) error {
	return &apierr.Error{Platform: "RunPod", Op: "createPod", Kind: k, Message: message}
}

func TestFirst(t *testing.T) {
	t.Parallel()
	full := kind(apierr.NoCapacity, "no longer any instances available")
	tests := []struct {
		name  string
		rents []error // by candidate; nil rents
		check []error
		limit int
		want  int
		says  string
		tried int
	}{
		{name: "the first", rents: []error{nil, nil}, want: 0, tried: 1},
		{name: "capacity moves on", rents: []error{full, full, nil}, want: 2, tried: 3},
		{name: "a check moves on", rents: []error{nil, nil}, check: []error{errors.New("too dear")}, want: 1, tried: 1},
		{name: "a pool that is not ours moves on", rents: []error{kind(apierr.Forbidden, "not this pool"), nil}, want: 1, tried: 2},
		{
			name: "nothing may be rented", rents: []error{kind(apierr.Forbidden, "access denied"), kind(apierr.Forbidden, "access denied")},
			want: -1, says: "RunPod createPod: forbidden: access denied", tried: 2,
		},
		{
			name: "one pool closed, one full", rents: []error{kind(apierr.Forbidden, "not this pool"), full}, want: -1, tried: 2,
			says: "\n  - c0: not this pool\n  - c1: no longer",
		},
		{name: "a bad request stops", rents: []error{kind(apierr.Invalid, "bad"), nil}, want: -1, says: "bad", tried: 1},
		{name: "a check stops", rents: []error{nil, nil}, check: []error{Stop(errors.New("no key"))}, want: -1, says: "no key"},
		{
			name: "all refused", rents: []error{full, full}, want: -1, tried: 2,
			says: "tried 2 of 2 candidates, none could be rented:\n  - c0: no longer any instances available\n  - c1: no longer any instances available",
		},
		{name: "limit", rents: []error{full, full, nil}, limit: 2, want: -1, tried: 2, says: "tried 2 of 3 candidates"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tried := 0
			var candidates []Candidate[int]
			for i, outcome := range tt.rents {
				c := Candidate[int]{Label: fmt.Sprintf("c%d", i), Rent: func(context.Context) (int, error) {
					tried++
					return i, outcome
				}}
				if i < len(tt.check) {
					c.Check = func(context.Context) (func(), error) { return nil, tt.check[i] }
				}
				candidates = append(candidates, c)
			}
			if tt.limit == 0 {
				tt.limit = len(candidates)
			}
			_, index, err := First(t.Context(), &Reservations{}, tt.limit, candidates)
			if index != tt.want || tried != tt.tried {
				t.Errorf("candidate %d after %d rents, want %d after %d", index, tried, tt.want, tt.tried)
			}
			if (err != nil) != (tt.want < 0) || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want %q", err, tt.says)
			}
		})
	}
}

// TestFirstSideBySide: creates at once spread over the market, one rent each.
func TestFirstSideBySide(t *testing.T) {
	t.Parallel()
	var r Reservations
	var mu sync.Mutex
	rented := map[int]int{}
	var creates sync.WaitGroup
	for range 20 {
		creates.Go(func() {
			var candidates []Candidate[int]
			for i := range 20 {
				candidates = append(candidates, Candidate[int]{
					Keys: []string{fmt.Sprintf("offer/%d", i)},
					Rent: func(context.Context) (int, error) {
						mu.Lock()
						defer mu.Unlock()
						rented[i]++
						return i, nil
					},
				})
			}
			if _, _, err := First(t.Context(), &r, 20, candidates); err != nil {
				t.Error(err)
			}
		})
	}
	creates.Wait()
	if len(rented) != 20 {
		t.Errorf("%d offers rented, want 20", len(rented))
	}
	for i, n := range rented {
		if n != 1 {
			t.Errorf("offer %d rented %d times", i, n)
		}
	}
}

// TestFirstReleases: what a check refused for its price is free for another.
func TestFirstReleases(t *testing.T) {
	t.Parallel()
	var r Reservations
	released := false
	refusing := Candidate[int]{Keys: []string{"x"}, Check: func(context.Context) (func(), error) {
		return func() { released = true }, errors.New("too dear for me")
	}}
	if _, _, err := First(t.Context(), &r, 1, []Candidate[int]{refusing}); err == nil || !released {
		t.Errorf("error %v, released %v", err, released)
	}
	taking := Candidate[int]{Keys: []string{"x"}, Rent: func(context.Context) (int, error) { return 7, nil }}
	if got, _, err := First(t.Context(), &r, 1, []Candidate[int]{taking}); got != 7 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	if Hash(map[string]int{"a": 1, "b": 2}) != Hash(map[string]int{"b": 2, "a": 1}) {
		t.Error("the order of a map changes the hash")
	}
	if Hash("a") == Hash("b") || len(Hash("a")) != 64 {
		t.Error("not a digest")
	}
}
