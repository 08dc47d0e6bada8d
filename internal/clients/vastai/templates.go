package vastai

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// Templates are read here; instances are made from them.
type Templates struct {
	transport *transport.Transport
	reads     *shelf[[]wire.Template]
}

// templatesAnswer is {"templates":[…]}; a missing list is not an empty one.
type templatesAnswer struct{ templates []wire.Template }

func (a *templatesAnswer) UnmarshalJSON(data []byte) error {
	var body struct {
		Templates *[]wire.Template `json:"templates"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return err
	}
	if body.Templates == nil {
		return errors.New("it has no templates")
	}
	a.templates = *body.Templates
	return nil
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
	op := transport.Op{
		Name: opSearchTemplates, Method: http.MethodGet, Path: "/api/v0/template/",
		Query:  url.Values{"select_cols": {`["*"]`}, "select_filters": {string(filters)}},
		Repeat: transport.Safe,
	}
	templates, err := t.reads.get(ctx, string(filters), transport.Recent, func(ctx context.Context) ([]wire.Template, error) {
		var a templatesAnswer
		err := t.transport.Do(ctx, op, &a)
		return a.templates, err
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
