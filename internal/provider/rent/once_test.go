package rent

import (
	"context"
	"errors"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

// TestOnce_Sends: the create is sent once whatever happens, and its intent is kept
// for as long as something may exist.
func TestOnce_Sends(t *testing.T) {
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
			s := newSite(t)
			// An interrupted apply still waits for the answer.
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			made, err := Once(ctx, s.desk(), Creation[string]{
				Type: markedType, ID: func(id string) string { return id },
				Rent: func(ctx context.Context, _ string, send Send[string]) (string, error) {
					return send(ctx, func(ctx context.Context) (string, error) {
						sends++
						if ctx.Err() != nil {
							t.Error("the create is cancelled with the apply")
						}
						return "sent", tt.sent
					})
				},
				Find: func(context.Context, Intent) ([]string, error) {
					found := tt.found[min(looks, len(tt.found)-1)]
					looks++
					return found, tt.findErr
				},
				Check: func(string) string { return "" },
			})
			if sends != 1 {
				t.Errorf("sent %d times, want once", sends)
			}
			switch {
			case tt.want != "" && (err != nil || made.Object != tt.want):
				t.Errorf("got %v, %v; want %q", made, err, tt.want)
			case Lost(err) != tt.lost:
				t.Errorf("error %v, lost %v; want lost %v", err, Lost(err), tt.lost)
			case tt.fails != "" && !errors.Is(err, tt.fails):
				t.Errorf("error %v, want %v", err, tt.fails)
			}
			want := 1
			if tt.fails != "" {
				want = 0
			}
			if got := len(s.stage(stagePending)); got != want {
				t.Errorf("%d intents pending, want %d", got, want)
			}
			if made != nil {
				made.Answered()
				if pending, answered := s.stage(stagePending), s.stage(stageAnswered); len(pending) != 0 || len(answered) != 1 || answered[0] != tt.want {
					t.Errorf("pending %v, answered %v; want only %s answered", pending, answered, tt.want)
				}
			}
		})
	}
}

// TestOnce_Unmarked_AnsweredAtOnce: the id of what bears no marker is on disk before
// the next create of its type begins.
func TestOnce_Unmarked_AnsweredAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made, err := Once(t.Context(), s.desk(), s.creation(unmarkedType, "c"))
	if err != nil {
		t.Fatal(err)
	}
	if answered := s.stage(stageAnswered); len(answered) != 1 || answered[0] != made.Object.id {
		t.Errorf("answered %v, want %s", answered, made.Object.id)
	}
}

// TestOnce_WithoutDirectory: creates go on without the log, and nothing is adopted.
func TestOnce_WithoutDirectory(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	file := s.dir + "/file"
	if err := writeFile(file, ""); err != nil {
		t.Fatal(err)
	}
	s.dir = file
	for _, kind := range kinds() {
		s.kill(s.desk(), kind, "c")
		if made := s.create(s.desk(), kind, "c"); made.Adopted {
			t.Errorf("%s: adopted without a log", kind)
		}
	}
	s.desk().InState(Object{Type: unmarkedType, ID: "id1", Hash: "h"})
	s.desk().Gone(unmarkedType, "id1")
	if o := s.desk().Overview(); len(o.Strays) != 0 {
		t.Errorf("strays %v without a log", o.Strays)
	}
}
