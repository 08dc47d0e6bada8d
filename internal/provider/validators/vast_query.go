package validators

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/query"
)

// VastQuery accepts a search in the grammar of the vast command line, and points
// at the character where a mistake is.
func VastQuery() validator.String { return vastQuery{} }

type vastQuery struct{}

func (vastQuery) Description(context.Context) string {
	return "has to be in the search grammar of the vast command line"
}

func (v vastQuery) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (vastQuery) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	_, err := query.Parse(text)
	var syntax *query.SyntaxError
	switch {
	case err == nil:
	case errors.As(err, &syntax):
		message := strings.TrimSuffix(syntax.Message, ".")
		if !strings.HasSuffix(message, "?") {
			message += "."
		}
		resp.Diagnostics.AddAttributeError(req.Path, "Not a search", fmt.Sprintf("At character %d: %s\n\n  %s\n  %s^",
			syntax.Position, message, text, strings.Repeat(" ", max(syntax.Position-1, 0))))
	default:
		resp.Diagnostics.AddAttributeError(req.Path, "Not a search", err.Error())
	}
}
