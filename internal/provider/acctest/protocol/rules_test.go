package protocol

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

const (
	plainThing = `resource "toy_thing" "a" {
  name = "a"
}
`
	fullThing = `resource "toy_thing" "a" {
  name      = "a"
  secret_wo = "hush"
  tags      = { k = "v" }
  place     = { country = "SE" }
  disk { gb = 1 }
  disk { gb = 2 }
  note { text = "hi" }
}
`
)

type (
	planReq   = tfprotov6.PlanResourceChangeRequest
	planResp  = tfprotov6.PlanResourceChangeResponse
	applyReq  = tfprotov6.ApplyResourceChangeRequest
	applyResp = tfprotov6.ApplyResourceChangeResponse
	readReq   = tfprotov6.ReadResourceRequest
	readResp  = tfprotov6.ReadResourceResponse
)

// creates tells whether the request is the plan of a create.
func creates(req *planReq) bool { return values(req.PriorState) == nil }

// TestRules_Broken has a provider break each rule of core on purpose. The harness
// must say so, with core's summary and, where there is one, the attribute.
func TestRules_Broken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		breaks func(c *cloud)
		before string // applied first, by a provider that keeps the rules
		config string
		run    func(w *World, config string) Diagnostics // TryApply when nil
		path   string
		want   string
	}{
		{
			name: "a configured value is planned as another",
			breaks: func(c *cloud) {
				c.onPlan = onCreate(func(r *planResp) { set1(&r.PlannedState, "name", cty.StringVal("b")) })
			},
			path: "name", want: `Provider produced invalid plan ... planned value cty.StringVal("b") does not match config value cty.StringVal("a")`,
		},
		{
			name: "a value that is not configured is planned and not computed",
			breaks: func(c *cloud) {
				c.onPlan = onCreate(func(r *planResp) { set1(&r.PlannedState, "kind", cty.StringVal("x")) })
			},
			path: "kind", want: `Provider produced invalid plan ... planned value cty.StringVal("x") for a non-computed attribute`,
		},
		{
			name: "a configured optional and computed value is planned as unknown",
			breaks: func(c *cloud) {
				c.onPlan = onCreate(func(r *planResp) { set1(&r.PlannedState, "size", cty.UnknownVal(cty.Number)) })
			},
			config: `resource "toy_thing" "a" {
				name = "a"
				size = 5
			}`,
			path: "size", want: "Provider produced invalid plan ... does not match config value cty.NumberIntVal(5)",
		},
		{
			name: "a nested attribute is planned otherwise",
			breaks: func(c *cloud) {
				c.onPlan = onCreate(func(r *planResp) {
					set1(&r.PlannedState, "place", cty.ObjectVal(map[string]cty.Value{"country": cty.StringVal("NO"), "zone": cty.UnknownVal(cty.String)}))
				})
			},
			config: fullThing, path: "place.country", want: "Provider produced invalid plan ... does not match config value",
		},
		{
			name: "a block is planned that is not configured",
			breaks: func(c *cloud) {
				c.onPlan = onCreate(func(r *planResp) {
					set1(&r.PlannedState, "note", cty.ObjectVal(map[string]cty.Value{"text": cty.NullVal(cty.String)}))
				})
			},
			path: "note", want: "Provider produced invalid plan ... planned for existence but config wants absence",
		},
		{
			name: "blocks are lost in the plan",
			breaks: func(c *cloud) {
				c.onPlan = onCreate(func(r *planResp) { set1(&r.PlannedState, "disk", thing.blocks["disk"].none()) })
			},
			config: fullThing, path: "disk", want: "Provider produced invalid plan ... block count in plan (0) disagrees with count in config (2)",
		},
		{
			name: "a list of blocks is null",
			breaks: func(c *cloud) {
				c.onPlan = onCreate(func(r *planResp) { set1(&r.PlannedState, "disk", cty.NullVal(thing.blocks["disk"].typ)) })
			},
			path: "disk", want: "attribute representing a list of nested blocks must be empty to indicate no blocks, not null",
		},
		{
			name: "a write-only value stays in the plan",
			breaks: func(c *cloud) {
				c.onPlan = onCreate(func(r *planResp) { set1(&r.PlannedState, "secret_wo", cty.StringVal("hush")) })
			},
			config: fullThing, path: "secret_wo", want: `Provider produced invalid plan ... Provider returned a value for the write-only attribute "secret_wo" during planning`,
		},
		{
			name: "a replacement for a path that is not there",
			breaks: func(c *cloud) {
				c.onPlan = func(_ *planReq, r *planResp) {
					r.RequiresReplace = append(r.RequiresReplace, tftypes.NewAttributePath().WithAttributeName("nothing"))
				}
			},
			before: plainThing, want: `Provider produced invalid plan ... "requires replacement" for a non-existent attribute path nothing`,
		},
		{
			name: "the plan of a destruction has a state",
			breaks: func(c *cloud) {
				c.onPlan = func(req *planReq, r *planResp) {
					if values(req.ProposedNewState) == nil {
						r.PlannedState = req.PriorState
					}
				}
			},
			before: plainThing, run: (*World).TryDestroy,
			want: "Provider produced invalid plan ... planned a non-null destroy value",
		},
		{
			name: "the second plan of a create differs from the first",
			breaks: func(c *cloud) {
				n := 0
				c.onPlan = onCreate(func(r *planResp) { n++; set1(&r.PlannedState, "size", cty.NumberIntVal(int64(n))) })
			},
			path: "size", want: "Provider produced inconsistent final plan ... was cty.NumberIntVal(1), but now cty.NumberIntVal(2)",
		},
		{
			name: "the second plan of an update is a replacement",
			breaks: func(c *cloud) {
				n := 0
				c.onPlan = func(_ *planReq, r *planResp) {
					if n++; n > 1 {
						r.RequiresReplace = append(r.RequiresReplace, tftypes.NewAttributePath().WithAttributeName("name"))
					}
				}
			},
			before: plainThing, config: `resource "toy_thing" "a" {
				name = "b"
			}`,
			want: "Provider produced inconsistent final plan ... changed the planned action from update to replace",
		},
		{
			name: "a planned value is applied as another",
			breaks: func(c *cloud) {
				c.onApply = func(_ *applyReq, r *applyResp) { set1(&r.NewState, "name", cty.StringVal("b")) }
			},
			path: "name", want: `Provider produced inconsistent result after apply ... was cty.StringVal("a"), but now cty.StringVal("b")`,
		},
		{
			name: "an element of a map is lost in the apply",
			breaks: func(c *cloud) {
				c.onApply = func(_ *applyReq, r *applyResp) { set1(&r.NewState, "tags", cty.MapValEmpty(cty.String)) }
			},
			config: fullThing, path: "tags", want: `Provider produced inconsistent result after apply ... element "k" has vanished`,
		},
		{
			name: "something stays unknown",
			breaks: func(c *cloud) {
				c.onApply = func(_ *applyReq, r *applyResp) { set1(&r.NewState, "size", cty.UnknownVal(cty.Number)) }
			},
			path: "size", want: "Provider returned invalid result object after apply ... still indicated an unknown value for toy_thing.a.size",
		},
		{
			name:   "nothing is left after a create",
			breaks: func(c *cloud) { c.onApply = func(_ *applyReq, r *applyResp) { r.NewState = dynamic(nil) } },
			want:   "Provider produced inconsistent result after apply ... root object was present, but now absent",
		},
		{
			name: "something is left after a destruction",
			breaks: func(c *cloud) {
				c.onApply = func(req *applyReq, r *applyResp) { r.NewState = req.PriorState }
			},
			before: plainThing, run: (*World).TryDestroy,
			want: "Provider returned invalid result object after apply ... returned a non-null object",
		},
		{
			name: "a write-only value stays in the state",
			breaks: func(c *cloud) {
				c.onApply = func(_ *applyReq, r *applyResp) { set1(&r.NewState, "secret_wo", cty.StringVal("hush")) }
			},
			config: fullThing, path: "secret_wo", want: "Provider produced invalid object ... write-only attribute \"secret_wo\" after apply",
		},
		{
			name: "a write-only value comes back from a refresh",
			breaks: func(c *cloud) {
				c.onRead = func(_ *readReq, r *readResp) { set1(&r.NewState, "secret_wo", cty.StringVal("hush")) }
			},
			before: plainThing, path: "secret_wo", want: "Provider produced invalid object ... during refresh",
		},
		{
			name: "a refresh knows less than before",
			breaks: func(c *cloud) {
				c.onRead = func(_ *readReq, r *readResp) { set1(&r.NewState, "size", cty.UnknownVal(cty.Number)) }
			},
			before: plainThing, want: "Provider produced invalid object ... The returned state contains unknown values during refresh: size",
		},
		{
			name:   "an object without identity",
			breaks: func(c *cloud) { c.onApply = func(_ *applyReq, r *applyResp) { r.NewIdentity = nil } },
			want:   "Provider produced no identity",
		},
		{
			name: "an identity that changes",
			breaks: func(c *cloud) {
				c.onRead = func(_ *readReq, r *readResp) { r.NewIdentity = idOf(cty.StringVal("other")) }
			},
			before: plainThing, want: "Provider produced a changed identity",
		},
		{
			name: "an import by identity without one",
			breaks: func(c *cloud) {
				c.onImport = func(r *tfprotov6.ImportResourceStateResponse) { r.ImportedResources[0].Identity = nil }
			},
			run: func(w *World, config string) Diagnostics {
				return w.TryImport(config, "toy_thing.a", map[string]any{"id": "thing-1"})
			},
			want: "Import returned no identity",
		},
		{
			name: "an import of nothing",
			breaks: func(c *cloud) {
				c.onImport = func(r *tfprotov6.ImportResourceStateResponse) { r.ImportedResources = nil }
			},
			run:  func(w *World, config string) Diagnostics { return w.TryImport(config, "toy_thing.a", "thing-1") },
			want: "Import returned no resources",
		},
		{
			name: "an upgrade to nothing",
			breaks: func(c *cloud) {
				c.onUpgrade = func(_ *tfprotov6.UpgradeResourceStateRequest, r *tfprotov6.UpgradeResourceStateResponse) {
					r.UpgradedState = dynamic(nil)
				}
			},
			before: plainThing, want: "Invalid resource state upgrade ... The upgraded state is null",
		},
		{
			name: "a data source that is not there",
			breaks: func(c *cloud) {
				c.onData = func(r *tfprotov6.ReadDataSourceResponse) {
					r.State = encode(cty.NullVal(cty.EmptyObject), cty.EmptyObject)
				}
			},
			config: `data "toy_reader" "r" { question = "?" }`, want: "Provider produced null object",
		},
		{
			name: "a data source that knows only a part",
			breaks: func(c *cloud) {
				c.onData = func(r *tfprotov6.ReadDataSourceResponse) {
					t := cty.Object(map[string]cty.Type{"question": cty.String, "answer": cty.String})
					r.State = encode(cty.ObjectVal(map[string]cty.Value{"question": cty.StringVal("?"), "answer": cty.UnknownVal(cty.String)}), t)
				}
			},
			config: `data "toy_reader" "r" { question = "?" }`, want: "Provider produced invalid object ... not wholly known",
		},
		{
			name: "a deferral that nobody allowed",
			breaks: func(c *cloud) {
				c.onPlan = func(_ *planReq, r *planResp) {
					r.Deferred = &tfprotov6.Deferred{Reason: tfprotov6.DeferredReasonAbsentPrereq}
				}
			},
			want: "Provider deferred changes when not allowed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, c := world(t)
			if tt.before != "" {
				w.Apply(tt.before)
			}
			tt.breaks(c)
			config := tt.config
			if config == "" {
				config = plainThing
			}
			run := tt.run
			if run == nil {
				run = (*World).TryApply
			}
			broken := run(w, config).Broken()
			for _, d := range broken {
				if d.Path == tt.path && saysAll(d, tt.want) {
					return
				}
			}
			t.Errorf("no breach at %q says %q, but:\n%s", tt.path, tt.want, orNothing(broken))
		})
	}
}

