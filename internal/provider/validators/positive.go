package validators

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Positive accepts numbers above 0.
func Positive() validator.Float64 { return positive{} }

type positive struct{}

func (positive) Description(context.Context) string { return "has to be above 0" }

func (v positive) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (positive) ValidateFloat64(_ context.Context, req validator.Float64Request, resp *validator.Float64Response) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if value := req.ConfigValue.ValueFloat64(); value <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not above 0", fmt.Sprintf("It has to be above 0 and is %v.", value))
	}
}
