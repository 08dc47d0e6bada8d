package kernel

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

// CheckTemplate says at the plan of a create what the platform answered about its
// template_id: one that does not exist refuses the plan, one that could not be asked
// for is a warning.
func CheckTemplate(diags *diag.Diagnostics, platform, id string, err error) {
	at := path.Root("template_id")
	switch {
	case err == nil:
	case errors.Is(err, apierr.NotFound):
		diags.AddAttributeError(at, "No such template", fmt.Sprintf(
			"%s has no template %q that this account may use.\n\nNothing was changed.", platform, id))
	default:
		diags.AddAttributeWarning(at, "The template could not be checked",
			fmt.Sprintf("%s could not be queried for template %q: %s. It is read again when the resource is created.", platform, id, err))
	}
}
