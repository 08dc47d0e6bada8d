package protocol

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// object is a resource in the state, as it is written to a state file. It is
// replaced, never changed.
type object struct {
	address, typeName string
	provider          string // the key of the provider block
	source            string // address of the provider that it came from, for a move
	version           int64
	json              []byte
	private           []byte
	identity          []byte // JSON; nil for none
	identityVersion   int64
	tainted           bool
	deps              []string // addresses without instance keys
}

// state is what is kept between commands.
type state struct {
	objects map[string]*object
	data    map[string]cty.Value // what data sources answered, by address
	outputs map[string]cty.Value
	serial  int
}

func newState() *state {
	return &state{objects: map[string]*object{}, data: map[string]cty.Value{}, outputs: map[string]cty.Value{}}
}

func (s *state) clone() *state {
	return &state{objects: maps.Clone(s.objects), data: maps.Clone(s.data), outputs: maps.Clone(s.outputs), serial: s.serial}
}

// of are the objects of a block, in the order of their addresses.
func (s *state) of(address string) []*object {
	var all []*object
	for _, at := range slices.Sorted(maps.Keys(s.objects)) {
		if blockOf(at) == address {
			all = append(all, s.objects[at])
		}
	}
	return all
}

// blockOf is an address without its instance key.
func blockOf(address string) string {
	address, _, _ = strings.Cut(address, "[")
	return address
}

// current is an object as the provider knows it.
type current struct {
	value    cty.Value
	identity cty.Value
	private  []byte
	tainted  bool
}

// load gives the stored object to the provider, which makes of it what its present
// schema wants. Core does so in every walk, whatever the version.
func (k *walk) load(p *process, o *object) (*current, bool) {
	const invalid = "Invalid resource state upgrade"
	s := p.resources[o.typeName]
	if s == nil {
		return nil, k.fail(o.address, "Invalid resource type", "The provider does not support %q.", o.typeName)
	}
	if o.version > s.version {
		return nil, k.fail(o.address, "Resource instance managed by newer provider version",
			"The state was written with version %d of the schema, and this provider knows version %d.", o.version, s.version)
	}
	resp := call(k, o.address, p.UpgradeResourceState, &tfprotov6.UpgradeResourceStateRequest{
		TypeName: o.typeName, Version: o.version, RawState: &tfprotov6.RawState{JSON: o.json},
	})
	if resp == nil || !k.report(o.address, resp.Diagnostics) {
		return nil, false
	}
	v, ok := k.answer(o.address, invalid, resp.UpgradedState, s.typ)
	switch {
	case !ok:
		return nil, false
	case v == cty.NilVal || v.IsNull():
		return nil, k.broken(o.address, invalid, "The upgraded state is null.")
	case !v.IsWhollyKnown():
		return nil, k.broken(o.address, invalid, "The upgraded state has unknown values.")
	}
	if !k.noWriteOnly(o.address, invalid, "during the upgrade of the state", s, v) {
		return nil, false
	}
	out := &current{value: v, identity: cty.NullVal(cty.EmptyObject), private: o.private, tainted: o.tainted}
	ids := p.identities[o.typeName]
	if o.identity == nil || ids == nil {
		return out, true
	}
	if o.identityVersion == p.identityVersions[o.typeName] {
		out.identity, ok = k.answer(o.address, "Invalid resource identity", &tfprotov6.DynamicValue{JSON: o.identity}, ids.typ)
		return out, ok
	}
	upgraded := call(k, o.address, p.UpgradeResourceIdentity, &tfprotov6.UpgradeResourceIdentityRequest{
		TypeName: o.typeName, Version: o.identityVersion, RawIdentity: &tfprotov6.RawState{JSON: o.identity},
	})
	if upgraded == nil || !k.report(o.address, upgraded.Diagnostics) {
		return nil, false
	}
	out.identity, ok = k.identity(o.address, o.typeName, p, upgraded.UpgradedIdentity)
	return out, ok
}

// keep puts an object into the state of the walk; nil takes it out.
func (k *walk) keep(p *process, address, typeName string, c *current, deps []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c == nil || c.value.IsNull() {
		delete(k.state.objects, address)
		return
	}
	s := p.resources[typeName]
	o := &object{
		address: address, typeName: typeName, provider: p.name, version: s.version, json: toJSON(c.value, s.typ),
		private: c.private, tainted: c.tainted, identityVersion: p.identityVersions[typeName], deps: deps,
	}
	if c.identity != cty.NilVal && !c.identity.IsNull() {
		o.identity = toJSON(c.identity, c.identity.Type())
	}
	k.state.objects[address] = o
}

func (k *walk) stored(address string) *object {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state.objects[address]
}

func toJSON(v cty.Value, t cty.Type) []byte {
	content, err := ctyjson.Marshal(v, t)
	if err != nil {
		panic(err) // the value is known and of the schema's type
	}
	return content
}

// noWriteOnly reports write-only attributes that came back.
func (k *walk) noWriteOnly(address, summary, when string, s *shape, v cty.Value) bool {
	ok := true
	for _, at := range s.writeOnlySet(v, nil) {
		k.add(Diagnostic{
			Error: true, Broken: true, Summary: summary, Address: address, Path: pathText(at),
			Detail: "Provider returned a value for the write-only attribute \"" + pathText(at) + "\" " + when + ".",
		})
		ok = false
	}
	return ok
}
