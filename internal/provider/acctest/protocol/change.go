package protocol

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// Action is what a plan does to an object.
type Action string

// The actions. A Replace destroys first unless the configuration says otherwise.
const (
	NoOp    Action = "no-op"
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Delete  Action = "delete"
	Read    Action = "read" // a data source that waits for the apply
)

// change is what is planned for one object.
type change struct {
	address, typeName, provider string
	action                      Action
	createFirst                 bool
	arrives                     bool // by an import or a move
	before, after               cty.Value
	private                     []byte
	beforeIdentity, identity    cty.Value
	replace                     []cty.Path // what demands a replacement
	deps                        []string
}

// answerOfPlan is what the provider planned.
type answerOfPlan struct {
	state    cty.Value
	private  []byte
	identity cty.Value
	replace  []*tftypes.AttributePath
}

const invalidPlan = "Provider produced invalid plan"

// planChange asks the provider for a plan of one object as core does, and checks
// what it answers. During an apply, was is what was planned before.
func (k *walk) planChange(p *process, b *block, address string, config cty.Value, c *current, was *change) (*change, bool) {
	s := p.resources[b.typeName]
	null := cty.NullVal(s.typ)
	prior := &current{value: null, identity: cty.NullVal(cty.EmptyObject)}
	out := &change{
		address: address, typeName: b.typeName, provider: b.provider, createFirst: b.createFirst,
		before: null, beforeIdentity: prior.identity, deps: b.resources,
	}
	if was != nil {
		out.createFirst, out.deps = was.createFirst, was.deps
	}
	// Core plans for a tainted object as for none, private state included, and calls
	// the result a replacement in the end.
	if c != nil {
		out.before, out.beforeIdentity = c.value, c.identity
		if !c.tainted {
			prior = c
		}
	}
	if !p.validateResource(k, address, b.typeName, config) {
		return nil, false
	}
	first, ok := k.askPlan(p, address, b.typeName, ignoring(b, prior.value, config), prior, false)
	if !ok {
		return nil, false
	}
	if out.replace, ok = k.demands(address, s, prior.value, first); !ok {
		return nil, false
	}
	out.action = actionFor(prior.value, first.state, out.replace)
	if (out.action == Update || out.action == NoOp) && !k.settled(address, b.typeName, p, prior.identity, first.identity) {
		return nil, false
	}
	if out.action == Replace {
		// The new object is planned from nothing, with the private state of the
		// first answer.
		first, ok = k.askPlan(p, address, b.typeName, config, &current{value: null, private: first.private, identity: first.identity}, true)
		if !ok {
			return nil, false
		}
	}
	out.after, out.private, out.identity = first.state, first.private, first.identity
	switch {
	case out.action == Create && c != nil:
		out.action = Replace
	case out.action == Create && was != nil && was.action == Replace:
		out.action, out.before, out.beforeIdentity = Replace, was.before, was.beforeIdentity
	}
	if out.action == Replace && b.preventDestroy {
		return nil, k.fail(address, "Instance cannot be destroyed", "Resource %s has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.", address)
	}
	return out, true
}

// actionFor says what a planned state means.
func actionFor(prior, planned cty.Value, replace []cty.Path) Action {
	equal := planned.Equals(prior)
	switch {
	case prior.IsNull():
		return Create
	case len(replace) > 0:
		return Replace
	case equal.IsKnown() && equal.True():
		return NoOp
	}
	return Update
}

// askPlan is one call of PlanResourceChange. Core tells the warnings of the second
// call for a replacement only when it fails.
func (k *walk) askPlan(p *process, address, typeName string, config cty.Value, prior *current, second bool) (*answerOfPlan, bool) {
	s := p.resources[typeName]
	resp := call(k, address, p.PlanResourceChange, &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, Config: encode(config, s.typ), PriorState: encode(prior.value, s.typ),
		ProposedNewState: encode(s.propose(prior.value, config), s.typ), PriorPrivate: prior.private,
		ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{}, PriorIdentity: identityData(prior.identity),
	})
	if resp == nil {
		return nil, false
	}
	failed := slices.ContainsFunc(resp.Diagnostics, func(d *tfprotov6.Diagnostic) bool {
		return d.Severity == tfprotov6.DiagnosticSeverityError
	})
	if !second || failed {
		k.report(address, resp.Diagnostics)
	}
	if failed || !k.undeferred(address, resp.Deferred) {
		return nil, false
	}
	out := &answerOfPlan{private: resp.PlannedPrivate, replace: resp.RequiresReplace}
	var ok bool
	if out.state, ok = k.answer(address, invalidPlan, resp.PlannedState, s.typ); !ok {
		return nil, false
	}
	if out.state == cty.NilVal {
		return nil, k.broken(address, invalidPlan, "The provider planned no state at all.")
	}
	if !k.noWriteOnly(address, invalidPlan, "during planning", s, out.state) ||
		!k.brokenAt(address, invalidPlan, "Provider planned an invalid value", s.planProblems(prior.value, config, out.state)) {
		return nil, false
	}
	out.identity, ok = k.identity(address, typeName, p, resp.PlannedIdentity)
	return out, ok
}

