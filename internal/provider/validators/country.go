package validators

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/country"
)

// Country accepts a two-letter country code in capitals, or one of the groups of
// package country ("EU", "EEA"). Anything else is refused with the code that is
// probably meant: "GB" for "UK".
func Country() validator.String { return countryCode{} }

// Countries describes what [Country] accepts, for the description of an attribute.
const Countries = "two-letter codes (ISO 3166-1), e.g. `US`, and the groups `EU` (the 27 member states of the European Union: " +
	"AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK) and `EEA` (those and IS, LI, NO)"

type countryCode struct{}

func (countryCode) Description(context.Context) string {
	return "has to be a two-letter country code such as US, or EU or EEA"
}

func (v countryCode) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (countryCode) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := country.Check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Unknown country", err.Error()+".")
	}
}
