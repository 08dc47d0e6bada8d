package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// framework is all that the framework's server answers.
type framework interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server is the framework's server, through which every message passes on its way
// to the user. Terraform shows the line of a top-level attribute alone, so messages
// about something nested get its path; a number with a fraction where a whole one is
// wanted is refused in words of ours, because the framework calls it a bug. What a plan
// refuses does not stand in the way of a destroy: see [softenForDestroy].
type server struct {
	framework

	types      func() (typesOf, error)
	destroying func() bool
}

// NewServer is what Terraform talks to.
func NewServer(options Options) (tfprotov6.ProviderServer, error) {
	options = options.withDefaults()
	p := NewWith(options)
	inner, ok := providerserver.NewProtocol6(p)().(framework)
	if !ok {
		return nil, errors.New("the framework's server lacks a part of the protocol")
	}
	return &server{
		framework: inner, destroying: options.Destroying,
		types: sync.OnceValues(func() (typesOf, error) { return schemaTypes(p) }),
	}, nil
}

func (s *server) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	resp, err := s.framework.ValidateProviderConfig(ctx, req)
	if resp != nil {
		namePaths(resp.Diagnostics)
	}
	return resp, err
}

func (s *server) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	resp, err := s.framework.ConfigureProvider(ctx, req)
	if resp != nil {
		namePaths(resp.Diagnostics)
	}
	return resp, err
}

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := s.framework.ValidateResourceConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = s.withFractions(ctx, resp.Diagnostics, func(t typesOf) attr.Type { return t.resources[req.TypeName] }, req.Config)
		namePaths(resp.Diagnostics)
	}
	return resp, err
}

func (s *server) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	resp, err := s.framework.ValidateDataResourceConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = s.withFractions(ctx, resp.Diagnostics, func(t typesOf) attr.Type { return t.dataSources[req.TypeName] }, req.Config)
		namePaths(resp.Diagnostics)
	}
	return resp, err
}

func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := s.framework.ReadDataSource(ctx, req)
	if resp != nil {
		namePaths(resp.Diagnostics)
		hintDestroy(resp.Diagnostics, s.destroying())
	}
	return resp, err
}

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := s.framework.ReadResource(ctx, req)
	if resp != nil {
		namePaths(resp.Diagnostics)
	}
	return resp, err
}

func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := s.framework.PlanResourceChange(ctx, req)
	if resp != nil {
		namePaths(resp.Diagnostics)
		if s.destroying() && resp.PlannedState != nil {
			softenForDestroy(resp.Diagnostics)
		}
		hintDestroy(resp.Diagnostics, exists(req) || s.destroying())
	}
	return resp, err
}

func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := s.framework.ApplyResourceChange(ctx, req)
	if resp != nil {
		namePaths(resp.Diagnostics)
	}
	return resp, err
}

// namePaths puts the path in front of each message about something nested that
// does not name it itself.
func namePaths(diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		if d.Attribute == nil || len(d.Attribute.Steps()) < 2 {
			continue
		}
		if name := pathText(d.Attribute); !strings.Contains(d.Summary+d.Detail, name) {
			d.Detail = name + ": " + d.Detail
		}
	}
}

// DestroyHint ends an error that may stand in the way of destroying something that
// exists: a destroy begins with an ordinary plan.
const DestroyHint = "To destroy what runs: terraform destroy -refresh=false."

// hintDestroy says how to destroy nevertheless.
func hintDestroy(diags []*tfprotov6.Diagnostic, hint bool) {
	for _, d := range diags {
		if hint && d.Severity == tfprotov6.DiagnosticSeverityError {
			d.Detail = strings.TrimRight(d.Detail, "\n") + "\n\n" + DestroyHint
		}
	}
}

// softenForDestroy turns the refusals of a plan into warnings. A destroy begins with an
// ordinary plan, of which nothing is applied: what it would create or change is of no
// account, and a refusal would only keep what runs from being destroyed.
func softenForDestroy(diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			d.Severity = tfprotov6.DiagnosticSeverityWarning
			d.Detail = strings.TrimRight(d.Detail, "\n") + "\n\nThis does not stop the destroy, which creates and changes nothing."
		}
	}
}

