package protocol

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
)

// mode is what a plan is for.
type mode int

const (
	normal mode = iota
	refreshOnly
)

// validate is the walk that knows no variable and no object.
func (k *walk) validate() {
	whole := func(b *block, s *shape, of func(b *block, config cty.Value) bool) bool {
		extra := map[string]cty.Value{}
		switch {
		case b.count != nil:
			extra["count"] = cty.ObjectVal(map[string]cty.Value{"index": cty.UnknownVal(cty.Number)})
		case b.forEach != nil:
			extra["each"] = cty.ObjectVal(map[string]cty.Value{"key": cty.UnknownVal(cty.String), "value": cty.DynamicVal})
		}
		v := cty.UnknownVal(s.typ)
		if b.count != nil || b.forEach != nil {
			v = cty.DynamicVal
		}
		k.scope.set(b.address, v)
		config, ok := k.decode(b.address, b.body, s, extra)
		return ok && of(b, config)
	}
	g := k.base(k.used(k.cfg.resources, k.cfg.data))
	k.blocks(g,
		func(b *block, s *shape) bool {
			return whole(b, s, func(b *block, config cty.Value) bool {
				return k.server(b.provider).validateResource(k, b.address, b.typeName, config)
			})
		},
		func(b *block, s *shape) bool {
			return whole(b, s, func(b *block, config cty.Value) bool {
				return k.server(b.provider).validateData(k, b.address, b.typeName, config)
			})
		})
	k.run(g)
}

// planAll reads what there is and plans what is to be done.
func (k *walk) planAll(mode mode) {
	g := k.base(k.used(k.cfg.resources, k.cfg.data))
	k.blocks(g,
		func(b *block, s *shape) bool { return k.planBlock(b, s, mode) },
		func(b *block, s *shape) bool { return k.planData(b, s, mode) })
	for address, o := range k.state.objects {
		block := blockOf(address)
		if k.cfg.resources[block] != nil || k.movedFrom(address) {
			continue
		}
		// Nothing in the configuration: refreshed, and destroyed.
		n := g["orphans of "+block]
		if n == nil {
			n = &node{deps: []string{"provider." + o.provider}}
			orphans := k.state.of(block)
			n.run = func() bool { return k.planOrphans(orphans, mode) }
			g["orphans of "+block] = n
		}
	}
	k.run(g)
}

func (k *walk) planOrphans(orphans []*object, mode mode) bool {
	return k.sideBySide(len(orphans), func(i int) bool {
		o := orphans[i]
		p := k.server(o.provider)
		c, ok := k.load(p, o)
		if !ok {
			return false
		}
		if c, ok = k.refresh(p, o.address, o.typeName, c); !ok {
			return false
		}
		k.keep(p, o.address, o.typeName, c, o.deps)
		if c == nil || mode == refreshOnly {
			return true
		}
		return k.planDelete(p, o, c)
	})
}

func (k *walk) planBlock(b *block, s *shape, mode mode) bool {
	instances, ok := k.expand(b)
	if !ok {
		return false
	}
	k.mu.Lock()
	left := slices.DeleteFunc(k.state.of(b.address), func(o *object) bool {
		return slices.ContainsFunc(instances, func(i instance) bool { return b.address+i.key == o.address })
	})
	k.mu.Unlock()
	values := make([]cty.Value, len(instances))
	done := k.sideBySide(len(instances), func(i int) bool {
		var ok bool
		values[i], ok = k.planInstance(b, s, instances[i], mode)
		return ok
	})
	if !k.planOrphans(left, mode) || !done {
		return false
	}
	k.scope.set(b.address, assemble(b, instances, values))
	return true
}

func (k *walk) planInstance(b *block, s *shape, inst instance, mode mode) (cty.Value, bool) {
	address, p := b.address+inst.key, k.server(b.provider)
	c, arrives, ok := k.prior(p, b, address)
	if !ok {
		return cty.NilVal, false
	}
	// Until the apply the stored dependencies hold as well as the written ones.
	deps := slices.Clone(b.resources)
	if o := k.stored(address); o != nil {
		for _, dep := range o.deps {
			if !slices.Contains(deps, dep) {
				deps = append(deps, dep)
			}
		}
	}
	k.keep(p, address, b.typeName, c, deps)
	if mode == refreshOnly {
		if c == nil {
			return cty.UnknownVal(s.typ), true
		}
		return c.value, true
	}
	config, ok := k.decode(address, b.body, s, inst.extra)
	if !ok {
		return cty.NilVal, false
	}
	planned, ok := k.planChange(p, b, address, config, c, nil)
	if !ok {
		return cty.NilVal, false
	}
	planned.arrives = arrives && c != nil
	k.plan(planned)
	return planned.after, true
}

// prior is the object as it is now: nil when there is none. It arrives when it was not
// at this address before.
func (k *walk) prior(p *process, b *block, address string) (c *current, arrives, ok bool) {
	if from := k.source(address); from != nil {
		c, ok = k.moveHere(p, b, address, from)
		if !ok {
			return nil, false, false
		}
		c, ok = k.refresh(p, address, b.typeName, c)
		return c, true, ok
	}
	if o := k.stored(address); o != nil {
		c, ok = k.load(p, o)
		if !ok {
			return nil, false, false
		}
		c, ok = k.refresh(p, address, b.typeName, c)
		return c, false, ok
	}
	for _, i := range k.cfg.imports {
		if i.to != address {
			continue
		}
		expr := i.id
		if expr == nil {
			expr = i.identity
		}
		target, ok := k.eval(address, expr)
		if !ok {
			return nil, false, false
		}
		c, ok = k.importObject(p, address, b.typeName, target)
		return c, true, ok
	}
	return nil, false, true
}

