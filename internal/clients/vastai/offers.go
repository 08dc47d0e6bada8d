package vastai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

//nolint:gochecknoglobals // a constant in all but syntax.
var searchOffers = operation{
	name: "searchOffers", method: http.MethodPost, path: "/api/v0/bundles/", repeat: transport.Safe, interval: 2 * time.Second,
}

// SearchWindow is how long a search answers equal ones: those of all creates that
// wait side by side for the quota, of which the service takes one in 4.5 seconds.
const SearchWindow = 30 * time.Second

// Offers is the market.
type Offers struct {
	transport *transport.Transport
	clock     clock.Clock
	searches  *shelf[found]

	mu sync.Mutex
	// taken are the offers that were rented here, or found gone, since when.
	taken map[int64]time.Time
}

func newOffers(api *transport.Transport, clk clock.Clock) *Offers {
	return &Offers{transport: api, clock: clk, searches: newShelf[found](clk, SearchWindow), taken: map[int64]time.Time{}}
}

// took notes that an offer is not to be had any more. Searches that were made before
// answer without it from now on; one that is made later is believed.
func (o *Offers) took(id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.clock.Now()
	o.taken[id] = now
	maps.DeleteFunc(o.taken, func(_ int64, at time.Time) bool { return now.Sub(at) > 2*SearchWindow })
}

// without is what a search found less the offers that were taken after it was made.
func (o *Offers) without(f found) found {
	o.mu.Lock()
	defer o.mu.Unlock()
	left := found{asked: f.asked, offers: make([]wire.Offer, 0, len(f.offers)), rows: make([]json.RawMessage, 0, len(f.rows))}
	for i := range f.offers {
		if at, taken := o.taken[f.offers[i].ID]; taken && !at.Before(f.asked) {
			continue
		}
		left.offers, left.rows = append(left.offers, f.offers[i]), append(left.rows, f.rows[i])
	}
	return left
}

// found is the result of one search, each offer once, decoded and as it came.
type found struct {
	asked  time.Time
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
// id once. Equal searches inside [SearchWindow] are answered from one call, without the
// offers that were taken since; once less than half of them is left the market is asked
// again, which may offer what is left of a machine under new numbers. Fields whose value
// is nil are not sent.
func (o *Offers) Search(ctx context.Context, query wire.Query) ([]wire.Offer, error) {
	return o.SearchSince(ctx, query, transport.Recent)
}

// SearchSince is Search with an answer that was asked for no earlier than since says.
func (o *Offers) SearchSince(ctx context.Context, query wire.Query, since transport.Freshness) ([]wire.Offer, error) {
	f, err := o.search(ctx, query, since)
	if err != nil {
		return nil, err
	}
	return f.offers, nil
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
			return nil, failure(searchOffers.op(), apierr.Malformed, "offer %d: %s", i, err)
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
		e := failure(searchOffers.op(), apierr.Invalid, "the query cannot be sent: %s", err)
		e.Status, e.Err = 0, err
		return found{}, e
	}
	fetch := func(ctx context.Context) (found, error) {
		f := found{asked: o.clock.Now()}
		err := o.transport.Do(ctx, searchOffers.with(json.RawMessage(key)), &f)
		return f, err
	}
	f, err := o.searches.get(ctx, string(key), since, fetch)
	if err != nil {
		return found{}, err
	}
	left := o.without(f)
	if 2*len(left.offers) >= len(f.offers) {
		return left, nil
	}
	f, err = o.searches.get(ctx, string(key), transport.Freshness{NotBefore: f.asked.Add(1)}, fetch)
	return o.without(f), err
}
