package kernel

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestKeepPlanned: what the plan knew is kept at every depth, what was read fills in
// the rest, and what neither knows is null.
func TestKeepPlanned(t *testing.T) {
	t.Parallel()
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String, "b": tftypes.Number}}
	mapping, list, set := tftypes.Map{ElementType: tftypes.String}, tftypes.List{ElementType: tftypes.String}, tftypes.Set{ElementType: tftypes.String}
	str := func(v any) tftypes.Value { return tftypes.NewValue(tftypes.String, v) }
	num := func(v any) tftypes.Value { return tftypes.NewValue(tftypes.Number, v) }
	obj := func(a, b any) tftypes.Value {
		return tftypes.NewValue(object, map[string]tftypes.Value{"a": str(a), "b": num(b)})
	}
	strs := func(of tftypes.Type, values ...any) tftypes.Value {
		var all []tftypes.Value
		for _, v := range values {
			all = append(all, str(v))
		}
		return tftypes.NewValue(of, all)
	}
	keyed := func(a, b any) tftypes.Value {
		return tftypes.NewValue(mapping, map[string]tftypes.Value{"a": str(a), "b": str(b)})
	}
	null := func(of tftypes.Type) tftypes.Value { return tftypes.NewValue(of, nil) }
	const unknown = tftypes.UnknownValue
	tests := []struct {
		name                string
		planned, read, want tftypes.Value
	}{
		{"known", str("plan"), str("read"), str("plan")},
		{"null", str(nil), str("read"), str(nil)},
		{"unknown", str(unknown), str("read"), str("read")},
		{"nobody knows", str(unknown), str(unknown), str(nil)},
		{"nothing was read", obj("plan", unknown), null(object), obj("plan", nil)},
		{"known object", obj("plan", 1), obj("read", 2), obj("plan", 1)},
		{"half an object", obj("plan", unknown), obj("read", 2), obj("plan", 2)},
		{"unknown object", tftypes.NewValue(object, unknown), obj("read", unknown), obj("read", nil)},
		{"a key of a map", keyed("plan", unknown), keyed("read", "other"), keyed("plan", "other")},
		{"a key that was not read", keyed("plan", unknown), tftypes.NewValue(mapping, map[string]tftypes.Value{}), keyed("plan", nil)},
		{"an element of a list", strs(list, "plan", unknown), strs(list, "read", "second"), strs(list, "plan", "second")},
		{"a list that is shorter", strs(list, unknown, "plan"), strs(list), strs(list, nil, "plan")},
		{"a set", strs(set, "plan", unknown), strs(set, "read"), strs(set, "read")},
	}
	for _, tt := range tests {
		wrap := func(v tftypes.Value) tftypes.Value {
			return tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"v": v.Type()}}, map[string]tftypes.Value{"v": v})
		}
		var diags diag.Diagnostics
		state := tfsdk.State{Raw: wrap(tt.read)}
		plan, before := tfsdk.Plan{Raw: wrap(tt.planned)}, wrap(tt.planned).Copy()
		KeepPlanned(plan, &state, &diags)
		if !plan.Raw.Equal(before) {
			t.Errorf("%s: the plan became %s", tt.name, plan.Raw)
		}
		if want := wrap(tt.want); !state.Raw.Equal(want) || diags.HasError() {
			t.Errorf("%s: %s, want %s; %v", tt.name, state.Raw, want, diags)
		}
	}
}
