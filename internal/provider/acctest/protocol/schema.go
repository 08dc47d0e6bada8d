package protocol

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// nesting is how the objects of a block or of a nested attribute are held.
type nesting int

const (
	single nesting = iota
	group
	list
	set
	mapped
)

func (n nesting) String() string { return [...]string{"single", "group", "list", "set", "map"}[n] }

// shape is what a block, or the object of a nested attribute, consists of.
type shape struct {
	version int64
	attrs   map[string]*attribute
	blocks  map[string]*nested
	typ     cty.Type
	spec    hcldec.ObjectSpec
}

// attribute is one attribute of a shape.
type attribute struct {
	typ    cty.Type
	nested *nested // nil for an attribute of a plain type
	required, optional, computed,
	sensitive, writeOnly bool
}

// nested is a block type, or the type of a nested attribute.
type nested struct {
	*shape
	nesting  nesting
	typ      cty.Type
	min, max int
}

func newShape(b *tfprotov6.SchemaBlock) *shape {
	s := &shape{attrs: map[string]*attribute{}, blocks: map[string]*nested{}, spec: hcldec.ObjectSpec{}}
	types := map[string]cty.Type{}
	if b != nil {
		for _, a := range b.Attributes {
			s.attrs[a.Name] = newAttribute(a)
			types[a.Name] = s.attrs[a.Name].typ
			s.spec[a.Name] = &hcldec.AttrSpec{Name: a.Name, Type: s.attrs[a.Name].configType(), Required: a.Required}
		}
		for _, n := range b.BlockTypes {
			s.blocks[n.TypeName] = newBlock(n)
			types[n.TypeName] = s.blocks[n.TypeName].typ
			s.spec[n.TypeName] = s.blocks[n.TypeName].blockSpec(n.TypeName)
		}
	}
	s.typ = cty.Object(types)
	return s
}

func newAttribute(a *tfprotov6.SchemaAttribute) *attribute {
	out := &attribute{
		required: a.Required, optional: a.Optional, computed: a.Computed,
		sensitive: a.Sensitive, writeOnly: a.WriteOnly,
	}
	if a.NestedType == nil {
		out.typ = ctyType(a.Type)
		return out
	}
	inner := newShape(&tfprotov6.SchemaBlock{Attributes: a.NestedType.Attributes})
	out.nested = &nested{shape: inner}
	switch a.NestedType.Nesting {
	case tfprotov6.SchemaObjectNestingModeList:
		out.nested.nesting = list
	case tfprotov6.SchemaObjectNestingModeSet:
		out.nested.nesting = set
	case tfprotov6.SchemaObjectNestingModeMap:
		out.nested.nesting = mapped
	default:
		out.nested.nesting = single
	}
	out.nested.typ = out.nested.nesting.of(inner.typ)
	out.typ = out.nested.typ
	return out
}

func newBlock(n *tfprotov6.SchemaNestedBlock) *nested {
	out := &nested{shape: newShape(n.Block), min: int(n.MinItems), max: int(n.MaxItems)}
	switch n.Nesting {
	case tfprotov6.SchemaNestedBlockNestingModeGroup:
		out.nesting = group
	case tfprotov6.SchemaNestedBlockNestingModeList:
		out.nesting = list
	case tfprotov6.SchemaNestedBlockNestingModeSet:
		out.nesting = set
	case tfprotov6.SchemaNestedBlockNestingModeMap:
		out.nesting = mapped
	default:
		out.nesting = single
	}
	out.typ = out.nesting.of(out.shape.typ)
	return out
}

// of is the type of a collection of such objects.
func (n nesting) of(object cty.Type) cty.Type {
	switch n {
	case list:
		return cty.List(object)
	case set:
		return cty.Set(object)
	case mapped:
		return cty.Map(object)
	default:
		return object
	}
}

// configType is the type that a configuration's value is converted to: what is not
// required may be left out of the object of a nested attribute.
func (a *attribute) configType() cty.Type {
	if a.nested == nil {
		return a.typ
	}
	types := map[string]cty.Type{}
	var optional []string
	for name, inner := range a.nested.attrs {
		types[name] = inner.configType()
		if !inner.required {
			optional = append(optional, name)
		}
	}
	return a.nested.nesting.of(cty.ObjectWithOptionalAttrs(types, optional))
}

