package runpod

import (
	"context"
	"net/http"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// NetworkVolumes are the account's network volumes.
type NetworkVolumes struct {
	volumes *collection[wire.NetworkVolume]
}

func newNetworkVolumes(api *transport.Transport, clk clock.Clock) *NetworkVolumes {
	return &NetworkVolumes{newCollection(api, clk, names{
		path: "/v2/network-volumes", key: "networkVolumes",
		list: "listNetworkVolumes", get: "getNetworkVolume",
		create: "createNetworkVolume", update: "updateNetworkVolume", remove: "deleteNetworkVolume",
	}, volumeID, func(v wire.NetworkVolume) wire.NetworkVolume { return v })}
}

func volumeID(v *wire.NetworkVolume) string { return v.ID }

// List returns every volume.
func (v *NetworkVolumes) List(ctx context.Context, f transport.Freshness) ([]wire.NetworkVolume, error) {
	return v.volumes.all(ctx, f)
}

// Get returns one volume; apierr.NotFound as for [Pods.Get].
func (v *NetworkVolumes) Get(ctx context.Context, id string, f transport.Freshness) (*wire.NetworkVolume, error) {
	return v.volumes.one(ctx, id, f)
}

// Create makes a volume; Ambiguous: it may exist.
func (v *NetworkVolumes) Create(ctx context.Context, request wire.CreateNetworkVolumeRequest) (*wire.NetworkVolume, error) {
	return v.volumes.create(ctx, request)
}

// Update renames and grows a volume.
func (v *NetworkVolumes) Update(ctx context.Context, id string, request wire.UpdateNetworkVolumeRequest) (*wire.NetworkVolume, error) {
	return v.volumes.change(ctx, v.volumes.names.update, http.MethodPatch, "", id, request)
}

// Delete destroys a volume with its data; apierr.InUse while pods or workers hold it.
func (v *NetworkVolumes) Delete(ctx context.Context, id string) error {
	return v.volumes.remove(ctx, id)
}
