package rent

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// TestCreate: the create is sent once whatever happens.
func TestCreate(t *testing.T) {
	t.Parallel()
	lost := kind(apierr.Ambiguous, "connection reset")
	tests := []struct {
		name string
		sent error
		// found is what each look finds; the last repeats.
		found   [][]string
		findErr error
		want    string
		lost    bool
		fails   apierr.Kind
	}{
		{name: "answered", want: "sent"},
		{name: "refused", sent: kind(apierr.Invalid, "bad"), fails: apierr.Invalid},
		{name: "found at once", sent: lost, found: [][]string{{"a"}}, want: "a"},
		{name: "found later", sent: lost, found: [][]string{{}, {}, {"a"}}, want: "a"},
		{name: "never found", sent: lost, found: [][]string{{}}, lost: true},
		{name: "two found", sent: lost, found: [][]string{{"a", "b"}}, lost: true},
		{name: "looking fails for a while and for good", sent: lost, found: [][]string{{}}, findErr: kind(apierr.Unavailable, "down"), lost: true},
		{name: "looking is not allowed", sent: lost, found: [][]string{{}}, findErr: kind(apierr.Unauthorized, "no"), lost: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sends, looks := 0, 0
			// An interrupted apply still waits for the answer.
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			got, err := Create(ctx, Creation[string]{
				Clock: at(),
				Send: func(ctx context.Context) (string, error) {
					sends++
					if ctx.Err() != nil {
						t.Error("the create is cancelled with the apply")
					}
					return "sent", tt.sent
				},
				Find: func(context.Context) ([]string, error) {
					found := tt.found[min(looks, len(tt.found)-1)]
					looks++
					return found, tt.findErr
				},
			})
			if sends != 1 {
				t.Errorf("sent %d times, want once", sends)
			}
			switch {
			case tt.want != "" && (got != tt.want || err != nil):
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			case Lost(err) != tt.lost:
				t.Errorf("error %v, lost %v; want lost %v", err, Lost(err), tt.lost)
			case tt.fails != "" && !errors.Is(err, tt.fails):
				t.Errorf("error %v, want %v", err, tt.fails)
			}
		})
	}
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

// TestAdopt: a later process takes over what a killed one asked for, once, and
// nothing else.
func TestAdopt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clk := at()
	logger := slog.New(slog.DiscardHandler)
	killed := NewDesk(clk, dir, logger)
	marker := NewMarker()
	killed.Begin(Intent{Type: "pod", Account: "a", Hash: "h", Marker: marker})

	find := func(_ context.Context, orphan Intent) ([]string, error) { return []string{orphan.Marker}, nil }
	adopt := func(d *Desk, kind, account, hash string) bool {
		object, got, ok, err := Adopt(t.Context(), d, kind, account, hash, find)
		if err != nil || ok && (object != marker || got != marker) {
			t.Errorf("adopted %q, %q, %v", object, got, err)
		}
		return ok
	}
	if adopt(killed, "pod", "a", "h") {
		t.Error("a process adopted what it is creating itself")
	}
	later := NewDesk(clk, dir, logger)
	for _, other := range [][3]string{{"volume", "a", "h"}, {"pod", "b", "h"}, {"pod", "a", "other"}} {
		if adopt(later, other[0], other[1], other[2]) {
			t.Errorf("adopted for %v", other)
		}
	}
	if !adopt(later, "pod", "a", "h") {
		t.Error("not adopted")
	}
	if adopt(later, "pod", "a", "h") {
		t.Error("adopted twice")
	}
	if adopt(NewDesk(clk, t.TempDir(), logger), "pod", "a", "h") {
		t.Error("another state's directory adopted it")
	}
	later.Intents.End(marker)
	if adopt(NewDesk(clk, dir, logger), "pod", "a", "h") {
		t.Error("adopted after its end")
	}
}

// TestAdoptNothing: an intent whose thing never showed goes after a while, and
// not before.
func TestAdoptNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clk := at()
	logger := slog.New(slog.DiscardHandler)
	NewDesk(clk, dir, logger).Begin(Intent{Type: "pod", Account: "a", Hash: "h", Marker: NewMarker()})
	looks := 0
	none := func(context.Context, Intent) ([]string, error) { looks++; return nil, nil }
	kept := func() int {
		files, err := filepath.Glob(filepath.Join(dir, "gpumarket", "intents", "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	if _, _, ok, err := Adopt(t.Context(), NewDesk(clk, dir, logger), "pod", "a", "h", none); ok || err != nil {
		t.Errorf("adopted %v, %v", ok, err)
	}
	if looks < 4 || kept() != 1 {
		t.Errorf("%d looks, %d intents; want several looks for what may be on its way, and the intent kept", looks, kept())
	}
	clk.Advance(time.Hour)
	if _, _, ok, err := Adopt(t.Context(), NewDesk(clk, dir, logger), "pod", "a", "h", none); ok || err != nil {
		t.Errorf("adopted %v, %v", ok, err)
	}
	if kept() != 0 {
		t.Errorf("%d intents after an hour, want none", kept())
	}
}

// TestIntentsWithoutDirectory: creates go on without the log.
func TestIntentsWithoutDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	desk := NewDesk(at(), file, slog.New(slog.DiscardHandler))
	desk.Begin(Intent{Type: "pod", Marker: NewMarker()})
	_, _, ok, err := Adopt(t.Context(), desk, "pod", "", "", func(context.Context, Intent) ([]string, error) { return []string{"x"}, nil })
	if ok || err != nil {
		t.Errorf("adopted %v, %v", ok, err)
	}
	desk.Intents.End("../../etc/passwd") // not a marker: touches nothing
}

