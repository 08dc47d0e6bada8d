package conform

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	gpumarket "github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
)

// flaw is a provider that does one thing wrong, and the story that must tell.
type flaw struct {
	story, name string
	of          func() *Object // object when nil
	flaws       flaws
	says        string
}

// twice sends requests of the verb a second time.
func twice(method string) flaws {
	return flaws{sends: func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		if req.Method == method {
			again := req.Clone(req.Context())
			again.Body, _ = req.GetBody()
			if resp, err := next.RoundTrip(again); err == nil {
				_ = resp.Body.Close()
			}
			req.Body, _ = req.GetBody()
		}
		return next.RoundTrip(req)
	}}
}

// after answers requests of the verb by what it makes of the answer.
func after(method string, f func(next http.RoundTripper, req *http.Request, resp *http.Response, err error) (*http.Response, error)) flaws {
	return flaws{sends: func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if method != "" && req.Method != method {
			return resp, err
		}
		return f(next, req, resp, err)
	}}
}

func providerFlaws(t *testing.T) []flaw {
	t.Helper()
	volume, pod := typeOf(t, "gpumarket_runpod_network_volume"), typeOf(t, "gpumarket_runpod_pod")
	replaces := func(name string) flaws {
		return flaws{plan: func(req *tfprotov6.PlanResourceChangeRequest, resp *tfprotov6.PlanResourceChangeResponse) {
			if was := attributes(req.PriorState, volume); was != nil && attributes(req.ProposedNewState, volume) != nil {
				resp.RequiresReplace = append(resp.RequiresReplace, tftypes.NewAttributePath().WithAttributeName(name))
			}
		}}
	}
	failing := func(when func(config map[string]tftypes.Value) bool, of tftypes.Type) flaws {
		return flaws{validate: func(req *tfprotov6.ValidateResourceConfigRequest, resp *tfprotov6.ValidateResourceConfigResponse) {
			if when(attributes(req.Config, of)) {
				resp.Diagnostics = append(resp.Diagnostics, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Premature"})
			}
		}}
	}
	secret := func(use func(ctx context.Context, secret string, resp *tfprotov6.ApplyResourceChangeResponse)) flaws {
		return flaws{apply: func(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest, resp *tfprotov6.ApplyResourceChangeResponse) {
			inner, key := map[string]tftypes.Value{}, ""
			if config := attributes(req.Config, pod); config == nil || config["env_wo"].As(&inner) != nil || inner["CANARY_KEY"].As(&key) != nil {
				return
			}
			use(ctx, key, resp)
		}}
	}
	var clocked gpumarket.Options
	return []flaw{
		{story: "minimal", name: "creates twice", flaws: twice(http.MethodPost), says: "requests createNetworkVolume, want 1"},
		{story: "minimal", name: "does not delete", flaws: flaws{sends: func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodDelete {
				return reply(req, http.StatusNoContent, ""), nil
			}
			return next.RoundTrip(req)
		}}, says: "left on the account after destroy"},
		{story: "maximal/everything", name: "reads another value than it wrote", flaws: flaws{
			read: func(_ *tfprotov6.ReadResourceRequest, resp *tfprotov6.ReadResourceResponse) {
				alter(&resp.NewState, volume, "name", "other")
			},
		}, says: "the plan is not empty"},
		{story: "change/name", name: "an update makes two calls", flaws: twice(http.MethodPatch), says: "writes ["},
		{story: "change/name", name: "replaces instead of updating", flaws: replaces("name"), says: "want update"},
		{story: "change/timeouts", name: "replaces for the sake of the state alone", flaws: replaces("timeouts"), says: "want update"},
		{story: "wrong/size_gb 5", name: "accepts what is wrong", flaws: flaws{
			validate: func(_ *tfprotov6.ValidateResourceConfigRequest, resp *tfprotov6.ValidateResourceConfigResponse) {
				resp.Diagnostics = nil
			},
		}, says: `no error at "size_gb"`},
		{story: "wrong/size_gb 5", name: "does not say where", flaws: flaws{
			validate: func(_ *tfprotov6.ValidateResourceConfigRequest, resp *tfprotov6.ValidateResourceConfigResponse) {
				for _, d := range resp.Diagnostics {
					d.Attribute = nil
				}
			},
		}, says: `no error at "size_gb"`},
		{story: "unknown/size_gb", name: "takes an unknown value for a wrong one", flaws: failing(func(config map[string]tftypes.Value) bool {
			return !config["size_gb"].IsKnown()
		}, volume), says: "Premature"},
		{story: "unknown/size_gb", name: "guesses what follows from an unknown value", flaws: flaws{
			plan: func(_ *tfprotov6.PlanResourceChangeRequest, resp *tfprotov6.PlanResourceChangeResponse) {
				if planned := attributes(resp.PlannedState, volume); planned != nil && !planned["size_gb"].IsKnown() {
					alter(&resp.PlannedState, volume, "estimated_cost", guess(planned["estimated_cost"].Type()))
				}
			},
		}, says: "inconsistent"},
		{story: "pairs/image and template_id", name: "takes an unknown side for an absent one", of: secretive, flaws: failing(func(config map[string]tftypes.Value) bool {
			return !config["image"].IsKnown() && config["template_id"].IsNull()
		}, pod), says: "image is unknown, template_id is absent"},
		{story: "import/minimal by id", name: "imports in part", flaws: flaws{
			read: func(req *tfprotov6.ReadResourceRequest, resp *tfprotov6.ReadResourceResponse) {
				if attributes(req.CurrentState, volume)["name"].IsNull() {
					alter(&resp.NewState, volume, "type", nil)
				}
			},
		}, says: "imported otherwise"},
		{story: "import/minimal by identity", name: "cannot import by identity", flaws: flaws{
			imported: func(resp *tfprotov6.ImportResourceStateResponse) { resp.ImportedResources = nil },
		}, says: "errors"},
		{story: "import/minimal by id", name: "replaces what was imported", flaws: flaws{
			plan: func(req *tfprotov6.PlanResourceChangeRequest, resp *tfprotov6.PlanResourceChangeResponse) {
				if attributes(req.PriorState, volume) != nil && attributes(req.ProposedNewState, volume) != nil {
					alter(&resp.PlannedState, volume, "id", tftypes.UnknownValue)
					resp.RequiresReplace = append(resp.RequiresReplace, tftypes.NewAttributePath().WithAttributeName("id"))
				}
			},
		}, says: "replace"},
		{story: "disappears", name: "does not see that it is gone", flaws: flaws{
			read: func(req *tfprotov6.ReadResourceRequest, resp *tfprotov6.ReadResourceResponse) {
				if attributes(resp.NewState, volume) == nil {
					resp.NewState = req.CurrentState
				}
			},
		}, says: "want create"},
		{story: "lost/create", name: "sends a create again", flaws: after(http.MethodPost,
			func(next http.RoundTripper, req *http.Request, resp *http.Response, err error) (*http.Response, error) {
				if err != nil {
					req.Body, _ = req.GetBody()
					return next.RoundTrip(req)
				}
				return resp, err
			}), says: "2 objects could be"},
		{story: "lost/create", name: "does not look for what was lost", flaws: after(http.MethodPost,
			func(_ http.RoundTripper, req *http.Request, resp *http.Response, err error) (*http.Response, error) {
				if err == nil {
					return resp, nil
				}
				return reply(req, http.StatusBadRequest, `{"title":"Bad","status":400,"detail":"bad"}`), nil
			}), says: "errors"},
		{story: "killed", name: "keeps no intent", flaws: flaws{options: func(o *gpumarket.Options) { o.DataDir = t.TempDir() }}, says: "2 requests createNetworkVolume"},
		{story: "throttled/429 text", name: "gives up when it is throttled", flaws: after("",
			func(_ http.RoundTripper, req *http.Request, resp *http.Response, err error) (*http.Response, error) {
				if err == nil && resp.StatusCode == http.StatusTooManyRequests {
					_ = resp.Body.Close()
					return reply(req, http.StatusBadRequest, `{"title":"Bad","status":400,"detail":"bad"}`), nil
				}
				return resp, err
			}), says: "errors"},
		{story: "refused/create 500", name: "does not say what is true now", flaws: flaws{
			apply: func(_ context.Context, _ *tfprotov6.ApplyResourceChangeRequest, resp *tfprotov6.ApplyResourceChangeResponse) {
				bare(resp.Diagnostics)
			},
		}, says: "what is true now"},
		{story: "refused/" + volumeUpdate + " 500", name: "does not name the object", flaws: flaws{
			apply: func(_ context.Context, _ *tfprotov6.ApplyResourceChangeRequest, resp *tfprotov6.ApplyResourceChangeResponse) {
				for _, d := range resp.Diagnostics {
					d.Summary = "Unable to update"
				}
			},
		}, says: "does not name"},
		{story: "refused/" + volumeUpdate + " 500", name: "hides that nothing was done", flaws: flaws{
			apply: func(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest, resp *tfprotov6.ApplyResourceChangeResponse) {
				if len(resp.Diagnostics) > 0 {
					resp.NewState, resp.Diagnostics = req.PlannedState, nil
				}
			},
		}, says: "no error, though nothing was done"},
		{story: "refused/delete 500", name: "forgets what it could not delete", flaws: flaws{
			apply: func(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest, resp *tfprotov6.ApplyResourceChangeResponse) {
				if attributes(req.PlannedState, volume) == nil {
					resp.NewState, resp.Diagnostics = req.PlannedState, nil
				}
			},
		}, says: "after the refusal: the state has []"},
		{story: "doubtful", name: "takes a doubtful answer for the end", flaws: flaws{
			read: func(_ *tfprotov6.ReadResourceRequest, resp *tfprotov6.ReadResourceResponse) {
				if len(resp.Diagnostics) > 0 {
					resp.Diagnostics = nil
					none, err := tfprotov6.NewDynamicValue(volume, tftypes.NewValue(volume, nil))
					if err != nil {
						panic(err)
					}
					resp.NewState = &none
				}
			},
		}, says: "the plan has create"},
		{story: "secrets/env_wo", name: "logs a secret", of: secretive, flaws: secret(
			func(ctx context.Context, secret string, _ *tfprotov6.ApplyResourceChangeResponse) {
				tflog.Info(ctx, "sent "+secret)
			},
		), says: "a log has the value of env_wo"},
		{story: "secrets/env_wo", name: "keeps a secret", of: secretive, flaws: secret(
			func(_ context.Context, secret string, resp *tfprotov6.ApplyResourceChangeResponse) {
				resp.Private = []byte(strings.Replace(string(resp.Private), "{", `{"x":"`+secret+`",`, 1))
			}), says: "the private state has the value of env_wo"},
		{story: "secrets/env_wo", name: "repeats a secret", of: secretive, flaws: secret(
			func(_ context.Context, secret string, resp *tfprotov6.ApplyResourceChangeResponse) {
				resp.Diagnostics = append(resp.Diagnostics, &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: secret})
			}), says: "a diagnostic has the value of env_wo"},
		{story: "secrets/env_wo", name: "does not send a secret", of: secretive, flaws: flaws{
			sends: func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				if req.Method == http.MethodPost {
					return reply(req, http.StatusBadRequest, `{"title":"Bad","status":400,"detail":"bad"}`), nil
				}
				return next.RoundTrip(req)
			},
		}, says: "errors"},
		{story: "list", name: "lists without the objects", flaws: flaws{
			list: func(result *tfprotov6.ListResourceResult) { result.Resource = nil },
		}, says: "and the object"},
		{story: "list", name: "lists other values", flaws: flaws{
			list: func(result *tfprotov6.ListResourceResult) {
				if result.Resource != nil {
					alter(&result.Resource, volume, "name", "other")
				}
			},
		}, says: "listed otherwise"},
		{story: "timeouts/create", name: "pays no heed to its timeout", flaws: flaws{
			options: func(o *gpumarket.Options) { clocked = *o },
			sends: func(next http.RoundTripper, req *http.Request) (*http.Response, error) {
				resp, err := next.RoundTrip(req)
				if err == nil && resp.StatusCode == http.StatusTooManyRequests {
					err = errors.Join(err, clocked.Clock.Sleep(req.Context(), time.Hour))
				}
				return resp, err
			},
		}, says: "with a timeout of 1m30s"},
	}
}

