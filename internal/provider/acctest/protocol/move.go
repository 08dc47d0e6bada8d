package protocol

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// movedFrom tells whether the object is to become one of another address.
func (k *walk) movedFrom(address string) bool {
	for _, m := range k.cfg.moves {
		if m.from == address && k.state.objects[m.to] == nil {
			return true
		}
	}
	return false
}

// source is the object that is to move to the address; nil when there is none. It
// leaves its own address.
func (k *walk) source(address string) *object {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.state.objects[address] != nil {
		return nil
	}
	for _, m := range k.cfg.moves {
		if o := k.state.objects[m.from]; o != nil && m.to == address {
			delete(k.state.objects, m.from)
			return o
		}
	}
	return nil
}

// moveHere makes an object of the block's type out of another one. An object of the
// same type keeps its state; for another type the provider is asked.
func (k *walk) moveHere(p *process, b *block, address string, from *object) (*current, bool) {
	const invalid = "Provider produced an invalid moved object"
	if from.typeName == b.typeName {
		moved := *from
		moved.address = address
		return k.load(p, &moved)
	}
	s := p.resources[b.typeName]
	if !p.moves {
		return nil, k.fail(address, "Move across resource types not supported", "The provider does not support moving %s to %s.", from.address, address)
	}
	req := &tfprotov6.MoveResourceStateRequest{
		SourcePrivate: from.private, SourceProviderAddress: from.source, SourceSchemaVersion: from.version,
		SourceState: &tfprotov6.RawState{JSON: from.json}, SourceTypeName: from.typeName, TargetTypeName: b.typeName,
		SourceIdentitySchemaVersion: from.identityVersion,
	}
	if from.identity != nil {
		req.SourceIdentity = &tfprotov6.RawState{JSON: from.identity}
	}
	resp := call(k, address, p.MoveResourceState, req)
	if resp == nil || !k.report(address, resp.Diagnostics) {
		return nil, false
	}
	v, ok := k.answer(address, invalid, resp.TargetState, s.typ)
	switch {
	case !ok:
		return nil, false
	case v == cty.NilVal || v.IsNull():
		return nil, k.broken(address, invalid, "The provider returned a null object for the move.")
	case !v.IsWhollyKnown():
		return nil, k.broken(address, invalid, "The provider returned an object with unknown values for the move.")
	case !k.noWriteOnly(address, invalid, "during the move", s, v):
		return nil, false
	}
	identity, ok := k.identity(address, b.typeName, p, resp.TargetIdentity)
	return &current{value: v, identity: identity, private: resp.TargetPrivate, tainted: from.tainted}, ok
}

// fill makes a whole object of the schema out of a value that leaves things out.
func (s *shape) fill(v cty.Value) (cty.Value, error) {
	values := map[string]cty.Value{}
	for name, a := range s.attrs {
		values[name] = cty.NullVal(a.typ)
		if !v.Type().HasAttribute(name) {
			if a.required {
				return cty.NilVal, fmt.Errorf("attribute %q is required", name)
			}
			continue
		}
		converted, err := convert.Convert(v.GetAttr(name), a.typ)
		if err != nil {
			return cty.NilVal, fmt.Errorf("%s: %w", name, err)
		}
		values[name] = converted
	}
	for name := range v.Type().AttributeTypes() {
		if s.attrs[name] == nil {
			return cty.NilVal, fmt.Errorf("attribute %q is not expected here", name)
		}
	}
	return cty.ObjectVal(values), nil
}

// registryAddress is what the provider is called to another one.
func registryAddress(provider string) string {
	name, _, _ := strings.Cut(provider, ".")
	return "registry.terraform.io/" + name + "/" + name
}
