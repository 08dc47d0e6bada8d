// Package protocol drives provider servers in this process as Terraform's core
// drives a plugin: validate, plan, apply, refresh, import, upgrade, move, list,
// actions and functions, with core's own rules built in. A test reads like the story
// of a user, takes milliseconds and needs no CLI:
//
//	w := protocol.New(t, factories)
//	w.Apply(`resource "x_machine" "a" { name = "a" }`)
//	w.Plan(`resource "x_machine" "a" { name = "b" }`).Updates("x_machine.a")
//	w.Fails(`resource "x_machine" "a" { name = "" }`, "name", "must not be empty")
//	w.Destroy()
//
// The configuration is HCL as the CLIs read it: one root module with resources, data
// sources, variables, locals, outputs, provider blocks with aliases, count, for_each,
// dynamic, depends_on, moved, import, and of lifecycle what decides about
// replacements. The usual functions and those of the providers can be called.
//
// What a provider may not do, whatever is configured, is reported as an error whose
// Broken is set, in core's words where core has words, and fails every test:
//
//   - the proposed new state merges the configuration with what was computed before
//   - what is planned equals what is configured, and only what is computed may differ
//   - what was planned as known is applied, and nothing stays unknown
//   - the plan is asked for again when it is applied, by a new process, and may add
//     values but change none
//   - write-only values come back null, everywhere
//   - an object's identity is set and stays as it is
//   - a function answers the same question the same way
//
// Private state goes from the plan to the apply, the state, the next read and the
// next plan; to the destruction and the creation of a replacement goes that of the
// creation's plan. The state is kept as JSON and given to UpgradeResourceState at the
// beginning of each walk. Each walk has provider servers of its own.
//
// Not here: modules, checks, conditions, provisioners, ephemeral resources, deposed
// objects, deferral, targets, sensitive marks.
package protocol

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-log/tfsdklogtest"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// Factories start providers, by their local names. They are what
// resource.TestCase takes.
type Factories = map[string]func() (tfprotov6.ProviderServer, error)

// World is one working directory: a state, variables and the providers.
type World struct {
	// Prelude is put before every configuration, provider blocks for example.
	Prelude string
	// Parallel is how many objects are worked on at once; 10 as with the CLIs.
	Parallel int
	// Log receives what the provider logs, as with TF_LOG=TRACE; nil keeps nothing.
	Log io.Writer

	t         testing.TB
	factories Factories
	functions map[string]function.Function
	vars      map[string]any
	unknown   map[string]bool
	last      string
	state     *state

	mu      sync.Mutex
	schemas map[string]*schemas
	answers map[string]cty.Value // of functions
}

// New returns a world with an empty state.
func New(t testing.TB, factories Factories) *World {
	t.Helper()
	w := &World{
		Parallel: 10, t: t, factories: factories, functions: common(), vars: map[string]any{}, unknown: map[string]bool{},
		state: newState(), schemas: map[string]*schemas{}, answers: map[string]cty.Value{},
	}
	for name := range factories {
		p, err := w.start(w.ctx(), name)
		if err != nil {
			t.Fatalf("provider %s: %v", name, err)
		}
		maps.Copy(w.functions, w.offered(p))
	}
	return w
}

// ctx is that of the test; it lives on in the test's cleanup.
func (w *World) ctx() context.Context {
	ctx := context.WithoutCancel(w.t.Context())
	if w.Log == nil {
		return ctx
	}
	return tfsdklogtest.RootLogger(tflogtest.RootLogger(ctx, w.Log), w.Log)
}

// Var sets a variable of the root module. Whatever is set, validation sees an
// unknown value, as with the CLIs.
func (w *World) Var(name string, value any) *World {
	w.vars[name] = value
	return w
}

// Unknown makes a variable unknown until the apply, as a value is that another
// resource computes.
func (w *World) Unknown(names ...string) *World {
	for _, name := range names {
		w.unknown[name] = true
	}
	return w
}

// Known takes back what [World.Unknown] said of the variables.
func (w *World) Known(names ...string) *World {
	for _, name := range names {
		delete(w.unknown, name)
	}
	return w
}

// variables are the values of the root module's variables in a walk.
func (w *World) variables(cfg *config, phase Phase) cty.Value {
	values := map[string]cty.Value{}
	for name, v := range cfg.variables {
		value := v.fallback
		if set, ok := w.vars[name]; ok {
			converted, err := convert.Convert(toValue(set), v.typ)
			if err != nil {
				w.t.Fatalf("var.%s: %v", name, err)
			}
			value = converted
		}
		switch {
		case phase == Validating, w.unknown[name] && phase != Applying:
			value = cty.UnknownVal(v.typ)
		case value == cty.NilVal:
			w.t.Fatalf("var.%s has no value", name)
		}
		values[name] = value
	}
	return cty.ObjectVal(values)
}

