package instance

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market/normalize"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
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
	selection := market.Select(normalize.VastaiAll(rows, t.diskGB, t.bid != nil), wishes, offer.orderBy())
	if t.bid != nil {
		selection = winning(selection, money.PerHour(*t.bid))
	}
	return selection, nil
}

// winning keeps the offers that a bid wins now.
func winning(s market.Selection, bid money.PerHour) market.Selection {
	var kept []market.Offer
	var lowest *money.PerHour
	for _, offer := range s.Offers {
		if offer.MinBid == nil || !offer.MinBid.Above(bid) {
			kept = append(kept, offer)
		} else if lowest == nil || *offer.MinBid < *lowest {
			lowest = offer.MinBid
		}
	}
	if lowest != nil && len(kept) == 0 {
		s.NearMisses = append([]string{fmt.Sprintf("%s only bid_price, which is %s USD/h; the lowest winning bid is %s USD/h",
			missing(len(s.Offers)), bid, *lowest)}, s.NearMisses...)
	}
	s.Offers = kept
	return s
}

func missing(n int) string {
	if n == 1 {
		return "1 offer misses"
	}
	return fmt.Sprintf("%d offers miss", n)
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
		offerID: *offer.OfferID, label: labelOfOffer(offer), compute: offer.ComputeHourly, storage: offer.StorageHourly,
		perGBMonth: &offer.StoragePrice, minBid: offer.MinBid,
	}
	if t.bid != nil {
		q.compute = money.PerHour(*t.bid)
	}
	return q
}

func labelOfOffer(offer *market.Offer) string {
	label := offer.GPUName
	if offer.GPUCount > 1 {
		label = fmt.Sprintf("%d × %s", offer.GPUCount, label)
	}
	if offer.Country != nil && *offer.Country != "" {
		label += ", " + *offer.Country
	}
	return label
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
		p.refusal = t.priceRefusal(offer, p.quoted)
		if p.label == "" {
			p.label = q.label
		}
		prospects = append(prospects, p)
	}
	return prospects, nil
}
