package validators

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// NotEmpty refuses "" and [] where a platform, or a state, would not take them for
// what is left out.
func NotEmpty() interface {
	validator.String
	validator.List
	validator.Set
} {
	return notEmpty{}
}

type notEmpty struct{}

func (notEmpty) Description(context.Context) string { return "has to be null or have a value" }

func (v notEmpty) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (notEmpty) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() && req.ConfigValue.ValueString() == "" {
		refuseEmpty(req.Path, `""`, &resp.Diagnostics)
	}
}

func (notEmpty) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() && len(req.ConfigValue.Elements()) == 0 {
		refuseEmpty(req.Path, "[]", &resp.Diagnostics)
	}
}

func (notEmpty) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() && len(req.ConfigValue.Elements()) == 0 {
		refuseEmpty(req.Path, "[]", &resp.Diagnostics)
	}
}

func refuseEmpty(at path.Path, empty string, diags *diag.Diagnostics) {
	diags.AddAttributeError(at, "Empty value", empty+" is not a valid value here. To leave the attribute out, set it to null.")
}

// OrEmpty is another validator of strings that lets "" pass, for attributes where
// it means the same as null.
func OrEmpty(other validator.String) validator.String { return orEmpty{other} }

type orEmpty struct{ validator.String }

func (v orEmpty) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.ValueString() != "" {
		v.String.ValidateString(ctx, req, resp)
	}
}
