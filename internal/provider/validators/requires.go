package validators

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Requires accepts a block that has all of the named attributes. They are not
// required in the schema: the framework would then ask for them where the whole
// block is left out.
func Requires(names ...string) validator.Object { return requires{names} }

type requires struct{ names []string }

func (v requires) Description(context.Context) string {
	return "needs " + strings.Join(v.names, ", ")
}

func (v requires) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v requires) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	for _, name := range v.names {
		if value, ok := req.ConfigValue.Attributes()[name]; ok && value.IsNull() {
			at := req.Path.AtName(name)
			resp.Diagnostics.AddAttributeError(at, "Missing required argument", fmt.Sprintf("%s is required in this block.", at))
		}
	}
}
