package conform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// body is the text of a resource's body.
type body string

func (b body) parse() (*hclwrite.File, error) {
	// What is added to a line would stand on it, without a line break.
	f, diags := hclwrite.ParseConfig(spread([]byte(strings.TrimSpace(string(b))+"\n")), "body", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, fmt.Errorf("%w in:\n%s", diags, b)
	}
	return f, nil
}

// spread gives the blocks that are written on one line lines of their own.
func spread(text []byte) []byte {
	f, diags := hclsyntax.ParseConfig(text, "body", hcl.InitialPos)
	if diags.HasErrors() {
		return text // the caller reads it again, and says what is wrong
	}
	var breaks []int
	var look func(b *hclsyntax.Body)
	look = func(b *hclsyntax.Body) {
		for _, block := range b.Blocks {
			if block.OpenBraceRange.Start.Line == block.CloseBraceRange.Start.Line {
				breaks = append(breaks, block.OpenBraceRange.End.Byte, block.CloseBraceRange.Start.Byte)
			}
			look(block.Body)
		}
	}
	look(f.Body.(*hclsyntax.Body)) //nolint:forcetypeassert // what the parser of this syntax makes.
	slices.Sort(breaks)
	for _, at := range slices.Backward(breaks) {
		text = slices.Insert(text, at, '\n')
	}
	return text
}

// must is for bodies that were parsed before, and edits of them.
func (b body) must() *hclwrite.File {
	f, err := b.parse()
	if err != nil {
		panic(err)
	}
	return f
}

// holder is the body that the last step of a path stands in, and that step. The blocks
// on the way are made where they are missing; without make, nil is returned then.
func holder(top *hclwrite.Body, path string, create bool) (in *hclwrite.Body, name string) {
	steps := strings.Split(path, ".")
	for _, step := range steps[:len(steps)-1] {
		block := top.FirstMatchingBlock(step, nil)
		switch {
		case block != nil:
		case create:
			block = top.AppendNewBlock(step, nil)
		default:
			return nil, ""
		}
		top = block.Body()
	}
	return top, steps[len(steps)-1]
}

// get is the expression of an attribute or the body of a block.
func (b body) get(path string) (text string, ok bool) {
	in, name := holder(b.must().Body(), path, false)
	switch {
	case in == nil:
		return "", false
	case in.GetAttribute(name) != nil:
		return strings.TrimSpace(string(in.GetAttribute(name).Expr().BuildTokens(nil).Bytes())), true
	case in.FirstMatchingBlock(name, nil) != nil:
		return strings.TrimSpace(string(in.FirstMatchingBlock(name, nil).Body().BuildTokens(nil).Bytes())), true
	}
	return "", false
}

func (b body) has(path string) bool {
	_, ok := b.get(path)
	return ok
}

// without takes an attribute or block away.
func (b body) without(path string) body {
	f := b.must()
	in, name := holder(f.Body(), path, false)
	if in == nil {
		return b
	}
	in.RemoveAttribute(name)
	if block := in.FirstMatchingBlock(name, nil); block != nil {
		in.RemoveBlock(block)
	}
	return body(f.Bytes())
}

// withAttribute sets an attribute to an expression.
func (b body) withAttribute(path, expr string) body {
	f := b.must()
	in, name := holder(f.Body(), path, true)
	in.SetAttributeRaw(name, raw(expr))
	return body(f.Bytes())
}

// withBlock replaces a block, or adds it.
func (b body) withBlock(path, content string) body {
	f := b.without(path).must()
	in, name := holder(f.Body(), path, true)
	in.AppendNewBlock(name, nil).Body().AppendUnstructuredTokens(raw("\n" + strings.TrimSpace(content) + "\n"))
	return body(f.Bytes())
}

// withDynamic makes of a block one that is unknown as a whole until the apply.
func (b body) withDynamic(path string) body {
	content, _ := b.get(path)
	f := b.without(path).must()
	in, name := holder(f.Body(), path, true)
	block := in.AppendNewBlock("dynamic", []string{name}).Body()
	block.SetAttributeRaw("for_each", raw(later(`["one"]`)))
	block.AppendNewBlock("content", nil).Body().AppendUnstructuredTokens(raw("\n" + content + "\n"))
	return body(f.Bytes())
}

func raw(text string) hclwrite.Tokens {
	return hclwrite.Tokens{{Type: hclsyntax.TokenIdent, Bytes: []byte(text)}}
}

// laterVariable is declared in every configuration; while it is unknown, so is what
// [later] makes.
const laterVariable = "variable \"later\" {\n  type    = bool\n  default = true\n}\n"

// later is an expression whose value is known after the apply only. The null keeps the
// evaluation from concluding anything about the value.
func later(expr string) string { return "var.later ? (" + expr + ") : null" }

// laterElement is a list, set or map whose first element is known after the apply only;
// false when the expression is not written as one.
func laterElement(expr string) (string, bool) {
	parsed, diags := hclsyntax.ParseExpression([]byte(expr), "value", hcl.InitialPos)
	if diags.HasErrors() {
		return "", false
	}
	var first hcl.Range
	switch parsed := parsed.(type) {
	case *hclsyntax.TupleConsExpr:
		if len(parsed.Exprs) == 0 {
			return "", false
		}
		first = parsed.Exprs[0].Range()
	case *hclsyntax.ObjectConsExpr:
		if len(parsed.Items) == 0 {
			return "", false
		}
		first = parsed.Items[0].ValueExpr.Range()
	default:
		return "", false
	}
	return expr[:first.Start.Byte] + "(" + later(expr[first.Start.Byte:first.End.Byte]) + ")" + expr[first.End.Byte:], true
}
