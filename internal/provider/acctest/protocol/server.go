package protocol

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// Version is the version of Terraform that the provider is told.
const Version = "1.11.4"

// schemas is what a provider offers.
type schemas struct {
	provider                         *shape
	resources, data, lists, actions  map[string]*shape
	identities                       map[string]*shape
	identityVersions                 map[string]int64
	functions                        map[string]*tfprotov6.Function
	planDestroy, moves, needsSchemas bool
}

func readSchemas(ctx context.Context, server tfprotov6.ProviderServer) (*schemas, error) {
	all, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	ids, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	for _, d := range append(all.Diagnostics, ids.Diagnostics...) {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return nil, fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	shapes := func(from map[string]*tfprotov6.Schema) map[string]*shape {
		out := map[string]*shape{}
		for name, s := range from {
			out[name] = newShape(s.Block)
			out[name].version = s.Version
		}
		return out
	}
	out := &schemas{
		provider: newShape(nil), resources: shapes(all.ResourceSchemas), data: shapes(all.DataSourceSchemas),
		lists: shapes(all.ListResourceSchemas), actions: map[string]*shape{},
		identities: map[string]*shape{}, identityVersions: map[string]int64{}, functions: all.Functions,
	}
	if all.Provider != nil {
		out.provider = newShape(all.Provider.Block)
	}
	for name, a := range all.ActionSchemas {
		out.actions[name] = newShape(a.Schema.Block)
	}
	for name, s := range ids.IdentitySchemas {
		block := &tfprotov6.SchemaBlock{}
		for _, a := range s.IdentityAttributes {
			block.Attributes = append(block.Attributes, &tfprotov6.SchemaAttribute{
				Name: a.Name, Type: a.Type, Required: a.RequiredForImport, Optional: !a.RequiredForImport,
			})
		}
		out.identities[name] = newShape(block)
		out.identityVersions[name] = s.Version
	}
	if c := all.ServerCapabilities; c != nil {
		out.planDestroy, out.moves, out.needsSchemas = c.PlanDestroy, c.MoveResourceState, !c.GetProviderSchemaOptional
	}
	return out, nil
}

// process is one started provider: each walk starts its own for every provider
// block, as core starts processes.
type process struct {
	tfprotov6.ProviderServer
	*schemas
	name string // the key of the provider block, such as "gpumarket.eu"
}

// providerOf is the local name of the provider that a type belongs to.
func providerOf(typeName string) string {
	name, _, _ := strings.Cut(typeName, "_")
	return name
}

// start starts the provider of a provider block.
func (w *World) start(ctx context.Context, key string) (*process, error) {
	name, _, _ := strings.Cut(key, ".")
	factory, ok := w.factories[name]
	if !ok {
		return nil, fmt.Errorf("there is no provider %q in this world", name)
	}
	server, err := factory()
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	known, ok := w.schemas[name]
	switch {
	case !ok:
		known, err = readSchemas(ctx, server)
		w.schemas[name] = known
	case known.needsSchemas:
		_, err = readSchemas(ctx, server)
	}
	return &process{ProviderServer: server, schemas: known, name: key}, err
}

// call makes one call with a context that ends with it, as over gRPC. An error
// instead of an answer is one of the provider's.
func call[Req, Resp any](k *walk, address string, f func(context.Context, *Req) (*Resp, error), req *Req) *Resp {
	ctx, cancel := context.WithCancel(k.w.ctx())
	defer cancel()
	return open(ctx, k, address, f, req)
}

// open is call for an answer that is read after the call, under a context that the
// caller ends.
func open[Req, Resp any](ctx context.Context, k *walk, address string, f func(context.Context, *Req) (*Resp, error), req *Req) *Resp {
	resp, err := f(ctx, req)
	if err != nil || resp == nil {
		k.broken(address, "Plugin did not respond", "The call failed: %v", err)
		return nil
	}
	return resp
}

func encode(v cty.Value, t cty.Type) *tfprotov6.DynamicValue {
	content, err := msgpack.Marshal(v, t)
	if err != nil {
		panic(fmt.Sprintf("a value that does not fit its schema: %v", err)) // config is decoded by it
	}
	return &tfprotov6.DynamicValue{MsgPack: content}
}

// decode reads what the provider answered; nil gives NilVal.
func decode(d *tfprotov6.DynamicValue, t cty.Type) (cty.Value, error) {
	switch {
	case d == nil:
		return cty.NilVal, nil
	case len(d.MsgPack) > 0:
		return msgpack.Unmarshal(d.MsgPack, t)
	case len(d.JSON) > 0:
		return ctyjson.Unmarshal(d.JSON, t)
	}
	return cty.NullVal(t), nil
}

// answer is decode; what cannot be read is a breach.
func (k *walk) answer(address, summary string, d *tfprotov6.DynamicValue, t cty.Type) (cty.Value, bool) {
	v, err := decode(d, t)
	if err != nil {
		return cty.NilVal, k.broken(address, summary, "The value does not conform to the schema: %v", err)
	}
	return v, true
}

// identity reads the identity of an answer; a null value when there is none.
func (k *walk) identity(address, typeName string, p *process, from *tfprotov6.ResourceIdentityData) (cty.Value, bool) {
	s := p.identities[typeName]
	switch {
	case s == nil && from == nil:
		return cty.NullVal(cty.EmptyObject), true
	case s == nil:
		return cty.NilVal, k.broken(address, "Provider produced invalid identity", "The type has no identity schema, and an identity came back.")
	case from == nil || from.IdentityData == nil:
		return cty.NullVal(s.typ), true
	}
	return k.answer(address, "Provider produced an identity that doesn't match the schema", from.IdentityData, s.typ)
}

// identityData is an identity to be sent; nil for none.
func identityData(v cty.Value) *tfprotov6.ResourceIdentityData {
	if v == cty.NilVal || v.IsNull() {
		return nil
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: encode(v, v.Type())}
}

// settled checks the identity of an object that exists: set when its type has one,
// known, and what it was.
func (k *walk) settled(address, typeName string, p *process, was, is cty.Value) bool {
	switch {
	case p.identities[typeName] == nil:
		return true
	case is.IsNull():
		return k.broken(address, "Provider produced no identity", "The type has an identity schema, and the object has no identity.")
	case !is.IsWhollyKnown():
		return k.broken(address, "Provider produced invalid identity", "The identity has unknown values.")
	case was != cty.NilVal && !was.IsNull() && !was.RawEquals(is):
		return k.broken(address, "Provider produced a changed identity", "The identity of the object was %#v, but now is %#v.", was, is)
	}
	return true
}

func (p *process) configure(k *walk, config cty.Value) bool {
	validate := call(k, p.name, p.ValidateProviderConfig, &tfprotov6.ValidateProviderConfigRequest{Config: encode(config, p.provider.typ)})
	if validate == nil || !k.report("provider."+p.name, validate.Diagnostics) {
		return false
	}
	if k.phase == Validating {
		return true
	}
	resp := call(k, p.name, p.ConfigureProvider, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: Version, Config: encode(config, p.provider.typ),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{},
	})
	return resp != nil && k.report("provider."+p.name, resp.Diagnostics)
}

