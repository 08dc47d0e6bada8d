package transport

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// skeleton is a text without what encodings add to it or take from it: escapes of
// JSON, of URLs and of HTML are undone, however often they were applied, and
// blanks, quotes and control characters are left out. A secret has one skeleton,
// whatever a platform did to it on the way; and so has each place where it stands.
type skeleton struct {
	text []byte
	// from and to are where each byte stands in the original: [from, to).
	from, to []int
}

// maxDecodings bounds how often a text is decoded: JSON in JSON in a URL is four.
const maxDecodings = 8

func skeletonOf(text string) skeleton {
	s := skeleton{text: []byte(text), from: make([]int, len(text)), to: make([]int, len(text))}
	for i := range s.text {
		s.from[i], s.to[i] = i, i+1
	}
	for range maxDecodings {
		decoded, changed := s.decoded()
		if s = decoded; !changed {
			break
		}
	}
	return s.bare()
}

// decoded undoes one layer of escapes.
func (s skeleton) decoded() (out skeleton, changed bool) {
	out = skeleton{text: make([]byte, 0, len(s.text)), from: make([]int, 0, len(s.text)), to: make([]int, 0, len(s.text))}
	for i := 0; i < len(s.text); {
		bytes, n := unescape(s.text[i:])
		if n > 1 {
			changed = true
		}
		for _, b := range bytes {
			out.text, out.from, out.to = append(out.text, b), append(out.from, s.from[i]), append(out.to, s.to[i+n-1])
		}
		i += n
	}
	return out, changed
}

// bare leaves out what differs between encodings.
func (s skeleton) bare() skeleton {
	kept := 0
	for i := 0; i < len(s.text); {
		r, n := utf8.DecodeRune(s.text[i:])
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && !strings.ContainsRune(`\"'+%&`, r) {
			for k := i; k < i+n; k++ {
				s.text[kept], s.from[kept], s.to[kept] = s.text[k], s.from[k], s.to[k]
				kept++
			}
		}
		i += n
	}
	return skeleton{s.text[:kept], s.from[:kept], s.to[:kept]}
}

// unescape is what the text begins with, and how many bytes of it that takes: one
// where it is no escape.
func unescape(text []byte) (decoded []byte, n int) {
	switch text[0] {
	case '\\':
		if decoded, n = unescapeBackslash(text); n > 1 {
			return decoded, n
		}
	case '%':
		if len(text) > 2 {
			if b, err := strconv.ParseUint(string(text[1:3]), 16, 8); err == nil {
				return []byte{byte(b)}, 3
			}
		}
	case '&':
		if decoded, n = unescapeEntity(text); n > 0 {
			return decoded, n
		}
	}
	return text[:1], 1
}

// unescapeBackslash undoes the escapes of JSON and of Go and Python literals. A run
// of backslashes counts as one, because each layer doubles it.
func unescapeBackslash(text []byte) (decoded []byte, n int) {
	run := 1
	for run < len(text) && text[run] == '\\' {
		run++
	}
	one := text[:1]
	if run == len(text) {
		return one, run
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[run]]
	if digits == 0 {
		switch text[run] {
		case 'a', 'b', 'f', 'n', 'r', 't', 'v':
			return []byte{' '}, run + 1 // a control character, which is left out as blanks are
		}
		return one, run
	}
	code, ok := hexadecimal(text[run+1:], digits)
	if !ok {
		return one, run
	}
	n = run + 1 + digits
	if utf16.IsSurrogate(code) {
		// The second half of a pair has as many backslashes before it.
		if rest := text[n:]; len(rest) > run && rest[run] == 'u' {
			if low, ok := hexadecimal(rest[run+1:], digits); ok && utf16.DecodeRune(code, low) != utf8.RuneError {
				return utf8.AppendRune(nil, utf16.DecodeRune(code, low)), n + run + 1 + digits
			}
		}
	}
	if digits == 2 && code >= utf8.RuneSelf {
		return []byte{byte(code)}, n //nolint:gosec // two hexadecimal digits.
	}
	return utf8.AppendRune(nil, code), n
}

func hexadecimal(text []byte, digits int) (rune, bool) {
	if len(text) < digits {
		return 0, false
	}
	code, err := strconv.ParseUint(string(text[:digits]), 16, 31)
	return rune(code), err == nil
}

// unescapeEntity undoes the entities of HTML that escaping produces.
func unescapeEntity(text []byte) (decoded []byte, n int) {
	const longest = 8
	for n = 1; n < len(text) && n < longest; n++ {
		if text[n] != ';' {
			continue
		}
		switch name := string(text[1:n]); name {
		case "amp", "#38", "#x26":
			return []byte{'&'}, n + 1
		case "lt", "#60", "#x3c", "#x3C":
			return []byte{'<'}, n + 1
		case "gt", "#62", "#x3e", "#x3E":
			return []byte{'>'}, n + 1
		case "quot", "apos", "#34", "#39", "#x22", "#x27":
			return []byte{'"'}, n + 1
		}
		return nil, 0
	}
	return nil, 0
}
