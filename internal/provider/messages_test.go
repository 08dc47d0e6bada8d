package provider_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
)

// TestMessages_NestedPath makes every validator of every attribute inside a block or
// an object speak, and asks each message for the path in its text: Terraform shows the
// line of what is at the top alone.
func TestMessages_NestedPath(t *testing.T) {
	t.Parallel()
	spoke := 0
	for _, c := range everySchema(t) {
		for _, path := range validated(reflect.ValueOf(c.schema), "", false) {
			said := false
			for _, wrong := range wrongs(typeAt(c.block.ValueType(), strings.Split(path, "."))) {
				for _, d := range c.says(t, beside(c.block.ValueType(), path, wrong)) {
					if d.Attribute == nil || len(d.Attribute.Steps()) < 2 {
						continue
					}
					name := dotted(d.Attribute)
					said = said || name == path || strings.HasPrefix(name, path+".")
					if !strings.Contains(d.Summary+" "+d.Detail, name) {
						t.Errorf("%s: %s = %v: the message does not name %s: %s\n%s", c.name, path, wrong, name, d.Summary, d.Detail)
					}
				}
			}
			spoke++
			if !said {
				t.Errorf("%s: no wrong value of %s made its validators speak", c.name, path)
			}
		}
	}
	if spoke < 40 {
		t.Errorf("%d nested attributes have validators only", spoke)
	}
}

// validated are the paths of a schema's blocks and nested attributes that have
// validators. The three kinds of schemas share the names of their fields and no
// interface that can be named here.
func validated(of reflect.Value, at string, nested bool) []string {
	for of.Kind() == reflect.Interface || of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	var paths []string
	group := of.FieldByName("Attributes").IsValid()
	if checks := of.FieldByName("Validators"); checks.IsValid() && checks.Len() > 0 && (nested || group) {
		paths = append(paths, at)
	}
	for _, field := range []string{"Attributes", "Blocks"} {
		inner := of.FieldByName(field)
		if !inner.IsValid() {
			continue
		}
		for _, name := range inner.MapKeys() {
			paths = append(paths, validated(inner.MapIndex(name), strings.TrimPrefix(at+"."+name.String(), "."), at != "")...)
		}
	}
	return paths
}

func typeAt(of tftypes.Type, names []string) tftypes.Type {
	for _, name := range names {
		if object, ok := of.(tftypes.Object); ok {
			of = object.AttributeTypes[name]
		}
	}
	return of
}

// beside is a value and, beside it in its block, something of everything: what a
// block requires is looked for before what is in it.
func beside(of tftypes.Type, path string, value any) map[string]any {
	values := map[string]any{}
	if last := strings.LastIndex(path, "."); last > 0 {
		block, _ := typeAt(of, strings.Split(path[:last], ".")).(tftypes.Object)
		for name, inner := range block.AttributeTypes {
			if !inner.Is(tftypes.Object{}) {
				values[path[:last]+"."+name] = given{}
			}
		}
	}
	values[path] = value
	return values
}

// wrongs are values that hardly any validator accepts.
func wrongs(of tftypes.Type) []any {
	switch {
	case of.Is(tftypes.String):
		return []any{"", "?wrong?", "http://example.com", strings.Repeat("x", 5000)}
	case of.Is(tftypes.Number):
		return []any{-1, 0, 1.5, 3, 1e12}
	case of.Is(tftypes.Object{}):
		return []any{given{}}
	default:
		return []any{[]any{}, []any{""}, []any{"?wrong?"}, []any{"x", "x"}, []any{nil}}
	}
}

// TestNumbers_Whole: a fraction where a whole number is wanted is refused in the
// provider's own words, wherever it stands, and with nothing else.
func TestNumbers_Whole(t *testing.T) {
	t.Parallel()
	for schema, path := range map[string]string{
		"gpumarket_runpod_pod": "gpu.count", "gpumarket_vastai_instance": "offer.gpu_count",
		"gpumarket_runpod_network_volume": "size_gb", "data gpumarket_offers": "limit",
	} {
		for _, c := range everySchema(t) {
			if c.name != schema {
				continue
			}
			diags := c.says(t, map[string]any{path: 1.5})
			want := path + " has to be a whole number, and is 1.5."
			if len(diags) != 1 || diags[0].Detail != want || dotted(diags[0].Attribute) != path {
				t.Errorf("%s: says %s, want %q alone", schema, fmt.Sprint(diags), want)
			}
		}
	}
}

// TestServer_WholeProtocol: what Terraform can ask the framework's server it can ask
// ours.
func TestServer_WholeProtocol(t *testing.T) {
	t.Parallel()
	server, err := provider.NewServer(provider.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	framework := reflect.TypeOf(providerserver.NewProtocol6(provider.NewWith(provider.Options{}))())
	for i := range framework.NumMethod() {
		if name := framework.Method(i).Name; !has(reflect.TypeOf(server), name) {
			t.Errorf("%s is not passed on", name)
		}
	}
}

func has(of reflect.Type, method string) bool {
	_, ok := of.MethodByName(method)
	return ok
}
