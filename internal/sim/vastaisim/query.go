package vastaisim

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// condition is one operator on one field of a search.
type condition struct {
	field string
	op    string
	value any
}

// order is one sort key.
type order struct {
	field string
	desc  bool
}

// query is a parsed search.
type query struct {
	where   []condition
	order   []order
	limit   int
	rental  string
	storage float64
}

// badQuery is a refusal of a search, answered with status 400.
type badQuery struct{ slug, msg string }

func (e *badQuery) Error() string { return e.msg }

func refuse(format string, args ...any) *badQuery {
	return &badQuery{slug: "invalid_request", msg: fmt.Sprintf(format, args...)}
}

// operators of a filter. The CLI's spellings "nin" and "not in" are its own:
// it sends notin.
func operators() []string { return []string{"eq", "neq", "gt", "gte", "lt", "lte", "in", "notin"} }

// passthrough keys of a search are accepted and change nothing here.
func passthrough() []string {
	return []string{
		"disable_bundling", "extra_ids", "gpu_option", "show_incompatible", "sort_option", "template_id", "client_id", "api_key", "owner", "chunked", "georegion",
	}
}

// aliases maps the server's virtual fields to the keys they are read from.
func aliases() map[string]string {
	return map[string]string{
		"reliability2": "reliability", "dphtotal": "dph_total", "ubuntu_version": "os_version", "gpu_totalram": "gpu_total_ram",
		"driver_version": "driver_vers", "gpu_ram_GB": "gpu_ram", "cpu_ram_GB": "cpu_ram", "gpu_totalram_GB": "gpu_total_ram",
	}
}

// virtuals are searchable though no key of an offer has that name.
func virtuals() []string { return []string{"verified", "datacenter"} }

// dialect is what a search may name and what it gets by default.
type dialect struct {
	fields   row // an example of the rows searched: its keys are the fields
	defaults []condition
	storage  float64
	limit    int
	lenient  bool // unknown fields are ignored, in filters and in the order
	exact    bool // only fields: no options, no aliases
	strict   bool // a filter that is a bare value is a bad_request
}

