package rent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func writeFile(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) }

// TestAdopt: a later process takes over what a killed one asked for, once.
func TestAdopt(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			orphan := s.kill(s.desk(), kind, "c")
			later := s.desk()
			made, err := Once(t.Context(), later, s.creation(kind, "c"))
			if err != nil || !made.Adopted || made.Object != orphan || kind == markedType && made.Marker != orphan.marker {
				t.Fatalf("made %+v, %v; want %v adopted", made, err, orphan)
			}
			made.Answered()
			for _, d := range []*Desk{later, s.desk()} {
				if again := s.create(d, kind, "c"); again.Adopted || again.Object.id == orphan.id {
					t.Errorf("adopted %v again", again.Object)
				}
			}
			if pending := s.stage(stagePending); len(pending) != 0 {
				t.Errorf("pending %v", pending)
			}
		})
	}
}

// TestAdopt_KilledWhileBooting: until Terraform is told the id, what bears the marker
// may be adopted: a kill during the minutes of a boot costs nothing.
func TestAdopt_KilledWhileBooting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	killed := s.desk()
	booting, err := Once(t.Context(), killed, s.creation(markedType, "c"))
	if err != nil {
		t.Fatal(err)
	}
	killed.End()
	if made := s.create(s.desk(), markedType, "c"); !made.Adopted || made.Object != booting.Object {
		t.Errorf("made %+v, want %v adopted", made, booting.Object)
	}
}

// TestAdopt_Not: what anybody else could own is never adopted. Each case is an object
// that an earlier process made, and what differs in the process that creates an equal
// one.
func TestAdopt_Not(t *testing.T) {
	t.Parallel()
	killed := func(s *site, kind string) *Desk {
		d := s.desk()
		s.kill(d, kind, "c")
		return s.desk()
	}
	tests := map[string]func(s *site, kind string) *Desk{
		"the process told Terraform, and ended": func(s *site, kind string) *Desk {
			d := s.desk()
			s.create(d, kind, "c")
			d.End()
			return s.desk()
		},
		"the process told Terraform, and the state has it": func(s *site, kind string) *Desk {
			d := s.desk()
			made := s.create(d, kind, "c")
			d.End()
			d = s.desk()
			hash := ""
			if kind == unmarkedType {
				hash = Hash("c")
			}
			d.InState(Object{Type: kind, ID: made.Object.id, Marker: made.Marker, Hash: hash})
			return d
		},
		"the process lives": func(s *site, kind string) *Desk {
			if _, err := Once(s.t.Context(), s.desk(), s.creation(kind, "c")); err != nil {
				s.t.Error(err)
			}
			return s.desk()
		},
		"another backend": func(s *site, kind string) *Desk {
			s.backend("a.tfstate")
			d := s.desk()
			s.kill(d, kind, "c")
			s.backend("b.tfstate")
			return s.desk()
		},
		"another workspace": func(s *site, kind string) *Desk {
			d := killed(s, kind)
			if err := writeFile(filepath.Join(s.dir, "environment"), "staging"); err != nil {
				s.t.Fatal(err)
			}
			d.End()
			return s.desk()
		},
		"another directory": func(s *site, kind string) *Desk {
			killed(s, kind)
			s.dir = s.t.TempDir()
			return s.desk()
		},
		"another configuration": func(s *site, kind string) *Desk {
			d := s.desk()
			s.kill(d, kind, "other")
			return s.desk()
		},
	}
	for name, before := range tests {
		for _, kind := range kinds() {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				s := newSite(t)
				d := before(s, kind)
				if made := s.create(d, kind, "c"); made.Adopted || len(s.on.list()) != 2 {
					t.Errorf("made %+v of %v, want a second object", made, s.on.list())
				}
			})
		}
	}
}

// TestAdopt_BackendAgain: what was not adopted under another backend waits for its own.
func TestAdopt_BackendAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.backend("a.tfstate")
	orphan := s.kill(s.desk(), markedType, "c")
	s.backend("b.tfstate")
	s.create(s.desk(), markedType, "c")
	s.backend("a.tfstate")
	if made := s.create(s.desk(), markedType, "c"); !made.Adopted || made.Object != orphan {
		t.Errorf("made %+v, want %v adopted", made, orphan)
	}
}

