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

// ResourceBase is embedded by every resource. It keeps what the provider was
// configured with, nil during validate.
type ResourceBase struct {
	Data *Data
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

// ListBase is embedded by every list resource.
type ListBase struct {
	Data *Data
}

// Configure takes the provider's data.
func (b *ListBase) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.Data = take(req.ProviderData, &resp.Diagnostics)
}

// IDIdentity is the identity schema of an object that its id alone identifies.
func IDIdentity(description string) identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: description},
	}}
}

// ImportByID takes the id from the import id or from the identity.
func ImportByID(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
}
