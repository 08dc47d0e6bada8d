package runpod_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// server is the provider of env, configured, as a CLI with list resources would
// see it. The CLIs that the tests run on have none.
func server(t *testing.T, env *acctest.Env) tfprotov6.ProviderServer {
	t.Helper()
	server, err := env.Factories()["gpumarket"]()
	if err != nil {
		t.Fatal(err)
	}
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	object := func(of tftypes.Type, values map[string]tftypes.Value) tftypes.Value {
		all := map[string]tftypes.Value{}
		for name, attribute := range of.(tftypes.Object).AttributeTypes { //nolint:forcetypeassert // a schema's type
			all[name] = tftypes.NewValue(attribute, nil)
			if value, set := values[name]; set {
				all[name] = value
			}
		}
		return tftypes.NewValue(of, all)
	}
	of := schema.Provider.ValueType()
	platform := of.(tftypes.Object).AttributeTypes["runpod"] //nolint:forcetypeassert // a schema's type
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	config, err := tfprotov6.NewDynamicValue(of, object(of, map[string]tftypes.Value{
		"runpod": object(platform, map[string]tftypes.Value{"api_key": text(env.APIKey), "base_url": text(env.RunPodURL)}),
	}))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: &config})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(err, resp)
	}
	return server
}

// list asks for the objects of a type.
func list(t *testing.T, server tfprotov6.ProviderServer, name string, limit int64) []tfprotov6.ListResourceResult {
	t.Helper()
	lister, ok := server.(interface {
		ListResource(context.Context, *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error)
	})
	if !ok {
		t.Fatal("the server lists nothing")
	}
	none := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
	config, err := tfprotov6.NewDynamicValue(none, tftypes.NewValue(none, map[string]tftypes.Value{}))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := lister.ListResource(t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: name, Config: &config, IncludeResource: true, Limit: limit,
	})
	if err != nil {
		t.Fatal(err)
	}
	var results []tfprotov6.ListResourceResult
	for result := range stream.Results {
		for _, d := range result.Diagnostics {
			t.Errorf("%s: %s", d.Summary, d.Detail)
		}
		results = append(results, result)
	}
	return results
}

func create(t *testing.T, env *acctest.Env, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, env.RunPodURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+env.APIKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatal(resp, err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestListResources(t *testing.T) {
	t.Parallel()
	tests := []struct{ resource, path, body string }{
		{"gpumarket_runpod_pod", "/v2/pods", `{"name":"NAME","image":"i:1","cpu":{"id":"cpu3c","vcpuCount":2}}`},
		{"gpumarket_runpod_network_volume", "/v2/network-volumes", `{"name":"NAME","size":20,"dataCenter":"US-KS-2"}`},
	}
	for _, tt := range tests {
		t.Run(tt.resource, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			for _, name := range []string{"one", "two", "three"} {
				create(t, env, tt.path, strings.Replace(tt.body, "NAME", name, 1))
			}
			server := server(t, env)
			results := list(t, server, tt.resource, 10)
			var names []string
			for _, result := range results {
				names = append(names, result.DisplayName)
				if result.Identity == nil || result.Resource == nil {
					t.Errorf("%s: identity %v, resource %v", result.DisplayName, result.Identity, result.Resource)
				}
			}
			if got := strings.Join(names, " "); got != "one two three" {
				t.Errorf("listed %q, want one two three", got)
			}
			if n := len(list(t, server, tt.resource, 2)); n != 2 {
				t.Errorf("%d of at most 2", n)
			}
		})
	}
}
