package runpod

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Templates are read here; pods are made from them.
type Templates struct {
	api    *transport.Transport
	public []*transport.Shared[[]wire.Template]
}

// sources are the parts of the public catalog of templates.
func sources() []string { return []string{"official", "verified", "community"} }

func newTemplates(api *transport.Transport, clk clock.Clock) *Templates {
	t := &Templates{api: api}
	for _, source := range sources() {
		t.public = append(t.public, transport.NewShared(clk, CatalogWindow, func(ctx context.Context) ([]wire.Template, error) {
			return browse(ctx, api, "listPublicTemplates", "/v2/catalog/templates", "templates", url.Values{"source": {source}}, templateID)
		}))
	}
	return t
}

func templateID(t *wire.Template) string { return t.ID }

// Get returns a template of the account or a public one. By its document the API
// answers both by id; one that it does not is looked for among the public ones.
// apierr.NotFound: the template is neither. The public lists end at 100 each.
func (t *Templates) Get(ctx context.Context, id string) (*wire.Template, error) {
	op, err := withID(transport.Op{
		Name: "getTemplate", Method: http.MethodGet, Route: "/v2/templates/" + idParam, Repeat: transport.Safe,
	}, id)
	if err != nil {
		return nil, err
	}
	out := object[wire.Template]{want: id, id: templateID}
	err = t.api.Do(ctx, op, &out)
	switch {
	case err == nil:
		return &out.value, nil
	case !errors.Is(err, apierr.NotFound):
		return nil, err
	}
	for _, public := range t.public {
		templates, listErr := public.Get(ctx, transport.Recent)
		if listErr != nil {
			return nil, listErr
		}
		if i := slices.IndexFunc(templates, func(t wire.Template) bool { return t.ID == id }); i >= 0 {
			found := templates[i]
			found.Env = maps.Clone(found.Env)
			return &found, nil
		}
	}
	return nil, err
}
