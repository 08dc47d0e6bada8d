package pod

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/runpod/places"
)

// advise tells about a create that RunPod accepts, or refuses in misleading words: a
// data center that is misspelt reads as "no longer any instances available".
func (m *model) advise(ctx context.Context, client *runpod.Client, diags *diag.Diagnostics) {
	if centers := kernel.Strings(m.DataCenterIDs); len(centers) > 0 {
		m.adviseCenters(ctx, client, centers, diags)
	}
	if m.StartSSH.ValueBool() {
		if keys, err := client.SSHKeys.List(ctx); err == nil && len(keys) == 0 {
			diags.AddAttributeWarning(path.Root("start_ssh"), "The account has no SSH keys",
				"start_ssh gives the container the keys of the RunPod account, and there are none, so nobody could log in. Add one in RunPod's console before applying.")
		}
	}
}

func (m *model) adviseCenters(ctx context.Context, client *runpod.Client, wanted []string, diags *diag.Diagnostics) {
	at := path.Root("data_center_ids")
	if slices.Contains(m.clouds(), wire.CloudCommunity) {
		diags.AddAttributeWarning(at, "Few COMMUNITY machines are in a data center that can be selected",
			"data_center_ids binds in the COMMUNITY cloud as well, where it shuts out most machines. Leave it out unless the place matters.")
	}
	places.Check(ctx, client, at, wanted, diags)
}