// parse reads the configuration after the prelude. Lines count from the first of
// the text.
func (w *World) parse(text string, phase Phase) (*config, Diagnostics) {
	cfg, diags := parse(w.Prelude + "\n" + text)
	k := &walk{w: w, phase: phase}
	k.reportHCL("", diags)
	w.shift(k.diags)
	return cfg, k.diags
}

// shift makes lines count from the text after the prelude.
func (w *World) shift(diags Diagnostics) {
	before := strings.Count(w.Prelude, "\n") + 1
	for i := range diags {
		diags[i].Line = max(0, diags[i].Line-before)
	}
}

// TryValidate is the validation alone; it returns what was reported.
func (w *World) TryValidate(text string) Diagnostics {
	w.t.Helper()
	cfg, diags := w.parse(text, Validating)
	if len(diags.Errors()) > 0 {
		return diags
	}
	k := w.walk(Validating, cfg, newState())
	k.validate()
	w.shift(k.diags)
	return k.diags
}

// TryPlan validates and plans. The plan is nil when there were errors.
func (w *World) TryPlan(text string) (*Plan, Diagnostics) {
	w.t.Helper()
	return w.tryPlan(text, normal)
}

func (w *World) tryPlan(text string, mode mode) (*Plan, Diagnostics) {
	diags := w.TryValidate(text)
	if len(diags.Errors()) > 0 {
		return nil, diags
	}
	cfg, _ := w.parse(text, Planning)
	k := w.walk(Planning, cfg, w.state)
	k.planAll(mode)
	w.shift(k.diags)
	diags = append(diags, k.diags...)
	if len(diags.Errors()) > 0 {
		return nil, diags
	}
	return newPlan(w, text, k, diags), diags
}

// Plan validates and plans, and fails the test on an error.
func (w *World) Plan(text string) *Plan {
	w.t.Helper()
	p, diags := w.TryPlan(text)
	w.must(diags)
	return p
}

// TryApply validates, plans and applies. What was done is in the state, whether or
// not there were errors.
func (w *World) TryApply(text string) Diagnostics {
	w.t.Helper()
	p, diags := w.TryPlan(text)
	if p == nil {
		return diags
	}
	return append(diags, p.TryApply()...)
}

// Apply validates, plans and applies, and fails the test on an error. It returns the
// plan, whose Diagnostics hold what the apply said as well.
func (w *World) Apply(text string) *Plan {
	w.t.Helper()
	p := w.Plan(text)
	p.Apply()
	return p
}

// Fails applies a configuration that must be refused: the test fails unless an error
// names the path and has the text. An empty path stands for any. It returns the walk
// in which the error came, and all that was reported.
func (w *World) Fails(text, path, says string) (Phase, Diagnostics) {
	w.t.Helper()
	diags := w.TryApply(text)
	w.unbroken(diags)
	for _, d := range diags.Errors().Say(says) {
		if path == "" || d.Path == path {
			return d.Phase, diags
		}
	}
	w.t.Fatalf("no error at %q says %q, but:\n%s", path, says, orNothing(diags))
	return "", nil
}

// TryDestroy destroys everything, as the CLIs do: after a refresh, which plans the
// configuration as well and can be refused.
func (w *World) TryDestroy(text string) Diagnostics {
	w.t.Helper()
	p, diags := w.TryPlan(text)
	if p == nil {
		return diags
	}
	k := w.walk(Planning, p.cfg, p.state)
	k.scope.values = p.values
	k.planDestroy()
	w.shift(k.diags)
	diags = append(diags, k.diags...)
	if len(k.diags.Errors()) > 0 {
		return diags
	}
	a := w.walk(Applying, p.cfg, k.state)
	a.scope.values, a.changes = p.values, k.changes
	a.destroyAll()
	w.shift(a.diags)
	if len(a.diags.Errors()) == 0 {
		a.state.data, a.outputs = map[string]cty.Value{}, map[string]cty.Value{}
	}
	w.save(a)
	return append(diags, a.diags...)
}

// Destroy destroys everything with the configuration that was applied last, and fails
// the test on an error or when something is left.
func (w *World) Destroy() Diagnostics {
	w.t.Helper()
	diags := w.TryDestroy(w.last)
	w.must(diags)
	if left := w.Addresses(); len(left) > 0 {
		w.t.Fatalf("left in the state after destroy: %v", left)
	}
	return diags
}

