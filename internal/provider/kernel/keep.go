package kernel

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// KeepPlanned makes of a state that was read after an apply the one that answers it:
// Terraform refuses a result that differs from what was planned, so that the plan
// counts wherever it was known, down to the single key of a map, and what was read
// fills in the rest. What neither knows is null. A real difference shows at the next
// refresh.
func KeepPlanned(plan tfsdk.Plan, state *tfsdk.State, diags *diag.Diagnostics) {
	kept, err := keep(plan.Raw, state.Raw)
	if err != nil {
		diags.AddError("Unable to keep the planned values", err.Error()+". This is a bug in the provider; please report it.")
		return
	}
	state.Schema, state.Raw = plan.Schema, kept
}

// keep is planned with what it leaves open taken from read.
func keep(planned, read tftypes.Value) (tftypes.Value, error) {
	switch {
	case planned.IsFullyKnown(), planned.IsNull():
		return planned, nil
	case !planned.IsKnown():
		return nullUnknown(planned.Type(), read)
	}
	switch planned.Type().(type) {
	case tftypes.Object, tftypes.Map:
		return keepFields(planned, read)
	case tftypes.List, tftypes.Tuple:
		return keepElements(planned, read)
	default:
		// The elements of a set have nothing to tell them by.
		return nullUnknown(planned.Type(), read)
	}
}

func keepFields(planned, read tftypes.Value) (tftypes.Value, error) {
	var fields, found map[string]tftypes.Value
	if err := planned.As(&fields); err != nil {
		return planned, err
	}
	if read.IsKnown() && !read.IsNull() {
		if err := read.As(&found); err != nil {
			return planned, err
		}
	}
	all := make(map[string]tftypes.Value, len(fields)) // fields is the plan's own
	for name, field := range fields {
		kept, err := keep(field, found[name])
		if err != nil {
			return planned, fmt.Errorf("%s: %w", name, err)
		}
		all[name] = kept
	}
	return tftypes.NewValue(planned.Type(), all), nil
}

func keepElements(planned, read tftypes.Value) (tftypes.Value, error) {
	var elements, found []tftypes.Value
	if err := planned.As(&elements); err != nil {
		return planned, err
	}
	if read.IsKnown() && !read.IsNull() {
		if err := read.As(&found); err != nil {
			return planned, err
		}
	}
	all := make([]tftypes.Value, len(elements))
	for i, element := range elements {
		var other tftypes.Value
		if i < len(found) {
			other = found[i]
		}
		kept, err := keep(element, other)
		if err != nil {
			return planned, fmt.Errorf("element %d: %w", i, err)
		}
		all[i] = kept
	}
	return tftypes.NewValue(planned.Type(), all), nil
}

// nullUnknown is the value with null in place of what is not known in it; null of the
// type for no value at all.
func nullUnknown(of tftypes.Type, value tftypes.Value) (tftypes.Value, error) {
	if value.Type() == nil {
		return tftypes.NewValue(of, nil), nil
	}
	return tftypes.Transform(value, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if !v.IsKnown() {
			return tftypes.NewValue(v.Type(), nil), nil
		}
		return v, nil
	})
}
