package protocol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// config is a parsed configuration: one root module.
type config struct {
	variables       map[string]*variable
	locals, outputs map[string]hcl.Expression
	providers       map[string]hcl.Body // by "name" or "name.alias"
	resources, data map[string]*block   // by address without an instance key
	lists, actions  map[string]*block
	moves           []move
	imports         []importBlock
}

type variable struct {
	typ      cty.Type
	fallback cty.Value // NilVal when the variable must be set
}

// block is a resource, a data source, a list resource or an action.
type block struct {
	address, typeName       string
	provider                string
	body                    hcl.Body
	count, forEach          hcl.Expression
	dependsOn               []string
	resources               []string // blocks that it refers to, through others as well
	createFirst             bool
	preventDestroy          bool
	ignored                 []string // names of top-level attributes
	settings                hcl.Body // config block of a list or an action
	limit, includeResources hcl.Expression
}

type move struct{ from, to string }

type importBlock struct {
	to           string
	id, identity hcl.Expression
}

var fileSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "terraform"},
	{Type: "provider", LabelNames: []string{"name"}},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "locals"},
	{Type: "output", LabelNames: []string{"name"}},
	{Type: "resource", LabelNames: []string{"type", "name"}},
	{Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "list", LabelNames: []string{"type", "name"}},
	{Type: "action", LabelNames: []string{"type", "name"}},
	{Type: "moved"},
	{Type: "import"},
}}

var metaSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "provider"}, {Name: "count"}, {Name: "for_each"}, {Name: "depends_on"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "lifecycle"}},
}

var lifecycleSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "create_before_destroy"}, {Name: "prevent_destroy"}, {Name: "ignore_changes"},
}}

var querySchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "provider"}, {Name: "limit"}, {Name: "include_resource"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "config"}},
}

// parse reads a configuration. The lines of its diagnostics count from the
// beginning of the text.
func parse(text string) (*config, hcl.Diagnostics) {
	c := &config{
		variables: map[string]*variable{}, locals: map[string]hcl.Expression{}, outputs: map[string]hcl.Expression{},
		providers: map[string]hcl.Body{}, resources: map[string]*block{}, data: map[string]*block{},
		lists: map[string]*block{}, actions: map[string]*block{},
	}
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		return c, diags
	}
	content, diags := file.Body.Content(fileSchema)
	for _, b := range content.Blocks {
		diags = append(diags, c.take(b)...)
	}
	return c, diags
}

func (c *config) take(b *hcl.Block) hcl.Diagnostics {
	switch b.Type {
	case "provider":
		return c.takeProvider(b)
	case "variable":
		return c.takeVariable(b)
	case "locals":
		attrs, diags := b.Body.JustAttributes()
		for name, a := range attrs {
			c.locals[name] = a.Expr
		}
		return diags
	case "output":
		attrs, diags := b.Body.JustAttributes()
		if a := attrs["value"]; a != nil {
			c.outputs[b.Labels[0]] = a.Expr
		}
		return diags
	case "resource", "data":
		into, address := c.resources, b.Labels[0]+"."+b.Labels[1]
		if b.Type == "data" {
			into, address = c.data, "data."+address
		}
		if into[address] != nil {
			return complain(b.DefRange.Ptr(), "Duplicate %s %q configuration", b.Type, address)
		}
		block, diags := newResource(b, address)
		into[address] = block
		return diags
	case "list", "action":
		into := c.lists
		if b.Type == "action" {
			into = c.actions
		}
		block, diags := newQuery(b)
		into[block.address] = block
		return diags
	case "moved":
		attrs, diags := b.Body.JustAttributes()
		if diags.HasErrors() {
			return diags
		}
		from, diags := addressOf(attrs["from"])
		to, more := addressOf(attrs["to"])
		c.moves = append(c.moves, move{from: from, to: to})
		return append(diags, more...)
	case "import":
		attrs, diags := b.Body.JustAttributes()
		to, more := addressOf(attrs["to"])
		imported := importBlock{to: to}
		if a := attrs["id"]; a != nil {
			imported.id = a.Expr
		}
		if a := attrs["identity"]; a != nil {
			imported.identity = a.Expr
		}
		c.imports = append(c.imports, imported)
		return append(diags, more...)
	}
	return nil // a terraform block says what the world knows
}

func complain(at *hcl.Range, format string, args ...any) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Invalid configuration", Detail: fmt.Sprintf(format, args...), Subject: at}}
}

func (c *config) takeProvider(b *hcl.Block) hcl.Diagnostics {
	content, rest, diags := b.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "alias"}}})
	key := b.Labels[0]
	if a := content.Attributes["alias"]; a != nil {
		alias, more := a.Expr.Value(nil)
		if diags = append(diags, more...); diags.HasErrors() {
			return diags
		}
		key += "." + alias.AsString()
	}
	if c.providers[key] != nil {
		return complain(b.DefRange.Ptr(), "Duplicate provider configuration %s", key)
	}
	c.providers[key] = rest
	return diags
}