// guess is an object of numbers and texts.
func guess(t tftypes.Type) map[string]tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, inner := range t.(tftypes.Object).AttributeTypes { //nolint:forcetypeassert // all resources are objects.
		values[name] = tftypes.NewValue(inner, nil)
		if inner.Is(tftypes.Number) {
			values[name] = tftypes.NewValue(inner, 1)
		}
	}
	return values
}

// TestMatrix_Bites has a provider do each thing wrong that the matrix looks for. The
// story must fail, for that reason, and must pass without the fault.
func TestMatrix_Bites(t *testing.T) {
	t.Parallel()
	sound := map[string]*sync.Once{}
	for _, f := range providerFlaws(t) {
		if sound[f.story] == nil {
			sound[f.story] = &sync.Once{}
		}
		t.Run(f.story+"/"+f.name, func(t *testing.T) {
			t.Parallel()
			of := f.of
			if of == nil {
				of = object
			}
			sound[f.story].Do(func() {
				if said := tell(t, of(), f.story); said != "" {
					t.Errorf("without the fault:\n%s", said)
				}
			})
			o := of()
			o.serve = f.flaws.serve
			if said := tell(t, o, f.story); !strings.Contains(said, f.says) {
				t.Errorf("does not say %q, but:\n%s", f.says, said)
			}
		})
	}
}

