// Package query reads the search grammar of the vast command line, so that what
// people know from there works in a configuration:
//
//	gpu_ram>=24 num_gpus=1 geolocation in [US,CA] reliability>0.98
package query

import (
	"fmt"
	"slices"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// SyntaxError is a mistake in a query; Position counts characters from 1.
type SyntaxError struct {
	Position int
	Message  string
}

// Error reads "character 12: unknown operator "=>"; …".
func (e *SyntaxError) Error() string { return fmt.Sprintf("character %d: %s", e.Position, e.Message) }

// Parse reads a query and returns its filters in the API's own form: aliases
// resolved, units converted (GB to MB, days to seconds), underscores in values
// made spaces. A field set to any is returned with a nil value: it removes a
// default. Errors are *SyntaxError.
//
// Unlike the command line, which sends numbers as strings, numbers are float64.
// Several operators on one field all have to hold; the same operator twice is an
// error, because the API's form holds one value for each.
func Parse(text string) (wire.Query, error) {
	s := &scanner{text: []rune(text)}
	filters := wire.Query{}
	for s.skipSpace(); !s.done(); s.skipSpace() {
		if err := s.condition(filters); err != nil {
			return nil, err
		}
	}
	return filters, nil
}

// condition reads one "field operator value" into filters.
func (s *scanner) condition(filters wire.Query) error {
	at := s.position()
	name := s.word()
	if name == "" {
		return s.fail(at, "%q cannot begin a condition: a field is expected, as in gpu_ram>=24", s.peek())
	}
	if name[0] >= '0' && name[0] <= '9' {
		return s.fail(at, "%q cannot begin a field: a value with spaces is written with underscores or in quotes, as in RTX_4090", name)
	}
	f, err := lookup(name)
	if err != nil {
		return s.fail(at, "%s", err)
	}
	opAt, op, err := s.operator(name)
	if err != nil {
		return err
	}
	if !slices.Contains(f.kind.operators(), op) {
		return s.fail(opAt, "%s cannot be compared with %q: use one of %s", name, op, join(f.kind.operators()))
	}
	v, err := s.value(name)
	if err != nil {
		return err
	}
	if v.anything() {
		if op != opEq {
			return s.fail(v.at, "%q stands for no filter at all and goes with = only", v.text)
		}
		filters[f.name] = nil
		return nil
	}
	operand, err := s.operand(f, op, v)
	if err != nil {
		return err
	}
	ops, ok := filters[f.name].(map[string]any)
	if !ok {
		ops = map[string]any{}
		filters[f.name] = ops
	}
	if _, twice := ops[op]; twice {
		return s.fail(opAt, "%s already has %q, and the API accepts only one value for it", name, op)
	}
	ops[op] = operand
	return nil
}

// operand is a value in the field's type and unit; of in and notin always a list.
func (s *scanner) operand(f field, op string, v value) (any, error) {
	listed := op == opIn || op == opNotIn
	if v.list && !listed {
		return nil, s.fail(v.at, "a list goes with in and notin only, not with %q", op)
	}
	if !v.list {
		single, err := s.convert(f, op, v.element)
		if err != nil || !listed {
			return single, err
		}
		return []any{single}, nil
	}
	if len(v.elements) == 0 {
		return nil, s.fail(v.at, "the list is empty")
	}
	operands := make([]any, 0, len(v.elements))
	for _, e := range v.elements {
		single, err := s.convert(f, op, e)
		if err != nil {
			return nil, err
		}
		operands = append(operands, single)
	}
	return operands, nil
}

func (s *scanner) convert(f field, op string, e element) (any, error) {
	if e.null() {
		if op != opEq && op != opNeq {
			return nil, s.fail(e.at, "%s can only be compared with = and !=", e.text)
		}
		return nil, nil //nolint:nilnil // null is a value of the API's grammar
	}
	converted, err := f.kind.convert(e.text)
	if err != nil {
		return nil, s.fail(e.at, "%s: %s", f.name, err)
	}
	return converted, nil
}
