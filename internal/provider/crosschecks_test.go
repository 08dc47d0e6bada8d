package provider_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	frameworkprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// checked is a schema with what validates it across attributes, and the call by
// which Terraform asks for that.
type checked struct {
	name       string
	block      *tfprotov6.SchemaBlock
	validators []any
	schema     any
	// stray tells that it has a ValidateConfig, which nothing here could try.
	stray    bool
	validate func(*tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error)
}

// everySchema lists the provider block, the resources and the data sources.
func everySchema(t *testing.T) []checked {
	t.Helper()
	ctx := t.Context()
	server, err := provider.NewServer(provider.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	p := provider.NewWith(provider.Options{Version: "test"})
	_, stray := p.(frameworkprovider.ProviderWithValidateConfig)
	all := []checked{{
		name: "provider", block: schemas.Provider.Block, stray: stray,
		validate: func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: config})
			return resp.Diagnostics, err
		},
	}}
	var own frameworkprovider.SchemaResponse
	p.Schema(ctx, frameworkprovider.SchemaRequest{}, &own)
	all[0].schema = own.Schema
	if with, ok := p.(frameworkprovider.ProviderWithConfigValidators); ok {
		all[0].validators = anys(with.ConfigValidators(ctx))
	}
	for _, create := range p.Resources(ctx) {
		r := create()
		var own resource.SchemaResponse
		r.Schema(ctx, resource.SchemaRequest{}, &own)
		c := checked{name: typeName(r), schema: own.Schema}
		_, c.stray = r.(resource.ResourceWithValidateConfig)
		if with, ok := r.(resource.ResourceWithConfigValidators); ok {
			c.validators = anys(with.ConfigValidators(ctx))
		}
		c.block = schemas.ResourceSchemas[c.name].Block
		c.validate = func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
				TypeName: c.name, Config: config, ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
			})
			return resp.Diagnostics, err
		}
		all = append(all, c)
	}
	for _, create := range p.DataSources(ctx) {
		d := create()
		var named datasource.MetadataResponse
		d.Metadata(ctx, datasource.MetadataRequest{ProviderTypeName: provider.TypeName}, &named)
		var own datasource.SchemaResponse
		d.Schema(ctx, datasource.SchemaRequest{}, &own)
		c := checked{name: "data " + named.TypeName, schema: own.Schema, block: schemas.DataSourceSchemas[named.TypeName].Block}
		_, c.stray = d.(datasource.DataSourceWithValidateConfig)
		if with, ok := d.(datasource.DataSourceWithConfigValidators); ok {
			c.validators = anys(with.ConfigValidators(ctx))
		}
		c.validate = func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: named.TypeName, Config: config})
			return resp.Diagnostics, err
		}
		all = append(all, c)
	}
	return all
}

func typeName(r resource.Resource) string {
	var named resource.MetadataResponse
	r.Metadata(context.Background(), resource.MetadataRequest{ProviderTypeName: provider.TypeName}, &named)
	return named.TypeName
}

func anys[T any](in []T) []any {
	var out []any
	for _, v := range in {
		out = append(out, v)
	}
	return out
}

// TestCrossChecks_Unknown tries every rule that looks at more than one attribute:
// where all conditions hold it refuses, at its path; where any one side is unknown,
// as it is from a variable during validate and from what another resource computes,
// or does not hold, it is silent. The rules themselves say what to try, so that a
// new one is tried too; a validator of another kind needs a test of its own.
func TestCrossChecks_Unknown(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, c := range everySchema(t) {
		if c.stray {
			t.Errorf("%s has a ValidateConfig: make it validators.Rules, which are tried here", c.name)
		}
		for _, v := range c.validators {
			switch v := v.(type) {
			case validators.Rules:
				for _, rule := range v {
					tried++
					c.tryRule(t, rule)
				}
			case kernel.EnvCheck: // TestCrossChecks_Env
			default:
				t.Errorf("%s: %T is tried by no test", c.name, v)
			}
		}
	}
	if tried < 25 {
		t.Errorf("%d rules were tried only", tried)
	}
}

func (c checked) tryRule(t *testing.T, rule validators.Rule) {
	t.Helper()
	if len(rule.When) < 2 {
		t.Errorf("%s: %q looks at one attribute: make it a validator of that", c.name, rule.Summary)
	}
	holding := map[string]any{}
	for _, condition := range rule.When {
		holding[condition.Attribute] = c.holding(condition)
	}
	if !c.refused(t, rule, holding) {
		t.Errorf("%s: %v is not refused with %q", c.name, holding, rule.Summary)
	}
	for _, condition := range rule.When {
		for _, side := range []any{unknown{}, c.contrary(condition)} {
			values := maps.Clone(holding)
			values[condition.Attribute] = side
			if c.refused(t, rule, values) {
				t.Errorf("%s: %v is refused with %q", c.name, values, rule.Summary)
			}
		}
		if condition.Kind == validators.IsWith {
			values := maps.Clone(holding)
			values[condition.Attribute] = []any{unknown{}}
			if c.refused(t, rule, values) {
				t.Errorf("%s: %v is refused with %q", c.name, values, rule.Summary)
			}
		}
		for _, other := range condition.Want {
			values := maps.Clone(holding)
			values[condition.Attribute] = other
			if condition.Kind == validators.IsWith {
				values[condition.Attribute] = []any{unknown{}, other}
			}
			if !c.refused(t, rule, values) {
				t.Errorf("%s: %v is not refused with %q", c.name, values, rule.Summary)
			}
		}
	}
}

