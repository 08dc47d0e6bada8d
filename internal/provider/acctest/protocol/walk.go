package protocol

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/zclconf/go-cty/cty"
)

// walk is one way of core through a configuration, with providers of its own.
type walk struct {
	w     *World
	phase Phase
	cfg   *config
	scope *scope
	slots chan struct{} // how many objects are worked on at once

	mu      sync.Mutex
	diags   Diagnostics
	servers map[string]*process
	state   *state             // what is known now; each object is replaced, never changed
	changes map[string]*change // what is planned, or is to be applied
	outputs map[string]cty.Value
}

func (w *World) walk(phase Phase, cfg *config, from *state) *walk {
	return &walk{
		w: w, phase: phase, cfg: cfg, slots: make(chan struct{}, w.Parallel),
		scope:   &scope{values: map[string]cty.Value{}, vars: w.variables(cfg, phase), functions: w.functions},
		servers: map[string]*process{}, state: from.clone(), changes: map[string]*change{}, outputs: map[string]cty.Value{},
	}
}

// node is one step of a walk.
type node struct {
	deps []string
	run  func() bool
}

type graph map[string]*node

// run takes every step after those that it depends on, side by side where it can.
// A step whose dependencies failed is left out. It reports what cannot be walked.
func (k *walk) run(g graph) {
	if cycle := g.cycle(); cycle != "" {
		k.fail("", "Cycle", "%s", cycle)
		return
	}
	done, ok := map[string]chan struct{}{}, map[string]*bool{}
	for key := range g {
		done[key], ok[key] = make(chan struct{}), new(bool)
	}
	var all sync.WaitGroup
	for key, n := range g {
		all.Go(func() {
			defer close(done[key])
			for _, dep := range n.deps {
				if done[dep] == nil {
					k.fail(key, "Reference to undeclared resource", "%s is not declared.", dep)
					return
				}
				<-done[dep]
				if !*ok[dep] {
					return
				}
			}
			*ok[key] = n.run()
		})
	}
	all.Wait()
}

// cycle names steps that wait for each other; empty when there are none.
func (g graph) cycle() string {
	const under, over = 1, 2
	seen := map[string]int{}
	var visit func(key string, way []string) string
	visit = func(key string, way []string) string {
		way = append(way, key)
		switch {
		case seen[key] == under:
			return strings.Join(way, " → ")
		case seen[key] == over || g[key] == nil:
			return ""
		}
		seen[key] = under
		for _, dep := range g[key].deps {
			if found := visit(dep, way); found != "" {
				return found
			}
		}
		seen[key] = over
		return ""
	}
	for key := range g {
		if found := visit(key, nil); found != "" {
			return found
		}
	}
	return ""
}

// sideBySide works on the objects, as many at once as core does.
func (k *walk) sideBySide(count int, one func(i int) bool) bool {
	results := make([]bool, count)
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() {
			k.slots <- struct{}{}
			defer func() { <-k.slots }()
			results[i] = one(i)
		})
	}
	all.Wait()
	return !slices.Contains(results, false)
}

// base is the graph of what every walk needs: locals, outputs and the providers
// that are used.
func (k *walk) base(used []string) graph {
	g := graph{"var": {run: func() bool { return true }}}
	for name, expr := range k.cfg.locals {
		g["local."+name] = &node{deps: deps(expr.Variables()), run: func() bool {
			v, ok := k.eval("local."+name, expr)
			k.scope.set("local."+name, v)
			return ok
		}}
	}
	for name, expr := range k.cfg.outputs {
		g["output."+name] = &node{deps: deps(expr.Variables()), run: func() bool {
			v, ok := k.eval("output."+name, expr)
			if ok {
				k.mu.Lock()
				k.outputs[name] = v
				k.mu.Unlock()
			}
			return ok
		}}
	}
	for _, key := range used {
		body := k.cfg.providers[key]
		if body == nil {
			body = hcl.EmptyBody()
		}
		name, _, _ := strings.Cut(key, ".")
		n := &node{run: func() bool { return k.startProvider(key, body) }}
		if s := k.w.schemas[name]; s != nil {
			n.deps = deps(dynblock.VariablesHCLDec(body, s.provider.spec))
		}
		g["provider."+key] = n
	}
	return g
}

