package kernel

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func envOf(values map[string]attr.Value) types.Map {
	return types.MapValueMust(types.StringType, values)
}

func TestCheckEnv(t *testing.T) {
	t.Parallel()
	text, null := types.StringValue("x"), types.MapNull(types.StringType)
	one := types.Int64Value(1)
	tests := []struct {
		name     string
		env, wo  types.Map
		version  types.Int64
		says     string // of the first diagnostic, "" for none
		warnings bool
	}{
		{name: "nothing", env: null, wo: null},
		{name: "fine", env: envOf(map[string]attr.Value{"A": text}), wo: envOf(map[string]attr.Value{"B": types.StringUnknown()}), version: one},
		{name: "unknown", env: types.MapUnknown(types.StringType), wo: types.MapUnknown(types.StringType), version: types.Int64Unknown()},
		{name: "twice", env: envOf(map[string]attr.Value{"A": types.StringUnknown()}), wo: envOf(map[string]attr.Value{"A": text}), version: one, says: "A is in env and in env_wo"},
		{name: "reserved", env: envOf(map[string]attr.Value{"GPUMARKET_CREATE_ID": text}), wo: null, says: "Choose another name"},
		{name: "no name", env: null, wo: envOf(map[string]attr.Value{"1 A": text}), version: one, says: "cannot be the name"},
		{name: "null", env: envOf(map[string]attr.Value{"A": types.StringNull()}), wo: null, says: "A is null"},
		{name: "no version", env: null, wo: envOf(map[string]attr.Value{"A": text}), version: types.Int64Null(), says: "Set env_wo_version", warnings: true},
		{name: "version alone", env: null, wo: null, version: one, says: "there is no env_wo", warnings: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			checkEnv(tt.env, tt.wo, tt.version, &diags)
			switch {
			case tt.says == "" && len(diags) > 0:
				t.Errorf("diagnostics %v, want none", diags)
			case tt.says != "" && (len(diags) != 1 || !strings.Contains(diags[0].Detail(), tt.says)):
				t.Errorf("diagnostics %v, want one with %q", diags, tt.says)
			case diags.HasError() == tt.warnings && tt.says != "":
				t.Errorf("diagnostics %v: errors %v", diags, diags.HasError())
			}
		})
	}
}

func TestMergeEnv(t *testing.T) {
	t.Parallel()
	current := map[string]string{"THEIRS": "t", "GPUMARKET_CREATE_ID": "m", "OLD": "o", "A": "1"}
	got := MergeEnv(current, []string{"OLD", "A"}, map[string]string{"A": "2"}, map[string]string{"S": "s"}, "")
	want := map[string]string{"THEIRS": "t", "GPUMARKET_CREATE_ID": "m", "A": "2", "S": "s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if current["OLD"] != "o" {
		t.Error("the platform's map was changed")
	}
	if got := MergeEnv(nil, nil, nil, nil, "m2"); got["GPUMARKET_CREATE_ID"] != "m2" {
		t.Errorf("without anything: %v, want the marker", got)
	}
}
