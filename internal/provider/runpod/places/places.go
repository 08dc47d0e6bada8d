// Package places holds the data centers of a configuration against RunPod's catalog.
package places

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/suggest"
)

// Check refuses data centers that the catalog does not list, for something that is
// to be created: RunPod itself answers that no instances are available. It returns the
// catalog, nil when that could not be read, which is a warning.
func Check(ctx context.Context, client *runpod.Client, at path.Path, wanted []string, diags *diag.Diagnostics) []wire.DataCenter {
	centers, err := client.Catalog.DataCenters(ctx)
	switch {
	case errors.Is(err, apierr.Unauthorized), errors.Is(err, apierr.Forbidden):
		kernel.AddError(diags, kernel.Trouble{Doing: "read RunPod's data centers", Err: err, Now: "Nothing was changed."})
		return nil
	case err != nil:
		diags.AddAttributeWarning(at, "The data center could not be checked",
			"RunPod's catalog could not be read: "+err.Error()+". Whether it exists is checked when the resource is created.")
		return nil
	}
	ids := make([]string, 0, len(centers))
	for i := range centers {
		ids = append(ids, centers[i].ID)
	}
	slices.Sort(ids)
	for _, id := range wanted {
		if slices.Contains(ids, id) {
			continue
		}
		meant := ""
		if near := suggest.Nearest(id, ids, 1); len(near) > 0 {
			meant = fmt.Sprintf(" Did you mean %q?", near[0])
		}
		diags.AddAttributeError(at, "No such data center", fmt.Sprintf(
			"RunPod has no data center %q.%s It has: %s.\n\nNothing was changed.", id, meant, strings.Join(ids, ", ")))
	}
	return centers
}
