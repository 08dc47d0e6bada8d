package market

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// Selection is what a search came to.
type Selection struct {
	// Offers satisfy the wishes, in order.
	Offers []Offer
	// Rejected counts the others by their first reason.
	Rejected map[string]int
	// NearMisses tells, most useful first, what a single wish given up would bring:
	// "27 offers miss only max_hourly_price; the cheapest is 0.61 USD/h (RTX 4090)".
	NearMisses []string
	// Unpublished are the wishes that offers were not held against, because their
	// marketplace publishes nothing of the kind; in the order of the checks.
	Unpublished []Unpublished
}

// Winning keeps the offers that a bid wins now. When it wins none, the first near
// miss tells the lowest bid that would.
func (s Selection) Winning(bid money.PerHour) Selection {
	var kept []Offer
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

// Unpublished is a wish that did not filter RunPod's offers, of which some remain.
type Unpublished struct {
	// Wish is the attribute, Data what RunPod does not publish ("the number of CPU
	// cores").
	Wish, Data string
}

// Select filters and orders offers; by is one of [Orders], "" is ByPrice. Equal
// offers are ordered the same way every time.
func Select(offers []Offer, w Wishes, by string) Selection {
	type reason struct {
		check int
		found verdict
	}
	j := newJudge(&w)
	j.learn(offers)
	unpublished := make([]bool, len(j.checks))
	rejected := map[reason]int{}
	misses := make([]miss, len(j.checks))
	var fit []ranked
	for i := range offers {
		o := &offers[i]
		n, found := j.next(o, 0)
		if n == len(j.checks) {
			fit = append(fit, rank(o, i, by))
			if o.Marketplace != Vastai {
				for n := range j.checks {
					unpublished[n] = unpublished[n] || j.checks[n].judge(j, o) == unknown
				}
			}
			continue
		}
		rejected[reason{n, found}]++
		if other, _ := j.next(o, n+1); other == len(j.checks) {
			misses[n].add(o)
		}
	}
	slices.SortFunc(fit, compareRanked(offers))
	s := Selection{Offers: make([]Offer, 0, len(fit)), Rejected: make(map[string]int, len(rejected))}
	for _, r := range fit {
		s.Offers = append(s.Offers, offers[r.index])
	}
	for r, count := range rejected {
		s.Rejected[j.reason(r.check, r.found)] += count
	}
	s.NearMisses = nearMisses(j.checks, misses)
	for n, is := range unpublished {
		if is {
			s.Unpublished = append(s.Unpublished, Unpublished{j.checks[n].wish, j.checks[n].unknown})
		}
	}
	return s
}

// UnpublishedText says in plain words which wishes did not filter RunPod's offers,
// "" when all did: "RunPod does not publish reliability, so min_reliability does not
// filter its offers."
func (s Selection) UnpublishedText() string {
	if len(s.Unpublished) == 0 {
		return ""
	}
	var data, wishes []string
	for _, u := range s.Unpublished {
		data, wishes = append(data, u.Data), append(wishes, u.Wish)
	}
	verb := "does"
	if len(wishes) > 1 {
		verb = "do"
	}
	return fmt.Sprintf("RunPod does not publish %s, so %s %s not filter its offers.", enumerate(data, "or"), enumerate(wishes, "and"), verb)
}

// enumerate writes a list as people do: "a, b and c".
func enumerate(words []string, conjunction string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}

// Listing tells whether offers have a GPU that a wish of gpu.Accepted means.
func Listing(offers []Offer) func(wish string) bool {
	return func(wish string) bool {
		return slices.ContainsFunc(offers, func(o Offer) bool { return gpu.Matches([]string{wish}, o.GPUName) })
	}
}

// ranked is an offer with what it is ordered by, so that sorting moves little.
type ranked struct {
	// score orders before the price, smaller first.
	score float64
	// price is in micro-dollars: what reads the same is the same.
	price       float64
	reliability float64
	index       int
}

func rank(o *Offer, index int, by string) ranked {
	// What is not known comes after everything that is.
	last := math.Inf(1)
	r := ranked{price: o.Hourly().Float64(), reliability: last, index: index}
	if o.Reliability != nil {
		r.reliability = -*o.Reliability
	}
	switch by {
	case ByPerformance:
		r.score = last
		if score := o.PerformancePerDollar(); score != nil {
			r.score = -*score
		}
	case ByReliability:
		r.score = r.reliability
	}
	return r
}

func compareRanked(offers []Offer) func(a, b ranked) int {
	return func(a, b ranked) int {
		if c := cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.price, b.price), cmp.Compare(a.reliability, b.reliability)); c != 0 {
			return c
		}
		x, y := &offers[a.index], &offers[b.index]
		return cmp.Or(
			cmp.Compare(slices.Index(Marketplaces(), x.Marketplace), slices.Index(Marketplaces(), y.Marketplace)),
			cmp.Compare(x.GPUName, y.GPUName),
			cmp.Compare(x.GPUID, y.GPUID),
			cmp.Compare(offerID(x), offerID(y)),
			cmp.Compare(a.index, b.index),
		)
	}
}

// offerID is the offer's number, 0 where types are sold.
func offerID(o *Offer) int64 {
	if o.OfferID == nil {
		return 0
	}
	return *o.OfferID
}

// miss are the offers that fail one check alone.
type miss struct {
	count    int
	cheapest money.PerHour
	gpu      string
}

func (m *miss) add(o *Offer) {
	price := o.Hourly()
	if m.count == 0 || price < m.cheapest || price == m.cheapest && o.GPUName < m.gpu {
		m.cheapest, m.gpu = price, o.GPUName
	}
	m.count++
}

// nearMisses puts wishes that can be relaxed before those that ask for another
// thing, and of each the cheaper ones first.
func nearMisses(checks []check, misses []miss) []string {
	var order []int
	for n, m := range misses {
		if m.count > 0 && checks[n].wish != "" {
			order = append(order, n)
		}
	}
	strict := func(n int) int {
		if checks[n].strict {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(strict(a), strict(b)), cmp.Compare(misses[a].cheapest.Float64(), misses[b].cheapest.Float64()))
	})
	texts := make([]string, 0, len(order))
	for _, n := range order {
		m := misses[n]
		which := "the cheapest"
		if m.count == 1 {
			which = "it"
		}
		texts = append(texts, fmt.Sprintf("%s only %s; %s is %s USD/h (%s)", missing(m.count), checks[n].wish, which, m.cheapest, m.gpu))
	}
	return texts
}

// Summary are figures of one marketplace's offers, all-in USD/h.
type Summary struct {
	Count            int
	Min, Median, Max money.PerHour
}

// ByMarketplace summarises offers by marketplace; one without offers is left out.
func ByMarketplace(offers []Offer) map[string]Summary {
	prices := map[string][]money.PerHour{}
	for i := range offers {
		prices[offers[i].Marketplace] = append(prices[offers[i].Marketplace], offers[i].Hourly())
	}
	summaries := make(map[string]Summary, len(prices))
	for marketplace, sorted := range prices {
		slices.Sort(sorted)
		n := len(sorted)
		summaries[marketplace] = Summary{
			Count: n, Min: sorted[0], Max: sorted[n-1],
			Median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		}
	}
	return summaries
}
