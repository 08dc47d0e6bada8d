package protocol

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// everyNesting has a nested attribute and a block of each kind, all of one shape: a
// is configured, b is configured or computed, c is computed.
var everyNesting = func() *shape {
	attrs := []*tfprotov6.SchemaAttribute{
		{Name: "a", Type: tftypes.String, Optional: true},
		{Name: "b", Type: tftypes.String, Optional: true, Computed: true},
		{Name: "c", Type: tftypes.String, Computed: true},
	}
	nestedAttr := func(name string, n tfprotov6.SchemaObjectNestingMode, computed bool) *tfprotov6.SchemaAttribute {
		return &tfprotov6.SchemaAttribute{Name: name, Optional: true, Computed: computed, NestedType: &tfprotov6.SchemaObject{Nesting: n, Attributes: attrs}}
	}
	block := func(name string, n tfprotov6.SchemaNestedBlockNestingMode) *tfprotov6.SchemaNestedBlock {
		return &tfprotov6.SchemaNestedBlock{TypeName: name, Nesting: n, Block: &tfprotov6.SchemaBlock{Attributes: attrs}}
	}
	return newShape(&tfprotov6.SchemaBlock{
		Attributes: append([]*tfprotov6.SchemaAttribute{
			nestedAttr("one", tfprotov6.SchemaObjectNestingModeSingle, false),
			nestedAttr("list", tfprotov6.SchemaObjectNestingModeList, false),
			nestedAttr("set", tfprotov6.SchemaObjectNestingModeSet, false),
			nestedAttr("map", tfprotov6.SchemaObjectNestingModeMap, false),
			nestedAttr("given", tfprotov6.SchemaObjectNestingModeSingle, true),
		}, attrs...),
		BlockTypes: []*tfprotov6.SchemaNestedBlock{
			block("one_block", tfprotov6.SchemaNestedBlockNestingModeSingle),
			block("group_block", tfprotov6.SchemaNestedBlockNestingModeGroup),
			block("list_block", tfprotov6.SchemaNestedBlockNestingModeList),
			block("set_block", tfprotov6.SchemaNestedBlockNestingModeSet),
			block("map_block", tfprotov6.SchemaNestedBlockNestingModeMap),
		},
	})
}()

