package protocol

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
)

// problem is one breach of a rule, at a place in an object.
type problem struct {
	at   cty.Path
	text string
}

func (p problem) String() string {
	if len(p.at) == 0 {
		return p.text
	}
	return pathText(p.at) + ": " + p.text
}

// problems collects breaches while it walks through two or three objects.
type problems []problem

func (p *problems) add(at cty.Path, format string, args ...any) {
	*p = append(*p, problem{at: at.Copy(), text: fmt.Sprintf(format, args...)})
}

// planProblems are the breaches of what core demands of a planned state: what is
// configured stands in it, and what is not configured is null unless the provider
// may compute it.
func (s *shape) planProblems(prior, config, planned cty.Value) []problem {
	var found problems
	found.planned(s, prior, config, planned, nil)
	return found
}

func (p *problems) planned(s *shape, prior, config, planned cty.Value, at cty.Path) {
	switch {
	case planned.IsNull() && !config.IsNull():
		p.add(at, "planned for absence but config wants existence")
		return
	case config.IsNull() && !planned.IsNull():
		p.add(at, "planned for existence but config wants absence")
		return
	case planned.IsNull():
		return
	}
	p.plannedAttrs(s, prior, config, planned, at)
	for name, n := range s.blocks {
		p.plannedBlock(n, attr(prior, name), config.GetAttr(name), planned.GetAttr(name), at.Copy().GetAttr(name))
	}
}

func (p *problems) plannedAttrs(s *shape, prior, config, planned cty.Value, at cty.Path) {
	for name, a := range s.attrs {
		p.plannedAttr(a, attr(prior, name), attr(config, name), attr(planned, name), at.Copy().GetAttr(name))
	}
}

func (p *problems) plannedAttr(a *attribute, prior, config, planned cty.Value, at cty.Path) {
	switch {
	case same(planned, config), same(planned, prior) && !prior.IsNull() && !config.IsNull():
	case a.writeOnly:
		if !planned.IsNull() {
			p.add(at, "planned value for write-only attribute is not null")
		}
	case a.computed && (!a.optional || config.IsNull()):
	case config.IsNull() && a.sensitive:
		p.add(at, "sensitive planned value for a non-computed attribute")
	case config.IsNull():
		p.add(at, "planned value %#v for a non-computed attribute", planned)
	case a.nested != nil:
		p.plannedNested(a.nested, prior, config, planned, at)
	case a.sensitive:
		p.add(at, "sensitive planned value does not match config value")
	case prior.IsNull():
		p.add(at, "planned value %#v does not match config value %#v", planned, config)
	default:
		p.add(at, "planned value %#v does not match config value %#v nor prior value %#v", planned, config, prior)
	}
}

func (p *problems) plannedNested(n *nested, prior, config, planned cty.Value, at cty.Path) {
	switch {
	case planned.IsNull():
		p.add(at, "planned for absence but config wants existence")
	case !planned.IsKnown():
		p.add(at, "planned unknown for configured value")
	case n.nesting == single:
		p.plannedAttrs(n.shape, prior, config, planned, at)
	case !config.IsKnown():
		// How many there will be is not known yet.
	case n.nesting == set:
		if planned.LengthInt() > config.LengthInt() {
			p.add(at, "count in plan (%d) disagrees with count in config (%d)", planned.LengthInt(), config.LengthInt())
		}
	default:
		p.eachPlanned(n, "count", prior, config, planned, at, p.plannedAttrs)
	}
}

// eachPlanned compares the elements of a list or a map, which must have the keys
// that are configured.
func (p *problems) eachPlanned(n *nested, count string, prior, config, planned cty.Value, at cty.Path,
	compare func(s *shape, prior, config, planned cty.Value, at cty.Path),
) {
	if planned.LengthInt() != config.LengthInt() {
		p.add(at, "%s in plan (%d) disagrees with count in config (%d)", count, planned.LengthInt(), config.LengthInt())
		return
	}
	for key, is := range elements(planned) {
		here := at.Copy().Index(key)
		if !config.HasIndex(key).True() {
			p.add(here, "key from plan is not present in config")
			continue
		}
		was := cty.NullVal(n.shape.typ)
		if !prior.IsNull() && prior.IsKnown() && prior.HasIndex(key).True() {
			was = prior.Index(key)
		}
		compare(n.shape, was, config.Index(key), is, here)
	}
}

func (p *problems) plannedBlock(n *nested, prior, config, planned cty.Value, at cty.Path) {
	switch {
	case n.nesting != single && planned.IsNull():
		p.add(at, "attribute representing a %s of nested blocks must be empty to indicate no blocks, not null", n.nesting)
	case planned.RawEquals(config):
	case !config.IsKnown():
		p.add(at, "planned value %#v for unknown dynamic block", planned)
	case !planned.IsKnown():
		p.add(at, "planned unknown value for non-computed block")
	case n.nesting == single, n.nesting == group:
		p.planned(n.shape, prior, config, planned, at)
	case n.nesting == set:
		for key, is := range elements(planned) {
			if !is.IsKnown() {
				p.add(at.Copy().Index(key), "element representing nested block must not be unknown itself; set nested attribute values to unknown instead")
			}
		}
	default:
		p.eachPlanned(n, "block count", prior, config, planned, at, func(s *shape, prior, config, planned cty.Value, at cty.Path) {
			if !planned.IsKnown() {
				p.add(at, "element representing nested block must not be unknown itself; set nested attribute values to unknown instead")
				return
			}
			p.planned(s, prior, config, planned, at)
		})
	}
}
