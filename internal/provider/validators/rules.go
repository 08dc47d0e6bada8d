package validators

import (
	"context"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Rules are what a configuration may not combine. They are data, so that a test
// can try every attribute of every rule with a value that is not known.
type Rules []Rule

// Rule refuses a combination of values: it applies when all its conditions
// certainly hold. A condition about a value that is not known yet may turn out
// either way, and then nothing is refused.
type Rule struct {
	When            []Condition
	At              string // the attribute to put the error on: "volume", "gpu.types"
	Summary, Detail string
}

// Condition is about one attribute, named by its path: "volume", "gpu.types".
type Condition struct {
	Attribute string
	Kind      Kind
	// Want are the values of [Is] and [Has].
	Want []string
}

// Kind is what a condition says about its attribute.
type Kind int

// Kinds of conditions.
const (
	IsGiven   Kind = iota + 1 // set: not null, not "" and not []
	IsMissing                 // the contrary
	IsZero                    // missing, or 0
	IsTrue
	IsOneOf // one of the strings
	IsWith  // a list or set that contains the string
)

// Given holds for an attribute or a block that is set.
func Given(attribute string) Condition { return Condition{Attribute: attribute, Kind: IsGiven} }

// Missing holds for an attribute or a block that is left out.
func Missing(attribute string) Condition { return Condition{Attribute: attribute, Kind: IsMissing} }

// Zero holds for an attribute that is left out or 0.
func Zero(attribute string) Condition { return Condition{Attribute: attribute, Kind: IsZero} }

// True holds for a flag that is set.
func True(attribute string) Condition { return Condition{Attribute: attribute, Kind: IsTrue} }

// OneOf holds for a string that is one of the values.
func OneOf(attribute string, values ...string) Condition {
	return Condition{Attribute: attribute, Kind: IsOneOf, Want: values}
}

// With holds for a list or a set that contains the value.
func With(attribute, value string) Condition {
	return Condition{Attribute: attribute, Kind: IsWith, Want: []string{value}}
}

// Description says what the rules are for.
func (Rules) Description(context.Context) string { return "refuses values that contradict each other" }

// MarkdownDescription is the same as Description.
func (r Rules) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

// ValidateResource applies the rules to a resource.
func (r Rules) ValidateResource(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	r.apply(req.Config, &resp.Diagnostics)
}

// ValidateDataSource applies the rules to a data source.
func (r Rules) ValidateDataSource(_ context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	r.apply(req.Config, &resp.Diagnostics)
}

// ValidateProvider applies the rules to the provider block.
func (r Rules) ValidateProvider(_ context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	r.apply(req.Config, &resp.Diagnostics)
}

func (r Rules) apply(config tfsdk.Config, diags *diag.Diagnostics) {
	for _, rule := range r {
		contradicts := func(c Condition) bool { return c.judge(valueAt(config.Raw, strings.Split(c.Attribute, "."))) != yes }
		if !slices.ContainsFunc(rule.When, contradicts) {
			diags.AddAttributeError(rule.path(), rule.Summary, rule.Detail)
		}
	}
}

func (r Rule) path() path.Path {
	steps := strings.Split(r.At, ".")
	at := path.Root(steps[0])
	for _, step := range steps[1:] {
		at = at.AtName(step)
	}
	return at
}

// truth is what can be said about a value that may not be known yet.
type truth int

const (
	no truth = iota
	open
	yes
)

func certain(holds bool) truth {
	if holds {
		return yes
	}
	return no
}

// valueAt follows names into nested objects. Below null is null, and below what is
// not known is nothing known.
func valueAt(value tftypes.Value, names []string) tftypes.Value {
	for _, name := range names {
		var attributes map[string]tftypes.Value
		if value.IsNull() || !value.IsKnown() || value.As(&attributes) != nil {
			return value
		}
		value = attributes[name]
	}
	return value
}

func (c Condition) judge(value tftypes.Value) truth {
	if perhaps(value) {
		return open
	}
	switch c.Kind {
	case IsGiven:
		return certain(!missing(value))
	case IsMissing:
		return certain(missing(value))
	case IsZero:
		number := new(big.Float)
		return certain(missing(value) || value.As(&number) == nil && number.Sign() == 0)
	case IsTrue:
		var set bool
		return certain(!value.IsNull() && value.As(&set) == nil && set)
	case IsOneOf:
		text, ok := textOf(value)
		return certain(ok && slices.Contains(c.Want, text))
	default:
		return c.contained(value)
	}
}

// contained judges whether a collection has the wanted value; an element that is
// not known may be it.
func (c Condition) contained(value tftypes.Value) truth {
	var elements []tftypes.Value
	if value.IsNull() || value.As(&elements) != nil {
		return no
	}
	verdict := no
	for _, element := range elements {
		if !element.IsKnown() {
			verdict = open
		} else if text, ok := textOf(element); ok && slices.Contains(c.Want, text) {
			return yes
		}
	}
	return verdict
}

// perhaps tells that a value may turn out to be there or not: it is not known, or it
// is a block that a dynamic block makes of something that is not known. Terraform
// hands that over as an object of which nothing that is written is known; the rest is
// null.
func perhaps(value tftypes.Value) bool {
	if !value.IsKnown() {
		return true
	}
	var attributes map[string]tftypes.Value
	if value.IsNull() || !value.Type().Is(tftypes.Object{}) || value.As(&attributes) != nil || len(attributes) == 0 {
		return false
	}
	unknown := false
	for _, attribute := range attributes {
		if attribute.IsKnown() && !attribute.IsNull() {
			return false
		}
		unknown = unknown || !attribute.IsKnown()
	}
	return unknown
}

// missing tells that a value is null, or what people write for it: "" and [].
func missing(value tftypes.Value) bool {
	if value.IsNull() {
		return true
	}
	if text, ok := textOf(value); ok {
		return text == ""
	}
	var elements []tftypes.Value
	return value.As(&elements) == nil && len(elements) == 0
}

func textOf(value tftypes.Value) (string, bool) {
	var text string
	if value.IsNull() || value.As(&text) != nil {
		return "", false
	}
	return text, true
}