// TestMatrix_Description takes away what a description must have.
func TestMatrix_Description(t *testing.T) {
	t.Parallel()
	if said := tell(t, object(), "description"); said != "" {
		t.Errorf("the whole one:\n%s", said)
	}
	for _, tt := range []struct {
		name string
		lose func(o *Object)
		says string
	}{
		{"a change", func(o *Object) { o.Changes = o.Changes[1:] }, `nothing says how "name" changes`},
		{"a change of a part of a block", func(o *Object) { o.Changes[5].To = `create = "2m"` }, `nothing says how "timeouts.update" changes`},
		{"the call of the update", func(o *Object) { o.Changes = o.Changes[2:] }, "none makes the call " + volumeUpdate},
		{"an attribute", func(o *Object) { o.Maximal = o.Minimal }, `"type" stands in none of the configurations`},
		{"a wrong value", func(o *Object) { o.Wrong = o.Wrong[1:] }, `0 values for "size_gb", which has 1 validators`},
		{"that it bills", func(o *Object) { o.Bills = false }, "Bills is false"},
		{"the reason for a change that exists", func(o *Object) { o.Fixed = map[string]string{"name": "why"} }, `Fixed: "name"`},
		{"an attribute that exists", func(o *Object) { o.Changes[0].Path = "nonesuch" }, `there is no attribute "nonesuch"`},
		{"a default", func(o *Object) { *o = *secretive() }, `what the default of "locked" is`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := object()
			o.Changes, o.Wrong = slices.Clone(o.Changes), slices.Clone(o.Wrong)
			tt.lose(o)
			if said := tell(t, o, "description"); !strings.Contains(said, tt.says) {
				t.Errorf("does not say %q, but:\n%s", tt.says, said)
			}
		})
	}
}
