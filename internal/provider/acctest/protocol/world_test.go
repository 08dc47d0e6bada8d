package protocol

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

const a = "toy_thing.a"

func (c *cloud) took(t *testing.T, want ...string) {
	t.Helper()
	got := slices.DeleteFunc(slices.Clone(c.calls), func(s string) bool { return strings.HasPrefix(s, "configure") })
	if !slices.Equal(got, want) {
		t.Errorf("the provider did %q, want %q", got, want)
	}
	c.calls = nil
}

// TestPrivate follows the private state: plan, apply, state, read, next plan; and in
// a replacement the private state of the create's plan goes to both halves.
func TestPrivate(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	w.Apply(plainThing)
	if got := w.Private(a); got != "applied,planned," {
		t.Errorf("after a create: %q", got)
	}
	var planned, applied []string
	c.onPlan = func(req *planReq, _ *planResp) { planned = append(planned, string(req.PriorPrivate)) }
	c.onApply = func(req *applyReq, _ *applyResp) { applied = append(applied, string(req.PlannedPrivate)) }
	w.Apply(plainThing + "# another\n").Empty()
	if want := []string{"read,applied,planned,"}; !slices.Equal(planned, want) {
		t.Errorf("a plan without changes was given %q, want %q", planned, want)
	}
	planned = nil
	w.Apply(strings.Replace(plainThing, "}", "  kind = \"x\"\n}", 1)).Replaces(a).Because(a, "kind")
	// First plan, its continuation from nothing, and the plan of the apply, from nothing as well.
	if want := []string{"read,applied,planned,", "planned,read,applied,planned,", ""}; !slices.Equal(planned, want) {
		t.Errorf("the plans of a replacement were given %q, want %q", planned, want)
	}
	if want := []string{"planned,planned,read,applied,planned,", "planned,"}; !slices.Equal(applied, want) {
		t.Errorf("the halves of a replacement were given %q, want %q", applied, want)
	}
}

// TestReplace is done in the order that the configuration wants.
func TestReplace(t *testing.T) {
	t.Parallel()
	config := func(kind, lifecycle string) string {
		return fmt.Sprintf("resource \"toy_thing\" \"a\" {\n  name = %q\n  kind = %q\n%s}\n", kind, kind, lifecycle)
	}
	for name, tt := range map[string]struct {
		lifecycle string
		want      []string
	}{
		"destroy first": {"", []string{"create x", "delete x", "create y"}},
		"create first":  {"  lifecycle { create_before_destroy = true }\n", []string{"create x", "create y", "delete x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c := world(t)
			w.Apply(config("x", tt.lifecycle))
			w.Apply(config("y", tt.lifecycle)).Replaces(a).Unknown(a, "id", "size").Planned(a, "name", "y")
			c.took(t, tt.want...)
			w.Expect(a, "id", "thing-2").Plan(config("y", tt.lifecycle)).Empty()
		})
	}
}

// TestTainted: a create that fails with a state is kept and replaced.
func TestTainted(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	boom := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Boom"}
	c.onApply = func(_ *applyReq, r *applyResp) { r.Diagnostics = append(r.Diagnostics, boom) }
	if phase, _ := w.Fails(plainThing, "", "Boom"); phase != Applying {
		t.Errorf("failed in %s", phase)
	}
	if !w.Tainted(a) {
		t.Error("the object is not tainted")
	}
	c.onApply = nil
	w.Plan(plainThing).Replaces(a)
	w.Apply(plainThing)
	if w.Tainted(a) {
		t.Error("the successor is tainted")
	}
	c.took(t, "create a", "delete a", "create a")

	// A create that fails without a state leaves nothing.
	w, c = world(t)
	c.onApply = func(_ *applyReq, r *applyResp) {
		r.NewState, r.NewIdentity, r.Diagnostics = dynamic(nil), nil, append(r.Diagnostics, boom)
	}
	w.Fails(plainThing, "", "Boom")
	if left := w.Addresses(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}

	// An update that fails keeps what the provider says, and is not tainted.
	w, c = world(t)
	w.Apply(plainThing)
	c.onApply = func(_ *applyReq, r *applyResp) { r.NewState, r.Diagnostics = dynamic(nil), append(r.Diagnostics, boom) }
	w.Fails(strings.Replace(plainThing, `"a"`+"\n", `"b"`+"\n", 1), "", "Boom")
	if w.Expect(a, "name", "a"); w.Tainted(a) {
		t.Error("an update tainted the object")
	}
}