func (c *config) takeVariable(b *hcl.Block) hcl.Diagnostics {
	attrs, diags := b.Body.JustAttributes()
	v := &variable{typ: cty.DynamicPseudoType}
	if a := attrs["type"]; a != nil {
		t, more := typeexpr.TypeConstraint(a.Expr)
		v.typ, diags = t, append(diags, more...)
	}
	if a := attrs["default"]; a != nil {
		value, more := a.Expr.Value(nil)
		diags = append(diags, more...)
		converted, err := convert.Convert(value, v.typ)
		if err != nil {
			return append(diags, complain(a.Range.Ptr(), "default of var.%s: %v", b.Labels[0], err)...)
		}
		v.fallback = converted
	}
	c.variables[b.Labels[0]] = v
	return diags
}

func newResource(b *hcl.Block, address string) (*block, hcl.Diagnostics) {
	content, rest, diags := b.Body.PartialContent(metaSchema)
	out := &block{address: address, typeName: b.Labels[0], provider: providerOf(b.Labels[0]), body: rest}
	diags = append(diags, out.takeProvider(content.Attributes["provider"])...)
	if a := content.Attributes["count"]; a != nil {
		out.count = a.Expr
	}
	if a := content.Attributes["for_each"]; a != nil {
		out.forEach = a.Expr
	}
	if a := content.Attributes["depends_on"]; a != nil {
		items, more := hcl.ExprList(a.Expr)
		diags = append(diags, more...)
		for _, item := range items {
			for _, ref := range item.Variables() {
				out.dependsOn = append(out.dependsOn, reference(ref))
			}
		}
	}
	for _, l := range content.Blocks {
		diags = append(diags, out.takeLifecycle(l.Body)...)
	}
	return out, diags
}

func (b *block) takeProvider(a *hcl.Attribute) hcl.Diagnostics {
	if a == nil {
		return nil
	}
	t, diags := hcl.AbsTraversalForExpr(a.Expr)
	if diags.HasErrors() {
		return diags
	}
	b.provider = t.RootName()
	for _, step := range t[1:] {
		if s, ok := step.(hcl.TraverseAttr); ok {
			b.provider += "." + s.Name
		}
	}
	return nil
}

func (b *block) takeLifecycle(body hcl.Body) hcl.Diagnostics {
	content, diags := body.Content(lifecycleSchema)
	flag := func(name string) bool {
		a := content.Attributes[name]
		if a == nil {
			return false
		}
		v, more := a.Expr.Value(nil)
		diags = append(diags, more...)
		return !more.HasErrors() && v.RawEquals(cty.True)
	}
	b.createFirst, b.preventDestroy = flag("create_before_destroy"), flag("prevent_destroy")
	if a := content.Attributes["ignore_changes"]; a != nil {
		items, more := hcl.ExprList(a.Expr)
		diags = append(diags, more...)
		for _, item := range items {
			b.ignored = append(b.ignored, hcl.ExprAsKeyword(item))
		}
		if slices.Contains(b.ignored, "") {
			diags = append(diags, complain(a.Range.Ptr(), "this harness ignores changes of whole attributes only")...)
		}
	}
	return diags
}

func newQuery(b *hcl.Block) (*block, hcl.Diagnostics) {
	out := &block{address: b.Type + "." + strings.Join(b.Labels, "."), typeName: b.Labels[0], provider: providerOf(b.Labels[0])}
	content, diags := b.Body.Content(querySchema)
	diags = append(diags, out.takeProvider(content.Attributes["provider"])...)
	out.settings = hcl.EmptyBody()
	for _, settings := range content.Blocks {
		out.settings = settings.Body
	}
	if a := content.Attributes["limit"]; a != nil {
		out.limit = a.Expr
	}
	if a := content.Attributes["include_resource"]; a != nil {
		out.includeResources = a.Expr
	}
	return out, diags
}

// addressOf is the address that an expression names, with its instance key.
func addressOf(a *hcl.Attribute) (string, hcl.Diagnostics) {
	if a == nil {
		return "", complain(nil, "an address is missing")
	}
	t, diags := hcl.AbsTraversalForExpr(a.Expr)
	if diags.HasErrors() {
		return "", diags
	}
	address := t.RootName()
	for _, step := range t[1:] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			address += "." + step.Name
		case hcl.TraverseIndex:
			address += "[" + keyText(step.Key) + "]"
		}
	}
	return address, nil
}

// reference is the node that an expression's traversal depends on: "var", "local.x",
// "data.type.name" or "type.name"; empty for what is always there.
func reference(t hcl.Traversal) string {
	names := []string{t.RootName()}
	for _, step := range t[1:] {
		s, ok := step.(hcl.TraverseAttr)
		if !ok {
			break
		}
		names = append(names, s.Name)
	}
	length := 2
	switch names[0] {
	case "each", "count", "path", "terraform", "self":
		return ""
	case "var":
		return "var"
	case "data":
		length = 3
	}
	return strings.Join(names[:min(length, len(names))], ".")
}
