package query

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// The API's operators.
const (
	opEq    = "eq"
	opNeq   = "neq"
	opGt    = "gt"
	opGte   = "gte"
	opLt    = "lt"
	opLte   = "lte"
	opIn    = "in"
	opNotIn = "notin"
)

// operatorOf is the API's operator behind a spelling of the command line, "" when
// it is none.
func operatorOf(spelling string) string {
	switch spelling {
	case "=", "==", "eq":
		return opEq
	case "!=", "<>", "neq", "noteq", "not eq":
		return opNeq
	case ">", "gt":
		return opGt
	case ">=", "gte":
		return opGte
	case "<", "lt":
		return opLt
	case "<=", "lte":
		return opLte
	case "in":
		return opIn
	case "notin", "nin", "not in":
		return opNotIn
	default:
		return ""
	}
}

// element is one scalar as written, without its quotes.
type element struct {
	at     int
	text   string
	quoted bool
}

func (e element) null() bool {
	return !e.quoted && (e.text == "None" || e.text == "null")
}

// value is a scalar or a list.
type value struct {
	element
	list     bool
	elements []element
}

// anything reports whether the value removes a filter instead of setting one.
func (v value) anything() bool {
	return !v.list && !v.quoted && (v.text == "any" || v.text == "*" || v.text == "?")
}

// scanner reads a query from left to right.
type scanner struct {
	text []rune
	at   int
}

// position counts from 1.
func (s *scanner) position() int { return s.at + 1 }

func (s *scanner) done() bool { return s.at >= len(s.text) }

// peek is the character ahead, "" at the end.
func (s *scanner) peek() string {
	if s.done() {
		return ""
	}
	return string(s.text[s.at])
}

func (s *scanner) fail(position int, format string, args ...any) error {
	return &SyntaxError{Position: position, Message: fmt.Sprintf(format, args...)}
}

// take reads while accept holds.
func (s *scanner) take(accept func(rune) bool) string {
	from := s.at
	for !s.done() && accept(s.text[s.at]) {
		s.at++
	}
	return string(s.text[from:s.at])
}

func (s *scanner) skipSpace() { s.take(unicode.IsSpace) }

func (s *scanner) word() string {
	return s.take(func(r rune) bool {
		return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	})
}

func isSymbol(r rune) bool { return strings.ContainsRune("=!<>~", r) }

// operator reads the operator after a field, with its position.
func (s *scanner) operator(after string) (int, string, error) {
	s.skipSpace()
	at := s.position()
	spelling := s.take(isSymbol)
	if spelling == "" {
		spelling = s.word()
	}
	if spelling == "not" {
		mark := s.at
		s.skipSpace()
		if second := s.word(); second == "in" || second == "eq" {
			spelling += " " + second
		} else {
			s.at = mark
		}
	}
	switch op := operatorOf(spelling); {
	case op != "":
		return at, op, nil
	case spelling != "":
		return 0, "", s.fail(at, "unknown operator %q after %s: use one of =, !=, <, <=, >, >=, in, notin", spelling, after)
	case s.done():
		return 0, "", s.fail(at, "%s lacks an operator and a value, as in %s=…", after, after)
	default:
		return 0, "", s.fail(at, "%q after %s is no operator: use one of =, !=, <, <=, >, >=, in, notin", s.peek(), after)
	}
}

// value reads what a field is compared with.
func (s *scanner) value(of string) (value, error) {
	s.skipSpace()
	at := s.position()
	var v value
	var err error
	switch {
	case s.done() || isSymbol(s.text[s.at]):
		return value{}, s.fail(at, "the value of %s is missing", of)
	case s.peek() == "[":
		s.at++
		v = value{element: element{at: at}, list: true}
		v.elements, err = s.list(at)
	default:
		v.element, err = s.scalar(unicode.IsSpace)
	}
	switch {
	case err != nil:
		return value{}, err
	case !s.done() && !unicode.IsSpace(s.text[s.at]):
		return value{}, s.fail(s.position(), "%q follows the value of %s: a space is expected", s.peek(), of)
	}
	return v, nil
}

// list reads the elements after the bracket that was opened at.
func (s *scanner) list(at int) ([]element, error) {
	var elements []element
	for {
		s.skipSpace()
		switch {
		case s.done():
			return nil, s.fail(at, "the bracket that opens here is not closed")
		case s.text[s.at] == ']' && len(elements) == 0:
			s.at++
			return nil, nil
		}
		e, err := s.scalar(func(r rune) bool { return r == ',' || r == ']' || r == '[' })
		switch {
		case err != nil:
			return nil, err
		case e.text == "":
			return nil, s.fail(e.at, "an element of the list is missing")
		}
		elements = append(elements, e)
		s.skipSpace()
		switch s.peek() {
		case ",":
			s.at++
		case "]":
			s.at++
			return elements, nil
		case "":
			return nil, s.fail(at, "the bracket that opens here is not closed")
		default:
			return nil, s.fail(s.position(), "%q inside a list: elements are separated by commas", s.peek())
		}
	}
}

// scalar reads a quoted text, or a bare one up to where ends holds.
func (s *scanner) scalar(ends func(rune) bool) (element, error) {
	at := s.position()
	if s.peek() == `"` {
		s.at++
		text := s.take(func(r rune) bool { return r != '"' })
		if s.done() {
			return element{}, s.fail(at, "the quote that opens here is not closed")
		}
		s.at++
		return element{at: at, text: spaced(text), quoted: true}, nil
	}
	text := s.take(func(r rune) bool { return !ends(r) })
	if i := slices.IndexFunc([]rune(text), func(r rune) bool { return r == '"' || r == '[' || r == ']' }); i >= 0 {
		return element{}, s.fail(at+i, "%q without its counterpart", string([]rune(text)[i]))
	}
	return element{at: at, text: spaced(text)}, nil
}

// spaced is what the command line makes of a value; it knows no escape.
func spaced(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "_", " "))
}

func join(words []string) string { return strings.Join(words, ", ") }