// demands are the paths for whose sake the object is to be replaced: those that the
// provider names and that do change. A write-only attribute's change cannot be seen.
func (k *walk) demands(address string, s *shape, prior cty.Value, answer *answerOfPlan) ([]cty.Path, bool) {
	if prior.IsNull() {
		return nil, true
	}
	var paths []cty.Path
	for _, from := range answer.replace {
		path := ctyPath(from)
		was, wasDiags := hcl.ApplyPath(prior, path, nil)
		is, isDiags := hcl.ApplyPath(answer.state, path, nil)
		switch {
		case wasDiags.HasErrors() && isDiags.HasErrors():
			return nil, k.broken(address, invalidPlan, "Provider has indicated \"requires replacement\" for a non-existent attribute path %s.", pathText(path))
		case wasDiags.HasErrors():
			was = cty.NullVal(is.Type())
		case isDiags.HasErrors():
			is = cty.NullVal(was.Type())
		}
		if equal := is.Equals(was); !equal.IsKnown() || equal.False() || s.isWriteOnly(path) {
			paths = append(paths, path)
		}
	}
	return paths, true
}

// isWriteOnly tells whether the path leads to a write-only attribute.
func (s *shape) isWriteOnly(path cty.Path) bool {
	for i, step := range path {
		name, ok := step.(cty.GetAttrStep)
		if !ok {
			continue
		}
		if n := s.blocks[name.Name]; n != nil {
			s = n.shape
			continue
		}
		a := s.attrs[name.Name]
		switch {
		case a == nil:
			return false
		case i == len(path)-1:
			return a.writeOnly
		case a.nested == nil:
			return false
		}
		s = a.nested.shape
	}
	return false
}

// ignoring is the configuration with the prior values of what lifecycle says to
// ignore.
func ignoring(b *block, prior, config cty.Value) cty.Value {
	if prior.IsNull() || len(b.ignored) == 0 {
		return config
	}
	values := config.AsValueMap()
	for _, name := range b.ignored {
		if _, ok := values[name]; ok {
			values[name] = prior.GetAttr(name)
		}
	}
	return cty.ObjectVal(values)
}

// planDelete asks for the plan of a destruction.
func (k *walk) planDelete(p *process, o *object, c *current) bool {
	s := p.resources[o.typeName]
	null := cty.NullVal(s.typ)
	out := &change{
		address: o.address, typeName: o.typeName, provider: o.provider, action: Delete,
		before: c.value, after: null, beforeIdentity: c.identity, identity: c.identity, private: c.private, deps: o.deps,
	}
	if b := k.cfg.resources[blockOf(o.address)]; b != nil && b.preventDestroy {
		return k.fail(o.address, "Instance cannot be destroyed", "Resource %s has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.", o.address)
	}
	if p.planDestroy {
		resp := call(k, o.address, p.PlanResourceChange, &tfprotov6.PlanResourceChangeRequest{
			TypeName: o.typeName, Config: encode(null, s.typ), PriorState: encode(c.value, s.typ), ProposedNewState: encode(null, s.typ),
			PriorPrivate: c.private, ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{}, PriorIdentity: identityData(c.identity),
		})
		if resp == nil || !k.report(o.address, resp.Diagnostics) || !k.undeferred(o.address, resp.Deferred) {
			return false
		}
		planned, ok := k.answer(o.address, invalidPlan, resp.PlannedState, s.typ)
		if !ok {
			return false
		}
		if planned != cty.NilVal && !planned.IsNull() {
			return k.broken(o.address, invalidPlan, "Provider planned a non-null destroy value.")
		}
		out.private = resp.PlannedPrivate
		if out.identity, ok = k.identity(o.address, o.typeName, p, resp.PlannedIdentity); !ok {
			return false
		}
	}
	k.plan(out)
	return true
}

