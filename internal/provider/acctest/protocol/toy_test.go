package protocol

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// cloud is where the toy provider's things are.
type cloud struct {
	mu     sync.Mutex
	things map[string]map[string]cty.Value
	next   int
	calls  []string
	// The hooks change what a call answers, to break a rule or to look at a request.
	onPlan     func(*tfprotov6.PlanResourceChangeRequest, *tfprotov6.PlanResourceChangeResponse)
	onApply    func(*tfprotov6.ApplyResourceChangeRequest, *tfprotov6.ApplyResourceChangeResponse)
	onRead     func(*tfprotov6.ReadResourceRequest, *tfprotov6.ReadResourceResponse)
	onImport   func(*tfprotov6.ImportResourceStateResponse)
	onUpgrade  func(*tfprotov6.UpgradeResourceStateRequest, *tfprotov6.UpgradeResourceStateResponse)
	onData     func(*tfprotov6.ReadDataSourceResponse)
	onValidate func(*tfprotov6.ValidateResourceConfigRequest, *tfprotov6.ValidateResourceConfigResponse)
	onCall     func(*tfprotov6.CallFunctionResponse)
	onList     func(*tfprotov6.ListResourceResult)
	started    int
}

func (c *cloud) called(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, what)
}

// toys are the factories of the toy provider over a cloud.
func toys(c *cloud) Factories {
	if c.things == nil {
		c.things = map[string]map[string]cty.Value{}
	}
	return Factories{"toy": func() (tfprotov6.ProviderServer, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.started++
		return &toy{cloud: c}, nil
	}}
}

func world(t *testing.T) (*World, *cloud) {
	t.Helper()
	c := &cloud{}
	return New(t, toys(c)), c
}

// toy is a provider written against the protocol, since the framework would keep
// most rules by itself.
type toy struct {
	tfprotov6.ProviderServer
	cloud      *cloud
	configured bool
	region     string
}

func thingSchema() *tfprotov6.Schema {
	text := func(name string) *tfprotov6.SchemaAttribute {
		return &tfprotov6.SchemaAttribute{Name: name, Type: tftypes.String, Optional: true}
	}
	zone := text("zone")
	zone.Computed = true
	size := &tfprotov6.SchemaAttribute{Name: "size", Type: tftypes.Number, Optional: true, Computed: true}
	device := &tfprotov6.SchemaAttribute{Name: "device", Type: tftypes.String, Computed: true}
	return &tfprotov6.Schema{Version: 1, Block: &tfprotov6.SchemaBlock{
		Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "id", Type: tftypes.String, Computed: true},
			{Name: "name", Type: tftypes.String, Required: true},
			{Name: "kind", Type: tftypes.String, Optional: true}, // a change replaces
			{Name: "secret_wo", Type: tftypes.String, Optional: true, WriteOnly: true},
			{Name: "tags", Type: tftypes.Map{ElementType: tftypes.String}, Optional: true},
			size,
			{Name: "place", Optional: true, NestedType: &tfprotov6.SchemaObject{
				Nesting: tfprotov6.SchemaObjectNestingModeSingle, Attributes: []*tfprotov6.SchemaAttribute{text("country"), zone},
			}},
		},
		BlockTypes: []*tfprotov6.SchemaNestedBlock{
			{TypeName: "disk", Nesting: tfprotov6.SchemaNestedBlockNestingModeList, Block: &tfprotov6.SchemaBlock{
				Attributes: []*tfprotov6.SchemaAttribute{{Name: "gb", Type: tftypes.Number, Required: true}, device},
			}},
			{TypeName: "note", Nesting: tfprotov6.SchemaNestedBlockNestingModeSingle, Block: &tfprotov6.SchemaBlock{
				Attributes: []*tfprotov6.SchemaAttribute{text("text")},
			}},
		},
	}}
}

