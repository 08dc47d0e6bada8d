package validators

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Fraction accepts numbers between 0 and 1; who writes 99 for 99 % is told how it
// is meant.
func Fraction() validator.Float64 { return fraction{} }

type fraction struct{}

func (fraction) Description(context.Context) string { return "has to be between 0 and 1" }

func (v fraction) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (fraction) ValidateFloat64(_ context.Context, req validator.Float64Request, resp *validator.Float64Response) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueFloat64()
	if value >= 0 && value <= 1 {
		return
	}
	detail := fmt.Sprintf("It has to be between 0 and 1 and is %v.", value)
	if value > 1 && value <= 100 {
		detail += fmt.Sprintf(" For %v %% write %v.", value, value/100)
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Not between 0 and 1", detail)
}
