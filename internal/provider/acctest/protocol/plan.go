package protocol

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// Plan is what a plan proposes. It can be applied later, by other processes.
type Plan struct {
	// Diagnostics is what was reported on the way to it, and after Apply what that
	// reported as well.
	Diagnostics Diagnostics

	t       testing.TB
	w       *World
	text    string
	cfg     *config
	state   *state // refreshed, with what data sources answered
	values  map[string]cty.Value
	changes map[string]*change
	outputs map[string]cty.Value
}

func newPlan(w *World, text string, k *walk, diags Diagnostics) *Plan {
	return &Plan{
		Diagnostics: diags, t: w.t, w: w, text: text, cfg: k.cfg, state: k.state, values: k.scope.values,
		changes: k.changes, outputs: k.outputs,
	}
}

// planDestroy plans the end of all that is in the state.
func (k *walk) planDestroy() {
	g := k.ending()
	objects := k.state.clone().objects
	for address, o := range objects {
		g["destroy "+address] = &node{deps: []string{"provider." + o.provider}, run: func() bool {
			return k.sideBySide(1, func(int) bool {
				p := k.server(o.provider)
				c, ok := k.load(p, o)
				return ok && k.planDelete(p, o, c)
			})
		}}
	}
	k.run(g)
}

// TryApply applies the plan with provider servers of its own. A plan whose state has
// moved on is stale.
func (p *Plan) TryApply() Diagnostics {
	p.t.Helper()
	if p.w.state.serial != p.state.serial {
		return Diagnostics{{Error: true, Phase: Applying, Summary: "Saved plan is stale", Detail: "The state was changed by another operation after the plan was created."}}
	}
	p.w.last = p.text
	if p.isEmpty() {
		return nil
	}
	cfg, diags := p.w.parse(p.text, Applying)
	k := p.w.walk(Applying, cfg, p.state)
	k.changes = p.changes
	k.applyAll()
	p.w.shift(k.diags)
	if len(k.diags.Errors()) > 0 {
		for name, v := range p.w.state.outputs {
			if _, ok := k.outputs[name]; !ok {
				k.outputs[name] = v
			}
		}
	}
	p.w.save(k)
	diags = append(diags, k.diags...)
	p.Diagnostics = append(slices.Clip(p.Diagnostics), diags...)
	return diags
}

// Apply applies the plan and fails the test on an error.
func (p *Plan) Apply() Diagnostics {
	p.t.Helper()
	diags := p.TryApply()
	p.w.must(diags)
	return diags
}

// Actions are the actions by address; objects that stay as they are have [NoOp].
func (p *Plan) Actions() map[string]Action {
	out := map[string]Action{}
	for address, c := range p.changes {
		out[address] = c.action
	}
	return out
}

func (p *Plan) isEmpty() bool {
	for _, c := range p.changes {
		if c.action != NoOp || c.arrives {
			return false
		}
	}
	return len(p.ChangedOutputs()) == 0
}

