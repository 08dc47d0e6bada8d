package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// operation is one call of a document.
type operation struct {
	method     string
	segments   []string // "{name}" matches any
	node       node
	parameters []parameter
	keyed      bool // needs a key
}

// parameter is one that the path or the query has.
type parameter struct {
	name, in string
	required bool
	explode  bool
	schema   node
}

func methods() []string {
	return []string{http.MethodGet, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodPatch}
}

// operationsOf lists the calls of a document.
func operationsOf(d *document) ([]*operation, error) {
	paths, ok := d.child(d.top(), "paths")
	if !ok {
		return nil, errors.New("the document has no paths")
	}
	templates, _ := paths.value.(map[string]any)
	_, keyed := d.child(d.top(), "security")
	var all []*operation
	for template := range templates {
		item, _ := d.child(paths, template)
		for _, method := range methods() {
			at, ok := d.child(item, strings.ToLower(method))
			if !ok {
				continue
			}
			op := &operation{method: method, segments: split(template), node: at, keyed: keyed}
			if security, own := d.child(at, "security"); own {
				op.keyed = len(d.items(security)) > 0
			}
			for _, owner := range []node{item, at} {
				list, _ := d.child(owner, "parameters")
				for _, n := range d.items(list) {
					op.parameters = append(op.parameters, d.parameter(n))
				}
			}
			all = append(all, op)
		}
	}
	return all, nil
}

func (d *document) parameter(n node) parameter {
	p := parameter{name: n.text("name"), in: n.text("in"), explode: true}
	p.required, _ = n.truth("required")
	if explode, set := n.truth("explode"); set {
		p.explode = explode
	}
	p.schema, _ = d.child(n, "schema")
	return p
}

func split(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// find is the operation of a request with the values of its path; nil when the
// document has none. Literal segments go before variable ones.
func (d *document) find(method, path string) (found *operation, values map[string]string) {
	segments := split(path)
	fewest := len(segments) + 1
	for _, op := range d.operations {
		if op.method != method {
			continue
		}
		if ids, ok := op.match(segments); ok && len(ids) < fewest {
			found, values, fewest = op, ids, len(ids)
		}
	}
	return found, values
}

func (op *operation) match(segments []string) (values map[string]string, ok bool) {
	if len(segments) != len(op.segments) {
		return nil, false
	}
	values = map[string]string{}
	for i, want := range op.segments {
		if strings.HasPrefix(want, "{") {
			value, err := url.PathUnescape(segments[i])
			if err != nil || value == "" {
				return nil, false
			}
			values[strings.Trim(want, "{}")] = value
		} else if segments[i] != want {
			return nil, false
		}
	}
	return values, true
}

// checkRequest lists what is wrong with a request.
func (d *document) checkRequest(x exchange) []string {
	op, values := d.find(x.method, x.path)
	if op == nil {
		return []string{fmt.Sprintf("request: the document has no %s %s", x.method, x.path)}
	}
	var all []string
	fail := func(format string, args ...any) { all = append(all, "request: "+fmt.Sprintf(format, args...)) }
	if op.keyed && x.header.Get("Authorization") == "" {
		fail("there is no Authorization header")
	}
	query, err := url.ParseQuery(x.query)
	if err != nil {
		fail("the query %q: %v", x.query, err)
	}
	for _, p := range op.parameters {
		var given []string
		switch p.in {
		case "path":
			given = []string{values[p.name]}
		case "query":
			given = query[p.name]
			delete(query, p.name)
		default:
			continue
		}
		if len(given) == 0 {
			if p.required {
				fail("the %s parameter '%s' is missing", p.in, p.name)
			}
			continue
		}
		for _, fault := range d.checkParameter(p, given) {
			fail("%s parameter '%s': %s", p.in, p.name, fault)
		}
	}
	for _, name := range sorted(query) {
		fail("the query parameter '%s' is not declared", name)
	}
	for _, fault := range d.checkBody(op, x) {
		fail("%s", fault)
	}
	return all
}

// checkParameter lists what is wrong with a parameter. A text stands for
// whatever value of its schema it can be read as.
func (d *document) checkParameter(p parameter, given []string) []string {
	if p.schema.value == nil {
		return nil
	}
	if d.isList(p.schema) {
		if !p.explode {
			given = strings.Split(strings.Join(given, ","), ",")
		}
		texts, values := make([]any, len(given)), make([]any, len(given))
		for i, text := range given {
			texts[i], values[i] = text, readings(text)[0]
		}
		return d.either(p.schema, "$", []any{texts, values})
	}
	return d.either(p.schema, "$", readings(given[len(given)-1]))
}

// readings are the values a text can stand for, JSON before the text itself.
func readings(text string) []any {
	if value, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
		return []any{value, text}
	}
	return []any{text}
}

