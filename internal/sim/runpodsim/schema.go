package runpodsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// kind is a JSON type as a schema names it.
type kind string

const (
	isString  kind = "string"
	isInteger kind = "integer"
	isNumber  kind = "number"
	isBoolean kind = "boolean"
	isObject  kind = "object"
	isArray   kind = "array"
)

// rule is the part of JSON Schema that the request bodies use. Objects are
// closed: a property without a rule is refused.
type rule struct {
	kind     kind
	nullable bool

	minLength int
	pattern   *regexp.Regexp
	enum      []string
	min, max  *int // of integers and numbers

	items              *rule
	minItems, maxItems int // 0 = no bound
	unique             bool

	fields   map[string]*rule
	values   *rule // of every property, instead of fields
	required []string
	minProps int
	// branch names the properties that the validator reports as not allowed
	// when a required one is missing, because their schema branch failed.
	branch []string
	extra  func(object map[string]any) []string
}

func bound(n int) *int { return &n }

// parse decodes a body and checks it. The problem is a 400 for what is no
// JSON and a 422 for what breaks the schema.
func (r *rule) parse(body []byte, into any) *problem {
	var value any
	if !json.Valid(body) {
		return badRequest("request could not be processed")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return badRequest("request could not be processed")
	}
	if errs := r.check("$", value); len(errs) > 0 {
		return invalid(errs)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return refuse(http.StatusUnprocessableEntity, "Request validation failed: %v", err)
	}
	return nil
}

// check lists what is wrong with value, missing properties first.
func (r *rule) check(path string, value any) []string {
	if value == nil && r.nullable {
		return nil
	}
	wrongKind := []string{fmt.Sprintf("%s: got %s, want %s", path, kindOf(value), r.kind)}
	switch v := value.(type) {
	case string:
		if r.kind != isString {
			return wrongKind
		}
		return r.checkString(path, v)
	case json.Number:
		return r.checkNumber(path, v, wrongKind)
	case bool:
		if r.kind != isBoolean {
			return wrongKind
		}
	case []any:
		if r.kind != isArray {
			return wrongKind
		}
		return r.checkArray(path, v)
	case map[string]any:
		if r.kind != isObject {
			return wrongKind
		}
		return r.checkObject(path, v)
	default:
		return wrongKind
	}
	return nil
}

func (r *rule) checkString(path, v string) []string {
	var errs []string
	if n := len([]rune(v)); n < r.minLength {
		errs = append(errs, fmt.Sprintf("%s: minLength: got %d, want %d", path, n, r.minLength))
	}
	if r.pattern != nil && !r.pattern.MatchString(v) {
		errs = append(errs, fmt.Sprintf("%s: '%s' does not match pattern '%s'", path, v, r.pattern))
	}
	if r.enum != nil && !slices.Contains(r.enum, v) {
		errs = append(errs, fmt.Sprintf("%s: value must be one of '%s'", path, strings.Join(r.enum, "', '")))
	}
	return errs
}

func (r *rule) checkNumber(path string, v json.Number, wrongKind []string) []string {
	f, err := v.Float64()
	if err != nil {
		return wrongKind
	}
	switch r.kind {
	case isNumber:
	case isInteger:
		if _, err := strconv.Atoi(v.String()); err != nil {
			return []string{fmt.Sprintf("%s: got number, want integer", path)}
		}
	case isString, isBoolean, isObject, isArray:
		return wrongKind
	}
	if r.min != nil && f < float64(*r.min) {
		return []string{fmt.Sprintf("%s: minimum: got %s, want %d", path, v, *r.min)}
	}
	if r.max != nil && f > float64(*r.max) {
		return []string{fmt.Sprintf("%s: maximum: got %s, want %d", path, v, *r.max)}
	}
	return nil
}

func (r *rule) checkArray(path string, v []any) []string {
	var errs []string
	if r.minItems > 0 && len(v) < r.minItems {
		errs = append(errs, fmt.Sprintf("%s: minItems: got %d, want %d", path, len(v), r.minItems))
	}
	if r.maxItems > 0 && len(v) > r.maxItems {
		errs = append(errs, fmt.Sprintf("%s: maxItems: got %d, want %d", path, len(v), r.maxItems))
	}
	seen := map[string]int{}
	for i, item := range v {
		errs = append(errs, r.items.check(fmt.Sprintf("%s[%d]", path, i), item)...)
		if !r.unique {
			continue
		}
		key := fmt.Sprint(item)
		if first, twice := seen[key]; twice {
			errs = append(errs, fmt.Sprintf("%s: items at %d and %d are equal", path, first, i))
		}
		seen[key] = i
	}
	return errs
}

func (r *rule) checkObject(path string, v map[string]any) []string {
	var missing, unknown, deeper []string
	for _, name := range r.required {
		if _, there := v[name]; !there {
			missing = append(missing, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		field := r.fields[name]
		if r.values != nil {
			field = r.values
		}
		if field == nil {
			unknown = append(unknown, name)
			continue
		}
		if len(missing) > 0 && slices.Contains(r.branch, name) {
			unknown = append(unknown, name)
		}
		deeper = append(deeper, field.check(path+"."+name, v[name])...)
	}
	var errs []string
	if len(missing) > 0 {
		errs = append(errs, fmt.Sprintf("%s: missing %s", path, properties("property", "properties", missing)))
	}
	if len(unknown) > 0 {
		errs = append(errs, fmt.Sprintf("%s: additional properties %s not allowed", path, quoted(unknown)))
	}
	if len(v) < r.minProps {
		errs = append(errs, fmt.Sprintf("%s: minProperties: got %d, want %d", path, len(v), r.minProps))
	}
	if r.extra != nil {
		errs = append(errs, r.extra(v)...)
	}
	return append(errs, deeper...)
}

func properties(one, many string, names []string) string {
	if len(names) == 1 {
		return one + " " + quoted(names)
	}
	return many + " " + quoted(names)
}

func quoted(names []string) string { return "'" + strings.Join(names, "', '") + "'" }

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	case []any:
		return "array"
	default:
		return "object"
	}
}