// TestAdopt_Aliases: two aliases of one account create equal objects in one apply.
// Each gets objects of its own, every time, whether or not an earlier process left
// some behind; and what was left behind is taken over before anything is created.
func TestAdopt_Aliases(t *testing.T) {
	t.Parallel()
	const rounds, each = 20, 4
	for _, left := range []int{0, 3} {
		for _, kind := range kinds() {
			for range rounds {
				s := newSite(t)
				var orphans []string
				if kind == markedType && left > 0 { // of equal objects without a marker only one can be told apart
					for _, orphan := range s.killed(s.desk(), kind, "c", left) {
						orphans = append(orphans, orphan.id)
					}
				}
				var mu sync.Mutex
				var ids []string
				var creates sync.WaitGroup
				for range 2 {
					alias := s.desk()
					for range each {
						creates.Go(func() {
							made, err := Once(t.Context(), alias, s.creation(kind, "c"))
							if err != nil {
								t.Error(err)
								return
							}
							made.Answered()
							mu.Lock()
							defer mu.Unlock()
							ids = append(ids, made.Object.id)
						})
					}
				}
				creates.Wait()
				slices.Sort(ids)
				if distinct := slices.Compact(slices.Clone(ids)); len(distinct) != 2*each {
					t.Fatalf("%s: ids %v, want %d distinct ones", kind, ids, 2*each)
				}
				for _, orphan := range orphans {
					if !slices.Contains(ids, orphan) {
						t.Errorf("%s: nobody adopted %s: %v", kind, orphan, ids)
					}
				}
			}
		}
	}
}

// TestAdopt_SideBySide: two applies on one account, with a directory of their own or a
// shared one, of which one was killed before.
func TestAdopt_SideBySide(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{true, false} {
		s := newSite(t)
		other := *s
		if !shared {
			other.dir = t.TempDir()
		}
		s.kill(s.desk(), markedType, "c")
		made := map[string]int{}
		var mu sync.Mutex
		var applies sync.WaitGroup
		for _, at := range []*site{s, &other} {
			applies.Go(func() {
				id := at.create(at.desk(), markedType, "c").Object.id
				mu.Lock()
				defer mu.Unlock()
				made[id]++
			})
		}
		applies.Wait()
		if len(made) != 2 || len(s.on.list()) != 2 {
			t.Errorf("shared %v: made %v of %v, want both, the killed one's among them", shared, made, s.on.list())
		}
	}
}

// TestAdopt_Account: the account stays the same under a rotated key and another
// spelling of the URL, and another account adopts nothing.
func TestAdopt_Account(t *testing.T) {
	t.Parallel()
	same := func(context.Context) (string, error) { return "4711", nil }
	other := func(context.Context) (string, error) { return "4712", nil }
	down := func(context.Context) (string, error) { return "", errors.New("down") }
	const url, slash = "https://api.example", "https://API.example:443/"
	tests := []struct {
		name          string
		kind          string
		before, after *Account
		elsewhere     bool // the account has none of what the first one has
		known         bool // something else existed before the create
		want          bool
	}{
		{name: "trailing slash", kind: unmarkedType, before: NewAccount(url, "k", nil), after: NewAccount(slash, "k", nil), want: true},
		{name: "rotated key, told by the platform", kind: unmarkedType, before: NewAccount(url, "k", same), after: NewAccount(url, "new", same), want: true},
		{name: "another account by its id", kind: unmarkedType, before: NewAccount(url, "k", same), after: NewAccount(url, "new", other)},
		{name: "rotated key, told by the marker", kind: markedType, before: NewAccount(url, "k", nil), after: NewAccount(url, "new", nil), want: true},
		{name: "rotated key, told by what existed", kind: unmarkedType, before: NewAccount(url, "k", nil), after: NewAccount(url, "new", nil), known: true, want: true},
		{name: "rotated key, told by nothing", kind: unmarkedType, before: NewAccount(url, "k", nil), after: NewAccount(url, "new", nil)},
		{name: "the platform does not answer", kind: unmarkedType, before: NewAccount(url, "k", same), after: NewAccount(url, "new", down)},
		{name: "another account without the marker", kind: markedType, before: NewAccount(url, "k", nil), after: NewAccount(url, "other", nil), elsewhere: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			if tt.known {
				s.on.create("", "something else")
			}
			c := s.creation(tt.kind, "c")
			c.Account = tt.before
			killed := s.desk()
			if _, err := Once(t.Context(), killed, lose(killed, c)); err == nil {
				t.Fatal("the create was not lost")
			}
			if tt.elsewhere {
				s.on = &platform{}
			}
			c = s.creation(tt.kind, "c")
			c.Account = tt.after
			made, err := Once(t.Context(), s.desk(), c)
			if err != nil || made.Adopted != tt.want {
				t.Errorf("made %+v, %v; want adopted %v", made, err, tt.want)
			}
			if !tt.want {
				// It waits for its own account.
				if pending := s.stage(stagePending); len(pending) == 0 {
					t.Error("the orphan of the other account is forgotten")
				}
			}
		})
	}
}