// isList tells whether a schema is one of lists.
func (d *document) isList(n node) bool { return n.text("type") == "array" }

// either lists what is wrong with the last of several readings when none is right.
func (d *document) either(schema node, path string, values []any) []string {
	var faults []string
	for _, value := range values {
		if faults = d.validate(schema, path, value); len(faults) == 0 {
			return nil
		}
	}
	return faults
}

func (d *document) checkBody(op *operation, x exchange) []string {
	body, declared := d.child(op.node, "requestBody")
	empty := len(bytes.TrimSpace(x.sent)) == 0
	required, _ := body.truth("required")
	switch {
	case !declared && empty, declared && empty && !required:
		return nil
	case !declared:
		var value any
		if json.Unmarshal(x.sent, &value) == nil {
			if object, ok := value.(map[string]any); ok && len(object) == 0 {
				return nil // clients send {} with every verb
			}
		}
		return []string{"the document has no body here"}
	case empty:
		return []string{"the body is missing"}
	}
	schema, faults := d.media(body, x.header.Get("Content-Type"))
	if schema == nil {
		return faults
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(x.sent))
	if err != nil {
		return []string{fmt.Sprintf("the body is no JSON: %v", err)}
	}
	return append(d.validate(*schema, "$", value), d.undeclared([]node{*schema}, "$", value)...)
}

// checkAnswer lists what is wrong with a reply.
func (d *document) checkAnswer(x exchange) []string {
	op, _ := d.find(x.method, x.path)
	if op == nil {
		return []string{fmt.Sprintf("reply: the document has no %s %s", x.method, x.path)}
	}
	answer, ok := d.answer(op, x.status)
	if !ok {
		return []string{fmt.Sprintf("reply: the document has no answer %d", x.status)}
	}
	if _, described := d.child(answer, "content"); !described {
		return nil
	}
	schema, faults := d.media(answer, x.replyHeader.Get("Content-Type"))
	if schema == nil {
		return prefixed("reply: ", faults)
	}
	if kind := mediaType(x.replyHeader.Get("Content-Type")); kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(x.got))
	if err != nil {
		return []string{fmt.Sprintf("reply: the body is no JSON: %v", err)}
	}
	return prefixed("reply: ", d.validate(*schema, "$", value))
}

// answer is what the document says about a status: by its number, its class, or
// for all others.
func (d *document) answer(op *operation, status int) (node, bool) {
	for _, key := range []string{strconv.Itoa(status), strconv.Itoa(status/100) + "XX", "default"} {
		if n, ok := d.walk(op.node, "responses", key); ok {
			return n, true
		}
	}
	return node{}, false
}

// media is the schema of a content type; nil when there is none, which is a
// fault unless nothing is said about the content.
func (d *document) media(owner node, contentType string) (*node, []string) {
	content, ok := d.child(owner, "content")
	if !ok {
		return nil, nil
	}
	kinds, _ := content.value.(map[string]any)
	kind := mediaType(contentType)
	for declared := range kinds {
		if mediaType(declared) != kind {
			continue
		}
		at, _ := d.child(content, declared)
		schema, ok := d.child(at, "schema")
		if !ok {
			return nil, nil
		}
		return &schema, nil
	}
	return nil, []string{fmt.Sprintf("the content type %q is none of %v", contentType, sorted(kinds))}
}

func mediaType(header string) string {
	kind, _, err := mime.ParseMediaType(header)
	if err != nil {
		return header
	}
	return kind
}

// validate lists what a schema finds wrong with a value.
func (d *document) validate(schema node, path string, value any) []string {
	compiled, err := d.schema(schema.at)
	if err != nil {
		return []string{fmt.Sprintf("the document's schema %s: %v", schema.at, err)}
	}
	err = compiled.Validate(value)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	var all []string
	for _, leaf := range leaves(invalid) {
		text := leaf.ErrorKind.LocalizedString(english) + " (" + place(path, leaf.InstanceLocation) + ")"
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

var english = message.NewPrinter(language.English)

// leaves are the innermost causes of an error.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

// place writes where in a value something is: "$.list[3].name".
func place(path string, tokens []string) string {
	for _, token := range tokens {
		if _, err := strconv.Atoi(token); err == nil {
			path += "[" + token + "]"
		} else {
			path += "." + token
		}
	}
	return path
}

func prefixed(prefix string, all []string) []string {
	out := make([]string, len(all))
	for i, text := range all {
		out[i] = prefix + text
	}
	return out
}

func sorted[T any](of map[string]T) []string {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