// ChangedOutputs are the names of outputs whose values change, in order.
func (p *Plan) ChangedOutputs() []string {
	var names []string
	for name, v := range p.outputs {
		was, ok := p.w.state.outputs[name]
		if !ok && v.IsNull() {
			continue
		}
		if !ok || !same(was, v) || !v.IsWhollyKnown() {
			names = append(names, name)
		}
	}
	for name := range p.w.state.outputs {
		if _, ok := p.outputs[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Empty fails the test when the plan changes anything, outputs included.
func (p *Plan) Empty() *Plan {
	p.t.Helper()
	for _, address := range slices.Sorted(maps.Keys(p.changes)) {
		c := p.changes[address]
		if c.action != NoOp || c.arrives {
			p.t.Errorf("the plan is not empty: %s of %s:\n%s", c.action, address, c.difference())
		}
	}
	if names := p.ChangedOutputs(); len(names) > 0 {
		p.t.Errorf("the plan is not empty: it changes the outputs %v", names)
	}
	return p
}

// difference names what changes, for messages.
func (c *change) difference() string {
	var lines []string
	if c.before.IsNull() || c.after.IsNull() {
		return "  the whole object"
	}
	for name := range c.after.Type().AttributeTypes() {
		if was, is := c.before.GetAttr(name), c.after.GetAttr(name); !same(was, is) {
			lines = append(lines, "  "+name+": "+show(was)+" → "+show(is))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (p *Plan) does(want Action, addresses []string) *Plan {
	p.t.Helper()
	for _, address := range addresses {
		c := p.changes[address]
		switch {
		case c == nil:
			p.t.Errorf("the plan does not know %s, but %v", address, slices.Sorted(maps.Keys(p.changes)))
		case c.action != want:
			p.t.Errorf("the plan has %s for %s, want %s:\n%s", c.action, address, want, c.difference())
		}
	}
	return p
}

// Creates fails the test unless each of the objects is to be created.
func (p *Plan) Creates(addresses ...string) *Plan { p.t.Helper(); return p.does(Create, addresses) }

// Updates fails the test unless each of the objects is to be changed in place.
func (p *Plan) Updates(addresses ...string) *Plan { p.t.Helper(); return p.does(Update, addresses) }

// Replaces fails the test unless each of the objects is to be replaced.
func (p *Plan) Replaces(addresses ...string) *Plan { p.t.Helper(); return p.does(Replace, addresses) }

// Deletes fails the test unless each of the objects is to be destroyed.
func (p *Plan) Deletes(addresses ...string) *Plan { p.t.Helper(); return p.does(Delete, addresses) }

// Keeps fails the test unless each of the objects stays as it is.
func (p *Plan) Keeps(addresses ...string) *Plan { p.t.Helper(); return p.does(NoOp, addresses) }

// Reads fails the test unless each of the data sources waits for the apply.
func (p *Plan) Reads(addresses ...string) *Plan { p.t.Helper(); return p.does(Read, addresses) }

// Because fails the test unless the object is replaced for the sake of the path.
func (p *Plan) Because(address, path string) *Plan {
	p.t.Helper()
	p.does(Replace, []string{address})
	var paths []string
	if c := p.changes[address]; c != nil {
		for _, at := range c.replace {
			paths = append(paths, pathText(at))
		}
	}
	if !slices.Contains(paths, path) {
		p.t.Errorf("%s is replaced because of %v, want %s", address, paths, path)
	}
	return p
}

// Planned fails the test unless the value at the path is planned as known and is as
// wanted, see [World.Expect].
func (p *Plan) Planned(address, path string, want any) *Plan {
	p.t.Helper()
	v, err := p.after(address, path)
	if err == nil {
		err = differs(v, want)
	}
	if err != nil {
		p.t.Errorf("planned %s.%s: %v", address, path, err)
	}
	return p
}

// Unknown fails the test unless each of the values is known after the apply only.
func (p *Plan) Unknown(address string, paths ...string) *Plan {
	p.t.Helper()
	for _, path := range paths {
		if v, err := p.after(address, path); err != nil || v.IsWhollyKnown() {
			p.t.Errorf("planned %s.%s: %s %v, want an unknown value", address, path, show(v), err)
		}
	}
	return p
}

// Value is the planned value at the path as a plain one, "(unknown)" where it is
// unknown.
func (p *Plan) Value(address, path string) any {
	p.t.Helper()
	v, err := p.after(address, path)
	if err != nil {
		p.t.Errorf("planned %s.%s: %v", address, path, err)
		return nil
	}
	return plain(v)
}

func (p *Plan) after(address, path string) (cty.Value, error) {
	c := p.changes[address]
	if c == nil {
		return cty.NullVal(cty.DynamicPseudoType), errAbsent(address)
	}
	return lookUp(c.after, path)
}

// Warns fails the test unless a warning has the text.
func (p *Plan) Warns(text string) *Plan {
	p.t.Helper()
	if len(p.Diagnostics.Warnings().Say(text)) == 0 {
		p.t.Errorf("no warning says %q, but:\n%s", text, orNothing(p.Diagnostics))
	}
	return p
}

// Silent fails the test when anything was reported.
func (p *Plan) Silent() *Plan {
	p.t.Helper()
	if len(p.Diagnostics) > 0 {
		p.t.Errorf("reported:\n%s", p.Diagnostics)
	}
	return p
}
