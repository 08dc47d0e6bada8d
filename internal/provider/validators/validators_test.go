package validators

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestPositive(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		value types.Float64
		fails bool
	}{
		"null":     {types.Float64Null(), false},
		"unknown":  {types.Float64Unknown(), false},
		"above":    {types.Float64Value(0.01), false},
		"zero":     {types.Float64Value(0), true},
		"negative": {types.Float64Value(-1), true},
	} {
		var resp validator.Float64Response
		Positive().ValidateFloat64(t.Context(), validator.Float64Request{Path: path.Root("x"), ConfigValue: tt.value}, &resp)
		if resp.Diagnostics.HasError() != tt.fails {
			t.Errorf("%s: %v, want error %v", name, resp.Diagnostics, tt.fails)
		}
	}
}

func TestGPUName(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		value types.String
		says  string
	}{
		"null":      {types.StringNull(), ""},
		"unknown":   {types.StringUnknown(), ""},
		"known":     {types.StringValue("RTX 4090"), ""},
		"ambiguous": {types.StringValue("H100"), ""},
		"misspelt":  {types.StringValue("RTX 4091"), "Did you mean"},
		"swapped":   {types.StringValue("RTX 4909"), "Did you mean RTX 4090"},
		"printed":   {types.StringValue("RTX 3060 Laptop 12GB"), ""},
		"newer":     {types.StringValue("RTX 6090 48GB"), ""},
		"newest":    {types.StringValue("RTX 6090"), "with its memory"},
	} {
		var resp validator.StringResponse
		GPUName().ValidateString(t.Context(), validator.StringRequest{Path: path.Root("x"), ConfigValue: tt.value}, &resp)
		if resp.Diagnostics.HasError() != (tt.says != "") ||
			tt.says != "" && !strings.Contains(resp.Diagnostics[0].Detail(), tt.says) {
			t.Errorf("%s: %v, want %q", name, resp.Diagnostics, tt.says)
		}
	}
}

// TestCountry: a code that is none is refused with the right one.
func TestCountry(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		value types.String
		says  string
	}{
		"null":    {types.StringNull(), ""},
		"unknown": {types.StringUnknown(), ""},
		"code":    {types.StringValue("DE"), ""},
		"EU":      {types.StringValue("EU"), ""},
		"EEA":     {types.StringValue("EEA"), ""},
		"UK":      {types.StringValue("UK"), `use "GB" for United Kingdom`},
		"USA":     {types.StringValue("USA"), `use "US"`},
		"name":    {types.StringValue("Germany"), `use "DE"`},
		"none":    {types.StringValue("ZZ"), "not the two-letter code"},
	} {
		var resp validator.StringResponse
		Country().ValidateString(t.Context(), validator.StringRequest{Path: path.Root("countries"), ConfigValue: tt.value}, &resp)
		if resp.Diagnostics.HasError() != (tt.says != "") ||
			tt.says != "" && !strings.Contains(resp.Diagnostics[0].Detail(), tt.says) {
			t.Errorf("%s: %v, want %q", name, resp.Diagnostics, tt.says)
		}
	}
}
