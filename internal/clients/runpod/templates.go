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

// Templates are those of the account, and the public ones, which can only be read.
type Templates struct {
	own    *collection[wire.Template]
	public []*transport.Shared[[]wire.Template]
}

// sources are the parts of the public catalog of templates.
func sources() []string { return []string{"official", "verified", "community"} }

func newTemplates(api *transport.Transport, clk clock.Clock) *Templates {
	t := &Templates{own: newCollection(api, clk, names{
		path: "/v2/templates", key: "templates",
		list: "listTemplates", get: "getTemplate", create: "createTemplate", update: "updateTemplate", remove: "deleteTemplate",
	}, templateID, cloneTemplate)}
	for _, source := range sources() {
		t.public = append(t.public, transport.NewShared(clk, CatalogWindow, func(ctx context.Context) ([]wire.Template, error) {
			return browse(ctx, api, "listPublicTemplates", "/v2/catalog/templates", "templates", url.Values{"source": {source}}, templateID)
		}))
	}
	return t
}

func templateID(t *wire.Template) string { return t.ID }

func cloneTemplate(t wire.Template) wire.Template {
	t.Env = maps.Clone(t.Env)
	t.Ports, t.AllowedCUDAVersions = slices.Clone(t.Ports), slices.Clone(t.AllowedCUDAVersions)
	return t
}

// List returns the account's own templates.
func (t *Templates) List(ctx context.Context, f transport.Freshness) ([]wire.Template, error) {
	return t.own.all(ctx, f)
}

// Own returns a template of the account; apierr.NotFound as for [Pods.Get].
func (t *Templates) Own(ctx context.Context, id string, f transport.Freshness) (*wire.Template, error) {
	return t.own.one(ctx, id, f)
}

// Create makes a template; Ambiguous: it may exist. apierr.Conflict: the account has
// one of that name.
func (t *Templates) Create(ctx context.Context, request wire.TemplateRequest) (*wire.Template, error) {
	return t.own.create(ctx, request)
}

// Update makes the template what request says, except that a mount stays when request
// has none. Pods and endpoints that were made from it stay as they are.
func (t *Templates) Update(ctx context.Context, id string, request wire.TemplateRequest) (*wire.Template, error) {
	return t.own.change(ctx, t.own.names.update, http.MethodPatch, "", id, request)
}

// Delete deletes a template; apierr.InUse while a pod or an endpoint is bound to it,
// and for up to two minutes afterwards.
func (t *Templates) Delete(ctx context.Context, id string) error { return t.own.remove(ctx, id) }

// Get returns a template of the account or a public one. By its document the API
// answers both by id; one that it does not is looked for among the public ones.
// apierr.NotFound: the template is neither. The public lists end at 100 each.
func (t *Templates) Get(ctx context.Context, id string) (*wire.Template, error) {
	op, err := withID(t.own.op(t.own.names.get, http.MethodGet, "", transport.Safe), id)
	if err != nil {
		return nil, err
	}
	found, err := t.own.read(ctx, op, id)
	if !errors.Is(err, apierr.NotFound) {
		return found, err
	}
	for _, public := range t.public {
		templates, listErr := public.Get(ctx, transport.Recent)
		if listErr != nil {
			return nil, listErr
		}
		if i := slices.IndexFunc(templates, func(t wire.Template) bool { return t.ID == id }); i >= 0 {
			found := cloneTemplate(templates[i])
			return &found, nil
		}
	}
	return nil, err
}
