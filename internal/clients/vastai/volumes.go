package vastai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// Volumes are the account's volumes.
type Volumes struct {
	transport *transport.Transport
	list      *transport.Shared[[]wire.Volume]
}

// volumesAnswer is {"volumes":[…]}; a missing list is not an empty one.
type volumesAnswer struct{ volumes []wire.Volume }

func (a *volumesAnswer) UnmarshalJSON(data []byte) error {
	var body struct {
		Volumes *[]wire.Volume `json:"volumes"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return err
	}
	if body.Volumes == nil {
		return errors.New("it has no volumes")
	}
	a.volumes = *body.Volumes
	for i := range a.volumes {
		if a.volumes[i].ID <= 0 {
			return fmt.Errorf("volume %d has no id", i)
		}
	}
	return nil
}

// List returns every local and network volume.
func (v *Volumes) List(ctx context.Context, f transport.Freshness) ([]wire.Volume, error) {
	all, err := v.list.Get(ctx, f)
	if err != nil {
		return nil, err
	}
	return slices.Clone(all), nil
}

func (v *Volumes) fetch(ctx context.Context) ([]wire.Volume, error) {
	var a volumesAnswer
	err := v.transport.Do(ctx, transport.Op{
		Name: opListVolumes, Method: http.MethodGet, Path: "/api/v0/volumes",
		Query: url.Values{"owner": {self}, "type": {"all_volume"}}, Repeat: transport.Safe,
	}, &a)
	return a.volumes, err
}
