package runpod

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// CatalogWindow is how long an answer of the catalog serves. Prices change over
// days; stock does by the second, and is advisory at any age.
const CatalogWindow = time.Minute

// unknownType is a placeholder row that the catalog has among the GPU types.
const unknownType = "unknown"

// Catalog is what RunPod sells. Answers are shared inside [CatalogWindow], so
// that they are not to be changed below their first level.
type Catalog struct {
	api         *transport.Transport
	clock       clock.Clock
	gpus        *transport.Shared[[]wire.GPUType]
	cpus        *transport.Shared[[]wire.CPUType]
	dataCenters *transport.Shared[[]wire.DataCenter]

	mu    sync.Mutex
	stock map[stockQuery]*transport.Shared[[]wire.GPUType]
}

type stockQuery struct {
	cloud string
	count int
	// countries is a list of codes separated by commas, "" for everywhere.
	countries string
}

func newCatalog(api *transport.Transport, clk clock.Clock) *Catalog {
	c := &Catalog{api: api, clock: clk, stock: map[stockQuery]*transport.Shared[[]wire.GPUType]{}}
	c.gpus = c.gpuTypes(nil)
	c.cpus = transport.NewShared(clk, CatalogWindow, func(ctx context.Context) ([]wire.CPUType, error) {
		return browse(ctx, api, "listCpuTypes", "/v2/catalog/cpus", "cpus", nil, func(t *wire.CPUType) string { return t.ID })
	})
	c.dataCenters = transport.NewShared(clk, CatalogWindow, func(ctx context.Context) ([]wire.DataCenter, error) {
		return browse(ctx, api, "listDataCenters", "/v2/catalog/datacenters", "dataCenters", nil, func(d *wire.DataCenter) string { return d.ID })
	})
	return c
}

func (c *Catalog) gpuTypes(query url.Values) *transport.Shared[[]wire.GPUType] {
	return transport.NewShared(c.clock, CatalogWindow, func(ctx context.Context) ([]wire.GPUType, error) {
		types, err := browse(ctx, c.api, opGPUTypes, "/v2/catalog/gpus", "gpus", query, func(t *wire.GPUType) string { return t.ID })
		return slices.DeleteFunc(types, func(t wire.GPUType) bool { return t.ID == unknownType }), err
	})
}

const opGPUTypes = "listGpuTypes"

// GPUs lists the GPU types with prices, without stock. The sentinel type
// "unknown" is left out.
func (c *Catalog) GPUs(ctx context.Context) ([]wire.GPUType, error) { return recent(ctx, c.gpus) }

// GPUStock lists the GPU types with the stock of a cloud (wire.CloudSecure or
// wire.CloudCommunity) for pods with count GPUs, 1 or more; apierr.Invalid for
// anything else.
func (c *Catalog) GPUStock(ctx context.Context, cloud string, count int) ([]wire.GPUType, error) {
	return c.GPUStockIn(ctx, cloud, count, nil)
}

// GPUStockIn is GPUStock of the data centers in some countries, by two-letter codes:
// stock, data centers and versions are theirs, and types that none of them has are
// left out. No countries are all of them.
func (c *Catalog) GPUStockIn(ctx context.Context, cloud string, count int, countries []string) ([]wire.GPUType, error) {
	if count < 1 || (cloud != wire.CloudSecure && cloud != wire.CloudCommunity) {
		return nil, invalid(transport.Op{Name: opGPUTypes}, fmt.Sprintf("there is no stock of pods with %d GPUs in cloud %q", count, cloud))
	}
	sorted := slices.Sorted(slices.Values(countries))
	return recent(ctx, c.stockOf(stockQuery{cloud, count, strings.Join(sorted, ",")}))
}

func (c *Catalog) stockOf(q stockQuery) *transport.Shared[[]wire.GPUType] {
	c.mu.Lock()
	defer c.mu.Unlock()
	shared, known := c.stock[q]
	if !known {
		query := url.Values{
			"include": {"AVAILABILITY"}, "product": {"POD"}, "cloud": {q.cloud}, "count": {strconv.Itoa(q.count)},
		}
		if q.countries != "" {
			query.Set("countryCodes", q.countries)
		}
		shared = c.gpuTypes(query)
		c.stock[q] = shared
	}
	return shared
}

// CPUs lists the CPU flavors with prices.
func (c *Catalog) CPUs(ctx context.Context) ([]wire.CPUType, error) { return recent(ctx, c.cpus) }

// DataCenters lists the data centers.
func (c *Catalog) DataCenters(ctx context.Context) ([]wire.DataCenter, error) {
	return recent(ctx, c.dataCenters)
}

// recent is a list from inside the window, in a slice of the caller's own.
func recent[T any](ctx context.Context, shared *transport.Shared[[]T]) ([]T, error) {
	items, err := shared.Get(ctx, transport.Recent)
	return slices.Clone(items), err
}