// exists tells whether a plan concerns something that exists: it changes it, or
// creates what takes its place. The plan of the create then has what the plan of the
// replacement left in the private state.
func exists(req *tfprotov6.PlanResourceChangeRequest) bool {
	none, err := req.PriorState.IsNull()
	if err == nil && !none {
		return true
	}
	var private map[string]json.RawMessage
	if json.Unmarshal(req.PriorPrivate, &private) != nil {
		return false
	}
	_, replaces := private[kernel.PrivateReplaces]
	return replaces
}

// pathText is a path as a configuration would write it. An element of a set has no
// name but its value, which the message tells where it may be told.
func pathText(at *tftypes.AttributePath) string {
	var text strings.Builder
	for i, step := range at.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			if i > 0 {
				text.WriteByte('.')
			}
			text.WriteString(string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&text, "[%d]", int64(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&text, "[%q]", string(step))
		}
	}
	return text.String()
}

// typesOf are the types of the schemas by the names of what they describe.
type typesOf struct{ resources, dataSources map[string]attr.Type }

func schemaTypes(p provider.Provider) (typesOf, error) {
	ctx := context.Background()
	all := typesOf{map[string]attr.Type{}, map[string]attr.Type{}}
	for _, create := range p.Resources(ctx) {
		var name resource.MetadataResponse
		var schema resource.SchemaResponse
		r := create()
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: TypeName}, &name)
		if r.Schema(ctx, resource.SchemaRequest{}, &schema); schema.Diagnostics.HasError() {
			return all, fmt.Errorf("schema of %s: %v", name.TypeName, schema.Diagnostics)
		}
		all.resources[name.TypeName] = schema.Schema.Type()
	}
	for _, create := range p.DataSources(ctx) {
		var name datasource.MetadataResponse
		var schema datasource.SchemaResponse
		d := create()
		d.Metadata(ctx, datasource.MetadataRequest{ProviderTypeName: TypeName}, &name)
		if d.Schema(ctx, datasource.SchemaRequest{}, &schema); schema.Diagnostics.HasError() {
			return all, fmt.Errorf("schema of %s: %v", name.TypeName, schema.Diagnostics)
		}
		all.dataSources[name.TypeName] = schema.Schema.Type()
	}
	return all, nil
}

// withFractions are the messages about a configuration, or, where it has numbers
// that should be whole and are not, messages about these in place of the
// framework's, which stops at them.
func (s *server) withFractions(
	ctx context.Context, diags []*tfprotov6.Diagnostic, pick func(typesOf) attr.Type, config *tfprotov6.DynamicValue,
) []*tfprotov6.Diagnostic {
	if len(diags) == 0 || config == nil {
		return diags
	}
	all, err := s.types()
	if err != nil || pick(all) == nil {
		return diags
	}
	of := pick(all)
	value, err := config.Unmarshal(of.TerraformType(ctx))
	if err != nil {
		return diags
	}
	var found []*tfprotov6.Diagnostic
	err = tftypes.Walk(value, func(at *tftypes.AttributePath, leaf tftypes.Value) (bool, error) {
		number := new(big.Float)
		if leaf.IsNull() || !leaf.IsKnown() || !leaf.Type().Is(tftypes.Number) || !whole(of, at.Steps()) {
			return true, nil
		}
		if err := leaf.As(&number); err != nil || number.IsInt() {
			return err == nil, err
		}
		found = append(found, &tfprotov6.Diagnostic{
			Severity: tfprotov6.DiagnosticSeverityError, Attribute: at, Summary: "Not a whole number",
			Detail: fmt.Sprintf("%s has to be a whole number, and is %s.", pathText(at), number.Text('f', -1)),
		})
		return true, nil
	})
	if err != nil || len(found) == 0 {
		return diags
	}
	return found
}

// whole tells whether a type wants a whole number at a path.
func whole(of attr.Type, steps []tftypes.AttributePathStep) bool {
	for _, step := range steps {
		switch outer := of.(type) {
		case attr.TypeWithAttributeTypes:
			name, _ := step.(tftypes.AttributeName)
			of = outer.AttributeTypes()[string(name)]
		case attr.TypeWithElementType:
			of = outer.ElementType()
		default:
			return false
		}
	}
	return of != nil && of.Equal(types.Int64Type)
}
