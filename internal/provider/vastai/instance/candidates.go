package instance

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// storageMonth is the length in hours of the month that Vast.ai prices storage for.
const storageMonth = market.VastaiStorageMonth

// quote is a candidate with the price it was seen at, for the instance's own disk
// and, with bid_price, at that bid.
type quote struct {
	offerID          int64
	label            string
	compute, storage money.PerHour
	// perGBMonth is nil where the candidate says only what its own disk costs.
	perGBMonth *money.PerGBMonth
	minBid     *money.PerHour
}

func (q quote) hourly() money.PerHour { return q.compute + q.storage }

// contract is that of an instance rented at the quote.
func (q quote) contract(t terms) market.Contract {
	c := market.Contract{Compute: q.compute, DiskGB: t.diskGB, Basis: "Vast.ai offer " + strconv.FormatInt(q.offerID, 10)}
	switch {
	case q.perGBMonth != nil:
		c.StoragePrice = *q.perGBMonth
	case t.diskGB > 0:
		c.StoragePrice = money.PerGBMonth(float64(q.storage) * storageMonth / t.diskGB)
	}
	if q.label != "" {
		c.Basis += ": " + q.label
	}
	if t.bid != nil {
		c.Basis += ", at its bid"
	}
	return c
}

// configured are the candidates as the configuration has them; they are nowhere
// else. given is false without a selection, known while something in the
// candidates is unknown.
func configured(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (rows []candidateModel, given, known bool) {
	var selection types.Object
	diags.Append(config.GetAttribute(ctx, path.Root("selection"), &selection)...)
	if selection.IsUnknown() {
		return nil, false, false
	}
	if selection.IsNull() {
		return nil, false, true
	}
	list, ok := selection.Attributes()["candidates"].(types.List)
	switch {
	case !ok || list.IsNull():
		return nil, true, true
	case list.IsUnknown() || !kernel.FullyKnown(ctx, list):
		return nil, true, false
	}
	diags.Append(list.ElementsAs(ctx, &rows, false)...)
	return rows, true, true
}

// quotes are the usable candidates in order: Vast.ai's own, of the wanted kind.
// The others are counted by reason.
func quotes(rows []candidateModel, t terms) (usable []quote, unusable map[string]int) {
	unusable = map[string]int{}
	for _, row := range rows {
		interruptible := kernel.Bool(row.Interruptible)
		price := seen(row)
		compute := price.ComputeHourly()
		switch {
		case !row.Marketplace.IsNull() && row.Marketplace.ValueString() != market.Vastai:
			unusable["offers of other marketplaces"]++
		case row.OfferID.IsNull():
			unusable["without an offer_id"]++
		case interruptible != nil && *interruptible && t.bid == nil:
			unusable["interruptible, and there is no bid_price"]++
		case interruptible != nil && !*interruptible && t.bid != nil:
			unusable["on demand, and there is a bid_price (ask gpumarket_offers for interruptible = true)"]++
		case compute == nil && t.bid == nil:
			unusable["without a price"]++
		default:
			q := quote{
				offerID: row.OfferID.ValueInt64(), storage: price.VastaiStorage(t.diskGB), perGBMonth: price.PerGBMonth, minBid: kernel.Rate(row.MinBidPrice),
				label: market.Label(row.GPUName.ValueString(), int(row.GPUCount.ValueInt64()), row.Country.ValueString()),
			}
			if t.bid != nil {
				q.compute = money.PerHour(*t.bid)
			} else {
				q.compute = *compute
			}
			usable = append(usable, q)
		}
	}
	return usable, unusable
}

// seen is the price that a candidate was seen at.
func seen(row candidateModel) market.Quoted {
	quoted := market.Quoted{
		Hourly: kernel.Rate(row.HourlyPrice), Compute: kernel.Rate(row.ComputeHourlyPrice), Storage: kernel.Rate(row.StorageHourlyPrice),
	}
	if perGB := kernel.Float(row.StoragePricePerGBMonth); perGB != nil {
		amount := money.PerGBMonth(*perGB)
		quoted.PerGBMonth = &amount
	}
	return quoted
}

// expected is the quote that a create will rent when all can be had: the first within
// the limits. When none is, fits is false and it is the cheapest. nil without quotes.
func expected(usable []quote, limits ...*money.PerHour) (q *quote, fits bool) {
	running := make([]money.PerHour, 0, len(usable))
	for i := range usable {
		running = append(running, usable[i].hourly())
	}
	at, fits := market.FirstWithin(running, limits...)
	if at < 0 {
		return nil, false
	}
	return &usable[at], fits
}

func rate(v *float64) *money.PerHour {
	if v == nil {
		return nil
	}
	amount := money.PerHour(*v)
	return &amount
}
