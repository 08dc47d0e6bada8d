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
// process made from the same configuration. It returns the volume and the marker
// of its intent.
func (r *Resource) createOnce(ctx context.Context, client *runpod.Client, plan *model) (*wire.NetworkVolume, string, error) {
	desk := r.Data.Desk
	defer desk.Alone(typeName)()

	request := plan.expand()
	hash := plan.hash()
	newSince := func(known []string) func(context.Context) ([]*wire.NetworkVolume, error) {
		return func(ctx context.Context) ([]*wire.NetworkVolume, error) {
			return r.appeared(ctx, client, plan, known)
		}
	}

	adopted, marker, ok, err := rent.Adopt(ctx, desk, typeName, r.Data.RunPodAccount, hash,
		func(ctx context.Context, orphan rent.Intent) ([]*wire.NetworkVolume, error) {
			return newSince(orphan.Known)(ctx)
		})
	if err != nil {
		return nil, "", err
	}
	if ok {
		desk.Exclude(typeName, r.Data.RunPodAccount, adopted.ID, marker, hash)
		return adopted, marker, nil
	}

	before, err := client.NetworkVolumes.List(ctx, transport.Freshness{NotBefore: r.Data.Clock.Now()})
	if err != nil {
		return nil, "", err
	}
	known := make([]string, 0, len(before))
	for _, volume := range before {
		known = append(known, volume.ID)
	}
	marker = rent.NewMarker()
	desk.Begin(rent.Intent{Type: typeName, Account: r.Data.RunPodAccount, Hash: hash, Marker: marker, Known: known})

	volume, err := rent.Create(ctx, rent.Creation[*wire.NetworkVolume]{
		Type:  typeName,
		Clock: r.Data.Clock,
		Send: func(ctx context.Context) (*wire.NetworkVolume, error) {
			return client.NetworkVolumes.Create(ctx, request)
		},
		Find:  newSince(known),
		Check: "Look for a network volume named " + request.Name + " in the RunPod console.",
	})
	switch {
	case err == nil:
		desk.Exclude(typeName, r.Data.RunPodAccount, volume.ID, marker, hash)
	case !rent.Lost(err):
		desk.Intents.End(marker)
	}
	return volume, marker, err
}

// hash is of what identifies a volume by its content. The type is left out: one
// that is not configured is known once the volume exists.
func (m *model) hash() string {
	return rent.Hash([]any{m.Name.ValueString(), m.SizeGB.ValueInt64(), m.DataCenterID.ValueString()})
}

// appeared lists the volumes that equal the plan and were not known before.
func (r *Resource) appeared(ctx context.Context, client *runpod.Client, plan *model, known []string) ([]*wire.NetworkVolume, error) {
	volumes, err := client.NetworkVolumes.List(ctx, transport.Freshness{NotBefore: r.Data.Clock.Now()})
	if err != nil {
		return nil, err
	}
	var found []*wire.NetworkVolume
	for i := range volumes {
		if !slices.Contains(known, volumes[i].ID) && plan.matches(volumes[i]) {
			found = append(found, &volumes[i])
		}
	}
	return found, nil
}