// TestRules_Kept shows that the same stories pass when the provider keeps the rules.
func TestRules_Kept(t *testing.T) {
	t.Parallel()
	w, _ := world(t)
	w.Apply(fullThing)
	w.Plan(fullThing).Empty().Silent()
	w.Refresh()
	w.Apply(strings.Replace(fullThing, `"a"`+"\n  secret", `"b"`+"\n  secret", 1))
	w.Expect("toy_thing.a", "name", "b").Expect("toy_thing.a", "secret_wo", nil).Expect("toy_thing.a", "disk[1].device", "/dev/1")
	w.Destroy()
}

// TestRules_Function: the same question has one answer.
func TestRules_Function(t *testing.T) {
	t.Parallel()
	w, c := world(t)
	config := `output "four" { value = provider::toy::twice(2) }`
	w.Apply(config)
	if got := w.Output("four"); got != 4.0 {
		t.Errorf("twice(2) is %v", got)
	}
	c.onCall = func(r *tfprotov6.CallFunctionResponse) { r.Result = encode(cty.NumberIntVal(5), cty.Number) }
	if _, diags := w.TryPlan(config); len(diags.Broken().Say("inconsistent result")) == 0 {
		t.Errorf("a function that changes its mind passed:\n%s", diags)
	}
}

// onCreate is a hook for the plans of creates.
func onCreate(change func(*planResp)) func(*planReq, *planResp) {
	return func(req *planReq, resp *planResp) {
		if creates(req) {
			change(resp)
		}
	}
}

// saysAll looks for the parts of a text between " ... ".
func saysAll(d Diagnostic, text string) bool {
	for part := range strings.SplitSeq(text, " ... ") {
		if !d.Says(part) {
			return false
		}
	}
	return true
}
