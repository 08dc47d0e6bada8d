package gpu

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/suggest"
)

// key is a name without what spellings differ in: case, separators, the makers'
// and brands' names in front, and the words that drivers add at the end ("RTX 4500
// Ada Generation", "RTX PRO 6000 Server Edition", "MI325X OAM").
func key(name string) string {
	var buf [64]byte
	k := buf[:0]
	for i := range len(name) {
		switch b := name[i]; {
		case b >= 'A' && b <= 'Z':
			k = append(k, b+'a'-'A')
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b >= 0x80:
			k = append(k, b)
		}
	}
	s := string(k)
	for {
		before := s
		for _, ending := range [...]string{"gpu", "generation", "edition", "oam"} {
			s = strings.TrimSuffix(s, ending)
		}
		for _, brand := range [...]string{"nvidia", "amd", "geforce", "tesla", "instinct"} {
			s = strings.TrimPrefix(s, brand)
		}
		if s == before {
			return s
		}
	}
}

// cutMemory takes the memory, in GB, out of a name: "A100-80G PCIe" is "A100 PCIe"
// with 80. It is 0 when the name has none.
func cutMemory(name string) (bare string, gb int) {
	for end := len(name); end > 0; {
		end = len(strings.TrimRight(name[:end], separators))
		start := strings.LastIndexAny(name[:end], separators) + 1
		if size, used := memoryAt(name[start:]); used > 0 {
			left, right := strings.TrimRight(name[:start], separators), strings.TrimLeft(name[start+used:], separators)
			return strings.TrimSpace(left + " " + right), size
		}
		end = start
	}
	return name, 0
}

// separators part the words of a name.
const separators = " \t_-/,()"

// memoryAt is the memory that text begins with ("80GB", "80 GiB", "48G") and how
// many bytes tell it; 0 when it begins with none.
func memoryAt(text string) (gb, used int) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	gb, err := strconv.Atoi(text[:digits])
	if err != nil || gb <= 0 {
		return 0, 0
	}
	rest := strings.TrimLeft(text[digits:], " ")
	unit := rest
	if i := strings.IndexAny(rest, separators); i >= 0 {
		unit = rest[:i]
	}
	switch strings.ToLower(unit) {
	case "g", "gb", "gib":
		return gb, len(text) - len(rest) + len(unit)
	}
	return 0, 0
}

// maxUnlisted is the largest memory, in GB, that a name off the tables may have.
const maxUnlisted = 4096

// unlisted is the name of a GPU that is in none of the tables, as it is printed:
// without the maker, with its memory. Without a memory a name off the tables is a
// slip of the pen, and not this.
func unlisted(name string) (string, bool) {
	bare, gb := cutMemory(name)
	clean := tidy(bare)
	if gb == 0 || gb > maxUnlisted || !plausible(clean) {
		return "", false
	}
	return withMemory(clean, gb), true
}

// tidy is a name with single spaces and without the maker's name.
func tidy(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '_' || r == '\t' })
	for len(words) > 1 && slices.Contains([]string{"nvidia", "amd", "geforce", "instinct"}, strings.ToLower(words[0])) && plausible(strings.Join(words[1:], " ")) {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

// plausible tells whether a tidy name may be a GPU's.
func plausible(name string) bool {
	const longest = 48
	letters := false
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			letters = true
		case r >= '0' && r <= '9' || strings.ContainsRune(" .+-", r):
		default:
			return false
		}
	}
	return letters && len(name) > 1 && len(name) <= longest && !strings.ContainsRune("-.+", rune(name[0]))
}

// maxNearest is how many names are suggested for an unknown one.
const maxNearest = 3

// nearest are the canonical names with a spelling closest to k, best first; none
// when nothing is close.
func (c *catalogue) nearest(k string) []string {
	type guess struct {
		name string
		off  int
	}
	best, limit := map[string]int{}, suggest.Limit(k)
	consider := func(spelling string, r ref) {
		off := suggest.Distance(k, spelling)
		if off > limit {
			return
		}
		for _, size := range r.usualSizes() {
			name := r.model.called(size)
			if least, seen := best[name]; !seen || off < least {
				best[name] = off
			}
		}
	}
	for spelling, r := range c.spelled {
		consider(spelling, r)
	}
	for spelling, family := range c.families {
		for _, m := range family {
			consider(spelling, ref{m, 0})
		}
	}
	guesses := make([]guess, 0, len(best))
	for name, off := range best {
		guesses = append(guesses, guess{name, off})
	}
	slices.SortFunc(guesses, func(a, b guess) int {
		return cmp.Or(cmp.Compare(a.off, b.off), cmp.Compare(a.name, b.name))
	})
	var names []string
	for _, g := range guesses[:min(len(guesses), maxNearest)] {
		names = append(names, g.name)
	}
	return names
}
