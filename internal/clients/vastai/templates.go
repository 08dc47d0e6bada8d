package vastai

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// Templates are read here; instances are made from them.
type Templates struct {
	transport *transport.Transport
	reads     *shelf[[]wire.Template]
}

//nolint:gochecknoglobals // a constant in all but syntax.
var searchTemplates = operation{
	name: "searchTemplates", method: http.MethodGet, path: "/api/v0/template/", repeat: transport.Safe, interval: 1900 * time.Millisecond,
}

// Get finds a template by its number or its hash; apierr.NotFound when there is
// none. Reads of one template inside the window are answered from one call.
func (t *Templates) Get(ctx context.Context, idOrHash string) (*wire.Template, error) {
	// A hash of digits alone is longer than any number that fits.
	id, err := strconv.ParseInt(idOrHash, 10, 64)
	numeric := err == nil
	column, value := "hash_id", any(idOrHash)
	if numeric {
		column, value = "id", id
	}
	filters, err := json.Marshal(map[string]any{column: map[string]any{"eq": value}})
	if err != nil {
		return nil, err
	}
	op := searchTemplates.op()
	op.Query = url.Values{"select_cols": {`["*"]`}, "select_filters": {string(filters)}}
	templates, err := t.reads.get(ctx, string(filters), transport.Recent, func(ctx context.Context) ([]wire.Template, error) {
		found := page[wire.Template]{key: "templates", one: "template", id: func(t *wire.Template) int64 { return t.ID }}
		err := t.transport.Do(ctx, op, &found)
		return found.items, err
	})
	if err != nil {
		return nil, err
	}
	for _, template := range templates {
		if numeric && template.ID == id || !numeric && template.HashID == idOrHash {
			return &template, nil
		}
	}
	return nil, failure(op, apierr.NotFound, "template %s does not exist", idOrHash)
}
