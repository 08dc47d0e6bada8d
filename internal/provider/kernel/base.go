package kernel

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
)

// ResourceBase is embedded by every resource: what is the same for all whose id alone
// identifies them.
type ResourceBase struct {
	// Type is the Terraform type.
	Type string
	// IDText says what the id is: "RunPod's id of the pod."
	IDText string
	// Data is what the provider was configured with, nil during validate.
	Data *Data
}

// Metadata names the type.
func (b *ResourceBase) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = b.Type
}

// IdentitySchema says that the id alone identifies the object.
func (b *ResourceBase) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: b.IDText},
	}}
}

// ImportState takes the id from the import id or from the identity.
func (b *ResourceBase) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
}

// Configure takes the provider's data.
func (b *ResourceBase) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.Data = take(req.ProviderData, &resp.Diagnostics)
}

// DataSourceBase is embedded by every data source.
type DataSourceBase struct {
	Data *Data
}

// Configure takes the provider's data.
func (b *DataSourceBase) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	b.Data = take(req.ProviderData, &resp.Diagnostics)
}

func take(given any, diags *diag.Diagnostics) *Data {
	if given == nil {
		return nil
	}
	data, ok := given.(*Data)
	if !ok {
		diags.AddError("Unable to configure", fmt.Sprintf("The provider handed over a %T. This is a bug in the provider; please report it.", given))
	}
	return data
}
