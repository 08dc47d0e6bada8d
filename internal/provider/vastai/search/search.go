// Package search puts the conditions of a query in the vast command line's grammar
// over a search of the market.
package search

import (
	"fmt"
	"maps"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// With is a search with further conditions. Where both have the same operator on a
// field the further one holds; a nil condition removes the field, and the service's
// own default for it.
func With(search, conditions wire.Query) wire.Query {
	out := maps.Clone(search)
	for field, condition := range conditions {
		operators, ok := condition.(map[string]any)
		if !ok {
			delete(out, field)
			if anything, filtered := anything()[field]; filtered {
				out[field] = map[string]any{"in": anything}
			}
			continue
		}
		merged := map[string]any{}
		if present, ok := out[field].(map[string]any); ok {
			maps.Copy(merged, present)
		}
		maps.Copy(merged, operators)
		out[field] = merged
	}
	return out
}

// anything has every value of the fields that the service filters by unless the
// search says otherwise.
func anything() map[string][]any {
	return map[string][]any{
		"verified": {true, false}, "rentable": {true, false}, "rented": {true, false}, "cpu_arch": {"amd64", "arm64"},
	}
}

// Anything are conditions that take the service's own defaults out of a search.
// Offers that cannot be rented stay out.
func Anything() wire.Query {
	return With(wire.Query{}, wire.Query{"verified": nil, "rented": nil, "cpu_arch": nil})
}

// Order reads the order of the vast command line: fields separated by commas, with
// a minus behind a field for descending: "num_gpus,score-".
func Order(text string) ([][]string, error) {
	var order [][]string
	for _, field := range strings.Split(text, ",") {
		name, direction := strings.TrimSpace(field), "asc"
		switch {
		case strings.HasSuffix(name, "-"):
			name, direction = strings.TrimSuffix(name, "-"), "desc"
		case strings.HasSuffix(name, "+"):
			name = strings.TrimSuffix(name, "+")
		}
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzGB_0123456789") != "" {
			return nil, fmt.Errorf("%q is not a field: separate fields by commas; a minus after a field means descending order, as in \"num_gpus,score-\"", strings.TrimSpace(field))
		}
		order = append(order, []string{name, direction})
	}
	return order, nil
}