// unknown stands for a value that is not known; of a block, as Terraform hands a
// dynamic block over whose for_each is not known: nothing in it is.
type unknown struct{}

// given stands for any value of the right type.
type given struct{}

// holding is a value of which a condition holds.
func (c checked) holding(condition validators.Condition) any {
	switch condition.Kind {
	case validators.IsMissing, validators.IsZero:
		return nil
	case validators.IsTrue:
		return true
	case validators.IsOneOf:
		return condition.Want[0]
	case validators.IsWith:
		return []any{condition.Want[0]}
	default:
		return given{}
	}
}

// contrary is a value of which it does not hold.
func (c checked) contrary(condition validators.Condition) any {
	switch condition.Kind {
	case validators.IsMissing, validators.IsZero:
		return given{}
	case validators.IsTrue:
		return false
	default:
		return nil
	}
}

// refused tells whether a configuration with the values, and null elsewhere, is
// refused by a rule at its path.
func (c checked) refused(t *testing.T, rule validators.Rule, values map[string]any) bool {
	t.Helper()
	for _, d := range c.says(t, values) {
		if d.Severity == tfprotov6.DiagnosticSeverityError && d.Summary == rule.Summary && strings.HasSuffix(d.Detail, rule.Detail) && dotted(d.Attribute) == rule.At {
			return true
		}
	}
	return false
}

func (c checked) says(t *testing.T, values map[string]any) []*tfprotov6.Diagnostic {
	t.Helper()
	of := c.block.ValueType()
	value := build(of, "", values)
	config, err := tfprotov6.NewDynamicValue(of, value)
	if err != nil {
		t.Fatalf("%s: %v: %v", c.name, values, err)
	}
	diags, err := c.validate(&config)
	if err != nil {
		t.Fatalf("%s: %v: %v", c.name, values, err)
	}
	return diags
}

