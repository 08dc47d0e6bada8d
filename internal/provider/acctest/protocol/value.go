package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// toValue is a Go value in the words of the expression language: nil, bool, string,
// numbers, json.Number, []any, []string, map[string]any, map[string]string, and
// values of that language. A float64 is taken as the decimal that it prints as.
func toValue(v any) cty.Value {
	switch v := v.(type) {
	case nil:
		return cty.NullVal(cty.DynamicPseudoType)
	case cty.Value:
		return v
	case bool:
		return cty.BoolVal(v)
	case string:
		return cty.StringVal(v)
	case int:
		return cty.NumberIntVal(int64(v))
	case int64:
		return cty.NumberIntVal(v)
	case float64:
		return cty.MustParseNumberVal(strconv.FormatFloat(v, 'g', -1, 64))
	case json.Number:
		return cty.MustParseNumberVal(v.String())
	case *big.Float:
		return cty.NumberVal(v)
	case []string:
		values := make([]any, len(v))
		for i, s := range v {
			values[i] = s
		}
		return toValue(values)
	case []any:
		values := make([]cty.Value, len(v))
		for i, inner := range v {
			values[i] = toValue(inner)
		}
		return cty.TupleVal(values)
	case map[string]string:
		values := map[string]any{}
		for name, s := range v {
			values[name] = s
		}
		return toValue(values)
	case map[string]any:
		values := map[string]cty.Value{}
		for name, inner := range v {
			values[name] = toValue(inner)
		}
		return cty.ObjectVal(values)
	}
	panic(fmt.Sprintf("a %T is no value of a configuration", v))
}

// plain is the value as JSON has it: nil, bool, string, float64, []any and
// map[string]any, with "(unknown)" for what is not known.
func plain(v cty.Value) any {
	switch {
	case v == cty.NilVal || v.IsKnown() && v.IsNull():
		return nil
	case !v.IsKnown():
		return "(unknown)"
	}
	t := v.Type()
	switch {
	case t == cty.String:
		return v.AsString()
	case t == cty.Bool:
		return v.True()
	case t == cty.Number:
		// Through the text, so that the decimal 0.59 is the float 0.59.
		f, err := strconv.ParseFloat(v.AsBigFloat().Text('g', -1), 64)
		if err != nil {
			panic(err) // a number's own text
		}
		return f
	case t.IsObjectType() || t.IsMapType():
		out := map[string]any{}
		for key, inner := range elements(v) {
			out[key.AsString()] = plain(inner)
		}
		return out
	}
	out := []any{}
	for _, inner := range elements(v) {
		out = append(out, plain(inner))
	}
	return out
}

// show is a value for messages.
func show(v cty.Value) string {
	content, err := json.Marshal(plain(v))
	if err != nil {
		return fmt.Sprintf("%#v", v)
	}
	return string(content)
}

func errAbsent(address string) error { return fmt.Errorf("%s is not there", address) }

// lookUp follows a path such as "ssh.port", "ports[0]" or `http_urls["8000"]`; the
// empty one leads to the whole.
func lookUp(v cty.Value, path string) (cty.Value, error) {
	none := cty.NullVal(cty.DynamicPseudoType)
	if path == "" {
		return v, nil
	}
	t, diags := hclsyntax.ParseTraversalAbs([]byte("v."+path), "path", hcl.InitialPos)
	if diags.HasErrors() {
		return none, diags
	}
	for _, step := range t[1:] {
		if v.IsNull() {
			return none, errors.New("there is nothing on the way to it")
		}
		var key cty.Value
		switch step := step.(type) {
		case hcl.TraverseAttr:
			key = cty.StringVal(step.Name)
		case hcl.TraverseIndex:
			key = step.Key
		}
		next, diags := hcl.Index(v, key, nil)
		if diags.HasErrors() {
			return none, diags
		}
		v = next
	}
	return v, nil
}

// differs says how a value is not as wanted; nil when it is. Numbers are compared as
// decimals. Of an object only the keys that are wanted are compared.
func differs(v cty.Value, want any) error {
	if inner, ok := want.(map[string]any); ok && !v.IsNull() && v.IsKnown() {
		for name, one := range inner {
			got, diags := hcl.Index(v, cty.StringVal(name), nil)
			if diags.HasErrors() {
				return diags
			}
			if err := differs(got, one); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
	wanted := toValue(want)
	if converted, err := convert.Convert(wanted, v.Type()); err == nil {
		wanted = converted
	}
	if !v.IsWhollyKnown() || !equal(v, wanted) {
		return fmt.Errorf("is %s, want %s", show(v), show(wanted))
	}
	return nil
}

func equal(a, b cty.Value) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	if !a.Type().Equals(b.Type()) {
		return false
	}
	eq := a.Equals(b)
	return eq.IsKnown() && eq.True()
}

// Value is a value of the state as a plain one: nil, bool, string, float64, []any or
// map[string]any. The address is that of a resource or of a data source, the path as
// in a configuration; an empty path stands for the whole object.
func (w *World) Value(address, path string) any {
	w.t.Helper()
	v, err := w.value(address, path)
	if err != nil {
		w.t.Fatalf("%s.%s: %v", address, path, err)
	}
	return plain(v)
}

func (w *World) value(address, path string) (cty.Value, error) {
	if v, ok := w.state.data[address]; ok {
		return lookUp(v, path)
	}
	o := w.state.objects[address]
	if o == nil {
		return cty.NullVal(cty.DynamicPseudoType), errAbsent(address)
	}
	s := w.schemas[providerOf(o.typeName)]
	if s == nil || s.resources[o.typeName] == nil {
		return cty.NullVal(cty.DynamicPseudoType), fmt.Errorf("no schema for %s", o.typeName)
	}
	v, err := ctyjson.Unmarshal(o.json, s.resources[o.typeName].typ)
	if err != nil {
		return v, err
	}
	return lookUp(v, path)
}

// Expect fails the test unless the value of the state is as wanted: nil for null, a
// bool, a string, a number, a slice, or a map of which only the keys that it has are
// compared. Numbers are compared as decimals.
func (w *World) Expect(address, path string, want any) *World {
	w.t.Helper()
	v, err := w.value(address, path)
	if err == nil {
		err = differs(v, want)
	}
	if err != nil {
		w.t.Errorf("%s.%s: %v", address, path, err)
	}
	return w
}

// Identity is the identity of the object as a plain value; nil when it has none.
func (w *World) Identity(address string) any {
	w.t.Helper()
	o := w.object(address)
	if o.identity == nil {
		return nil
	}
	var v any
	if err := json.Unmarshal(o.identity, &v); err != nil {
		w.t.Fatal(err)
	}
	return v
}

// ID is the object's attribute id.
func (w *World) ID(address string) string {
	w.t.Helper()
	return fmt.Sprint(w.Value(address, "id"))
}

// Output is an output of the state as a plain value.
func (w *World) Output(name string) any {
	w.t.Helper()
	v, ok := w.state.outputs[name]
	if !ok {
		w.t.Fatalf("there is no output %s", name)
	}
	return plain(v)
}

// Outputs are the names of the outputs in the state, in order.
func (w *World) Outputs() []string { return slices.Sorted(maps.Keys(w.state.outputs)) }
