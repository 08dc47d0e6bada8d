package protocol

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// Phase is the walk in which something was reported.
type Phase string

// The walks, in the order in which an apply takes them. Refresh and Import stand
// for commands of their own; within a plan both belong to it.
const (
	Validating Phase = "validate"
	Planning   Phase = "plan"
	Applying   Phase = "apply"
	Refreshing Phase = "refresh"
	Importing  Phase = "import"
	Querying   Phase = "query"
)

// Diagnostic is an error or a warning, of the provider or of core.
type Diagnostic struct {
	Error           bool
	Summary, Detail string
	// Address is the object that it is about; empty when it is about none.
	Address string
	// Path is the attribute, such as "offer.min_reliability" or "ports[0]"; empty
	// when the provider names none.
	Path string
	// Line is where core found fault with the configuration's text, counted from
	// the beginning of what was handed over; 0 when it did not.
	Line  int
	Phase Phase
	// Broken tells that the provider broke a rule of core: no configuration may
	// lead to it.
	Broken bool
}

func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", d.Phase)
	if d.Error {
		b.WriteString("error: ")
	} else {
		b.WriteString("warning: ")
	}
	b.WriteString(d.Summary)
	if d.Address != "" || d.Path != "" {
		fmt.Fprintf(&b, " [%s]", strings.Trim(d.Address+" "+d.Path, " "))
	}
	if d.Line > 0 {
		fmt.Fprintf(&b, " (line %d)", d.Line)
	}
	if d.Detail != "" {
		b.WriteString("\n    " + strings.ReplaceAll(d.Detail, "\n", "\n    "))
	}
	return b.String()
}

// Says tells whether the text stands in the summary or the detail. Line breaks
// count as spaces.
func (d Diagnostic) Says(text string) bool {
	return strings.Contains(spaced(d.Summary+" "+d.Detail), spaced(text))
}

func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// Diagnostics is what a command reported.
type Diagnostics []Diagnostic

func (d Diagnostics) String() string {
	var lines []string
	for _, one := range d {
		lines = append(lines, one.String())
	}
	return strings.Join(lines, "\n")
}

// Errors are the errors among them.
func (d Diagnostics) Errors() Diagnostics {
	return d.filter(func(d Diagnostic) bool { return d.Error })
}

// Warnings are the warnings among them.
func (d Diagnostics) Warnings() Diagnostics {
	return d.filter(func(d Diagnostic) bool { return !d.Error })
}

// Broken are the breaches of core's rules among them.
func (d Diagnostics) Broken() Diagnostics {
	return d.filter(func(d Diagnostic) bool { return d.Broken })
}

// Say are those in which the text stands.
func (d Diagnostics) Say(text string) Diagnostics {
	return d.filter(func(d Diagnostic) bool { return d.Says(text) })
}

func (d Diagnostics) filter(keep func(Diagnostic) bool) Diagnostics {
	return slices.DeleteFunc(slices.Clone(d), func(d Diagnostic) bool { return !keep(d) })
}

// report adds what the provider said about an object.
func (k *walk) report(address string, from []*tfprotov6.Diagnostic) (ok bool) {
	ok = true
	for _, d := range from {
		isError := d.Severity != tfprotov6.DiagnosticSeverityWarning
		k.add(Diagnostic{
			Error: isError, Summary: d.Summary, Detail: d.Detail,
			Address: address, Path: attributeText(d.Attribute),
		})
		ok = ok && !isError
	}
	return ok
}

// reportHCL adds what core says about the text of the configuration.
func (k *walk) reportHCL(address string, from hcl.Diagnostics) (ok bool) {
	for _, d := range from {
		out := Diagnostic{Error: d.Severity == hcl.DiagError, Summary: d.Summary, Detail: d.Detail, Address: address}
		// A function has no other way to tell.
		out.Broken = out.Error && strings.Contains(d.Detail, functionRule)
		if d.Subject != nil {
			out.Line = d.Subject.Start.Line
		}
		k.add(out)
	}
	return !from.HasErrors()
}

// fail adds an error of core's own; it returns false for the caller to return.
func (k *walk) fail(address, summary, detail string, args ...any) bool {
	k.add(Diagnostic{Error: true, Summary: summary, Detail: fmt.Sprintf(detail, args...), Address: address})
	return false
}

// broken adds that the provider broke a rule of core.
func (k *walk) broken(address, summary, detail string, args ...any) bool {
	k.add(Diagnostic{Error: true, Summary: summary, Detail: fmt.Sprintf(detail, args...), Address: address, Broken: true})
	return false
}

// brokenAt adds each breach with its place.
func (k *walk) brokenAt(address, summary, detail string, found []problem) (ok bool) {
	for _, p := range found {
		k.add(Diagnostic{
			Error: true, Summary: summary, Detail: fmt.Sprintf("%s: %s", detail, p), Address: address, Path: pathText(p.at), Broken: true,
		})
	}
	return len(found) == 0
}

func (k *walk) add(d Diagnostic) {
	d.Phase = k.phase
	k.mu.Lock()
	defer k.mu.Unlock()
	k.diags = append(k.diags, d)
}

// pathText is the path as it is written in a configuration.
func pathText(p cty.Path) string {
	var b strings.Builder
	for _, step := range p {
		switch step := step.(type) {
		case cty.GetAttrStep:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step.Name)
		case cty.IndexStep:
			b.WriteString("[" + keyText(step.Key) + "]")
		}
	}
	return b.String()
}

func keyText(key cty.Value) string {
	switch {
	case !key.IsKnown() || key.IsNull():
	case key.Type() == cty.String:
		return strconv.Quote(key.AsString())
	case key.Type() == cty.Number:
		return key.AsBigFloat().Text('f', -1)
	}
	return "…" // an element of a set has no name
}

// ctyPath is the path in the words of the expression language. It ends before the
// element of a set, as the protocol's messages do.
func ctyPath(from *tftypes.AttributePath) cty.Path {
	var p cty.Path
	if from == nil {
		return nil
	}
	for _, step := range from.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			p = p.GetAttr(string(step))
		case tftypes.ElementKeyString:
			p = p.IndexString(string(step))
		case tftypes.ElementKeyInt:
			p = p.IndexInt(int(step))
		default:
			return p
		}
	}
	return p
}

func attributeText(p *tftypes.AttributePath) string { return pathText(ctyPath(p)) }