func (p *toy) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{GetProviderSchemaOptional: true, PlanDestroy: true, MoveResourceState: true},
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "region", Type: tftypes.String, Optional: true},
		}}},
		ResourceSchemas: map[string]*tfprotov6.Schema{"toy_thing": thingSchema()},
		DataSourceSchemas: map[string]*tfprotov6.Schema{"toy_reader": {Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "question", Type: tftypes.String, Required: true}, {Name: "answer", Type: tftypes.String, Computed: true},
		}}}},
		ListResourceSchemas: map[string]*tfprotov6.Schema{"toy_thing": {Block: &tfprotov6.SchemaBlock{}}},
		ActionSchemas: map[string]*tfprotov6.ActionSchema{"toy_shake": {Schema: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
			Attributes: []*tfprotov6.SchemaAttribute{{Name: "times", Type: tftypes.Number, Required: true}},
		}}}},
		Functions: map[string]*tfprotov6.Function{"twice": {
			Parameters: []*tfprotov6.FunctionParameter{{Name: "n", Type: tftypes.Number}}, Return: &tfprotov6.FunctionReturn{Type: tftypes.Number},
		}},
	}, nil
}

func (p *toy) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{
		"toy_thing": {IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{{Name: "id", Type: tftypes.String, RequiredForImport: true}}},
	}}, nil
}

var (
	thing   = newShape(thingSchema().Block)
	thingID = cty.Object(map[string]cty.Type{"id": cty.String})
)

func values(d *tfprotov6.DynamicValue) map[string]cty.Value {
	v, err := decode(d, thing.typ)
	if err != nil {
		panic(err)
	}
	if v.IsNull() {
		return nil
	}
	return v.AsValueMap()
}

func dynamic(values map[string]cty.Value) *tfprotov6.DynamicValue {
	if values == nil {
		return encode(cty.NullVal(thing.typ), thing.typ)
	}
	return encode(cty.ObjectVal(values), thing.typ)
}

// set changes one attribute of an answer.
func set1(d **tfprotov6.DynamicValue, name string, v cty.Value) {
	all := values(*d)
	all[name] = v
	*d = dynamic(all)
}

func idOf(v cty.Value) *tfprotov6.ResourceIdentityData {
	return &tfprotov6.ResourceIdentityData{IdentityData: encode(cty.ObjectVal(map[string]cty.Value{"id": v}), thingID)}
}

func (p *toy) ValidateProviderConfig(context.Context, *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{}, nil
}

func (p *toy) ConfigureProvider(_ context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	config, err := decode(req.Config, cty.Object(map[string]cty.Type{"region": cty.String}))
	if err != nil {
		return nil, err
	}
	p.configured, p.region = true, "home"
	switch region := config.GetAttr("region"); {
	case !region.IsKnown():
		p.region = "unknown"
	case !region.IsNull():
		p.region = region.AsString()
	}
	p.cloud.called("configure " + p.region)
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (p *toy) ValidateResourceConfig(_ context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp := &tfprotov6.ValidateResourceConfigResponse{}
	if name := values(req.Config)["name"]; name.IsKnown() && name.AsString() == "" {
		resp.Diagnostics = append(resp.Diagnostics, &tfprotov6.Diagnostic{
			Severity: tfprotov6.DiagnosticSeverityError, Summary: "Wrong name", Detail: "A name is not empty.",
			Attribute: tftypes.NewAttributePath().WithAttributeName("name"),
		})
	}
	if p.cloud.onValidate != nil {
		p.cloud.onValidate(req, resp)
	}
	return resp, nil
}

func (p *toy) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if !p.configured {
		return nil, errors.New("not configured")
	}
	resp := &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: req.PriorPrivate, PlannedIdentity: req.PriorIdentity}
	planned, prior := values(req.ProposedNewState), values(req.PriorState)
	if planned != nil {
		planned["secret_wo"] = cty.NullVal(cty.String)
		for _, name := range []string{"id", "size"} {
			if planned[name].IsNull() {
				planned[name] = cty.UnknownVal(thing.attrs[name].typ)
			}
		}
		planned["disk"] = fill(planned["disk"], "device", cty.UnknownVal(cty.String))
		if place := planned["place"]; !place.IsNull() && place.IsKnown() && place.GetAttr("zone").IsNull() {
			inner := place.AsValueMap()
			inner["zone"] = cty.UnknownVal(cty.String)
			planned["place"] = cty.ObjectVal(inner)
		}
		if prior == nil {
			resp.PlannedIdentity = idOf(cty.UnknownVal(cty.String))
		} else if !same(prior["kind"], planned["kind"]) {
			resp.RequiresReplace = append(resp.RequiresReplace, tftypes.NewAttributePath().WithAttributeName("kind"))
		}
		resp.PlannedState = dynamic(planned)
	}
	resp.PlannedPrivate = append([]byte("planned,"), req.PriorPrivate...)
	if p.cloud.onPlan != nil {
		p.cloud.onPlan(req, resp)
	}
	return resp, nil
}

