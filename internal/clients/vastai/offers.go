package vastai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

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
	return o.SearchSince(ctx, query, transport.Recent)
}

// SearchSince is Search with an answer that was asked for no earlier than since says.
func (o *Offers) SearchSince(ctx context.Context, query wire.Query, since transport.Freshness) ([]wire.Offer, error) {
	f, err := o.search(ctx, query, since)
	if err != nil {
		return nil, err
	}
	return slices.Clone(f.offers), nil
}

// SearchRaw is Search with every row as it came, for callers that show all fields.
// Numbers are json.Number.
func (o *Offers) SearchRaw(ctx context.Context, query wire.Query) ([]map[string]any, error) {
	f, err := o.search(ctx, query, transport.Recent)
	if err != nil {
		return nil, err
	}
	rows := make([]map[string]any, len(f.rows))
	for i, row := range f.rows {
		decoder := json.NewDecoder(bytes.NewReader(row))
		decoder.UseNumber()
		if err := decoder.Decode(&rows[i]); err != nil {
			return nil, failure(searchOp(nil), apierr.Malformed, "offer %d: %s", i, err)
		}
	}
	return rows, nil
}

func (o *Offers) search(ctx context.Context, query wire.Query, since transport.Freshness) (found, error) {
	sent := make(wire.Query, len(query))
	for field, filter := range query {
		if filter != nil {
			sent[field] = filter
		}
	}
	// Keys of a map are marshalled in order, so that equal queries are equal texts.
	key, err := json.Marshal(sent)
	if err != nil {
		e := failure(searchOp(nil), apierr.Invalid, "the query cannot be sent: %s", err)
		e.Status, e.Err = 0, err
		return found{}, e
	}
	return o.searches.get(ctx, string(key), since, func(ctx context.Context) (found, error) {
		var f found
		err := o.transport.Do(ctx, searchOp(json.RawMessage(key)), &f)
		return f, err
	})
}

func searchOp(body any) transport.Op {
	return transport.Op{
		Name: opSearchOffers, Method: http.MethodPost, Path: "/api/v0/bundles/", Body: body, Repeat: transport.Safe,
	}
}
