package validators

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
)

// GPUName accepts any name of a GPU in a list of acceptable ones: an ambiguous
// name stands for all its variants there, and a name that no table has is accepted
// with its memory, as the provider prints it ("RTX 6090 48GB"). Anything else is
// refused with the nearest names.
func GPUName() validator.String { return gpuName{} }

type gpuName struct{}

func (gpuName) Description(context.Context) string { return "has to be the name of a GPU" }

func (v gpuName) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (gpuName) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := gpu.Accepted(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Unknown GPU", UnknownGPU(err))
	}
}

// AcceptedGPUs are the wishes (of gpu.Accepted) that a list of acceptable GPUs stands
// for. Names that stand for none are errors at the list.
func AcceptedGPUs(names []string, at path.Path, diags *diag.Diagnostics) []string {
	wishes, unknown := gpu.AllAccepted(names)
	for _, err := range unknown {
		diags.AddAttributeError(at, "Unknown GPU", UnknownGPU(err))
	}
	return wishes
}

// UnknownGPU is a *gpu.UnknownError in the user's words.
func UnknownGPU(err error) string {
	var unknown *gpu.UnknownError
	if !errors.As(err, &unknown) {
		return err.Error()
	}
	return fmt.Sprintf("No GPU is called %q.", unknown.Name) + didYouMean(unknown.Nearest) +
		" For a GPU that is newer than this provider, use the marketplace's own name with its memory, such as \"RTX 6090 48GB\"."
}

func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " Did you mean " + strings.Join(names, ", ") + "?"
}

// WarnUnlisted warns of wishes (of gpu.Accepted) that no table has and of which a
// marketplace listed nothing: they may be misspelt.
func WarnUnlisted(wishes []string, listed func(wish string) bool, at path.Path, diags *diag.Diagnostics) {
	for _, wish := range wishes {
		if unknown, off := gpu.Unlisted(wish); off && !listed(wish) {
			diags.AddAttributeWarning(at, "No marketplace lists this GPU", fmt.Sprintf(
				"%q is not among the GPUs that this provider knows, and none is offered now.", wish)+didYouMean(unknown.Nearest))
		}
	}
}