// fill replaces what is null in each element of a list.
func fill(v cty.Value, name string, with cty.Value) cty.Value {
	var out []cty.Value
	for _, element := range elements(v) {
		inner := element.AsValueMap()
		if inner[name].IsNull() {
			inner[name] = with
		}
		out = append(out, cty.ObjectVal(inner))
	}
	if len(out) == 0 {
		return v
	}
	return cty.ListVal(out)
}

func (p *toy) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	c := p.cloud
	resp := &tfprotov6.ApplyResourceChangeResponse{Private: append([]byte("applied,"), req.PlannedPrivate...)}
	prior, planned := values(req.PriorState), values(req.PlannedState)
	c.mu.Lock()
	if planned == nil {
		id := prior["id"].AsString()
		delete(c.things, id)
		c.calls = append(c.calls, "delete "+prior["name"].AsString())
		resp.NewState = dynamic(nil)
	} else {
		state := maps.Clone(planned)
		if !state["id"].IsKnown() {
			c.next++
			state["id"] = cty.StringVal(fmt.Sprintf("thing-%d", c.next))
		}
		if !state["size"].IsKnown() {
			state["size"] = cty.NumberIntVal(10)
		}
		if !state["place"].IsNull() {
			inner := state["place"].AsValueMap()
			if !inner["zone"].IsKnown() {
				inner["zone"] = cty.StringVal(p.region)
			}
			state["place"] = cty.ObjectVal(inner)
		}
		var disks []cty.Value
		for i, disk := range elements(state["disk"]) {
			inner := disk.AsValueMap()
			if !inner["device"].IsKnown() {
				inner["device"] = cty.StringVal("/dev/" + keyText(i))
			}
			disks = append(disks, cty.ObjectVal(inner))
		}
		if len(disks) > 0 {
			state["disk"] = cty.ListVal(disks)
		}
		verb := "create "
		if prior != nil {
			verb = "update "
		}
		c.calls = append(c.calls, verb+state["name"].AsString())
		c.things[state["id"].AsString()] = state
		resp.NewState, resp.NewIdentity = dynamic(state), idOf(state["id"])
	}
	c.mu.Unlock()
	if c.onApply != nil {
		c.onApply(req, resp)
	}
	return resp, nil
}

func (p *toy) ReadResource(_ context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	c := p.cloud
	c.mu.Lock()
	state, id := c.things[values(req.CurrentState)["id"].AsString()], values(req.CurrentState)["id"]
	c.mu.Unlock()
	resp := &tfprotov6.ReadResourceResponse{NewState: dynamic(state), Private: append([]byte("read,"), req.Private...), NewIdentity: idOf(id)}
	if c.onRead != nil {
		c.onRead(req, resp)
	}
	return resp, nil
}

func (p *toy) UpgradeResourceState(_ context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	resp := &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: req.RawState.JSON}}
	if p.cloud.onUpgrade != nil {
		p.cloud.onUpgrade(req, resp)
	}
	return resp, nil
}

