package gpu

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// spelling draws one of the names in the tables and writes it as somebody might.
func spelling() *rapid.Generator[string] {
	var known []string
	for _, m := range models() {
		known = append(known, m.name)
		for _, names := range [][]string{m.vast, m.display, m.aliases} {
			known = append(known, names...)
		}
		for _, size := range m.sizes {
			known = append(known, withMemory(m.name, size))
			known = append(append(known, m.runpod[size]...), m.whole[size]...)
		}
	}
	for family := range families() {
		known = append(known, family)
	}
	slices.Sort(known)
	return rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom(known).Draw(t, "name")
		name = strings.ReplaceAll(name, " ", rapid.SampledFrom([]string{" ", "_", "-", "  "}).Draw(t, "separator"))
		switch rapid.SampledFrom([]string{"as it is", "lower", "upper"}).Draw(t, "case") {
		case "lower":
			return strings.ToLower(name)
		case "upper":
			return strings.ToUpper(name)
		}
		return name
	})
}

// anyName draws spellings and arbitrary text.
func anyName() *rapid.Generator[string] { return rapid.OneOf(spelling(), rapid.String()) }

func TestCanonical_IsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := anyName().Draw(t, "name")
		canonical, err := Canonical(name)
		var ambiguous *AmbiguousError
		switch {
		case errors.As(err, &ambiguous):
			if len(ambiguous.Variants) < 2 {
				t.Fatalf("%q is ambiguous between %q", name, ambiguous.Variants)
			}
			for _, variant := range ambiguous.Variants {
				requireCanonical(t, variant)
			}
		case err == nil:
			requireCanonical(t, canonical)
		}
	})
}

func requireCanonical(t rapid.TB, name string) {
	t.Helper()
	if again, err := Canonical(name); err != nil || again != name {
		t.Fatalf("Canonical(%q) = %q, %v", name, again, err)
	}
}

// Whatever a marketplace lists, under a known name or a new one, with any memory:
// the name that is printed is accepted back and finds the same row.
func TestPrinted_IsAcceptedBack(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, m := range models() {
		listed = append(append(listed, m.name), m.vast...)
		for _, ids := range m.runpod {
			listed = append(listed, ids...)
		}
	}
	for family := range families() {
		listed = append(listed, family)
	}
	slices.Sort(listed)
	names := rapid.OneOf(
		rapid.SampledFrom(listed),
		rapid.StringMatching(`(RTX|GTX|RX|H|B|MI|CMP|Tesla|NVIDIA|Quadro)[ _-]?[1-9][0-9]{1,3}( Ti|X|S| SXM| laptop|-Q)?`),
	)
	rapid.Check(t, func(t *rapid.T) {
		name, mb := names.Draw(t, "name"), rapid.IntRange(1024, 400_000).Draw(t, "MB")
		for _, printed := range []string{FromVast(name, float64(mb)), FromRunPod(name, mb/mbPerGB)} {
			wishes, err := Accepted(printed)
			if err != nil || !Matches(wishes, printed) {
				t.Fatalf("%q with %d MB is printed as %q, which is not accepted back: %q, %v", name, mb, printed, wishes, err)
			}
			if again, err := Canonical(printed); err == nil && again != printed {
				t.Fatalf("%q with %d MB is printed as %q and read back as %q", name, mb, printed, again)
			}
		}
	})
}

// Whatever is accepted accepts its own canonical name, whichever way it is written.
func TestAccepted_AcceptsWhatIsMeant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := spelling().Draw(t, "name")
		wishes, err := Accepted(name)
		if err != nil {
			t.Fatalf("Accepted(%q): %v", name, err)
		}
		meant, err := Canonical(name)
		variants := []string{meant}
		var ambiguous *AmbiguousError
		if errors.As(err, &ambiguous) {
			variants = ambiguous.Variants
		}
		for _, variant := range variants {
			if !Matches(wishes, variant) {
				t.Fatalf("%q means %q, but its wishes %q do not accept it", name, variant, wishes)
			}
		}
	})
}

// silicon is what tells GPUs apart: the letters and digits of the model, whatever
// the maker, the order of words and the memory.
func silicon(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, word := range words {
		if strings.ContainsAny(word, "0123456789") && !strings.HasSuffix(word, "gb") && !strings.HasPrefix(word, "sxm") {
			return strings.TrimPrefix(strings.TrimSuffix(strings.TrimRight(word, "s"), "ada"), "instinct")
		}
	}
	return strings.Join(words, "")
}

// No two platforms' names of different silicon meet in one canonical name.
func TestPlatforms_DoNotMeet(t *testing.T) {
	t.Parallel()
	vast, runpod := map[string]string{}, map[string]string{}
	for _, m := range models() {
		for _, name := range m.vast {
			if other, taken := vast[key(name)]; taken && other != m.name {
				t.Errorf("Vast.ai's %q is both %q and %q", name, other, m.name)
			}
			vast[key(name)] = m.name
			for _, ids := range m.runpod {
				for _, id := range ids {
					if silicon(name) != silicon(id) {
						t.Errorf("%q unites Vast.ai's %q and RunPod's %q", m.name, name, id)
					}
				}
			}
		}
		for size, ids := range m.runpod {
			for _, id := range ids {
				name := m.called(size)
				if other, taken := runpod[id]; taken {
					t.Errorf("RunPod's %q is both %q and %q", id, other, name)
				}
				runpod[id] = name
				if got := FromRunPod(id, size); got != name {
					t.Errorf("FromRunPod(%q) = %q; want %q", id, got, name)
				}
			}
		}
	}
}

// Every spelling in the tables leads to its own model, or, where a family has the
// name, to a choice that includes it.
func TestTables_AreConsistent(t *testing.T) {
	t.Parallel()
	c := theCatalogue()
	for _, m := range models() {
		spellings := slices.Concat([]string{m.name}, m.vast, m.display, m.aliases)
		for size, ids := range m.runpod {
			if !slices.Contains(m.sizes, size) {
				t.Errorf("%s: RunPod sells it with %d GB, a size it does not have", m.name, size)
			}
			spellings = append(spellings, ids...)
		}
		for _, names := range m.whole {
			spellings = append(spellings, names...)
		}
		for _, name := range spellings {
			meant, err := c.resolve(name)
			if err != nil || !slices.ContainsFunc(meant, func(r ref) bool { return r.model.name == m.name }) {
				t.Errorf("%q of %s leads elsewhere: %v, %v", name, m.name, meant, err)
			}
		}
		for _, size := range m.sizes {
			for _, name := range m.vast {
				if got, want := FromVast(name, float64(size)*mbPerGB*0.985), m.called(size); got != want {
					t.Errorf("FromVast(%q, %d GB) = %q; want %q", name, size, got, want)
				}
			}
		}
		if m.usual != 0 && !slices.Contains(m.sizes, m.usual) {
			t.Errorf("%s: the usual size is none of its sizes", m.name)
		}
	}
	for _, names := range []map[string][]string{families(), open()} {
		for name, members := range names {
			for _, member := range members {
				if _, ok := c.wishes[member]; !ok {
					t.Errorf("%q leads to %q, which is no model", name, member)
				}
			}
		}
	}
}
