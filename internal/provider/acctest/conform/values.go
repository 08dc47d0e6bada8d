package conform

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/protocol"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// refusedAt tells whether an error at the path, or at a part of it, says the text.
func (r *run) refusedAt(diags protocol.Diagnostics, path, says string) bool {
	for _, d := range diags.Errors().Say(says) {
		if path == "-" || d.Path == path || strings.HasPrefix(d.Path, path+"[") || strings.HasPrefix(d.Path, path+".") {
			return true
		}
	}
	return false
}

// wrongs configures what is wrong. It must be refused before anything is done.
func wrongs(m *matrix) []story {
	all := slices.Clone(m.Wrong)
	for _, l := range m.configured() {
		if strings.HasPrefix(l.path, "timeouts.") {
			all = append(all, Wrong{Path: l.path, To: `"soon"`, Says: "soon"})
		}
	}
	var out []story
	for _, w := range all {
		out = append(out, story{fmt.Sprintf("%s %s", w.Path, strings.Join(strings.Fields(w.To), " ")), func(r *run) { r.refuses(&w) }})
	}
	return out
}

func (r *run) refuses(w *Wrong) {
	from := body(w.From)
	if w.From == "" {
		from = having(w.Path, r.sparse())
	}
	at := w.At
	if at == "" {
		at = w.Path
	}
	_, diags := r.w.TryPlan(r.config(r.edit(from, w.Path, w.To, w.Also)))
	r.unbroken(diags)
	if !r.refusedAt(diags, at, w.Says) {
		r.Errorf("no error at %q says %q, but:\n%s", at, w.Says, diags)
	}
	r.env.NoWrites(r.TB)
	// The message is for the one who made the mistake: the value can be put right.
	r.sound("with the right value", r.w.TryValidate(r.config(from)))
}

// unknowns makes each attribute, the first element of each collection and each block
// unknown in turn, when the object is created and when it exists.
func unknowns(m *matrix) []story {
	var out []story
	add := func(name string, known, unknown body) {
		out = append(out, story{name, func(r *run) { r.unknown(known, unknown) }})
	}
	for _, l := range m.configured() {
		b := having(l.path, m.bodies())
		expr, ok := b.get(l.path)
		if !ok {
			continue // complete says so
		}
		add(l.path, b, b.withAttribute(l.path, later(expr)))
		if one, ok := laterElement(expr); ok {
			add(l.path+" element", b, b.withAttribute(l.path, one))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.blocks)) {
		if b := having(name, m.bodies()); b.has(name) && !strings.Contains(name, ".") {
			add(name+" block", b, b.withDynamic(name))
		}
	}
	return out
}

func (r *run) unknown(known, unknown body) {
	config := r.config(unknown)
	r.w.Unknown("later")
	// Core compares the plan with what is applied: a consequence that was planned as
	// known, and turned out otherwise, fails there.
	r.w.Plan(config).Creates(r.it()).Apply()
	r.w.Known("later")
	r.settled(config, 1)

	// The object exists, and the value is the same in the end.
	r.w.Unknown("later")
	plan, diags := r.w.TryPlan(config)
	r.sound("a plan with an unknown value for what exists", diags)
	if plan != nil {
		r.sound("its apply", plan.TryApply())
	}
	r.w.Known("later")
	r.settled(config, 1)
	r.settled(r.config(known), 1)
	r.end()
}

// rules are those of the resource over several attributes.
func (m *matrix) rules() validators.Rules {
	var all validators.Rules
	if r, ok := m.resource.(resource.ResourceWithConfigValidators); ok {
		for _, v := range r.ConfigValidators(context.Background()) {
			if some, ok := v.(validators.Rules); ok {
				all = append(all, some...)
			}
		}
	}
	return all
}

// allPairs are the pairs that are checked against each other.
func (m *matrix) allPairs() [][2]string {
	all := slices.Clone(m.Pairs)
	add := func(name, other string) {
		if other != name && !slices.Contains(all, [2]string{name, other}) && !slices.Contains(all, [2]string{other, name}) {
			all = append(all, [2]string{name, other})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.leaves)) {
		for _, other := range m.leaves[name].pairs {
			add(name, other)
		}
	}
	for _, rule := range m.rules() {
		for i, one := range rule.When {
			for _, other := range rule.When[i+1:] {
				add(one.Attribute, other.Attribute)
			}
		}
	}
	return all
}

// pairs plans each pair with each side unknown, absent and known. Where something is
// unknown, nothing can be wrong yet.
func pairs(m *matrix) []story {
	var out []story
	for _, pair := range m.allPairs() {
		out = append(out, story{strings.Join(pair[:], " and "), func(r *run) { r.pair(pair) }})
	}
	return out
}

func (r *run) pair(pair [2]string) {
	type side struct {
		name string
		set  func(b body, path string) body
	}
	sides := []side{
		{"unknown", r.unknownSide},
		{"absent", func(b body, path string) body { return b.without(path) }},
		{"known", func(b body, _ string) body { return b }},
	}
	var bases []body
	for _, base := range r.sparse() {
		bases = append(bases, r.withSide(r.withSide(base, pair[0]), pair[1]))
	}
	r.w.Unknown("later")
	for _, a := range sides {
		for _, b := range sides {
			if a.name != "unknown" && b.name != "unknown" || r.needed(pair[0]) && a.name == "absent" || r.needed(pair[1]) && b.name == "absent" {
				continue
			}
			// What is wrong for another reason in one configuration is right in another.
			var first protocol.Diagnostics
			if !slices.ContainsFunc(bases, func(base body) bool {
				_, diags := r.w.TryPlan(r.config(b.set(a.set(base, pair[0]), pair[1])))
				r.unbroken(diags)
				if first == nil {
					first = diags.Errors()
				}
				return len(diags.Errors()) == 0
			}) {
				r.Errorf("%s is %s, %s is %s:\n%s", pair[0], a.name, pair[1], b.name, first)
			}
		}
	}
	r.env.NoWrites(r.TB)
}

func (r *run) needed(path string) bool { return r.leaves[path] != nil && r.leaves[path].required }

// withSide gives the body what one of the others has at the path.
func (r *run) withSide(b body, path string) body {
	if b.has(path) {
		return b
	}
	text, ok := having(path, r.bodies()).get(path)
	if !ok {
		r.Fatalf("none of the configurations has %q", path)
	}
	return r.set(b, path, text)
}

func (r *run) unknownSide(b body, path string) body {
	if r.blocks[path] {
		return b.withDynamic(path)
	}
	expr, _ := b.get(path)
	return b.withAttribute(path, later(expr))
}