// lose is a create whose answer and every look for it fail, and whose process ends.
func lose(d *Desk, c Creation[object]) Creation[object] {
	rent := c.Rent
	c.Rent = func(ctx context.Context, marker string, send Send[object]) (object, error) {
		made, err := rent(ctx, marker, send)
		d.End()
		return made, &LostError{Err: errors.Join(errKilled, err)}
	}
	return c
}

// TestAdopt_Nothing: an intent whose thing never showed goes after a while, and
// not before.
func TestAdopt_Nothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.kill(s.desk(), markedType, "c")
	s.on = &platform{} // it never arrived
	looks := 0
	create := func() {
		c := s.creation(markedType, "c")
		c.Find = func(context.Context, Intent) ([]object, error) { looks++; return nil, nil }
		d := s.desk()
		made, err := Once(t.Context(), d, c)
		if err != nil || made.Adopted {
			t.Errorf("made %+v, %v", made, err)
		}
		made.Answered()
		d.End()
	}
	create()
	if looks < 4 || len(s.stage(stagePending)) != 1 {
		t.Errorf("%d looks, pending %v; want several looks for what may be on its way, and the intent kept", looks, s.stage(stagePending))
	}
	s.clock.Advance(time.Hour)
	create()
	if len(s.stage(stagePending)) != 0 {
		t.Errorf("pending %v after an hour, want none", s.stage(stagePending))
	}
}

// TestAdopt_Doubtful: when it cannot be told which object a killed process made, or
// whether it made the one that there is, nothing is adopted and nothing created.
func TestAdopt_Doubtful(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before func(s *site)
		says   string
	}{
		"two of equal content": {func(s *site) { s.on.create("", "c") }, "2 objects"},
		"one, long after":      {func(s *site) { s.clock.Advance(2 * time.Hour) }, "one object"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.kill(s.desk(), unmarkedType, "c")
			tt.before(s)
			had := len(s.on.list())
			d := s.desk()
			_, err := Once(t.Context(), d, s.creation(unmarkedType, "c"))
			pending := s.stage(stagePending)
			if !Lost(err) || !strings.Contains(err.Error(), tt.says) || len(pending) != 1 || !strings.Contains(err.Error(), pending[0]+".json") {
				t.Errorf("error %v; want a refusal that says %q and names the file %v", err, tt.says, pending)
			}
			if len(s.on.list()) != had {
				t.Errorf("created something: %v", s.on.list())
			}
			// What the user takes over settles it, once.
			d.End()
			later := s.desk()
			later.InState(Object{Type: unmarkedType, ID: s.on.list()[0].id, Hash: Hash("c")})
			if made := s.create(later, unmarkedType, "c"); made.Adopted {
				t.Errorf("adopted %v", made.Object)
			}
		})
	}
}

// TestInState_Import: an object that was imported after its process was killed ends
// its own intent, and no other.
func TestInState_Import(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			first := s.kill(s.desk(), kind, "c")
			second := s.kill(s.desk(), kind, "other")
			d := s.desk()
			imported := Object{Type: kind, ID: first.id, Marker: first.marker}
			if kind == unmarkedType {
				imported.Hash = Hash("c")
			}
			for range 2 { // by a Read and by a plan
				d.InState(imported)
			}
			d.InState(Object{Type: kind, ID: "unrelated", Marker: "", Hash: imported.Hash})
			if pending := s.stage(stagePending); len(pending) != 1 {
				t.Errorf("pending %v, want that of the other", pending)
			}
			if made := s.create(s.desk(), kind, "c"); made.Adopted {
				t.Errorf("adopted %v, which was imported", made.Object)
			}
			if made := s.create(s.desk(), kind, "other"); !made.Adopted || made.Object != second {
				t.Errorf("made %+v, want %v adopted", made, second)
			}
		})
	}
}

// TestCreate_Work: what a create does on disk does not grow with the number of
// objects that this data directory made or is making. It counts allocations, beside
// which no other test may run.
func TestCreate_Work(t *testing.T) {
	work := func(kept int) float64 {
		s := newSite(t)
		sibling := s.desk()
		s.create(sibling, markedType, "c")
		for i := range kept {
			for _, file := range []string{
				sibling.intents.pending(sibling.intents.owner, NewMarker()),
				sibling.intents.file(stageAnswered, markedType, fmt.Sprintf("kept%d", i)),
				sibling.intents.file(stageHeld, markedType, fmt.Sprintf("held%d", i)),
			} {
				if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), writeFile(file, "{}")); err != nil {
					t.Fatal(err)
				}
			}
		}
		d := s.desk()
		return testing.AllocsPerRun(20, func() { s.create(d, markedType, "c") })
	}
	few, many := work(10), work(1000)
	t.Logf("%.0f allocations with 10 kept intents, %.0f with 1,000", few, many)
	if many > 1.2*few {
		t.Errorf("%.0f allocations with 10 kept intents, %.0f with 1,000", few, many)
	}
}
