package networkvolume

import (
	"context"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// createOnce makes the volume, or takes over the one that an earlier, killed process
// made from the same configuration.
func (r *Resource) createOnce(ctx context.Context, client *runpod.Client, plan *model) (*rent.Made[*wire.NetworkVolume], error) {
	request := plan.expand()
	return rent.Once(ctx, r.Data.Desk, rent.Unmarked[wire.NetworkVolume]{
		Type: typeName, Account: r.Data.RunPodAccount, Hash: plan.hash(),
		ID: func(volume *wire.NetworkVolume) string { return volume.ID },
		List: func(ctx context.Context) ([]wire.NetworkVolume, error) {
			return client.NetworkVolumes.List(ctx, transport.Freshness{NotBefore: r.Data.Clock.Now()})
		},
		Equal: plan.matches,
		Make: func(ctx context.Context) (*wire.NetworkVolume, error) {
			return client.NetworkVolumes.Create(ctx, request)
		},
		Check: "Look for a network volume named " + request.Name + " in the RunPod console.",
	}.Creation())
}

// hash is of what identifies a volume by its content. The type is left out: one
// that is not configured is known once the volume exists.
func (m *model) hash() string {
	return rent.Hash([]any{m.Name.ValueString(), m.SizeGB.ValueInt64(), m.DataCenterID.ValueString()})
}

// object is the volume of a state, which the create with the marker made.
func (m *model) object(marker string) rent.Object {
	return rent.Object{Type: typeName, ID: m.ID.ValueString(), Marker: marker, Hash: m.hash()}
}
