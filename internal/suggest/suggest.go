// Package suggest finds what a misspelt word was probably meant to be: a GPU, a
// field of a search, a data center. What is not close to anything gets no
// suggestion.
package suggest

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest are the candidates that look most like word, best first, no more than most of
// them; none when nothing is close. Case and separators do not count.
func Nearest(word string, candidates []string, most int) []string {
	type guess struct {
		name string
		off  int
	}
	k := plain(word)
	limit := Limit(k)
	var guesses []guess
	for _, candidate := range candidates {
		if off := Distance(k, plain(candidate)); off <= limit {
			guesses = append(guesses, guess{candidate, off})
		}
	}
	slices.SortFunc(guesses, func(a, b guess) int {
		return cmp.Or(cmp.Compare(a.off, b.off), cmp.Compare(a.name, b.name))
	})
	var names []string
	for _, g := range guesses[:min(len(guesses), most)] {
		names = append(names, g.name)
	}
	return names
}

// plain is a word in lower case, letters and digits alone.
func plain(word string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(word))
}

// What it takes to make one spelling of another. Swapped neighbours are the
// commonest slip; another digit is another thing.
const (
	costSwap   = 1
	costLetter = 2
	costDigit  = 3
	// costMoved is that of one digit in the wrong place.
	costMoved = 2 * costDigit
	// longest is how long a word may be to be compared at all.
	longest = 64
)

// Limit is the largest [Distance] at which something is still close to word: one
// digit in the wrong place, or a third of the letters.
func Limit(word string) int {
	if word == "" || len(word) > longest {
		return -1
	}
	limit := max(costLetter+1, len(word)*2/3)
	if strings.ContainsAny(word, "0123456789") {
		return max(limit, costMoved)
	}
	return limit
}

// Distance is what it costs to make b of a by adding and dropping letters and digits
// and by swapping neighbours; 0 for the same word. A changed letter is one dropped
// and one added, less one.
func Distance(a, b string) int {
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