func (n *nested) blockSpec(name string) hcldec.Spec {
	switch n.nesting {
	case list:
		return &hcldec.BlockListSpec{TypeName: name, Nested: n.spec, MinItems: n.min, MaxItems: n.max}
	case set:
		return &hcldec.BlockSetSpec{TypeName: name, Nested: n.spec, MinItems: n.min, MaxItems: n.max}
	case mapped:
		return &hcldec.BlockMapSpec{TypeName: name, Nested: n.spec, LabelNames: []string{"key"}}
	case group:
		return &hcldec.DefaultSpec{
			Primary: &hcldec.BlockSpec{TypeName: name, Nested: n.spec},
			Default: &hcldec.LiteralSpec{Value: n.empty()},
		}
	default:
		return &hcldec.BlockSpec{TypeName: name, Nested: n.spec, Required: n.min == 1}
	}
}

// empty is the value of a body in which nothing is written.
func (s *shape) empty() cty.Value {
	values := map[string]cty.Value{}
	for name, a := range s.attrs {
		values[name] = cty.NullVal(a.typ)
	}
	for name, n := range s.blocks {
		values[name] = n.none()
	}
	return cty.ObjectVal(values)
}

// none is the value of a block that is not written.
func (n *nested) none() cty.Value {
	switch n.nesting {
	case list:
		return cty.ListValEmpty(n.shape.typ)
	case set:
		return cty.SetValEmpty(n.shape.typ)
	case mapped:
		return cty.MapValEmpty(n.shape.typ)
	case group:
		return n.empty()
	default:
		return cty.NullVal(n.typ)
	}
}

// writeOnlySet are the paths of the write-only attributes that are not null.
func (s *shape) writeOnlySet(v cty.Value, at cty.Path) []cty.Path {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	var found []cty.Path
	for name, a := range s.attrs {
		inner, here := v.GetAttr(name), at.Copy().GetAttr(name)
		switch {
		case a.writeOnly && !inner.IsNull():
			found = append(found, here)
		case a.nested != nil:
			found = append(found, a.nested.writeOnlySet(inner, here)...)
		}
	}
	for name, n := range s.blocks {
		found = append(found, n.writeOnlySet(v.GetAttr(name), at.Copy().GetAttr(name))...)
	}
	return found
}

func (n *nested) writeOnlySet(v cty.Value, at cty.Path) []cty.Path {
	if n.nesting == single || n.nesting == group {
		return n.shape.writeOnlySet(v, at)
	}
	var found []cty.Path
	for key, inner := range elements(v) {
		found = append(found, n.shape.writeOnlySet(inner, at.Copy().Index(key))...)
	}
	return found
}

// elements are the elements of a collection; none when it is null or unknown. The
// key of a set's element is the element.
func elements(v cty.Value) func(yield func(key, value cty.Value) bool) {
	return func(yield func(key, value cty.Value) bool) {
		if v.IsNull() || !v.IsKnown() {
			return
		}
		for it := v.ElementIterator(); it.Next(); {
			if !yield(it.Element()) {
				return
			}
		}
	}
}

// ctyType is the type in the words of the expression language.
func ctyType(t tftypes.Type) cty.Type {
	switch t := t.(type) {
	case tftypes.List:
		return cty.List(ctyType(t.ElementType))
	case tftypes.Set:
		return cty.Set(ctyType(t.ElementType))
	case tftypes.Map:
		return cty.Map(ctyType(t.ElementType))
	case tftypes.Tuple:
		var types []cty.Type
		for _, inner := range t.ElementTypes {
			types = append(types, ctyType(inner))
		}
		return cty.Tuple(types)
	case tftypes.Object:
		types := map[string]cty.Type{}
		for name, inner := range t.AttributeTypes {
			types[name] = ctyType(inner)
		}
		return cty.Object(types)
	}
	switch {
	case t.Is(tftypes.String):
		return cty.String
	case t.Is(tftypes.Number):
		return cty.Number
	case t.Is(tftypes.Bool):
		return cty.Bool
	case t.Is(tftypes.DynamicPseudoType):
		return cty.DynamicPseudoType
	}
	panic(fmt.Sprintf("a schema with the type %s", t))
}
