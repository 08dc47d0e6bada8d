package vastai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

//nolint:gochecknoglobals // a constant in all but syntax.
var searchOffers = operation{
	name: "searchOffers", method: http.MethodPost, path: "/api/v0/bundles/", repeat: transport.Safe, interval: 2 * time.Second,
}

// Offers is the market.
type Offers struct {
	transport *transport.Transport
	searches  *shelf[found]
}

// found is the result of one search, each offer once, decoded and as it came.
type found struct {
	offers []wire.Offer
	rows   []json.RawMessage
}

// UnmarshalJSON reads {"offers":[…]}. The service has been seen to send an offer
// twice in one answer.
func (f *found) UnmarshalJSON(data []byte) error {
	var body struct {
		Offers *[]json.RawMessage `json:"offers"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return err
	}
	if body.Offers == nil {
		return errors.New("it has no offers")
	}
	rows := *body.Offers
	f.offers, f.rows = make([]wire.Offer, 0, len(rows)), make([]json.RawMessage, 0, len(rows))
	seen := make(map[int64]bool, len(rows))
	for i, row := range rows {
		var offer wire.Offer
		if err := json.Unmarshal(row, &offer); err != nil {
			return fmt.Errorf("offer %d: %w", i, err)
		}
		if offer.ID <= 0 {
			return fmt.Errorf("offer %d has no id", i)
		}
		if seen[offer.ID] {
			continue
		}
		seen[offer.ID] = true
		f.offers, f.rows = append(f.offers, offer), append(f.rows, row)
	}
	return nil
}

// Search returns the offers that match, as the query orders and limits them, each
// id once. Equal searches inside the window are answered from one call; renting
// anything clears it. Fields whose value is nil are not sent.
func (o *Offers) Search(ctx context.Context, query wire.Query) ([]wire.Offer, error) {
	f, err := o.search(ctx, query)
	if err != nil {
		return nil, err
	}
	return slices.Clone(f.offers), nil
}

// SearchRaw is Search with every row as it came, for callers that show all fields.
// Numbers are json.Number.
func (o *Offers) SearchRaw(ctx context.Context, query wire.Query) ([]map[string]any, error) {
	f, err := o.search(ctx, query)
	if err != nil {
		return nil, err
	}
	rows := make([]map[string]any, len(f.rows))
	for i, row := range f.rows {
		decoder := json.NewDecoder(bytes.NewReader(row))
		decoder.UseNumber()
		if err := decoder.Decode(&rows[i]); err != nil {
			return nil, failure(searchOffers.op(), apierr.Malformed, "offer %d: %s", i, err)
		}
	}
	return rows, nil
}

func (o *Offers) search(ctx context.Context, query wire.Query) (found, error) {
	sent := make(wire.Query, len(query))
	for field, filter := range query {
		if filter != nil {
			sent[field] = filter
		}
	}
	// Keys of a map are marshalled in order, so that equal queries are equal texts.
	key, err := json.Marshal(sent)
	if err != nil {
		e := failure(searchOffers.op(), apierr.Invalid, "the query cannot be sent: %s", err)
		e.Status, e.Err = 0, err
		return found{}, e
	}
	return o.searches.get(ctx, string(key), func(ctx context.Context) (found, error) {
		var f found
		err := o.transport.Do(ctx, searchOffers.with(json.RawMessage(key)), &f)
		return f, err
	})
}