// Refresh reads everything in the state and keeps what it found, as an apply with
// -refresh-only does. It fails the test on an error.
func (w *World) Refresh() Diagnostics {
	w.t.Helper()
	p, diags := w.tryPlan(w.last, refreshOnly)
	w.must(diags)
	w.state = p.state
	w.state.serial++
	return diags
}

// TryImport takes an object into the state, by its id or, when the target is a map,
// by its identity.
func (w *World) TryImport(text, address string, target any) Diagnostics {
	w.t.Helper()
	cfg, diags := w.parse(text, Importing)
	b := cfg.resources[blockOf(address)]
	if len(diags.Errors()) > 0 || b == nil {
		w.t.Fatalf("no %s in the configuration to import into\n%s", address, diags)
	}
	w.last = text
	k := w.walk(Importing, cfg, w.state)
	k.run(k.base(append(k.used(), b.provider)).providers())
	if len(k.diags.Errors()) == 0 {
		p := k.server(b.provider)
		if c, ok := k.importObject(p, address, b.typeName, toValue(target)); ok {
			k.keep(p, address, b.typeName, c, b.resources)
			w.save(k)
		}
	}
	w.shift(k.diags)
	return append(diags, k.diags...)
}

// Import is TryImport; it fails the test on an error.
func (w *World) Import(text, address string, target any) Diagnostics {
	w.t.Helper()
	diags := w.TryImport(text, address, target)
	w.must(diags)
	return diags
}

func (w *World) save(k *walk) {
	w.state = k.state
	w.state.outputs = k.outputs
	w.state.serial++
}

// must fails the test when there are errors.
func (w *World) must(diags Diagnostics) {
	w.t.Helper()
	if errs := diags.Errors(); len(errs) > 0 {
		w.t.Fatalf("errors:\n%s", errs)
	}
}

// unbroken fails the test when the provider broke a rule of core.
func (w *World) unbroken(diags Diagnostics) {
	w.t.Helper()
	if broken := diags.Broken(); len(broken) > 0 {
		w.t.Fatalf("the provider broke a rule of core:\n%s", broken)
	}
}

func orNothing(diags Diagnostics) string {
	if len(diags) == 0 {
		return "nothing was reported"
	}
	return diags.String()
}

// Addresses are the addresses of the resources in the state, in order.
func (w *World) Addresses() []string { return slices.Sorted(maps.Keys(w.state.objects)) }

// Forget takes an object out of the state and leaves it alone, as "state rm" does.
func (w *World) Forget(address string) {
	w.t.Helper()
	w.object(address)
	w.state = w.state.clone()
	delete(w.state.objects, address)
	w.state.serial++
}

// Taint marks an object for replacement.
func (w *World) Taint(address string) {
	w.t.Helper()
	tainted := *w.object(address)
	tainted.tainted = true
	w.put(&tainted)
}

// Tainted tells whether the object is marked for replacement.
func (w *World) Tainted(address string) bool { return w.object(address).tainted }

// Private is the private state of the object, as the provider keeps it.
func (w *World) Private(address string) string { return string(w.object(address).private) }

func (w *World) put(o *object) {
	w.state = w.state.clone()
	w.state.objects[o.address] = o
	w.state.serial++
}

func (w *World) object(address string) *object {
	w.t.Helper()
	o := w.state.objects[address]
	if o == nil {
		w.t.Fatalf("%s is not in the state, which has %v", address, w.Addresses())
	}
	return o
}

// Raw is an object as another provider, or an older version of this one, left it in
// a state file.
type Raw struct {
	// Provider is the address of the provider that wrote it; empty for the one that
	// the type belongs to.
	Provider string
	// Version is the version of the schema that it was written with.
	Version int64
	// JSON are its attributes, Private and Identity (JSON) what else was stored.
	JSON, Private, Identity string
}

// Seed puts an object into the state as it stands in a state file, for upgrades and
// moves.
func (w *World) Seed(address string, raw Raw) {
	typeName, _, found := strings.Cut(address, ".")
	if !found {
		w.t.Fatal(fmt.Errorf("%q is no address", address))
	}
	o := &object{
		address: address, typeName: typeName, provider: providerOf(typeName), source: raw.Provider,
		version: raw.Version, json: []byte(raw.JSON), private: []byte(raw.Private),
	}
	if raw.Identity != "" {
		o.identity = []byte(raw.Identity)
	}
	if o.source == "" {
		o.source = registryAddress(o.provider)
	}
	w.put(o)
}