// refresh reads an object. Nil is one that is gone.
func (k *walk) refresh(p *process, address, typeName string, c *current) (*current, bool) {
	const invalid = "Provider produced invalid object"
	s := p.resources[typeName]
	resp := call(k, address, p.ReadResource, &tfprotov6.ReadResourceRequest{
		TypeName: typeName, CurrentState: encode(c.value, s.typ), Private: c.private,
		ClientCapabilities: &tfprotov6.ReadResourceClientCapabilities{}, CurrentIdentity: identityData(c.identity),
	})
	if resp == nil || !k.report(address, resp.Diagnostics) || !k.undeferred(address, resp.Deferred) {
		return nil, false
	}
	v, ok := k.answer(address, invalid, resp.NewState, s.typ)
	switch {
	case !ok:
		return nil, false
	case v == cty.NilVal:
		return nil, k.broken(address, invalid, "Provider returned no state during refresh.")
	case v.IsNull():
		return nil, true
	}
	if unknown := unknownIn(v); len(unknown) > 0 {
		return nil, k.broken(address, invalid, "The returned state contains unknown values during refresh: %s.", pathText(unknown[0]))
	}
	identity, ok := k.identity(address, typeName, p, resp.NewIdentity)
	if !ok || !k.noWriteOnly(address, invalid, "during refresh", s, v) || !k.settled(address, typeName, p, c.identity, identity) {
		return nil, false
	}
	return &current{value: v, identity: identity, private: resp.Private, tainted: c.tainted}, true
}

// importObject asks for an object by its id or by its identity, and reads it.
func (k *walk) importObject(p *process, address, typeName string, target cty.Value) (*current, bool) {
	req := &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ClientCapabilities: &tfprotov6.ImportResourceStateClientCapabilities{}}
	byIdentity := target.Type().IsObjectType()
	if byIdentity {
		ids := p.identities[typeName]
		if ids == nil {
			return nil, k.fail(address, "Resource has no identity schema", "%s cannot be imported by identity.", typeName)
		}
		identity, err := ids.fill(target)
		if err != nil {
			return nil, k.fail(address, "Invalid import identity", "%v", err)
		}
		req.Identity = identityData(identity)
	} else {
		req.ID = target.AsString()
	}
	resp := call(k, address, p.ImportResourceState, req)
	if resp == nil || !k.report(address, resp.Diagnostics) || !k.undeferred(address, resp.Deferred) {
		return nil, false
	}
	if len(resp.ImportedResources) != 1 || resp.ImportedResources[0].TypeName != typeName {
		return nil, k.broken(address, "Import returned no resources", "The provider returned %d objects, want one of type %s.", len(resp.ImportedResources), typeName)
	}
	from := resp.ImportedResources[0]
	s := p.resources[typeName]
	v, ok := k.answer(address, "Provider produced invalid object", from.State, s.typ)
	if !ok || !k.noWriteOnly(address, "Import returned a non-null value for a write-only attribute", "during import", s, v) {
		return nil, false
	}
	if v == cty.NilVal || v.IsNull() {
		return nil, k.broken(address, "Import returned null resource", "The provider returned an instance with no state.")
	}
	identity, ok := k.identity(address, typeName, p, from.Identity)
	if !ok {
		return nil, false
	}
	if byIdentity && identity.IsNull() {
		return nil, k.broken(address, "Import returned no identity", "The import by identity returned none.")
	}
	c, ok := k.refresh(p, address, typeName, &current{value: v, identity: identity, private: from.Private})
	if ok && c == nil {
		return nil, k.fail(address, "Cannot import non-existent remote object",
			"While attempting to import an existing object to %q, the provider detected that no object exists with the given id.", address)
	}
	return c, ok
}

// planData reads a data source, or says that it will be read during the apply.
func (k *walk) planData(b *block, s *shape, mode mode) bool {
	instances, ok := k.expand(b)
	if !ok {
		return false
	}
	p, values := k.server(b.provider), make([]cty.Value, len(instances))
	waits := slices.ContainsFunc(b.dependsOn, func(dep string) bool { return k.pending(dep) })
	if !k.sideBySide(len(instances), func(i int) bool {
		address := b.address + instances[i].key
		config, ok := k.decode(address, b.body, s, instances[i].extra)
		if !ok {
			return false
		}
		if !waits && config.IsWhollyKnown() {
			if values[i], ok = p.readData(k, address, b.typeName, config); ok {
				k.keepData(address, values[i])
			}
			return ok
		}
		values[i] = s.propose(cty.UnknownVal(s.typ), config)
		if mode == normal {
			k.plan(&change{address: address, typeName: b.typeName, provider: b.provider, action: Read, before: cty.NullVal(s.typ), after: values[i]})
		}
		return true
	}) {
		return false
	}
	k.scope.set(b.address, assemble(b, instances, values))
	return true
}

// pending tells whether something is planned for the objects of a block.
func (k *walk) pending(address string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for at, c := range k.changes {
		if blockOf(at) == address && c.action != NoOp && c.action != Read {
			return true
		}
	}
	return false
}

func (k *walk) keepData(address string, v cty.Value) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state.data[address] = v
}
