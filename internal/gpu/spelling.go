package gpu

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// key is a name without what spellings differ in: case, separators, and the makers'
// and brands' names in front.
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
	s := strings.TrimSuffix(string(k), "gpu")
	for {
		before := s
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
	words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" \t_-/,()", r) })
	for i := len(words) - 1; i >= 0; i-- {
		word := strings.ToLower(words[i])
		digits := strings.TrimRight(word, "gib")
		size, err := strconv.Atoi(digits)
		if err != nil || size <= 0 {
			continue
		}
		used := 1
		unit := word[len(digits):]
		if unit == "" && i+1 < len(words) {
			used, unit = 2, strings.ToLower(words[i+1])
		}
		if unit == "g" || unit == "gb" || unit == "gib" {
			return strings.Join(slices.Delete(words, i, i+used), " "), size
		}
	}
	return name, 0
}

// maxNearest is how many names are suggested for an unknown one.
const maxNearest = 3

// nearest are the canonical names with a spelling closest to k, best first; none
// when nothing is close.
func (c *catalogue) nearest(k string) []string {
	const longest = 64
	if k == "" || len(k) > longest {
		return nil
	}
	type guess struct {
		name string
		off  int
	}
	best := map[string]int{}
	consider := func(spelling string, r ref) {
		off := distance(k, spelling)
		if off > max(costWrongDigit, len(k)*2/3) {
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

// What it takes to make one spelling of another. Swapped neighbours are the
// commonest slip; another digit is another GPU.
const (
	costSwap   = 1
	costLetter = 2
	costDigit  = 3
	// costWrongDigit is that of one digit in place of another.
	costWrongDigit = 2*costDigit - 1
)

// distance is what it costs to make b of a by adding and dropping letters and digits
// and by swapping neighbours. A changed letter is one dropped and one added, less one.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := 1; j <= len(b); j++ {
		last[j] = last[j-1] + cost(b[j-1])
	}
	for i := 1; i <= len(a); i++ {
		row[0] = last[0] + cost(a[i-1])
		for j := 1; j <= len(b); j++ {
			change := cost(a[i-1]) + cost(b[j-1]) - 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+cost(a[i-1]), row[j-1]+cost(b[j-1]), last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+costSwap)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func cost(b byte) int {
	if b >= '0' && b <= '9' {
		return costDigit
	}
	return costLetter
}
