package vastaisim

import "net/http"

// priceIncreaseNoun is what hosts ask for running contracts. No host of this
// world asks for more.
func (s *Sim) priceIncreaseNoun() noun {
	return noun{Routes: []route{
		onList(http.MethodGet, "/api/v0/instances/pending-price-increases", "listPendingPriceIncreases", pendingIncreases),
		on(http.MethodPut, "/api/v0/instances/accept-price-increase", "acceptInstancePriceIncrease", answerIncrease),
		on(http.MethodPut, "/api/v0/instances/reject-price-increase", "rejectInstancePriceIncrease", answerIncrease),
	}}
}

func pendingIncreases(*call) (any, *refusal) {
	return row{"success": true, "count": 0, "truncated": false, "pending_price_increases": []row{}}, nil
}

// answerIncrease takes exactly the id of a pending increase.
func answerIncrease(c *call) (any, *refusal) {
	f := &fields{row: c.body}
	id := f.number("pending_price_increase_id")
	switch {
	case f.bad != nil:
		return nil, f.bad
	case id == nil || len(c.body) != 1:
		return nil, invalidArgs("error 400/3467: Invalid args: 'pending_price_increase_id' alone is required")
	}
	return nil, refused(http.StatusNotFound, "no_pending_price_increase", "There is no pending price increase %d.", int64(*id))
}
