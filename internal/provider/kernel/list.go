package kernel

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
)

// Listed is one object that a list resource found.
type Listed struct {
	// ID identifies it, Name is shown for it; without a name the id is.
	ID, Name string
	// Model makes the whole object; it is called only where that is asked for.
	Model func(diags *diag.Diagnostics) any
}

// AnswerList streams the objects, no more than the request's limit. With an error
// in diags it streams that instead.
func AnswerList(
	ctx context.Context, req list.ListRequest, stream *list.ListResultsStream, objects []Listed, diags diag.Diagnostics,
) {
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if req.Limit > 0 && int64(len(objects)) > req.Limit {
		objects = objects[:req.Limit]
	}
	stream.Results = func(push func(list.ListResult) bool) {
		for _, object := range objects {
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
