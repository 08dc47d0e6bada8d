package vastai

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Volumes are the account's volumes.
type Volumes struct {
	volumes *collection[wire.Volume]
}

//nolint:gochecknoglobals // a constant in all but syntax.
var listVolumes = operation{
	name: "listVolumes", method: http.MethodGet, path: "/api/v0/volumes", repeat: transport.Safe, interval: 2 * time.Second,
}

func newVolumes(api *transport.Transport, clk clock.Clock) *Volumes {
	return &Volumes{newCollection(api, clk, Window, noun[wire.Volume]{
		key: "volumes", one: "volume", list: listVolumes,
		query: url.Values{"owner": {self}, "type": {"all_volume"}},
		id:    func(v *wire.Volume) int64 { return v.ID },
	})}
}

// List returns every local and network volume.
func (v *Volumes) List(ctx context.Context, f transport.Freshness) ([]wire.Volume, error) {
	return v.volumes.all(ctx, f)
}
