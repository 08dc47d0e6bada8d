package kernel

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// SaveID puts the id of a new object into the response, together with what the
// plan knows, before anything else happens to it: from then on Terraform owns
// the bill, and terraform destroy ends it whatever goes wrong.
func SaveID(ctx context.Context, plan tfsdk.Plan, resp *resource.CreateResponse, id string) {
	resp.State = tfsdk.State{Schema: plan.Schema, Raw: tftypes.NewValue(plan.Raw.Type(), nil)}
	KeepPlanned(plan, &resp.State, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	if resp.Identity != nil {
		resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), id)...)
	}
}

// Settable is a tfsdk.State or a tfsdk.Plan.
type Settable interface {
	Set(ctx context.Context, value any) diag.Diagnostics
}

// SetChanged sets what a response holds to now, which it was decoded to as before,
// unless the two are the same: encoding and decoding, attribute by attribute with
// reflection, is most of what a plan of unchanged objects costs.
func SetChanged[T any](ctx context.Context, held Settable, before, now *T) diag.Diagnostics {
	if same(reflect.ValueOf(before).Elem(), reflect.ValueOf(now).Elem()) {
		return nil
	}
	return held.Set(ctx, now)
}

// same compares two models by what their attributes say. A number that was reckoned
// and one that was decoded are the same if they are equal.
func same(before, now reflect.Value) bool {
	for i := range before.NumField() {
		a, b := before.Field(i), now.Field(i)
		if a.Kind() == reflect.Struct && before.Type().Field(i).Anonymous {
			if !same(a, b) {
				return false
			}
			continue
		}
		value, ok := a.Interface().(attr.Value)
		if ok && !value.Equal(b.Interface().(attr.Value)) || !ok && !reflect.DeepEqual(a.Interface(), b.Interface()) { //nolint:forcetypeassert // fields of one type.
			return false
		}
	}
	return true
}

// SetIdentity sets the identity of an object that its id alone identifies. Every
// Read and Update sets it, also a Read that finds the object gone: Terraform
// refuses an answer without one.
func SetIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, id string, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.SetAttribute(ctx, path.Root("id"), id)...)
	}
}