// TestReferences: what another object computes is unknown to validation and plan,
// and creates and destructions go in order.
func TestReferences(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	config := `
resource "toy_thing" "b" {
  name = toy_thing.a.id
  tags = { from = data.toy_reader.r.answer }
}
data "toy_reader" "r" { question = local.size }
locals { size = "size ${toy_thing.a.size}" }
output "b" { value = toy_thing.b.tags["from"] }
` + plainThing
	var names []string
	c.onValidate = func(req *tfprotov6.ValidateResourceConfigRequest, _ *tfprotov6.ValidateResourceConfigResponse) {
		names = append(names, show(values(req.Config)["name"]))
	}
	w.Parallel = 1
	p := w.Plan(config)
	p.Creates(a, "toy_thing.b").Reads("data.toy_reader.r").Unknown("toy_thing.b", "name", "tags")
	c.took(t)
	if want := `"(unknown)"`; !slices.Contains(names, want) {
		t.Errorf("validated with the names %v, want one of them unknown", names)
	}
	p.Apply()
	c.took(t, "create a", "ask size 10", "create thing-1")
	w.Expect("toy_thing.b", "name", "thing-1").Expect("toy_thing.b", "tags", map[string]any{"from": "re: size 10"})
	if got := w.Output("b"); got != "re: size 10" {
		t.Errorf("output: %v", got)
	}
	w.Plan(config).Empty()
	w.Plan(plainThing).Deletes("toy_thing.b").Keeps(a)
	c.calls = nil
	w.Destroy()
	c.took(t, "ask size 10", "delete thing-1", "delete a")
}

// TestSavedPlan is applied by new processes, and is stale when the state moved on.
func TestSavedPlan(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	saved := w.Plan(plainThing)
	before := c.started
	saved.Apply()
	if c.started == before {
		t.Error("the apply started no process")
	}
	if diags := saved.TryApply(); len(diags.Errors().Say("stale")) == 0 {
		t.Errorf("a stale plan was applied:\n%s", diags)
	}
}

// TestVariables: validation knows none; one may stay unknown until the apply.
func TestVariables(t *testing.T) {
	t.Parallel()
	w, _ := world(t)
	config := `
variable "name" { type = string }
variable "kind" {
  type    = string
  default = null
}
resource "toy_thing" "a" {
  name = var.name
  kind = var.kind
}`
	w.Var("name", "n").Unknown("name")
	w.Plan(config).Unknown(a, "name").Planned(a, "kind", nil)
	w.Apply(config)
	w.Expect(a, "name", "n")
	if phase, diags := w.Var("name", "").Fails(config, "name", "not empty"); phase != Applying {
		t.Errorf("an unknown name that turns out wrong failed in %s:\n%s", phase, diags)
	}
}

// TestProviders: aliases are servers of their own, and their blocks may be unknown.
func TestProviders(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	w.Prelude = `
provider "toy" { region = "north" }
provider "toy" {
  alias  = "far"
  region = toy_thing.a.id
}`
	w.Parallel = 1
	w.Apply(plainThing + `
resource "toy_thing" "b" {
  provider = toy.far
  name     = "b"
  place    = {}
}`)
	want := []string{"configure north", "configure unknown", "configure north", "create a", "configure thing-1", "create b"}
	if !slices.Equal(c.calls, want) {
		t.Errorf("the provider did %q, want %q", c.calls, want)
	}
	w.Expect("toy_thing.b", "place.zone", "thing-1")
}

// TestInstances are planned and applied side by side.
func TestInstances(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	config := func(n int) string {
		return fmt.Sprintf(`
resource "toy_thing" "many" {
  count = %d
  name  = "n${count.index}"
}
resource "toy_thing" "named" {
  for_each = toset(["x", "y"])
  name     = each.key
  dynamic "disk" {
    for_each = [for t in toy_thing.many : t.size]
    content { gb = disk.value }
  }
}
output "names" { value = [for t in toy_thing.many : t.name] }`, n)
	}
	w.Apply(config(20))
	w.Expect("toy_thing.many[19]", "name", "n19").Expect(`toy_thing.named["x"]`, "disk[19].gb", 10)
	if len(c.things) != 22 {
		t.Errorf("%d things", len(c.things))
	}
	w.Plan(config(20)).Empty()
	w.Apply(config(19)).Deletes("toy_thing.many[19]").Updates(`toy_thing.named["y"]`).Keeps("toy_thing.many[0]")
	w.Destroy()
}

// TestImport takes over by id, by identity and by a block.
func TestImport(t *testing.T) {
	t.Parallel()
	w, _ := world(t)
	w.Apply(plainThing)
	for name, target := range map[string]any{"id": "thing-1", "identity": map[string]any{"id": "thing-1"}} {
		w.Forget(a)
		w.Import(plainThing, a, target)
		w.Expect(a, "name", "a").Plan(plainThing).Empty()
		if got := w.Private(a); got != "read,imported" {
			t.Errorf("by %s: private state %q", name, got)
		}
	}
	w.Forget(a)
	block := plainThing + `import {
  to = toy_thing.a
  id = "thing-1"
}`
	w.Apply(block).Keeps(a)
	w.Expect(a, "id", "thing-1").Plan(plainThing).Empty()
	w.Forget(a)
	if diags := w.TryImport(plainThing, a, "thing-9"); len(diags.Errors().Say("no object exists with the given id")) == 0 || len(diags.Broken()) > 0 {
		t.Errorf("an import of nothing:\n%s", diags)
	}
}

