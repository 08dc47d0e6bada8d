package protocol

import "github.com/zclconf/go-cty/cty"

// propose is the state that core proposes to the provider: what is configured,
// and where nothing is and the provider decides, what was there before. The prior
// value is null for a create and wholly unknown for a data source that cannot be
// read yet.
func (s *shape) propose(prior, config cty.Value) cty.Value {
	switch {
	case config.IsNull() && prior.IsNull():
		return prior
	case config.IsNull(), !config.IsKnown():
		if prior.IsNull() {
			return s.empty()
		}
		return prior
	case prior.IsNull():
		prior = s.empty()
	}
	values := s.proposeAttrs(prior, config)
	for name, n := range s.blocks {
		values[name] = n.proposeBlock(prior.GetAttr(name), config.GetAttr(name))
	}
	return cty.ObjectVal(values)
}

func (s *shape) proposeAttrs(prior, config cty.Value) map[string]cty.Value {
	values := map[string]cty.Value{}
	for name, a := range s.attrs {
		was, is := attr(prior, name), config.GetAttr(name)
		switch {
		case a.computed && is.IsNull() && !a.wasConfigured(was):
			values[name] = was
		case a.nested != nil && is.IsKnown() && !is.IsNull():
			values[name] = a.nested.proposeElements(was, is, func(s *shape, was, is cty.Value) cty.Value {
				if is.IsNull() {
					return is
				}
				return cty.ObjectVal(s.proposeAttrs(was, is))
			})
		default:
			values[name] = is
		}
	}
	return values
}

func (n *nested) proposeBlock(prior, config cty.Value) cty.Value {
	if !config.IsKnown() || n.nesting != group && config.IsNull() {
		return config
	}
	return n.proposeElements(prior, config, (*shape).propose)
}

// proposeElements pairs the configured objects with those that were there before.
func (n *nested) proposeElements(prior, config cty.Value, one func(s *shape, prior, config cty.Value) cty.Value) cty.Value {
	switch {
	case n.nesting == single || n.nesting == group:
		return one(n.shape, prior, config)
	case config.LengthInt() == 0:
		return config
	case n.nesting == set:
		return n.proposeSet(prior, config, one)
	}
	var inOrder []cty.Value
	byKey := map[string]cty.Value{}
	for key, is := range elements(config) {
		var was cty.Value
		switch {
		case !prior.IsKnown():
			was = cty.UnknownVal(n.shape.typ)
		case !prior.IsNull() && prior.HasIndex(key).True():
			was = prior.Index(key)
		case n.nesting == list:
			inOrder = append(inOrder, is)
			continue
		default:
			was = cty.NullVal(n.shape.typ)
		}
		if n.nesting == list {
			inOrder = append(inOrder, one(n.shape, was, is))
		} else {
			byKey[key.AsString()] = one(n.shape, was, is)
		}
	}
	if n.nesting == list {
		return cty.ListVal(inOrder)
	}
	return cty.MapVal(byKey)
}

func (n *nested) proposeSet(prior, config cty.Value, one func(s *shape, prior, config cty.Value) cty.Value) cty.Value {
	var before []cty.Value
	for _, was := range elements(prior) {
		before = append(before, was)
	}
	var out []cty.Value
	for _, is := range elements(config) {
		was := cty.NullVal(n.shape.typ)
		for i, candidate := range before {
			if candidate != cty.NilVal && n.cameFrom(candidate, is) {
				was, before[i] = candidate, cty.NilVal
				break
			}
		}
		out = append(out, one(n.shape, was, is))
	}
	return cty.SetVal(out)
}

// wasConfigured tells whether a value in the state must have come from a
// configuration, because something is set in it that a provider cannot compute.
func (a *attribute) wasConfigured(v cty.Value) bool {
	return a.optional && a.nested != nil && a.nested.holdsConfigured(v)
}

func (n *nested) holdsConfigured(v cty.Value) bool {
	if n.nesting == single {
		if v.IsNull() || !v.IsKnown() {
			return false
		}
		for name, a := range n.attrs {
			inner := v.GetAttr(name)
			if !inner.IsNull() && (!a.computed || a.nested != nil && a.nested.holdsConfigured(inner)) {
				return true
			}
		}
		return false
	}
	objects := &nested{shape: n.shape}
	for _, inner := range elements(v) {
		if objects.holdsConfigured(inner) {
			return true
		}
	}
	return false
}

// cameFrom tells whether an object in the state can have come from the configured
// one: they differ at most where the provider computes and nothing is configured.
func (s *shape) cameFrom(state, config cty.Value) bool {
	if same(state, config) {
		return true
	}
	if state.IsNull() || config.IsNull() || !config.IsKnown() {
		return false
	}
	for name, a := range s.attrs {
		was, is := state.GetAttr(name), config.GetAttr(name)
		switch {
		case same(was, is), a.computed && is.IsNull():
		case a.nested == nil || !a.nested.allCameFrom(was, is):
			return false
		}
	}
	for name, n := range s.blocks {
		if !n.allCameFrom(state.GetAttr(name), config.GetAttr(name)) {
			return false
		}
	}
	return true
}

func (n *nested) allCameFrom(state, config cty.Value) bool {
	switch {
	case same(state, config):
		return true
	case n.nesting == single || n.nesting == group:
		return n.cameFrom(state, config)
	case n.nesting == set, state.IsNull(), config.IsNull(), !config.IsKnown(), state.LengthInt() != config.LengthInt():
		return false
	}
	for key, was := range elements(state) {
		if !config.HasIndex(key).True() || !n.cameFrom(was, config.Index(key)) {
			return false
		}
	}
	return true
}

// attr is an attribute of an object that may be null or unknown.
func attr(v cty.Value, name string) cty.Value {
	if v.IsNull() {
		return cty.NullVal(v.Type().AttributeType(name))
	}
	return v.GetAttr(name)
}

// same tells whether the values are equal, unknown ones included, whatever is
// known about those.
func same(a, b cty.Value) bool { return unrefined(a).RawEquals(unrefined(b)) }

func unrefined(v cty.Value) cty.Value {
	if v.IsWhollyKnown() {
		return v
	}
	out, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if !v.IsKnown() {
			return cty.UnknownVal(v.Type()), nil
		}
		return v, nil
	})
	if err != nil {
		panic(err) // the function above returns none
	}
	return out
}
