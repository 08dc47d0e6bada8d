package vastaisim

import (
	"errors"
	"net/http"
	"slices"
)

// Defaults of a search that says nothing about them.
const (
	defaultLimit        = 64
	defaultStorageGB    = 8
	defaultVolumeSizeGB = 1
)

// marketNoun is what there is to rent.
func (s *Sim) marketNoun() noun {
	return noun{
		Reset: func() {
			s.machines, s.asks = nil, map[int64]*ask{}
			if s.file != nil {
				s.populate(s.file)
			} else {
				s.generate()
			}
		},
		Routes: []route{
			open.to(onList(http.MethodPost, "/api/v0/bundles", "searchOffers", s.searchBundles)),
			open.to(onList(http.MethodPut, "/api/v0/search/asks", "searchOffers", s.searchAsks)),
			open.to(on(http.MethodGet, "/api/v0/gpu_names/unique", "gpuNames", s.gpuNames)),
		},
	}
}

// gpuNames are the names of all GPUs on the market. The vendor's command line
// asks for them at its start, without a key.
func (s *Sim) gpuNames(*call) (any, *refusal) {
	names := []string{}
	for _, m := range s.machines {
		names = append(names, m.base.text("gpu_name"))
	}
	slices.Sort(names)
	return row{"gpu_names": slices.Compact(names)}, nil
}

// searchBundles is the documented search: the query is the body.
func (s *Sim) searchBundles(c *call) (any, *refusal) { return s.searchOffers(c, c.body) }

// searchAsks is the newer search of the vendor's command line: the query is q.
func (s *Sim) searchAsks(c *call) (any, *refusal) {
	q, ok := c.body["q"].(map[string]any)
	if !ok {
		return nil, bare("invalid_request", "q must be an object")
	}
	return s.searchOffers(c, q)
}

// searchOffers answers with the offers that meet a query. Without a key the
// service stops at 64, whatever was asked, before it sorts.
func (s *Sim) searchOffers(c *call, body row) (any, *refusal) {
	q, bad := parseQuery(s.offerDialect(), body)
	if bad != nil {
		return nil, bad
	}
	if len(q.order) == 0 {
		q.order = []order{{"score", true}}
	}
	found := []row{}
	for _, m := range s.machines {
		for _, l := range m.listings {
			if l.ask == nil {
				continue
			}
			if r := s.offerRow(l.ask, q.rental, q.storage); q.matches(r) {
				found = append(found, r)
			}
		}
	}
	if c.anonymous && len(found) > defaultLimit {
		found = found[:defaultLimit]
	}
	q.sort(found)
	return row{"offers": found[:min(len(found), q.limit)]}, nil
}

// parseQuery parses a search body.
func parseQuery(d dialect, body row) (*query, *refusal) {
	q, err := d.parse(body)
	var bad *badQuery
	switch {
	case err == nil:
		return q, nil
	case errors.As(err, &bad) && bad.slug == "bad_request":
		return nil, refused(http.StatusBadRequest, bad.slug, "%s", bad.msg)
	default:
		return nil, bare("invalid_request", err.Error())
	}
}

// offerDialect is what a search of offers understands.
func (s *Sim) offerDialect() dialect {
	return dialect{
		fields: s.example(), storage: defaultStorageGB, limit: defaultLimit,
		lenient: !s.opt.UnknownFieldsRefused, strict: s.opt.ScalarBadRequest,
		defaults: []condition{
			{"verified", "eq", true}, {"rentable", "eq", true}, {"rented", "eq", false}, {"cpu_arch", "eq", "amd64"},
		},
	}
}

// example is an offer as good as any, for the names of its keys.
func (s *Sim) example() row {
	m := &machine{base: loadDefaults("RTX 4090"), slots: make([]slot, 1)}
	for _, key := range []string{"machine_id", "host_id", "public_ipaddr", "geolocode", "reliability_mult", "internet_up_cost_per_tb", "internet_down_cost_per_tb", "score"} {
		m.base[key] = nil
	}
	l := &listing{size: 1}
	return s.offerRow(&ask{machine: m, listing: l, slots: []int{0}, listed: s.now}, typeOnDemand, defaultStorageGB)
}
