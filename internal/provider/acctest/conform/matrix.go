package conform

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	gpumarket "github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
)

// matrix is an object with what its schema says.
type matrix struct {
	*Object

	resource resource.Resource
	// leaves are the attributes, those in blocks included; blocks the blocks.
	leaves map[string]*leaf
	blocks map[string]bool
}

// leaf is an attribute.
type leaf struct {
	path       string
	required   bool
	configured bool // required or optional: a configuration may have it
	computed   bool
	writeOnly  bool
	sensitive  bool
	fallback   bool // has a default of its own
	validators int
	pairs      []string // other attributes that its validators name
	mapped     bool     // a map
}

func newMatrix(o *Object) (*matrix, error) {
	m := &matrix{Object: o, leaves: map[string]*leaf{}, blocks: map[string]bool{}}
	ctx := context.Background()
	p := gpumarket.NewWith(gpumarket.Options{})
	for _, made := range p.Resources(ctx) {
		r := made()
		var named resource.MetadataResponse
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: gpumarket.TypeName}, &named)
		if named.TypeName == o.Type {
			m.resource = r
		}
	}
	if m.resource == nil {
		return nil, fmt.Errorf("the provider has no %s", o.Type)
	}
	var described resource.SchemaResponse
	m.resource.Schema(ctx, resource.SchemaRequest{}, &described)
	m.attributes("", described.Schema.Attributes)
	m.nested("", described.Schema.Blocks)
	var errs []error
	for _, text := range m.bodies() {
		_, err := text.parse()
		errs = append(errs, err)
	}
	return m, errors.Join(errs...)
}

// bodies are those of the description, the fullest first.
func (m *matrix) bodies() []body {
	all := []body{body(m.Maximal)}
	for _, other := range m.Others {
		all = append(all, body(other))
	}
	return append(all, body(m.Minimal))
}

func join(at, name string) string { return strings.TrimPrefix(at+"."+name, ".") }

func (m *matrix) attributes(at string, all map[string]schema.Attribute) {
	for name, a := range all {
		l := &leaf{
			path: join(at, name), required: a.IsRequired(), configured: a.IsRequired() || a.IsOptional(),
			computed: a.IsComputed(), writeOnly: a.IsWriteOnly(), sensitive: a.IsSensitive(),
		}
		_, l.mapped = a.(schema.MapAttribute)
		l.inspect(reflect.ValueOf(a))
		m.leaves[l.path] = l
	}
}

func (m *matrix) nested(at string, all map[string]schema.Block) {
	for name, b := range all {
		at := join(at, name)
		m.blocks[at] = true
		l := &leaf{path: at}
		l.inspect(reflect.ValueOf(b))
		switch b := b.(type) {
		case schema.SingleNestedBlock:
			m.attributes(at, b.Attributes)
			m.nested(at, b.Blocks)
		case schema.ListNestedBlock:
			m.attributes(at, b.NestedObject.Attributes)
			m.nested(at, b.NestedObject.Blocks)
		case schema.SetNestedBlock:
			m.attributes(at, b.NestedObject.Attributes)
			m.nested(at, b.NestedObject.Blocks)
		}
		m.leaves[at] = l
	}
}

// inspect reads what the framework has no common method for: the default and the
// validators, by the names of the fields that every kind of attribute has.
func (l *leaf) inspect(v reflect.Value) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return
	}
	if f := v.FieldByName("Default"); f.IsValid() && !f.IsNil() {
		l.fallback = true
	}
	validators := v.FieldByName("Validators")
	if !validators.IsValid() {
		return
	}
	l.validators = validators.Len()
	for i := range validators.Len() {
		l.pairs = append(l.pairs, named(validators.Index(i), l.path)...)
	}
}

// named are the attributes that a validator of this one names.
func named(v reflect.Value, at string) []string {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	f := v.FieldByName("PathExpressions")
	if !f.IsValid() || !f.CanInterface() {
		return nil
	}
	expressions, ok := f.Interface().(path.Expressions)
	if !ok {
		return nil
	}
	base := path.MatchRoot(strings.Split(at, ".")[0])
	for _, step := range strings.Split(at, ".")[1:] {
		base = base.AtName(step)
	}
	var out []string
	for _, e := range expressions {
		out = append(out, base.Merge(e).Resolve().String())
	}
	return out
}

// configured are the attributes that a configuration may have, in order.
func (m *matrix) configured() []*leaf {
	var all []*leaf
	for _, name := range slices.Sorted(maps.Keys(m.leaves)) {
		if l := m.leaves[name]; l.configured {
			all = append(all, l)
		}
	}
	return all
}

// having is the first of the bodies that has the path, else the first of all.
func having(path string, all []body) body {
	for _, b := range all {
		if b.has(path) {
			return b
		}
	}
	return all[0]
}

// set makes the path of the body what the text says: an expression, a block's body, or
// nothing.
func (m *matrix) set(b body, path, to string) body {
	switch {
	case to == "":
		return b.without(path)
	case m.blocks[path]:
		return b.withBlock(path, to)
	default:
		return b.withAttribute(path, to)
	}
}

func (m *matrix) edit(b body, path, to string, also map[string]string) body {
	b = m.set(b, path, to)
	for _, name := range slices.Sorted(maps.Keys(also)) {
		b = m.set(b, name, also[name])
	}
	return b
}

// before is the body that a change begins with.
func (m *matrix) before(c *Change) body {
	if c.From != "" {
		return body(c.From)
	}
	return having(c.Path, m.bodies())
}

// sparse are the bodies, the smallest first.
func (m *matrix) sparse() []body {
	all := m.bodies()
	return append([]body{body(m.Minimal)}, all[:len(all)-1]...)
}

// addresses of the object, and of a second one.
func (m *matrix) it() string    { return m.Type + ".it" }
func (m *matrix) other() string { return m.Type + ".other" }

// config is a configuration with the object.
func (m *matrix) config(b body) string { return m.alone() + m.block("it", b) }

// alone is the configuration without the object.
func (m *matrix) alone() string { return laterVariable + m.Setup + "\n" }

func (m *matrix) block(name string, b body) string {
	return fmt.Sprintf("resource %q %q {\n%s\n}\n", m.Type, name, strings.TrimSpace(string(b)))
}

// twin is the body for a second object.
func (m *matrix) twin(b body) body {
	if m.Unique == "" {
		return b
	}
	expr, _ := b.get(m.Unique)
	return b.withAttribute(m.Unique, `"${`+expr+`}-twin"`)
}
