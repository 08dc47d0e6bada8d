package networkvolume

import (
	"context"
	"slices"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// createOnce makes the volume, or takes over the one that an earlier, killed
// process made from the same configuration. A volume cannot bear a marker, so a lost
// one is found among the ids that are new.
func (r *Resource) createOnce(ctx context.Context, client *runpod.Client, plan *model) (*rent.Made[*wire.NetworkVolume], error) {
	list := func(ctx context.Context) ([]wire.NetworkVolume, error) {
		return client.NetworkVolumes.List(ctx, transport.Freshness{NotBefore: r.Data.Clock.Now()})
	}
	request := plan.expand()
	return rent.Once(ctx, r.Data.Desk, rent.Creation[*wire.NetworkVolume]{
		Type: typeName, Account: r.Data.RunPodAccount, Hash: plan.hash(),
		ID: func(volume *wire.NetworkVolume) string { return volume.ID },
		Before: func(ctx context.Context) (ids []string, err error) {
			volumes, err := list(ctx)
			for _, volume := range volumes {
				ids = append(ids, volume.ID)
			}
			return ids, err
		},
		Find: func(ctx context.Context, intent rent.Intent) (found []*wire.NetworkVolume, err error) {
			volumes, err := list(ctx)
			for i := range volumes {
				if !slices.Contains(intent.Known, volumes[i].ID) && plan.matches(volumes[i]) {
					found = append(found, &volumes[i])
				}
			}
			return found, err
		},
		Rent: func(ctx context.Context, _ string, send rent.Send[*wire.NetworkVolume]) (*wire.NetworkVolume, error) {
			return send(ctx, func(ctx context.Context) (*wire.NetworkVolume, error) {
				return client.NetworkVolumes.Create(ctx, request)
			})
		},
		Check: func(string) string {
			return "Look for a network volume named " + request.Name + " in the RunPod console."
		},
	})
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
