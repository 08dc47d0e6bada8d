package instance

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market/normalize"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/vastai/search"
)

// searchTypes are the API's words for the two kinds of rental.
const (
	searchOnDemand = "on-demand"
	searchBid      = "bid"
)

// byWishes searches the market and ranks what satisfies the wishes.
func byWishes(
	ctx context.Context, client *vastai.Client, offer *offerModel, t terms, since transport.Freshness, diags *diag.Diagnostics,
) (market.Selection, error) {
	wishes := offer.wishes(t, diags)
	filters, err := offer.filters()
	if err != nil || diags.HasError() {
		return market.Selection{}, err
	}
	rows, err := client.Offers.SearchSince(ctx, search.With(normalize.VastaiQuery(wishes), filters), since)
	if err != nil {
		return market.Selection{}, err
	}
	found := normalize.VastaiAll(rows, t.diskGB, t.bid != nil)
	validators.WarnUnlisted(wishes.GPUs, market.Listing(found), path.Root("offer").AtName("gpu_names"), diags)
	selection := market.Select(found, wishes, offer.orderBy())
	if t.bid != nil {
		selection = selection.Winning(money.PerHour(*t.bid))
	}
	return selection, nil
}

// ranked are the offers of a selection as prospects.
func ranked(s market.Selection, t terms) []prospect {
	prospects := make([]prospect, 0, len(s.Offers))
	for i := range s.Offers {
		offer := &s.Offers[i]
		if offer.OfferID == nil {
			continue
		}
		prospects = append(prospects, prospect{quote: quoteOf(offer, t), offer: offer, refusal: t.priceRefusal(*offer, nil)})
	}
	return prospects
}

// quoteOf is what an offer of the market costs now.
func quoteOf(offer *market.Offer, t terms) quote {
	q := quote{
		offerID: *offer.OfferID, label: offer.Label(), compute: offer.ComputeHourly, storage: offer.StorageHourly,
		perGBMonth: &offer.StoragePrice, minBid: offer.MinBid,
	}
	if t.bid != nil {
		q.compute = money.PerHour(*t.bid)
	}
	return q
}

// lookAgain asks for the quoted offers as they are now, in one search. quoted
// prices bind unless they are not known.
func lookAgain(
	ctx context.Context, client *vastai.Client, quoted []quote, t terms, priced bool, since transport.Freshness,
) ([]prospect, error) {
	ids := make([]any, 0, len(quoted))
	for _, q := range quoted {
		ids = append(ids, q.offerID)
	}
	kind := searchOnDemand
	if t.bid != nil {
		kind = searchBid
	}
	// Whoever listed the candidates has judged them: no filter but their ids.
	again := search.Anything()
	again["id"], again["type"] = map[string]any{"in": ids}, kind
	again["limit"], again["allocated_storage"] = len(ids), t.diskGB
	rows, err := client.Offers.SearchSince(ctx, again, since)
	if err != nil {
		return nil, err
	}
	now := make(map[int64]market.Offer, len(rows))
	for _, row := range rows {
		now[row.ID] = normalize.Vastai(row, t.diskGB, t.bid != nil)
	}
	prospects := make([]prospect, 0, len(quoted))
	for _, q := range quoted {
		offer, ok := now[q.offerID]
		if !ok || offer.OfferID == nil {
			prospects = append(prospects, prospect{quote: q, refusal: "no longer offered"})
			continue
		}
		p := prospect{quote: quoteOf(&offer, t), offer: &offer}
		if priced {
			p.quoted = &q
		}
		if p.refusal = offer.PriceRefusal(); p.refusal == "" {
			p.refusal = t.priceRefusal(offer, p.quoted)
		}
		if p.label == "" {
			p.label = q.label
		}
		prospects = append(prospects, p)
	}
	return prospects, nil
}