// written is a value of everyNesting in the words of a configuration, in which what
// is computed may stand as well. UNKNOWN is an unknown text.
func written(t *testing.T, text string) cty.Value {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(text), "test", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	v, diags := hcldec.Decode(file.Body, everyNesting.spec, &hcl.EvalContext{Variables: map[string]cty.Value{"UNKNOWN": cty.UnknownVal(cty.String)}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return v
}

// TestPropose: what core proposes from what was and what is configured.
func TestPropose(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, prior, config, want string }{
		{"top", `a = "1"
			b = "2"
			c = "3"`, `a = "x"`, `a = "x"
			b = "2"
			c = "3"`},
		{"configured over computed", `b = "2"`, `b = "x"`, `b = "x"`},
		{"unknown", `a = "1"`, `a = UNKNOWN`, `a = UNKNOWN`},
		{"single", `one = { a = "1", b = "2", c = "3" }`, `one = { a = "x" }`, `one = { a = "x", b = "2", c = "3" }`},
		{"single removed", `one = { a = "1", b = "2", c = "3" }`, ``, ``},
		{"single added", ``, `one = { a = "x" }`, `one = { a = "x" }`},
		{"computed single kept", `given = { c = "3" }`, ``, `given = { c = "3" }`},
		{"computed single was configured", `given = { a = "1", c = "3" }`, ``, ``},
		{
			"list by index", `list = [{ a = "1", c = "3" }, { a = "2", c = "4" }]`, `list = [{ a = "2" }, { a = "x" }, { a = "y" }]`,
			`list = [{ a = "2", c = "3" }, { a = "x", c = "4" }, { a = "y" }]`,
		},
		{"map by key", `map = { k = { a = "1", c = "3" } }`, `map = { k = { a = "x" }, l = {} }`, `map = { k = { a = "x", c = "3" }, l = {} }`},
		{
			"set by what is configured", `set = [{ a = "1", b = "2", c = "3" }, { a = "9", c = "4" }]`, `set = [{ a = "1" }, { a = "8" }]`,
			`set = [{ a = "1", b = "2", c = "3" }, { a = "8" }]`,
		},
		{"empty list", `list = [{ a = "1" }]`, `list = []`, `list = []`},
		{"block", `one_block {
				a = "1"
				c = "3"
			}`, `one_block { a = "x" }`, `one_block {
				a = "x"
				c = "3"
			}`},
		{"block removed", `one_block { c = "3" }`, ``, ``},
		{"group of nothing", `group_block { c = "3" }`, ``, `group_block { c = "3" }`},
		{"blocks by index", `list_block { c = "3" }`, `list_block { a = "x" }
			list_block { a = "y" }`, `list_block {
				a = "x"
				c = "3"
			}
			list_block { a = "y" }`},
		{"blocks by what is configured", `set_block {
				a = "1"
				c = "3"
			}`, `set_block { a = "1" }
			set_block { a = "y" }`, `set_block {
				a = "1"
				c = "3"
			}
			set_block { a = "y" }`},
		{"blocks by label", `map_block "k" { c = "3" }`, `map_block "k" { a = "x" }`, `map_block "k" {
				a = "x"
				c = "3"
			}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := everyNesting.propose(written(t, tt.prior), written(t, tt.config))
			if want := written(t, tt.want); !got.RawEquals(want) {
				t.Errorf("proposed\n%s\nwant\n%s", show(got), show(want))
			}
			if found := everyNesting.planProblems(written(t, tt.prior), written(t, tt.config), got); len(found) > 0 {
				t.Errorf("the proposal breaks rules: %v", found)
			}
			if found := everyNesting.changed(got, got); len(found) > 0 {
				t.Errorf("a value differs from itself: %v", found)
			}
		})
	}
	if got := everyNesting.propose(cty.NullVal(everyNesting.typ), written(t, `a = "1"`)); !got.RawEquals(written(t, `a = "1"`)) {
		t.Errorf("a create: %s", show(got))
	}
	// A data source that cannot be read yet.
	later := everyNesting.propose(cty.UnknownVal(everyNesting.typ), written(t, `one = { a = "1" }`))
	for path, known := range map[string]bool{"one.a": true, "one.b": false, "one.c": false, "a": true, "b": false, "c": false} {
		if v, err := lookUp(later, path); err != nil || v.IsKnown() != known {
			t.Errorf("later %s: %s %v", path, show(v), err)
		}
	}
}

// TestPlannedNestings has something wrong in each kind of nesting.
func TestPlannedNestings(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, config, planned, path, want string }{
		{"single", `one = { a = "1" }`, `one = { a = "2" }`, "one.a", "does not match config value"},
		{"single lost", `one = { a = "1" }`, ``, "one", "planned for absence but config wants existence"},
		{"single invented", ``, `one = { c = "1" }`, "one", "for a non-computed attribute"},
		{"list longer", `list = [{}]`, `list = [{}, {}]`, "list", "count in plan (2) disagrees with count in config (1)"},
		{"list element", `list = [{ a = "1" }]`, `list = [{ a = "2" }]`, "list[0].a", "does not match config value"},
		{"map key", `map = { k = {} }`, `map = { l = {} }`, `map["l"]`, "key from plan is not present in config"},
		{"set longer", `set = [{}]`, `set = [{}, { c = "1" }]`, "set", "count in plan (2) disagrees with count in config (1)"},
		{"group", `group_block { a = "1" }`, `group_block { a = "2" }`, "group_block.a", "does not match config value"},
		{"block list", `list_block { a = "1" }`, `list_block { a = "2" }`, "list_block[0].a", "does not match config value"},
		{"block map", `map_block "k" { a = "1" }`, `map_block "k" { a = "2" }`, `map_block["k"].a`, "does not match config value"},
	}
	for _, tt := range tests {
		found := everyNesting.planProblems(cty.NullVal(everyNesting.typ), written(t, tt.config), written(t, tt.planned))
		if len(found) != 1 || pathText(found[0].at) != tt.path || !(Diagnostic{Detail: found[0].text}).Says(tt.want) {
			t.Errorf("%s: %v, want %q at %s", tt.name, found, tt.want, tt.path)
		}
	}
}

// TestAppliedNestings has something changed in each kind of nesting.
func TestAppliedNestings(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, planned, applied, path, want string }{
		{"null", `a = "1"`, ``, "a", "but now null"},
		{"no longer null", ``, `a = "1"`, "a", "was null, but now"},
		{"unknown may be null", `c = UNKNOWN`, ``, "", ""},
		{"single", `one = { c = "1" }`, `one = { c = "2" }`, "one.c", "but now"},
		{"list shorter", `list = [{}, {}]`, `list = [{}]`, "list", "element 1 has vanished"},
		{"list longer", `list = []`, `list = [{}]`, "list", "new element 0 has appeared"},
		{"map", `map = { k = { c = UNKNOWN } }`, `map = { k = { a = "1", c = "2" } }`, `map["k"].a`, "was null, but now"},
		{"set", `set = [{ a = "1" }]`, `set = [{ a = "2" }]`, "set", "planned set element"},
		{"set with unknown", `set = [{ a = "1", c = UNKNOWN }]`, `set = [{ a = "1", c = "2" }]`, "", ""},
		{"block gone", `one_block {}`, ``, "one_block", "was present, but now absent"},
		{"blocks gone", `list_block {}`, ``, "list_block", "block count changed from 1 to 0"},
		{"block set", `set_block { a = "1" }`, `set_block { a = "2" }`, "set_block", "planned set element"},
		{"block map", `map_block "k" {}`, `map_block "l" {}`, "map_block", `block key "k" has vanished`},
	}
	for _, tt := range tests {
		found := everyNesting.changed(written(t, tt.planned), written(t, tt.applied))
		if tt.want == "" && len(found) == 0 {
			continue
		}
		if len(found) == 0 || pathText(found[0].at) != tt.path || !(Diagnostic{Detail: found[0].text}).Says(tt.want) {
			t.Errorf("%s: %v, want %q at %q", tt.name, found, tt.want, tt.path)
		}
	}
}
