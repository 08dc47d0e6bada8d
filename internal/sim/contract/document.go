package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// document is one loaded OpenAPI 3.1 document. Its schemas are compiled when an
// exchange first needs them, once per process.
type document struct {
	root       any
	operations []*operation

	mu       sync.Mutex // guards the compiler and what it compiled
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

// resource is the name under which the compiler knows a document's text.
const resource = "mem:///openapi"

// readDocument loads a document; [fs.ErrNotExist] when the folder has none.
func readDocument(dir, file string) (*document, error) {
	text, err := os.ReadFile(filepath.Join(dir, file)) //nolint:gosec // the folder is the developer's choice
	if err != nil {
		return nil, err
	}
	root, err := decode(file, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if requests, ok := root.([]any); ok {
		root = fromRequests(requests)
	}
	d := &document{root: root, compiled: map[string]*jsonschema.Schema{}}
	d.compiler = jsonschema.NewCompiler()
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.UseRegexpEngine(pattern)
	if err := d.compiler.AddResource(resource, root); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if d.operations, err = operationsOf(d); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}

// decode reads JSON or YAML into what encoding/json gives for it.
func decode(file string, text []byte) (any, error) {
	if strings.HasSuffix(file, ".json") {
		return jsonschema.UnmarshalJSON(bytes.NewReader(text))
	}
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	return plain(value), nil
}

// plain turns what only YAML has into what JSON has: keys that are numbers, dates.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = plain(v[key])
		}
		return v
	case map[any]any:
		object := make(map[string]any, len(v))
		for key := range v {
			object[fmt.Sprint(key)] = plain(v[key])
		}
		return object
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
		return v
	case time.Time:
		return v.Format(time.RFC3339)
	case int:
		return json.Number(fmt.Sprint(v))
	default:
		return v
	}
}

// pattern compiles the pattern of a schema. One that Go does not know (the
// documents are written for other languages) accepts every text.
func pattern(text string) (jsonschema.Regexp, error) {
	if compiled, err := regexp.Compile(text); err == nil {
		return compiled, nil
	}
	return regexp.MustCompile(""), nil
}

// fromRequests makes an OpenAPI document of a list of requests: method, path,
// parameters and one schema whose properties are the parameters and the body.
// Such a document says nothing about answers.
func fromRequests(list []any) any {
	paths := map[string]any{}
	for i := range list {
		entry, _ := list[i].(map[string]any)
		schema, _ := entry["schema"].(map[string]any)
		path, _ := entry["path"].(string)
		method, _ := entry["method"].(string)
		at := "#/x-requests/" + fmt.Sprint(i) + "/schema/properties/"
		repoint(schema, "#/x-requests/"+fmt.Sprint(i)+"/schema")

		properties, _ := schema["properties"].(map[string]any)
		var parameters []any
		params, _ := entry["params"].([]any)
		for _, p := range params {
			given, _ := p.(map[string]any)
			name, _ := given["name"].(string)
			parameter := map[string]any{
				"name": name, "in": given["location"], "required": given["location"] == "path",
				"schema": map[string]any{"$ref": at + escape(name)},
			}
			if explode, set := given["explode"]; set {
				parameter["explode"] = explode
			}
			parameters = append(parameters, parameter)
		}
		operation := map[string]any{"parameters": parameters}
		if _, has := properties["body"]; has {
			operation["requestBody"] = map[string]any{"required": true, "content": map[string]any{
				"application/json": map[string]any{"schema": map[string]any{"$ref": at + "body"}},
			}}
		}
		item, _ := paths[path].(map[string]any)
		if item == nil {
			item = map[string]any{}
			paths[path] = item
		}
		item[strings.ToLower(method)] = operation
	}
	return map[string]any{"openapi": "3.1.0", "paths": paths, "x-requests": list}
}

// repoint makes the references of a schema that stood alone good for its place
// in a document.
func repoint(value any, prefix string) {
	switch v := value.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok && strings.HasPrefix(ref, "#/") {
			v["$ref"] = prefix + ref[1:]
		}
		for key := range v {
			repoint(v[key], prefix)
		}
	case []any:
		for i := range v {
			repoint(v[i], prefix)
		}
	}
}

// node is a place in the document.
type node struct {
	at    string // JSON pointer
	value any
}

func escape(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// top is the document itself.
func (d *document) top() node { return node{value: d.root} }

// child is the value of a key, or of an index as text, with references followed;
// ok is false when there is none.
func (d *document) child(n node, key string) (child node, ok bool) {
	child.at = n.at + "/" + escape(key)
	switch v := n.value.(type) {
	case map[string]any:
		child.value, ok = v[key]
	case []any:
		var i int
		if _, err := fmt.Sscan(key, &i); err == nil && i >= 0 && i < len(v) {
			child.value, ok = v[i], true
		}
	}
	return d.follow(child), ok
}

// walk is child for each key in turn.
func (d *document) walk(n node, keys ...string) (node, bool) {
	for _, key := range keys {
		child, ok := d.child(n, key)
		if !ok {
			return child, false
		}
		n = child
	}
	return n, true
}

// follow resolves a reference within the document.
func (d *document) follow(n node) node {
	for range 20 { // longer chains are circles
		object, _ := n.value.(map[string]any)
		ref, ok := object["$ref"].(string)
		if !ok || !strings.HasPrefix(ref, "#/") {
			return n
		}
		target := node{at: ref[1:]}
		at := d.root
		for key := range strings.SplitSeq(ref[2:], "/") {
			key = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
			switch v := at.(type) {
			case map[string]any:
				at = v[key]
			case []any:
				var i int
				if _, err := fmt.Sscan(key, &i); err == nil && i >= 0 && i < len(v) {
					at = v[i]
				}
			}
		}
		target.value = at
		n = target
	}
	return n
}

// items are the elements of a list.
func (d *document) items(n node) []node {
	list, _ := n.value.([]any)
	all := make([]node, 0, len(list))
	for i := range list {
		if item, ok := d.child(n, fmt.Sprint(i)); ok {
			all = append(all, item)
		}
	}
	return all
}

func (n node) text(key string) string {
	object, _ := n.value.(map[string]any)
	text, _ := object[key].(string)
	return text
}

func (n node) truth(key string) (value, set bool) {
	object, _ := n.value.(map[string]any)
	value, set = object[key].(bool)
	return value, set
}

// schema compiles the schema at a place.
func (d *document) schema(at string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.compiled[at]; s != nil {
		return s, nil
	}
	s, err := d.compiler.Compile(resource + "#" + fragment(at))
	if err != nil {
		return nil, err
	}
	d.compiled[at] = s
	return s, nil
}

// fragment writes a pointer as part of a URL.
func fragment(pointer string) string {
	return strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D", " ", "%20", "#", "%23", "^", "%5E").Replace(pointer)
}

// Dir is the folder of the OpenAPI documents; empty when there is none.
func Dir() string {
	if dir, ok := os.LookupEnv("GPUMARKET_OPENAPI_DIR"); ok {
		return dir
	}
	root, err := repository()
	if err != nil {
		return ""
	}
	for _, dir := range []string{filepath.Join(root, ".cache", "openapi"), filepath.Join(root, "..", "shared", "api")} {
		if _, err := os.Stat(filepath.Join(dir, runpodFile)); err == nil {
			return dir
		}
	}
	return ""
}

// repository is the root of the module that the test is run in.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fs.ErrNotExist
		}
		dir = parent
	}
}

// missing tells whether err says that a document is not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
