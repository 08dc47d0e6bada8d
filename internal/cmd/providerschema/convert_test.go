package main

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// fixed is a provider that has nothing but a schema.
type fixed struct {
	tfprotov6.ProviderServer
	schema   tfprotov6.GetProviderSchemaResponse
	identity tfprotov6.GetResourceIdentitySchemasResponse
}

func (f fixed) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &f.schema, nil
}

func (f fixed) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &f.identity, nil
}

func TestRead(t *testing.T) {
	t.Parallel()
	server := fixed{
		schema: tfprotov6.GetProviderSchemaResponse{
			Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}},
			ResourceSchemas: map[string]*tfprotov6.Schema{"gpumarket_thing": {
				Version: 2,
				Block: &tfprotov6.SchemaBlock{
					Description: "A `thing`.", DescriptionKind: tfprotov6.StringKindMarkdown,
					Attributes: []*tfprotov6.SchemaAttribute{
						{Name: "tags", Type: tftypes.Set{ElementType: tftypes.String}, Optional: true},
						{Name: "size", Type: tftypes.Number, Optional: true, Description: "Required. In GB."},
						{Name: "secret_wo", Type: tftypes.String, Optional: true, WriteOnly: true},
						{Name: "cost", Computed: true, NestedType: &tfprotov6.SchemaObject{
							Nesting:    tfprotov6.SchemaObjectNestingModeSingle,
							Attributes: []*tfprotov6.SchemaAttribute{{Name: "hourly", Type: tftypes.Number, Computed: true}},
						}},
					},
				},
			}},
			ListResourceSchemas: map[string]*tfprotov6.Schema{"gpumarket_thing": {Block: &tfprotov6.SchemaBlock{}}},
			ActionSchemas: map[string]*tfprotov6.ActionSchema{
				"gpumarket_restart": {Schema: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}}},
			},
			Functions: map[string]*tfprotov6.Function{"cost": {
				Summary:           "Adds.",
				Parameters:        []*tfprotov6.FunctionParameter{{Name: "hours", Type: tftypes.Number}},
				VariadicParameter: &tfprotov6.FunctionParameter{Name: "more", Type: tftypes.Number, AllowNullValue: true},
				Return:            &tfprotov6.FunctionReturn{Type: tftypes.Number},
			}},
		},
		identity: tfprotov6.GetResourceIdentitySchemasResponse{
			IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{"gpumarket_thing": {
				IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{{Name: "id", Type: tftypes.String, RequiredForImport: true}},
			}},
		},
	}
	schemas, err := read(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	got := decode(t, mustJSON(t, schemas))
	want := decode(t, []byte(`{
		"format_version": "1.0",
		"provider_schemas": {"gpumarket": {
			"provider": {"version": 0, "block": {"description_kind": "plain"}},
			"resource_schemas": {"gpumarket_thing": {"version": 2, "block": {
				"description": "A `+"`thing`"+`.", "description_kind": "markdown",
				"attributes": {
					"tags": {"type": ["set", "string"], "optional": true, "description_kind": "plain"},
					"size": {"type": "number", "required": true, "description": "In GB.", "description_kind": "plain"},
					"secret_wo": {"type": "string", "optional": true, "write_only": true, "description_kind": "plain"},
					"cost": {"computed": true, "description_kind": "plain", "nested_type": {
						"nesting_mode": "single",
						"attributes": {"hourly": {"type": "number", "computed": true, "description_kind": "plain"}}
					}}
				}
			}}},
			"list_resource_schemas": {"gpumarket_thing": {"version": 0, "block": {"description_kind": "plain"}}},
			"action_schemas": {"gpumarket_restart": {"block": {"description_kind": "plain"}}},
			"functions": {"cost": {
				"summary": "Adds.", "return_type": "number",
				"parameters": [{"name": "hours", "type": "number"}],
				"variadic_parameter": {"name": "more", "type": "number", "is_nullable": true}
			}},
			"resource_identity_schemas": {"gpumarket_thing": {"version": 0, "attributes": {
				"id": {"type": "string", "required_for_import": true}
			}}}
		}}
	}`))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schema JSON (-want +got):\n%s", diff)
	}
}

func TestReadReportsDiagnostics(t *testing.T) {
	t.Parallel()
	server := fixed{schema: tfprotov6.GetProviderSchemaResponse{Diagnostics: []*tfprotov6.Diagnostic{
		{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Bad schema", Detail: "no type"},
	}}}
	if _, err := read(t.Context(), server); err == nil || err.Error() != "Bad schema: no type" {
		t.Errorf("read: %v, want the diagnostic", err)
	}
}

func mustJSON(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