func (k *walk) startProvider(key string, body hcl.Body) bool {
	p, err := k.w.start(k.w.ctx(), key)
	if err != nil {
		return k.fail("provider."+key, "Failed to instantiate provider", "%v", err)
	}
	config, ok := k.decode("provider."+key, body, p.provider, nil)
	if !ok || !p.configure(k, config) {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.servers[key] = p
	return true
}

func (k *walk) server(key string) *process {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.servers[key]
}

// used are the provider blocks that the configuration and the state need.
func (k *walk) used(blocks ...map[string]*block) []string {
	keys := map[string]bool{}
	for _, some := range blocks {
		for _, b := range some {
			keys[b.provider] = true
		}
	}
	for address, o := range k.state.objects {
		if !k.movedFrom(address) {
			keys[o.provider] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// blockDeps are the steps that a resource or a data source depends on.
func (k *walk) blockDeps(b *block, s *shape) []string {
	refs := dynblock.VariablesHCLDec(b.body, s.spec)
	for _, expr := range []hcl.Expression{b.count, b.forEach} {
		if expr != nil {
			refs = append(refs, expr.Variables()...)
		}
	}
	return append(append(deps(refs), "provider."+b.provider), b.dependsOn...)
}

// shapeOf is the schema of a block's type; false, with an error, when the provider
// has none.
func (k *walk) shapeOf(b *block, of func(*schemas) map[string]*shape) (*shape, bool) {
	name, _, _ := strings.Cut(b.provider, ".")
	if all := k.w.schemas[name]; all != nil {
		if s := of(all)[b.typeName]; s != nil {
			return s, true
		}
	}
	return nil, k.fail(b.address, "Invalid resource type", "The provider %s does not support %q.", name, b.typeName)
}

func managed(s *schemas) map[string]*shape    { return s.resources }
func dataShapes(s *schemas) map[string]*shape { return s.data }

// blocks adds a step for each resource and data source.
func (k *walk) blocks(g graph, resource, data func(*block, *shape) bool) {
	for _, kind := range []struct {
		blocks map[string]*block
		of     func(*schemas) map[string]*shape
		run    func(*block, *shape) bool
	}{{k.cfg.resources, managed, resource}, {k.cfg.data, dataShapes, data}} {
		for address, b := range kind.blocks {
			if s, ok := k.shapeOf(b, kind.of); ok {
				g[address] = &node{deps: k.blockDeps(b, s), run: func() bool { return kind.run(b, s) }}
			} else {
				g[address] = &node{run: func() bool { return false }}
			}
		}
	}
	if g.cycle() != "" {
		return // the walk will say so
	}
	for address, b := range k.cfg.resources {
		b.resources = slices.Sorted(maps.Keys(g.resources(address, k.cfg, map[string]bool{})))
	}
}

// providers is the part of the graph that starts providers.
func (g graph) providers() graph {
	out := graph{}
	var take func(key string)
	take = func(key string) {
		if n := g[key]; n != nil && out[key] == nil {
			out[key] = n
			for _, dep := range n.deps {
				take(dep)
			}
		}
	}
	for key := range g {
		if strings.HasPrefix(key, "provider.") {
			take(key)
		}
	}
	return out
}

// resources are the resource blocks that a step depends on, directly or through
// what is none.
func (g graph) resources(key string, cfg *config, found map[string]bool) map[string]bool {
	if g[key] == nil {
		return found
	}
	for _, dep := range g[key].deps {
		if cfg.resources[dep] != nil {
			found[dep] = true
			continue
		}
		g.resources(dep, cfg, found)
	}
	return found
}

// instance is one object that a block with count or for_each stands for.
type instance struct {
	key   string // as in an address: "", "[0]", "[\"a\"]"
	index cty.Value
	extra map[string]cty.Value // each and count
}

// expand says what objects the block stands for.
func (k *walk) expand(b *block) ([]instance, bool) {
	one := func(index, each cty.Value) instance {
		if index.Type() == cty.Number {
			return instance{"[" + keyText(index) + "]", index, map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": index})}}
		}
		return instance{"[" + keyText(index) + "]", index, map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": index, "value": each})}}
	}
	switch {
	case b.count != nil:
		v, ok := k.eval(b.address, b.count)
		if !ok {
			return nil, false
		}
		if !v.IsKnown() || v.IsNull() || v.Type() != cty.Number {
			return nil, k.fail(b.address, "Invalid count argument", "The \"count\" value must be a known number.")
		}
		n, _ := v.AsBigFloat().Int64()
		out := []instance{}
		for i := range n {
			out = append(out, one(cty.NumberIntVal(i), cty.NilVal))
		}
		return out, true
	case b.forEach != nil:
		v, ok := k.eval(b.address, b.forEach)
		if !ok {
			return nil, false
		}
		if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
			return nil, k.fail(b.address, "Invalid for_each argument", "The \"for_each\" value must be a known map or set of strings.")
		}
		out := []instance{}
		for key, value := range elements(v) {
			if key.Type() != cty.String {
				return nil, k.fail(b.address, "Invalid for_each argument", "The \"for_each\" value must be a map or a set of strings.")
			}
			out = append(out, one(key, value))
		}
		return out, true
	}
	return []instance{{}}, true
}

// assemble is the value by which others know the block.
func assemble(b *block, instances []instance, values []cty.Value) cty.Value {
	switch {
	case b.count != nil:
		return cty.TupleVal(values)
	case b.forEach != nil:
		all := map[string]cty.Value{}
		for i, inst := range instances {
			all[inst.index.AsString()] = values[i]
		}
		return cty.ObjectVal(all)
	}
	return values[0]
}

// decode evaluates a body by its schema.
func (k *walk) decode(address string, body hcl.Body, s *shape, extra map[string]cty.Value) (cty.Value, bool) {
	ctx := k.scope.context(dynblock.VariablesHCLDec(body, s.spec), extra)
	v, diags := hcldec.Decode(dynblock.Expand(body, ctx), s.spec, ctx)
	return v, k.reportHCL(address, diags)
}

func (k *walk) eval(address string, expr hcl.Expression) (cty.Value, bool) {
	v, diags := expr.Value(k.scope.context(expr.Variables(), nil))
	return v, k.reportHCL(address, diags)
}

func deps(refs []hcl.Traversal) []string {
	keys := map[string]bool{}
	for _, ref := range refs {
		if key := reference(ref); key != "" {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
