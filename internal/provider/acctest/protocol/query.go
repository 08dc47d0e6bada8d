package protocol

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
)

// Listed is one object that a list resource found.
type Listed struct {
	// Name is for people.
	Name string
	// Identity and Object are plain values, as [World.Value] returns them. Object is
	// nil unless the list block asks for it with include_resource.
	Identity, Object any
}

// List runs the list blocks of the configuration, as a query does, and returns what
// they found by their names ("list.type.name"). It fails the test on an error.
func (w *World) List(text string) map[string][]Listed {
	w.t.Helper()
	found := map[string][]Listed{}
	w.must(w.query(text, func(k *walk) {
		for address, b := range k.cfg.lists {
			found[address] = k.list(b)
		}
	}))
	return found
}

// Invoke runs an action of the configuration and returns its messages of progress.
// It fails the test on an error.
func (w *World) Invoke(text, address string) []string {
	w.t.Helper()
	var said []string
	w.must(w.query(text, func(k *walk) {
		b := k.cfg.actions[address]
		if b == nil {
			k.fail(address, "No such action", "The configuration has no %s.", address)
			return
		}
		said = k.invoke(b)
	}))
	return said
}

// query starts the providers and lets f ask them.
func (w *World) query(text string, f func(k *walk)) Diagnostics {
	cfg, diags := w.parse(text, Querying)
	if len(diags.Errors()) > 0 {
		return diags
	}
	k := w.walk(Querying, cfg, w.state)
	k.run(k.base(k.used(cfg.lists, cfg.actions)).providers())
	if len(k.diags.Errors()) == 0 {
		f(k)
	}
	return k.diags
}

func (k *walk) list(b *block) []Listed {
	p := k.server(b.provider)
	s, resource := p.lists[b.typeName], p.resources[b.typeName]
	server, can := p.ProviderServer.(tfprotov6.ListResourceServer)
	if s == nil || !can {
		k.fail(b.address, "Invalid list resource", "The provider does not list %q.", b.typeName)
		return nil
	}
	config, ok := k.decode(b.address, b.settings, s, nil)
	limit, okLimit := k.option(b, b.limit, cty.NumberIntVal(100))
	include, okInclude := k.option(b, b.includeResources, cty.False)
	if !ok || !okLimit || !okInclude {
		return nil
	}
	validate := call(k, b.address, server.ValidateListResourceConfig, &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: b.typeName, Config: encode(config, s.typ), IncludeResourceObject: encode(include, cty.Bool), Limit: encode(limit, cty.Number),
	})
	if validate == nil || !k.report(b.address, validate.Diagnostics) {
		return nil
	}
	most, _ := limit.AsBigFloat().Int64()
	stream := open(k.w.ctx(), k, b.address, server.ListResource, &tfprotov6.ListResourceRequest{
		TypeName: b.typeName, Config: encode(config, s.typ), IncludeResource: include.True(), Limit: most,
	})
	if stream == nil {
		return nil
	}
	var found []Listed
	for result := range stream.Results {
		if !k.report(b.address, result.Diagnostics) {
			continue
		}
		identity, ok := k.identity(b.address, b.typeName, p, result.Identity)
		if !ok || !k.settled(b.address, b.typeName, p, cty.NilVal, identity) {
			return nil
		}
		one := Listed{Name: result.DisplayName, Identity: plain(identity)}
		if include.True() && result.Resource != nil {
			v, ok := k.answer(b.address, "Provider produced invalid object", result.Resource, resource.typ)
			if !ok || !k.noWriteOnly(b.address, "Provider produced invalid object", "in a list", resource, v) {
				return nil
			}
			one.Object = plain(v)
		}
		if found = append(found, one); int64(len(found)) > most {
			k.broken(b.address, "Too many results", "The provider listed more than the %d objects that were asked for.", most)
			return nil
		}
	}
	return found
}

func (k *walk) option(b *block, expr hcl.Expression, fallback cty.Value) (cty.Value, bool) {
	if expr == nil {
		return fallback, true
	}
	return k.eval(b.address, expr)
}

func (k *walk) invoke(b *block) []string {
	p := k.server(b.provider)
	s := p.actions[b.typeName]
	server, can := p.ProviderServer.(tfprotov6.ActionServer)
	if s == nil || !can {
		k.fail(b.address, "Invalid action", "The provider does not support the action %q.", b.typeName)
		return nil
	}
	config, ok := k.decode(b.address, b.settings, s, nil)
	if !ok {
		return nil
	}
	sent := encode(config, s.typ)
	validate := call(k, b.address, server.ValidateActionConfig, &tfprotov6.ValidateActionConfigRequest{ActionType: b.typeName, Config: sent})
	if validate == nil || !k.report(b.address, validate.Diagnostics) {
		return nil
	}
	planned := call(k, b.address, server.PlanAction, &tfprotov6.PlanActionRequest{
		ActionType: b.typeName, Config: sent, ClientCapabilities: &tfprotov6.PlanActionClientCapabilities{},
	})
	if planned == nil || !k.report(b.address, planned.Diagnostics) || !k.undeferred(b.address, planned.Deferred) {
		return nil
	}
	stream := open(k.w.ctx(), k, b.address, server.InvokeAction, &tfprotov6.InvokeActionRequest{ActionType: b.typeName, Config: sent})
	if stream == nil {
		return nil
	}
	var said []string
	completed := 0
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			said = append(said, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			completed++
			k.report(b.address, event.Diagnostics)
		}
	}
	if completed != 1 {
		k.broken(b.address, "Provider did not complete the action", "The provider said %d times that the action is complete.", completed)
	}
	return said
}