func (p *process) validateResource(k *walk, address, typeName string, config cty.Value) bool {
	resp := call(k, address, p.ValidateResourceConfig, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: typeName, Config: encode(config, p.resources[typeName].typ),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	return resp != nil && k.report(address, resp.Diagnostics)
}

func (p *process) validateData(k *walk, address, typeName string, config cty.Value) bool {
	resp := call(k, address, p.ValidateDataResourceConfig, &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: typeName, Config: encode(config, p.data[typeName].typ),
	})
	return resp != nil && k.report(address, resp.Diagnostics)
}

// readData validates the whole configuration again, and reads.
func (p *process) readData(k *walk, address, typeName string, config cty.Value) (cty.Value, bool) {
	const invalid = "Provider produced invalid object"
	if !p.validateData(k, address, typeName, config) {
		return cty.NilVal, false
	}
	t := p.data[typeName].typ
	resp := call(k, address, p.ReadDataSource, &tfprotov6.ReadDataSourceRequest{
		TypeName: typeName, Config: encode(config, t), ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{},
	})
	if resp == nil || !k.report(address, resp.Diagnostics) || !k.undeferred(address, resp.Deferred) {
		return cty.NilVal, false
	}
	v, ok := k.answer(address, invalid, resp.State, t)
	switch {
	case !ok:
		return cty.NilVal, false
	case v == cty.NilVal || v.IsNull():
		return cty.NilVal, k.broken(address, "Provider produced null object", "The provider produced a null value for the data source.")
	case !v.IsWhollyKnown():
		return cty.NilVal, k.broken(address, invalid, "The provider produced a value that is not wholly known.")
	}
	return v, true
}

// undeferred refuses a deferral, which the CLIs of today do not allow.
func (k *walk) undeferred(address string, d *tfprotov6.Deferred) bool {
	if d == nil {
		return true
	}
	return k.broken(address, "Provider deferred changes when not allowed", "The provider deferred the change (%s) for a client that cannot defer.", d.Reason)
}
