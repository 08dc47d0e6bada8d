// Package country is the one vocabulary of countries: ISO 3166-1 alpha-2 codes,
// the groups that may stand for several of them, and what platforms and people
// write instead.
package country

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/suggest"
)

// The groups, which stand for the codes of their members.
const (
	// EU are the 27 member states of the European Union.
	EU = "EU"
	// EEA are the members of the European Economic Area: the EU with Iceland,
	// Liechtenstein and Norway.
	EEA = "EEA"
)

// Groups are the names of the groups.
func Groups() []string { return []string{EU, EEA} }

// Members are the codes that a group stands for, sorted; nil for anything else.
func Members(group string) []string {
	union := []string{
		"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
		"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
	}
	switch group {
	case EU:
		return union
	case EEA:
		union = append(union, "IS", "LI", "NO")
		slices.Sort(union)
		return union
	}
	return nil
}

// UnknownError says that a text is neither a country's code nor a group.
type UnknownError struct {
	Text string
	// Code is the code that it stands for ("GB" for "UK"), or the one that looks
	// most like it; "" when nothing is close.
	Code string
}

func (e *UnknownError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("%q is not the two-letter code of a country (ISO 3166-1, such as US), and not a group (%s)", e.Text, strings.Join(Groups(), ", "))
	}
	name := names().first[e.Code]
	if name == "" {
		return fmt.Sprintf("%q is not the code of a country or group; use %q", e.Text, e.Code)
	}
	return fmt.Sprintf("%q is not a two-letter country code; use %q for %s", e.Text, e.Code, name)
}

// Check accepts a two-letter code in capitals or a group. The error is an
// *UnknownError.
func Check(text string) error {
	if Members(text) != nil || names().first[text] != "" {
		return nil
	}
	if code, ok := Find(text); ok {
		return &UnknownError{Text: text, Code: code}
	}
	if upper := strings.ToUpper(text); Members(upper) != nil {
		return &UnknownError{Text: text, Code: upper}
	}
	e := &UnknownError{Text: text}
	// Among two letters everything is close to everything.
	if len(text) > 3 {
		if near := suggest.Nearest(text, names().known, 1); len(near) > 0 {
			e.Code, _ = Find(near[0])
		}
	}
	return e
}

// Expand replaces the groups in a list of codes by their members, each code once.
func Expand(codes []string) []string {
	var all []string
	for _, code := range codes {
		members := Members(code)
		if members == nil {
			members = []string{code}
		}
		for _, member := range members {
			if !slices.Contains(all, member) {
				all = append(all, member)
			}
		}
	}
	return all
}

// Find is the code of a country by a code of two or three letters or an English
// name, in any case.
func Find(text string) (code string, ok bool) {
	code, ok = names().codes[folded(text)]
	return code, ok
}

// OfPlace is the code of the country at the end of a place, as Vast.ai writes it:
// "Texas, US", ", US", "California, United States". False when it tells none.
func OfPlace(place string) (code string, ok bool) {
	return Find(place[strings.LastIndexByte(place, ',')+1:])
}

// OfDataCenter is the code of the country of a RunPod data center as its id tells:
// "US-TX-3" and "CA-MTL-1" begin with it, elsewhere it follows the region
// ("EU-RO-1", "AP-JP-1"). False when the id has another form.
func OfDataCenter(id string) (code string, ok bool) {
	parts := strings.Split(id, "-")
	if len(parts) != 3 {
		return "", false
	}
	switch parts[0] {
	case "US", "CA":
		return parts[0], true
	case "EU", "EUR", "AP", "OC", "AF", "ME", "SA":
		if names().first[parts[1]] != "" {
			return parts[1], true
		}
	}
	return "", false
}

// folded is a text without case, surrounding space and a leading article.
func folded(text string) string {
	return strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "the ")
}

// lookup is the table made searchable. It is built once and never changed.
type lookup struct {
	// codes are by folded code and name, first the usual name by code.
	codes, first map[string]string
	// known are the names.
	known []string
}

var names = sync.OnceValue(func() *lookup {
	l := &lookup{codes: map[string]string{}, first: map[string]string{}}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		code, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		long, rest, _ := strings.Cut(rest, " ")
		all := strings.Split(rest, "|")
		l.first[code], l.known = all[0], append(l.known, all...)
		for _, name := range append(all, code, long) {
			l.codes[folded(name)] = code
		}
	}
	return l
})
