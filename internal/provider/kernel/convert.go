package kernel

import (
	"context"
	"sort"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// String returns nil for null or unknown. (ValueStringPointer would return a
// pointer to "" for unknown.)
func String(v types.String) *string {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	return v.ValueStringPointer()
}

// Text returns nil for null, unknown or "", for attributes where "" means the same
// as null.
func Text(v types.String) *string {
	if v.ValueString() == "" {
		return nil
	}
	return v.ValueStringPointer()
}

// Int returns nil for null or unknown.
func Int(v types.Int64) *int64 {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	return v.ValueInt64Pointer()
}

// Bool returns nil for null or unknown.
func Bool(v types.Bool) *bool {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	return v.ValueBoolPointer()
}

// Collection is a list or a set.
type Collection interface {
	attr.Value
	Elements() []attr.Value
}

// Strings returns the known strings of a list, in order, or of a set, sorted;
// nil for null or unknown.
func Strings(v Collection) []string {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	elements := v.Elements()
	out := make([]string, 0, len(elements))
	for _, element := range elements {
		if s, ok := element.(basetypes.StringValue); ok && !s.IsNull() && !s.IsUnknown() {
			out = append(out, s.ValueString())
		}
	}
	if _, set := v.(basetypes.SetValue); set {
		sort.Strings(out)
	}
	return out
}

// StringMap returns the known entries of a map; nil for null or unknown.
func StringMap(v types.Map) map[string]string {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	out := make(map[string]string, len(v.Elements()))
	for key, element := range v.Elements() {
		if s, ok := element.(basetypes.StringValue); ok && !s.IsNull() && !s.IsUnknown() {
			out[key] = s.ValueString()
		}
	}
	return out
}

// Perhaps tells that a block may turn out to be there or not: it is not known, or
// nothing that is written in it is, as Terraform hands over a dynamic block over what
// is not known. What is not written is null there.
func Perhaps(block types.Object) bool {
	if block.IsNull() || block.IsUnknown() || len(block.Attributes()) == 0 {
		return block.IsUnknown()
	}
	open := false
	for _, attribute := range block.Attributes() {
		if !attribute.IsUnknown() && !attribute.IsNull() {
			return false
		}
		open = open || attribute.IsUnknown()
	}
	return open
}

// FullyKnown reports whether a value and everything inside it is known.
func FullyKnown(ctx context.Context, v attr.Value) bool {
	value, err := v.ToTerraformValue(ctx)
	return err == nil && value.IsFullyKnown()
}

// StringOrNull is null for "": the APIs answer "" for what was never set.
func StringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// StringSet is a set of strings, null for none.
func StringSet(ctx context.Context, values []string, diags *diag.Diagnostics) types.Set {
	if len(values) == 0 {
		return types.SetNull(types.StringType)
	}
	set, ds := types.SetValueFrom(ctx, types.StringType, values)
	diags.Append(ds...)
	return set
}

// Object converts a struct with tfsdk tags to an object value.
func Object[T any](ctx context.Context, attrTypes map[string]attr.Type, value *T, diags *diag.Diagnostics) types.Object {
	if value == nil {
		return types.ObjectNull(attrTypes)
	}
	object, ds := types.ObjectValueFrom(ctx, attrTypes, value)
	diags.Append(ds...)
	return object
}

// FromObject converts an object value to a struct with tfsdk tags; nil for null
// or unknown.
func FromObject[T any](ctx context.Context, v types.Object, diags *diag.Diagnostics) *T {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	var out T
	diags.Append(v.As(ctx, &out, basetypes.ObjectAsOptions{})...)
	return &out
}

// StringMapValue is a known map of strings, empty for none.
func StringMapValue(values map[string]string, diags *diag.Diagnostics) types.Map {
	elements := make(map[string]attr.Value, len(values))
	for key, value := range values {
		elements[key] = types.StringValue(value)
	}
	m, ds := types.MapValue(types.StringType, elements)
	diags.Append(ds...)
	return m
}

// KeepKnown puts a planned value back in place of what was read after an apply,
// unless it was unknown: Terraform refuses an apply whose result differs from
// what was planned, and the next refresh tells about a difference.
func KeepKnown[T attr.Value](value *T, planned T) {
	if !planned.IsUnknown() {
		*value = planned
	}
}
