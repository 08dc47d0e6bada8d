package validators

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
)

// GPUName accepts any name of a GPU in a list of acceptable ones: an ambiguous
// name stands for all its variants there. An unknown one is refused with the
// nearest names.
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

// UnknownGPU is a *gpu.UnknownError in the user's words.
func UnknownGPU(err error) string {
	var unknown *gpu.UnknownError
	if !errors.As(err, &unknown) {
		return err.Error()
	}
	text := fmt.Sprintf("No GPU is called %q.", unknown.Name)
	if len(unknown.Nearest) > 0 {
		text += " Did you mean " + strings.Join(unknown.Nearest, ", ") + "?"
	}
	return text
}