func TestWorkspace(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TF_WORKSPACE", "")
	if got := Workspace(dir); got != "default" {
		t.Errorf("workspace %q, want default", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "environment"), []byte("staging\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Workspace(dir); got != "staging" {
		t.Errorf("workspace %q, want staging", got)
	}
	t.Setenv("TF_WORKSPACE", "prod")
	if got := Workspace(dir); got != "prod" {
		t.Errorf("workspace %q, want prod", got)
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

// TestAdopt_Several: when two objects could be what a killed process made, nothing
// is adopted and nothing may be created.
func TestAdopt_Several(t *testing.T) {
	t.Parallel()
	dir, clk, logger := t.TempDir(), at(), slog.New(slog.DiscardHandler)
	marker := NewMarker()
	NewDesk(clk, dir, logger).Begin(Intent{Type: "volume", Account: "a", Hash: "h", Marker: marker})
	two := func(context.Context, Intent) ([]string, error) { return []string{"mine", "theirs"}, nil }
	_, _, ok, err := Adopt(t.Context(), NewDesk(clk, dir, logger), "volume", "a", "h", two)
	if ok || !Lost(err) || !strings.Contains(err.Error(), "2 objects") || !strings.Contains(err.Error(), marker+".json") {
		t.Errorf("adopted %v, error %v; want a refusal that names both the number and the file", ok, err)
	}
}

// TestInState: what the state has is not what a lost create made, unless it was
// imported and is equal.
func TestInState(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		id, marker, hash string
		want             []string // ids known to the intents that are left
	}{
		"created by another create": {id: "b", marker: NewMarker(), hash: "h", want: []string{"a", "b"}},
		"known before":              {id: "a", marker: NewMarker(), hash: "h", want: []string{"a"}},
		"imported, equal":           {id: "b", hash: "h", want: nil},
		"imported, another":         {id: "b", hash: "other", want: []string{"a", "b"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, clk, logger := t.TempDir(), at(), slog.New(slog.DiscardHandler)
			NewDesk(clk, dir, logger).Begin(Intent{Type: "volume", Account: "a", Hash: "h", Marker: NewMarker(), Known: []string{"a"}})
			later := NewDesk(clk, dir, logger)
			later.InState("volume", "a", tt.id, tt.marker, tt.hash)
			orphans, err := later.Intents.Orphans("volume", "a", "h")
			if err != nil {
				t.Fatal(err)
			}
			var known []string
			for _, orphan := range orphans {
				known = append(known, orphan.Known...)
			}
			if !slices.Equal(known, tt.want) {
				t.Errorf("the intents know %v, want %v", known, tt.want)
			}
		})
	}
}

// TestInState_Own: the intent of the create that made the object ends with it, and
// stays while the object is only excluded from the others.
func TestInState_Own(t *testing.T) {
	t.Parallel()
	dir, clk, logger := t.TempDir(), at(), slog.New(slog.DiscardHandler)
	marker := NewMarker()
	NewDesk(clk, dir, logger).Begin(Intent{Type: "volume", Account: "a", Hash: "h", Marker: marker})
	later := NewDesk(clk, dir, logger)
	later.Exclude("volume", "a", "b", marker, "h")
	if orphans, err := later.Intents.Orphans("volume", "a", "h"); err != nil || len(orphans) != 1 || len(orphans[0].Known) != 0 {
		t.Errorf("intents %+v, %v; want the one as it was", orphans, err)
	}
	later.InState("volume", "a", "b", marker, "h")
	if orphans, err := later.Intents.Orphans("volume", "a", "h"); err != nil || len(orphans) != 0 {
		t.Errorf("intents %+v, %v; want none", orphans, err)
	}
}

func TestMarkersInState(t *testing.T) {
	t.Parallel()
	private := base64.StdEncoding.EncodeToString([]byte(`{"create_id":"` + base64.StdEncoding.EncodeToString([]byte(`"m1"`)) + `"}`))
	tests := map[string]struct {
		content string
		want    []string
	}{
		"ours among others": {
			content: `{"resources":[{"type":"x","instances":[{"private":"bnVsbA=="},{}]},{"instances":[{"private":"` + private + `"}]}]}`,
			want:    []string{"m1"},
		},
		"no JSON":   {content: "\x00"},
		"no object": {content: `[]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "terraform.tfstate")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := slices.Collect(maps.Keys(markersInState(path))); !slices.Equal(got, tt.want) {
				t.Errorf("markers %v, want %v", got, tt.want)
			}
		})
	}
	if got := markersInState(filepath.Join(t.TempDir(), "absent")); len(got) != 0 {
		t.Errorf("markers %v without a state", got)
	}
}
