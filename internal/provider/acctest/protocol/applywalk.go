package protocol

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// applyAll does what is planned: destructions from the outside inwards, creates and
// updates from the inside outwards.
func (k *walk) applyAll() {
	g := k.base(k.used(k.cfg.resources, k.cfg.data))
	k.blocks(g, k.applyBlock, k.applyData)
	for address, c := range k.changes {
		if c.action == Delete || c.action == Replace {
			g["destroy "+address] = &node{deps: k.destroyDeps(c), run: func() bool { return k.destroy(c) }}
		}
	}
	for address, n := range g {
		if k.cfg.resources[address] != nil {
			n.deps = append(n.deps, k.destroyedBefore(address)...)
		}
	}
	k.run(g)
}

// destroyAll does nothing but destroy.
func (k *walk) destroyAll() {
	g := k.ending()
	for address, c := range k.changes {
		g["destroy "+address] = &node{deps: k.destroyDeps(c), run: func() bool { return k.destroy(c) }}
	}
	k.run(g)
}

// ending is the graph of a walk that only destroys. Whatever provider blocks refer to
// is known from the refresh.
func (k *walk) ending() graph {
	g := k.base(k.used())
	for key := range k.scope.values {
		g[key] = &node{run: func() bool { return true }}
	}
	return g.providers()
}

// destroyDeps are what has to be done before an object is destroyed: the
// destruction of all that depends on it, and when its successor is created first,
// that one and all that depend on it.
func (k *walk) destroyDeps(c *change) []string {
	block, keys := blockOf(c.address), []string{"provider." + c.provider}
	for address, other := range k.changes {
		if other.action != Delete && other.action != Replace || address == c.address {
			continue
		}
		if o := k.state.objects[address]; o != nil && slices.Contains(o.deps, block) {
			keys = append(keys, "destroy "+address)
		}
	}
	if c.action == Replace && c.createFirst {
		keys = append(keys, block)
		for address, b := range k.cfg.resources {
			if slices.Contains(b.resources, block) {
				keys = append(keys, address)
			}
		}
	}
	return keys
}

// destroyedBefore are the destructions that a block waits for: of its own objects,
// and of those that its objects depended on.
func (k *walk) destroyedBefore(block string) []string {
	var keys []string
	var before []string
	for _, o := range k.state.of(block) {
		before = append(before, o.deps...)
	}
	for address, c := range k.changes {
		gone := c.action == Delete || c.action == Replace && !c.createFirst
		if gone && (blockOf(address) == block || slices.Contains(before, blockOf(address))) {
			keys = append(keys, "destroy "+address)
		}
	}
	return keys
}

func (k *walk) destroy(c *change) bool {
	k.slots <- struct{}{}
	defer func() { <-k.slots }()
	p := k.server(c.provider)
	o := k.stored(c.address)
	if o == nil && !c.createFirst {
		return true
	}
	now := &current{value: c.before, identity: c.beforeIdentity}
	if o != nil && !c.createFirst {
		now.private, now.tainted = o.private, o.tainted
	}
	left, ok := k.applyChange(p, c, Delete, cty.NullVal(p.resources[c.typeName].typ), now)
	switch {
	case c.action == Replace && c.createFirst && left != nil:
		// The successor has the address. A CLI keeps what is left beside it.
		return k.fail(c.address, "The predecessor is left behind", "This harness keeps no deposed objects.")
	case c.action == Replace && c.createFirst:
		return ok
	}
	k.keep(p, c.address, c.typeName, left, c.deps)
	return ok
}

func (k *walk) applyBlock(b *block, s *shape) bool {
	instances, ok := k.expand(b)
	if !ok {
		return false
	}
	values := make([]cty.Value, len(instances))
	if !k.sideBySide(len(instances), func(i int) bool {
		var ok bool
		values[i], ok = k.applyInstance(b, s, instances[i])
		return ok
	}) {
		return false
	}
	k.scope.set(b.address, assemble(b, instances, values))
	return true
}

func (k *walk) applyInstance(b *block, s *shape, inst instance) (cty.Value, bool) {
	address, p := b.address+inst.key, k.server(b.provider)
	was := k.changes[address]
	switch {
	case was == nil:
		return cty.NilVal, k.fail(address, "Missing change", "Nothing was planned for the object.")
	case was.action == NoOp:
		if o := k.stored(address); o != nil && !was.arrives {
			// The dependencies are those of the configuration now.
			k.keep(p, address, b.typeName, &current{value: was.before, identity: was.beforeIdentity, private: o.private}, was.deps)
		}
		return was.after, true
	}
	config, ok := k.decode(address, b.body, s, inst.extra)
	if !ok {
		return cty.NilVal, false
	}
	var now *current
	if o := k.stored(address); o != nil && was.action != Replace {
		if now, ok = k.load(p, o); !ok {
			return cty.NilVal, false
		}
	}
	is, ok := k.planChange(p, b, address, config, now, was)
	if !ok || !k.unchanged(s, was, is) {
		return cty.NilVal, false
	}
	action := is.action
	if action == NoOp {
		return is.after, true
	}
	if action == Replace {
		action = Create
	}
	left, ok := k.applyChange(p, is, action, config, now)
	if left == nil && was.action == Replace && was.createFirst {
		return cty.NilVal, ok // nothing new; the predecessor stays
	}
	k.keep(p, address, b.typeName, left, b.resources)
	if !ok {
		return cty.NilVal, false
	}
	return left.value, true
}

func (k *walk) applyData(b *block, s *shape) bool {
	instances, ok := k.expand(b)
	if !ok {
		return false
	}
	p, values := k.server(b.provider), make([]cty.Value, len(instances))
	if !k.sideBySide(len(instances), func(i int) bool {
		address := b.address + instances[i].key
		if k.changes[address] == nil {
			k.mu.Lock()
			defer k.mu.Unlock()
			values[i] = k.state.data[address]
			return true
		}
		config, ok := k.decode(address, b.body, s, instances[i].extra)
		if !ok {
			return false
		}
		if values[i], ok = p.readData(k, address, b.typeName, config); ok {
			k.keepData(address, values[i])
		}
		return ok
	}) {
		return false
	}
	k.scope.set(b.address, assemble(b, instances, values))
	return true
}