func dotted(at *tftypes.AttributePath) string {
	var names []string
	for _, step := range at.Steps() {
		if name, ok := step.(tftypes.AttributeName); ok {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, ".")
}

// build makes a value of a type: what values has for a path, objects around it, and
// null elsewhere.
func build(of tftypes.Type, at string, values map[string]any) tftypes.Value {
	value, named := values[at]
	object, isObject := of.(tftypes.Object)
	if named && !isObject {
		return convert(of, value)
	}
	within := func(path string) bool { return at == "" || strings.HasPrefix(path, at+".") }
	if !isObject || at != "" && value == nil && (named || !slices.ContainsFunc(slices.Collect(maps.Keys(values)), within)) {
		return tftypes.NewValue(of, nil)
	}
	attributes := map[string]tftypes.Value{}
	for name, inner := range object.AttributeTypes {
		path := strings.TrimPrefix(at+"."+name, ".")
		if value == any(unknown{}) {
			attributes[name] = tftypes.NewValue(inner, tftypes.UnknownValue)
			continue
		}
		attributes[name] = build(inner, path, values)
	}
	return tftypes.NewValue(of, attributes)
}

func convert(of tftypes.Type, value any) tftypes.Value {
	switch value := value.(type) {
	case nil:
		return tftypes.NewValue(of, nil)
	case unknown:
		return tftypes.NewValue(of, tftypes.UnknownValue)
	case []any:
		element := tftypes.Type(tftypes.String)
		if list, ok := of.(tftypes.List); ok {
			element = list.ElementType
		} else if set, ok := of.(tftypes.Set); ok {
			element = set.ElementType
		}
		var elements []tftypes.Value
		for _, v := range value {
			elements = append(elements, convert(element, v))
		}
		return tftypes.NewValue(of, elements)
	case map[string]any:
		elements := map[string]tftypes.Value{}
		for key, v := range value {
			elements[key] = convert(tftypes.String, v)
		}
		return tftypes.NewValue(of, elements)
	case given:
		return anything(of)
	default:
		return tftypes.NewValue(of, value)
	}
}

// anything is some value of a type.
func anything(of tftypes.Type) tftypes.Value {
	switch of := of.(type) {
	case tftypes.List:
		return tftypes.NewValue(of, []tftypes.Value{anything(of.ElementType)})
	case tftypes.Set:
		return tftypes.NewValue(of, []tftypes.Value{anything(of.ElementType)})
	case tftypes.Map:
		return tftypes.NewValue(of, map[string]tftypes.Value{"K": anything(of.ElementType)})
	}
	switch {
	case of.Is(tftypes.String):
		return tftypes.NewValue(of, "x")
	case of.Is(tftypes.Number):
		return tftypes.NewValue(of, 1)
	default:
		return tftypes.NewValue(of, true)
	}
}

// TestCrossChecks_Env: the same variable in env and env_wo is refused once both are
// known, and a version without secrets is told; what is unknown is neither.
func TestCrossChecks_Env(t *testing.T) {
	t.Parallel()
	one := func() map[string]any { return map[string]any{"A": "1"} }
	for _, c := range everySchema(t) {
		if !slices.ContainsFunc(c.validators, func(v any) bool { _, ok := v.(kernel.EnvCheck); return ok }) {
			continue
		}
		for _, tt := range []struct {
			env, secrets, version any
			says                  string
		}{
			{one(), one(), 1, "The same variable twice"},
			{unknown{}, one(), 1, ""},
			{one(), unknown{}, 1, ""},
			{nil, one(), 1, ""},
			{one(), nil, nil, ""},
			{map[string]any{"A": unknown{}}, nil, nil, ""},
			{map[string]any{"A": nil}, nil, nil, "Variable without a value"},
			{nil, one(), nil, "Changes of env_wo will go unnoticed"},
			{nil, one(), unknown{}, ""},
			{nil, unknown{}, nil, ""},
			{nil, nil, 1, "env_wo_version without env_wo"},
			{nil, unknown{}, 1, ""},
			{nil, nil, unknown{}, ""},
		} {
			var about []string
			for _, d := range c.says(t, map[string]any{"env": tt.env, "env_wo": tt.secrets, "env_wo_version": tt.version}) {
				if d.Attribute != nil && strings.HasPrefix(dotted(d.Attribute), "env") {
					about = append(about, d.Summary)
				}
			}
			if got := strings.Join(about, ", "); got != tt.says {
				t.Errorf("%s: env %v, env_wo %v, version %v: says %q, want %q", c.name, tt.env, tt.secrets, tt.version, got, tt.says)
			}
		}
	}
}

// TestCrossChecks_Known has by hand the pairs that failed with a variable of null:
// nothing is refused while one side is unknown, and the pair is when both are set.
func TestCrossChecks_Known(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		schema, one, other string
		values             map[string]any
		summary            string
	}{
		{"gpumarket_runpod_pod", "gpu", "cpu", nil, "Both gpu and cpu"},
		{"gpumarket_runpod_pod", "cpu", "volume", nil, "CPU pods have no volume"},
		{"gpumarket_runpod_pod", "volume", "network_volume", nil, "Both volume and network_volume"},
		{"gpumarket_runpod_pod", "network_volume", "clouds", map[string]any{"clouds": []any{"COMMUNITY"}}, "Network volumes are in the SECURE cloud only"},
		{"gpumarket_runpod_pod", "gpu.cuda_versions", "gpu.min_cuda_version", nil, "Both min_cuda_version and cuda_versions"},
		{"gpumarket_vastai_instance", "args", "ssh_public_keys", nil, "No SSH to log in to"},
		{"gpumarket_vastai_instance", "args", "direct", map[string]any{"direct": true}, "Nothing to reach directly"},
		{"gpumarket_vastai_instance", "args", "launch_mode", map[string]any{"launch_mode": "ssh"}, "Arguments that nothing reads"},
		{"gpumarket_vastai_instance", "direct", "template_id", map[string]any{"direct": false}, "Set launch_mode as well"},
		{"gpumarket_vastai_instance", "offer", "offer_id", nil, "Both offer and offer_id"},
		{"provider", "runpod.profile", "runpod.api_key", nil, "Both profile and api_key"},
	} {
		for _, c := range everySchema(t) {
			if c.name != tt.schema {
				continue
			}
			for name, sides := range map[string][2]any{
				"both set": {given{}, given{}}, "one unknown": {unknown{}, given{}}, "other unknown": {given{}, unknown{}},
				"both unknown": {unknown{}, unknown{}}, "one null": {nil, given{}}, "other null": {given{}, nil},
			} {
				values := map[string]any{tt.one: sides[0], tt.other: sides[1]}
				for path, value := range tt.values {
					if values[path] == any(given{}) {
						values[path] = value
					}
				}
				said := slices.ContainsFunc(c.says(t, values), func(d *tfprotov6.Diagnostic) bool { return d.Summary == tt.summary })
				if said != (name == "both set") {
					t.Errorf("%s, %s and %s, %s: %q said: %v", tt.schema, tt.one, tt.other, name, tt.summary, said)
				}
			}
		}
	}
}