func (k *walk) plan(c *change) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes[c.address] = c
}

// unchanged compares the plan of the apply with the one that was agreed to.
func (k *walk) unchanged(s *shape, was, is *change) bool {
	const final = "Provider produced inconsistent final plan"
	if was.action != is.action && (was.action != Update || is.action != NoOp) {
		return k.broken(was.address, final, "When expanding the plan to include new values learned so far during apply, the provider changed the planned action from %s to %s.", was.action, is.action)
	}
	return k.brokenAt(was.address, final,
		"When expanding the plan to include new values learned so far during apply, the provider produced an invalid new value", s.changed(was.after, is.after))
}

// applyChange is one call of ApplyResourceChange and what core makes of the answer.
// The config is null for a destruction. It returns what is there now, nil for
// nothing, whether or not there were errors.
func (k *walk) applyChange(p *process, c *change, action Action, config cty.Value, now *current) (*current, bool) {
	s := p.resources[c.typeName]
	before, after := c.before, c.after
	if action == Delete {
		after = cty.NullVal(s.typ)
	}
	if action == Create {
		before = cty.NullVal(s.typ)
	}
	resp := call(k, c.address, p.ApplyResourceChange, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: c.typeName, PriorState: encode(before, s.typ), PlannedState: encode(after, s.typ), Config: encode(config, s.typ),
		PlannedPrivate: c.private, PlannedIdentity: identityData(c.identity),
	})
	if resp == nil {
		return now, false
	}
	ok := k.report(c.address, resp.Diagnostics)
	v, fits := k.answer(c.address, "Provider produced invalid object", resp.NewState, s.typ)
	if !fits {
		return now, false
	}
	if v == cty.NilVal {
		if ok {
			ok = k.broken(c.address, "Provider produced invalid object", "Provider produced an invalid nil value after apply.")
		}
		v = before
		if action == Delete {
			v = after
		}
	}
	if !k.noWriteOnly(c.address, "Provider produced invalid object", "after apply", s, v) {
		return now, false
	}
	identity, fits := k.identity(c.address, c.typeName, p, resp.NewIdentity)
	ok = ok && fits
	v, ok = k.checkApplied(s, c, action, after, v, ok)
	if action != Delete && ok {
		was := cty.NullVal(cty.EmptyObject)
		if action == Update {
			was = c.beforeIdentity
		}
		ok = k.settled(c.address, c.typeName, p, was, identity)
	}
	switch {
	case v.IsNull() && !ok:
		return now, false
	case v.IsNull():
		return nil, ok
	case ok:
		return &current{value: v, identity: identity, private: resp.Private}, true
	}
	left := &current{value: v, identity: identity, private: resp.Private, tainted: action == Create}
	if now != nil {
		left.tainted = now.tainted
	}
	return left, false
}

// checkApplied holds a new state against what was planned. Breaches that follow
// from another error are not told.
func (k *walk) checkApplied(s *shape, c *change, action Action, after, v cty.Value, ok bool) (cty.Value, bool) {
	const result = "Provider returned invalid result object after apply"
	if !v.IsWhollyKnown() {
		for _, at := range unknownIn(v) {
			k.add(Diagnostic{
				Error: true, Broken: true, Summary: result, Address: c.address, Path: pathText(at),
				Detail: "After the apply operation, the provider still indicated an unknown value for " + c.address + "." + pathText(at) + ".",
			})
		}
		v, ok = cty.UnknownAsNull(v), false
	}
	if !ok {
		return v, false
	}
	switch {
	case action == Delete && !v.IsNull():
		return v, k.broken(c.address, result, "After applying a delete plan, the provider returned a non-null object.")
	case action == Delete:
		return v, true
	case !k.brokenAt(c.address, "Provider produced inconsistent result after apply", "The provider produced an unexpected new value", s.changed(after, v)):
		return v, false
	case v.IsNull():
		return v, k.broken(c.address, result, "After applying a %s plan, the provider returned a null object.", action)
	}
	return v, true
}

func unknownIn(v cty.Value) []cty.Path {
	var found []cty.Path
	_ = cty.Walk(v, func(at cty.Path, v cty.Value) (bool, error) {
		if !v.IsKnown() {
			found = append(found, at.Copy())
		}
		return true, nil
	})
	return found
}
