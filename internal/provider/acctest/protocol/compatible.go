package protocol

import "github.com/zclconf/go-cty/cty"

// changed are the breaches of what core demands of a value that was announced:
// what was known stays as it was, and only what was unknown may become anything
// that it was said to become.
func (s *shape) changed(announced, actual cty.Value) []problem {
	var found problems
	found.object(s, announced, actual, nil)
	return found
}

func (p *problems) object(s *shape, announced, actual cty.Value, at cty.Path) {
	root := ""
	if len(at) == 0 {
		root = "root object "
	}
	switch {
	case announced.IsNull() && !actual.IsNull():
		p.add(at, "%swas absent, but now present", root)
		return
	case actual.IsNull() && !announced.IsNull():
		p.add(at, "%swas present, but now absent", root)
		return
	case announced.IsNull():
		return
	}
	for name, a := range s.attrs {
		here := at.Copy().GetAttr(name)
		var inner problems
		inner.value(announced.GetAttr(name), actual.GetAttr(name), here)
		if len(inner) > 0 && a.sensitive {
			p.add(here, "inconsistent values for sensitive attribute")
			continue
		}
		*p = append(*p, inner...)
	}
	for name, n := range s.blocks {
		p.block(n, announced.GetAttr(name), actual.GetAttr(name), at.Copy().GetAttr(name))
	}
}

func (p *problems) block(n *nested, announced, actual cty.Value, at cty.Path) {
	if n.nesting == single || n.nesting == group {
		if announced.IsKnown() || !actual.IsNull() {
			p.object(n.shape, announced, actual, at)
		}
		return
	}
	if !announced.IsKnown() || !actual.IsKnown() || announced.IsNull() || actual.IsNull() {
		return
	}
	before, after := announced.LengthInt(), actual.LengthInt()
	if n.nesting == set {
		p.pairs(announced, actual, at, func(inner *problems, a, b cty.Value) { inner.object(n.shape, a, b, at) })
		if before < after {
			p.add(at, "block set length changed from %d to %d", before, after)
		}
		return
	}
	if before != after {
		p.add(at, "block count changed from %d to %d", before, after)
		return
	}
	for key, was := range elements(announced) {
		if !actual.HasIndex(key).True() {
			p.add(at, "block key %s has vanished", keyText(key))
			continue
		}
		p.object(n.shape, was, actual.Index(key), at.Copy().Index(key))
	}
}

func (p *problems) value(announced, actual cty.Value, at cty.Path) {
	t := announced.Type()
	switch {
	case t == cty.DynamicPseudoType:
	case len(actual.Type().TestConformance(t)) > 0:
		p.add(at, "wrong final value type: %s, want %s", actual.Type().FriendlyName(), t.FriendlyName())
	case !announced.IsKnown():
		if fits := announced.Range().Includes(actual); fits.IsKnown() && fits.False() {
			p.add(at, "final value %#v does not conform to planning placeholder %#v", actual, announced)
		}
	case actual.IsNull() && announced.IsNull():
	case actual.IsNull():
		p.add(at, "was %#v, but now null", announced)
	case announced.IsNull():
		p.add(at, "was null, but now %#v", actual)
	case !actual.IsKnown():
		p.add(at, "was known, but now unknown")
	case t.IsPrimitiveType():
		if !actual.Equals(announced).True() {
			p.add(at, "was %#v, but now %#v", announced, actual)
		}
	case t.IsObjectType():
		for name := range t.AttributeTypes() {
			p.value(announced.GetAttr(name), actual.GetAttr(name), at.Copy().GetAttr(name))
		}
	case t.IsSetType():
		p.pairs(announced, actual, at, func(inner *problems, a, b cty.Value) { inner.value(a, b, at) })
		if before, after := announced.LengthInt(), actual.LengthInt(); before < after {
			p.add(at, "length changed from %d to %d", before, after)
		}
	default:
		p.collection(announced, actual, at)
	}
}

func (p *problems) collection(announced, actual cty.Value, at cty.Path) {
	for key, was := range elements(announced) {
		if !actual.HasIndex(key).True() {
			p.add(at, "element %s has vanished", keyText(key))
			continue
		}
		p.value(was, actual.Index(key), at.Copy().Index(key))
	}
	for key := range elements(actual) {
		if !announced.HasIndex(key).True() {
			p.add(at, "new element %s has appeared", keyText(key))
		}
	}
}

// pairs checks that each element of two sets has at least one counterpart.
func (p *problems) pairs(announced, actual cty.Value, at cty.Path, compare func(inner *problems, announced, actual cty.Value)) {
	fits := func(a, b cty.Value) bool {
		var inner problems
		compare(&inner, a, b)
		return len(inner) == 0
	}
	before, after := announced.AsValueSlice(), actual.AsValueSlice()
	for _, a := range before {
		if !anyOf(after, func(b cty.Value) bool { return fits(a, b) }) {
			p.add(at, "planned set element %#v does not correlate with any element in actual", a)
		}
	}
	for _, b := range after {
		if !anyOf(before, func(a cty.Value) bool { return fits(a, b) }) {
			p.add(at, "actual set element %#v does not correlate with any element in plan", b)
		}
	}
}

func anyOf(values []cty.Value, ok func(cty.Value) bool) bool {
	for _, v := range values {
		if ok(v) {
			return true
		}
	}
	return false
}
