package kernel

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Listed is one object that a list resource found.
type Listed struct {
	// ID identifies it, Name is shown for it; without a name the id is.
	ID, Name string
	// Model makes the whole object; it is called only where that is asked for.
	Model func(diags *diag.Diagnostics) any
}

// List is the list resource of a type, for terraform query: T is a row of the list
// of the platform. There is nothing to configure; all objects of the account are
// listed.
type List[T any] struct {
	// Type is the Terraform type.
	Type string
	// What completes "Lists …" and "Unable to list …": "RunPod pods".
	What string
	// Rows asks the platform. It adds an error only where there is no client; the
	// error that it returns is told in the provider's voice.
	Rows func(ctx context.Context, d *Data, diags *diag.Diagnostics) ([]T, error)
	// Listed tells about one row.
	Listed func(ctx context.Context, d *Data, row *T) Listed

	data *Data
}

// Metadata names the type.
func (l *List[T]) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = l.Type
}

// Configure takes the provider's data.
func (l *List[T]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.data = take(req.ProviderData, &resp.Diagnostics)
}

// ListResourceConfigSchema says that there is nothing to configure.
func (l *List[T]) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{MarkdownDescription: "Lists the " + l.What + " of the account."}
}

// List streams the objects, no more than the request's limit, or what went wrong.
func (l *List[T]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	rows, err := l.Rows(ctx, l.data, &diags)
	if err != nil {
		AddError(&diags, Trouble{Doing: "list " + l.What, Err: err})
	}
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if req.Limit > 0 && int64(len(rows)) > req.Limit {
		rows = rows[:req.Limit]
	}
	stream.Results = func(push func(list.ListResult) bool) {
		for i := range rows {
			object := l.Listed(ctx, l.data, &rows[i])
			result := req.NewListResult(ctx)
			result.DisplayName = object.Name
			if object.Name == "" {
				result.DisplayName = object.ID
			}
			SetIdentity(ctx, result.Identity, object.ID, &result.Diagnostics)
			if req.IncludeResource {
				result.Diagnostics.Append(result.Resource.Set(ctx, object.Model(&result.Diagnostics))...)
			}
			if !push(result) {
				return
			}
		}
	}
}
