package offers

import (
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

func TestFieldValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind kind
		raw  any
		want attr.Value
	}{
		{"number", number, json.Number("0.25"), kernel.Decimal(0.25)},
		{"number_as_text", number, " 12.8 ", kernel.Decimal(12.8)},
		{"number_null", number, nil, types.Float64Null()},
		{"number_nonsense", number, "n/a", types.Float64Null()},
		{"whole_as_float", whole, json.Number("5.0"), types.Int64Value(5)},
		{"truth", truth, true, types.BoolValue(true)},
		{"truth_as_number", truth, json.Number("0"), types.BoolValue(false)},
		{"truth_null", truth, nil, types.BoolNull()},
		{"text_trimmed", text, " 203.0.113.7\n", types.StringValue("203.0.113.7")},
		{"text_as_number", text, json.Number("22.04"), types.StringValue("22.04")},
		{"text_empty", text, "", types.StringNull()},
		{"list", wholes, []any{json.Number("1"), json.Number("2")}, types.ListValueMust(types.Int64Type, []attr.Value{types.Int64Value(1), types.Int64Value(2)})},
		{"list_null", wholes, nil, types.ListNull(types.Int64Type)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := (field{kind: tt.kind}).value(tt.raw); !got.Equal(tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range fields() {
		if seen[f.name] || f.description == "" {
			t.Errorf("%s is there twice, or has no description", f.name)
		}
		seen[f.name] = true
	}
}