func (p *toy) UpgradeResourceIdentity(_ context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return &tfprotov6.UpgradeResourceIdentityResponse{UpgradedIdentity: &tfprotov6.ResourceIdentityData{
		IdentityData: &tfprotov6.DynamicValue{JSON: req.RawIdentity.JSON},
	}}, nil
}

func (p *toy) ImportResourceState(_ context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	id := req.ID
	if req.Identity != nil {
		v, err := decode(req.Identity.IdentityData, thingID)
		if err != nil {
			return nil, err
		}
		id = v.GetAttr("id").AsString()
	}
	state := thing.empty().AsValueMap()
	state["id"] = cty.StringVal(id)
	resp := &tfprotov6.ImportResourceStateResponse{ImportedResources: []*tfprotov6.ImportedResource{{
		TypeName: req.TypeName, State: dynamic(state), Private: []byte("imported"), Identity: idOf(state["id"]),
	}}}
	if p.cloud.onImport != nil {
		p.cloud.onImport(resp)
	}
	return resp, nil
}

func (p *toy) MoveResourceState(_ context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	p.cloud.called("move from " + req.SourceProviderAddress + " " + string(req.SourceState.JSON))
	state := thing.empty().AsValueMap()
	state["id"], state["name"] = cty.StringVal("thing-1"), cty.StringVal("moved")
	return &tfprotov6.MoveResourceStateResponse{TargetState: dynamic(state), TargetIdentity: idOf(state["id"])}, nil
}

func (p *toy) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (p *toy) ReadDataSource(_ context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	t := cty.Object(map[string]cty.Type{"question": cty.String, "answer": cty.String})
	v, err := decode(req.Config, t)
	if err != nil {
		return nil, err
	}
	question := v.GetAttr("question")
	p.cloud.called("ask " + question.AsString())
	resp := &tfprotov6.ReadDataSourceResponse{State: encode(cty.ObjectVal(map[string]cty.Value{
		"question": question, "answer": cty.StringVal("re: " + question.AsString()),
	}), t)}
	if p.cloud.onData != nil {
		p.cloud.onData(resp)
	}
	return resp, nil
}

func (p *toy) CallFunction(_ context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	n, err := decode(req.Arguments[0], cty.Number)
	if err != nil {
		return nil, err
	}
	resp := &tfprotov6.CallFunctionResponse{Result: encode(n.Add(n), cty.Number)}
	if p.cloud.onCall != nil {
		p.cloud.onCall(resp)
	}
	return resp, nil
}

func (p *toy) ValidateListResourceConfig(context.Context, *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return &tfprotov6.ValidateListResourceConfigResponse{}, nil
}

func (p *toy) ListResource(_ context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	return &tfprotov6.ListResourceServerStream{Results: func(yield func(tfprotov6.ListResourceResult) bool) {
		for id, state := range p.cloud.things {
			result := tfprotov6.ListResourceResult{DisplayName: id, Identity: idOf(state["id"])}
			if req.IncludeResource {
				result.Resource = dynamic(state)
			}
			if p.cloud.onList != nil {
				p.cloud.onList(&result)
			}
			if !yield(result) {
				return
			}
		}
	}}, nil
}

func (p *toy) ValidateActionConfig(context.Context, *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	return &tfprotov6.ValidateActionConfigResponse{}, nil
}

func (p *toy) PlanAction(context.Context, *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return &tfprotov6.PlanActionResponse{}, nil
}

func (p *toy) InvokeAction(context.Context, *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return &tfprotov6.InvokeActionServerStream{Events: func(yield func(tfprotov6.InvokeActionEvent) bool) {
		if yield(tfprotov6.InvokeActionEvent{Type: tfprotov6.ProgressInvokeActionEventType{Message: "shaking"}}) {
			yield(tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{}})
		}
	}}, nil
}