// TestUpgradeAndMove start from what a state file holds.
func TestUpgradeAndMove(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	w.Apply(plainThing)
	old := `{"id":"thing-1","label":"a"}`
	w.Seed(a, Raw{Version: 0, JSON: old, Identity: `{"id":"thing-1"}`})
	c.onUpgrade = func(req *tfprotov6.UpgradeResourceStateRequest, r *tfprotov6.UpgradeResourceStateResponse) {
		if req.Version == 0 && string(req.RawState.JSON) == old {
			state := thing.empty().AsValueMap()
			state["id"], state["name"] = cty.StringVal("thing-1"), cty.StringVal("a")
			r.UpgradedState = dynamic(state)
		}
	}
	w.Plan(plainThing).Empty()

	w.Forget(a)
	w.Seed("other_machine.m", Raw{Provider: "registry.terraform.io/them/other", JSON: `{"x":1}`})
	moved := plainThing + `moved {
  from = other_machine.m
  to   = toy_thing.a
}`
	w.Apply(moved)
	if !slices.Contains(c.calls, `move from registry.terraform.io/them/other {"x":1}`) {
		t.Errorf("the provider did %q", c.calls)
	}
	w.Expect(a, "name", "a")
	w.Plan(strings.Replace(plainThing, `"a" {`, `"z" {`, 1) + "moved {\n  from = toy_thing.a\n  to = toy_thing.z\n}").Keeps("toy_thing.z")
}

// TestDrift: what changed elsewhere is found, what vanished leaves the state.
func TestDrift(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	w.Apply(plainThing)
	c.things["thing-1"]["name"] = cty.StringVal("drifted")
	w.Plan(plainThing).Updates(a)
	w.Refresh()
	w.Expect(a, "name", "drifted")
	delete(c.things, "thing-1")
	w.Plan(plainThing).Creates(a)
	w.Refresh()
	if left := w.Addresses(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestDiagnostics: paths, lines and phases.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	w.Prelude = "provider \"toy\" {}\n"
	phase, _ := w.Fails("resource \"toy_thing\" \"a\" {\n  name = \"\"\n}", "name", "A name is not empty.")
	if phase != Validating {
		t.Errorf("failed in %s", phase)
	}
	for config, line := range map[string]int{
		"resource \"toy_thing\" \"a\" {\n  name = \"a\"\n  labels = 1\n}":                 3,
		"resource \"toy_thing\" \"a\" {\n  name = \"a\"\n  note {\n    txt = 1\n  }\n}":   4,
		"resource \"toy_thing\" \"a\" {\n  name = \"a\"\n  tags = toy_thing.b.missing\n}": 0,
	} {
		if _, diags := w.TryPlan(config); len(diags.Errors()) == 0 || diags.Errors()[0].Line != line {
			t.Errorf("%s\n%s\nwant an error at line %d", config, diags, line)
		}
	}
	c.onPlan = func(_ *planReq, r *planResp) {
		r.Diagnostics = append(r.Diagnostics, &tfprotov6.Diagnostic{
			Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "Careful",
			Attribute: tftypes.NewAttributePath().WithAttributeName("disk").WithElementKeyInt(0).WithAttributeName("gb"),
		})
	}
	p := w.Plan(plainThing).Warns("Careful")
	if got := p.Diagnostics[0].Path; got != "disk[0].gb" {
		t.Errorf("path %q", got)
	}
}

// TestQuery lists and acts.
func TestQuery(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	w.Apply(plainThing)
	config := `
list "toy_thing" "all" {
  include_resource = true
  config {}
}
action "toy_shake" "it" {
  config { times = 3 }
}`
	found := w.List(config)["list.toy_thing.all"]
	if len(found) != 1 || found[0].Name != "thing-1" || fmt.Sprint(found[0].Identity) != "map[id:thing-1]" {
		t.Errorf("listed %+v", found)
	}
	if said := w.Invoke(config, "action.toy_shake.it"); !slices.Equal(said, []string{"shaking"}) {
		t.Errorf("the action said %q", said)
	}
	c.onList = func(r *tfprotov6.ListResourceResult) { r.Identity = nil }
	if diags := w.query(config, func(k *walk) { k.list(k.cfg.lists["list.toy_thing.all"]) }); len(diags.Broken()) == 0 {
		t.Errorf("a result without identity passed:\n%s", diags)
	}
}

// TestIgnoreChanges and prevent_destroy are obeyed.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	w, _ := world(t)
	config := func(name, kind string) string {
		return fmt.Sprintf("resource \"toy_thing\" \"a\" {\n  name = %q\n  kind = %q\n  lifecycle {\n    ignore_changes  = [name]\n    prevent_destroy = true\n  }\n}", name, kind)
	}
	w.Apply(config("a", "x"))
	w.Plan(config("b", "x")).Empty()
	w.Fails(config("a", "y"), "", "lifecycle.prevent_destroy")
	if diags := w.TryDestroy(config("a", "x")); len(diags.Errors().Say("prevent_destroy")) == 0 {
		t.Errorf("destroyed:\n%s", diags)
	}
}
