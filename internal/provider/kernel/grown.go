package kernel

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// privateSize is the key of the size of a volume as it was configured last.
const privateSize = "size_gb"

// SetAppliedSize keeps the configured size of a volume once it was applied; null and
// unknown are not kept.
func SetAppliedSize(ctx context.Context, private PrivateWriter, sizeGB types.Int64, diags *diag.Diagnostics) {
	if size := Int(sizeGB); size != nil {
		setPrivate(ctx, private, privateSize, *size, diags)
	}
}

// PlannedSize is the size to plan for a volume that exists with is GB, which cannot
// shrink. A smaller size that was just set is refused on at. One that was applied
// before is not what the user asks for now: the volume grew elsewhere, and stays as
// it is with a warning, so that nothing stands in the way of a destroy. remedy
// completes "or … with its data".
func PlannedSize(
	ctx context.Context, private PrivateReader, configured, is types.Int64, at path.Path, remedy string, diags *diag.Diagnostics,
) types.Int64 {
	if configured.IsUnknown() || configured.IsNull() || is.IsNull() || configured.ValueInt64() >= is.ValueInt64() {
		return configured
	}
	if getPrivate[int64](ctx, private, privateSize, diags) == configured.ValueInt64() {
		diags.AddAttributeWarning(at, "The volume was enlarged outside of Terraform", fmt.Sprintf(
			"It has %d GB, the configuration says %d, and a volume cannot shrink. It is kept as it is. Set %d to match what exists and is billed.",
			is.ValueInt64(), configured.ValueInt64(), is.ValueInt64()))
		return is
	}
	diags.AddAttributeError(at, "A volume cannot shrink", fmt.Sprintf(
		"It has %d GB and RunPod refuses a smaller size. Keep %d GB, or %s with its data.\n\nNothing was changed.",
		is.ValueInt64(), is.ValueInt64(), remedy))
	return configured
}