// parse reads a search body.
func (d dialect) parse(body row) (*query, error) {
	q := &query{limit: d.limit, rental: typeOnDemand, storage: d.storage}
	seen := map[string]bool{}
	keys := make([]string, 0, len(body))
	for k := range body {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, key := range keys {
		seen[key] = true
		if err := d.parseKey(q, key, body[key]); err != nil {
			return nil, err
		}
	}
	for _, c := range d.defaults {
		if !seen[c.field] {
			q.where = append(q.where, c)
		}
	}
	return q, nil
}

func (d dialect) parseKey(q *query, key string, value any) error {
	if d.exact {
		return d.parseField(q, key, value)
	}
	switch key {
	case "order":
		return d.parseOrder(q, value)
	case "limit":
		if value == nil {
			return nil
		}
		n, ok := coerceNumber(value)
		if !ok || n < 0 {
			return refuse("limit: %v is not a valid integer", value)
		}
		q.limit = int(n)
		return nil
	case "type":
		return parseType(q, value)
	case "allocated_storage":
		gb, ok := coerceNumber(value)
		if !ok || gb < 0 {
			return refuse("allocated_storage: %v is not a valid number", value)
		}
		q.storage = gb
		q.where = append(q.where, condition{"disk_space", "gte", gb})
		return nil
	case "target_reliability":
		if v, ok := coerceNumber(value); ok {
			q.where = append(q.where, condition{"reliability", "gte", v})
			return nil
		}
	}
	if slices.Contains(passthrough(), key) {
		return nil
	}
	return d.parseField(q, key, value)
}

// parseField reads the operators on one field.
func (d dialect) parseField(q *query, key string, value any) error {
	if !d.known(key) {
		if d.lenient {
			return nil
		}
		return refuse("Error in query parameters: %s is not a valid search key", key)
	}
	ops, ok := value.(map[string]any)
	if !ok {
		if d.strict {
			return &badQuery{slug: "bad_request", msg: "q." + key + ": Input should be a valid dictionary"}
		}
		return refuse("%v is not a valid search op", pythonic(value))
	}
	names := make([]string, 0, len(ops))
	for op := range ops {
		names = append(names, op)
	}
	slices.Sort(names)
	for _, op := range names {
		if !slices.Contains(operators(), op) {
			return refuse("%s is not a valid search op", op)
		}
		if _, list := ops[op].([]any); list != (op == "in" || op == "notin") {
			return refuse("%s: %v is not a valid value for %s", key, pythonic(ops[op]), op)
		}
		q.where = append(q.where, condition{key, op, ops[op]})
	}
	return nil
}

func (d dialect) known(field string) bool {
	if _, ok := d.fields[field]; ok {
		return true
	}
	if d.exact {
		return false
	}
	if _, ok := aliases()[field]; ok {
		return true
	}
	return slices.Contains(virtuals(), field)
}

func (d dialect) parseOrder(q *query, value any) error {
	list, ok := value.([]any)
	if !ok {
		return refuse("order: %v is not a list", pythonic(value))
	}
	for _, item := range list {
		pair, ok := item.([]any)
		if !ok || len(pair) != 2 {
			return refuse("order: %v is not a [field, direction] pair", pythonic(item))
		}
		field, _ := pair[0].(string)
		dir, _ := pair[1].(string)
		if dir != "asc" && dir != "desc" || !d.known(field) && !d.lenient {
			return refuse("order: %v is not a valid sort order", pythonic(item))
		}
		q.order = append(q.order, order{field, dir == "desc"})
	}
	return nil
}

func parseType(q *query, value any) error {
	name, _ := value.(string)
	switch name {
	case "on-demand", "ondemand", "ask":
		q.rental = typeOnDemand
	case typeBid:
		q.rental = typeBid
	case typeReserved:
		q.rental = typeReserved
	default:
		return refuse("%v is not a valid offer type", pythonic(value))
	}
	return nil
}

// matches tells whether r meets every condition.
func (q *query) matches(r row) bool {
	for _, c := range q.where {
		if !c.holds(r) {
			return false
		}
	}
	return true
}

// sort orders rows by the query's keys; nulls come last, ids break ties.
func (q *query) sort(rows []row) { slices.SortStableFunc(rows, q.compare) }

func (q *query) compare(a, b row) int {
	for _, o := range q.order {
		if c := compareForOrder(fieldOf(a, o.field), fieldOf(b, o.field), o.desc); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.float("id", 0), b.float("id", 0))
}

func compareForOrder(a, b any, desc bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	c := compare(a, b)
	if desc {
		return -c
	}
	return c
}

// fieldOf reads a searchable field of r, virtual ones included.
func fieldOf(r row, field string) any {
	switch field {
	case "verified":
		return r["verification"] == verified
	case "datacenter":
		return r.float("hosting_type", 0) == 1
	case "geolocation":
		if c := countryOf(r.text("geolocation")); c != "" {
			return c
		}
		return nil
	case "external":
		return r.truth("external")
	}
	if key, ok := aliases()[field]; ok {
		if v, present := r[key]; present {
			return v
		}
	}
	return r[field]
}

// holds evaluates one condition. As in SQL, a null meets no operator but a
// comparison with null itself.
func (c condition) holds(r row) bool {
	have := fieldOf(r, c.field)
	switch c.op {
	case "eq":
		return same(have, c.want(c.value, have))
	case "neq":
		if have == nil || c.value == nil {
			return (have == nil) != (c.value == nil)
		}
		return !same(have, c.want(c.value, have))
	case "in", "notin":
		list, _ := c.value.([]any)
		found := slices.ContainsFunc(list, func(v any) bool { return same(have, c.want(v, have)) })
		if c.op == "in" {
			return found
		}
		return !found && have != nil
	}
	if have == nil || c.value == nil {
		return false
	}
	want := c.want(c.value, have)
	if _, numeric := number(have); numeric {
		if _, ok := number(want); !ok {
			return false
		}
	}
	sign := compare(have, want)
	switch c.op {
	case "gt":
		return sign > 0
	case "gte":
		return sign >= 0
	case "lt":
		return sign < 0
	default:
		return sign <= 0
	}
}

// want brings a filter's value into the type and unit of the field.
func (c condition) want(v, have any) any {
	if strings.HasSuffix(c.field, "_GB") {
		if f, ok := coerceNumber(v); ok {
			return f * 1000
		}
	}
	text, isText := v.(string)
	if c.field == "driver_version" && isText && strings.Contains(text, ".") {
		return packDriver(text)
	}
	switch h := have.(type) {
	case bool:
		return coerceBool(v, h)
	case string:
		if !isText && v != nil {
			return pythonic(v)
		}
		if c.field == "geolocation" {
			return strings.ToUpper(strings.TrimSpace(text))
		}
		return v
	}
	if _, numeric := number(have); numeric {
		if f, ok := coerceNumber(v); ok {
			return f
		}
		if b, ok := v.(bool); ok {
			if b {
				return 1
			}
			return 0
		}
	}
	return v
}

// coerceBool reads the spellings of a truth value; anything else is the
// opposite of have, so that it matches nothing.
func coerceBool(v any, have bool) any {
	switch x := v.(type) {
	case bool:
		return x
	case string:
		if b, err := strconv.ParseBool(strings.ToLower(x)); err == nil {
			return b
		}
	case nil:
		return nil
	}
	if f, ok := number(v); ok {
		return f != 0
	}
	return !have
}

// coerceNumber reads numbers and numeric strings.
func coerceNumber(v any) (float64, bool) {
	if f, ok := number(v); ok {
		return f, true
	}
	text, ok := v.(string)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return f, err == nil
}

// packDriver turns "535.86.05" into 535086005.
func packDriver(version string) any {
	packed := 0
	parts := strings.SplitN(version, ".", 3)
	for i := range 3 {
		n := 0
		if i < len(parts) {
			var err error
			if n, err = strconv.Atoi(parts[i]); err != nil {
				return version
			}
		}
		packed = packed*1000 + n
	}
	return packed
}

func same(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return compare(a, b) == 0
}

// compare orders two values of one kind; values of different kinds differ.
func compare(a, b any) int {
	if x, ok := number(a); ok {
		if y, ok := number(b); ok {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
		return -1
	}
	if x, ok := a.(bool); ok {
		y, ok := b.(bool)
		switch {
		case !ok || !x && y:
			return -1
		case x && !y:
			return 1
		}
		return 0
	}
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return strings.Compare(x, y)
		}
	}
	return -1
}

// pythonic writes a value the way the platform's messages do.
func pythonic(v any) string {
	switch x := v.(type) {
	case nil:
		return "None"
	case bool:
		if x {
			return "True"
		}
		return "False"
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}
