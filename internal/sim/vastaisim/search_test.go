package vastaisim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

const threeOffers = `[
	{"id":11,"gpu_name":"RTX 4090","dph_base":0.40,"geolocation":"Texas, US","reliability":0.999,"gpu_ram":24564,"driver_version":"535.86.05","os_version":"22.04"},
	{"id":12,"gpu_name":"RTX 3090","dph_base":0.20,"geolocation":"Québec, CA","reliability":0.95,"gpu_ram":24576,"cuda_max_good":12.4,"datacenter":true,"external":true,"disk_space":500},
	{"id":13,"gpu_name":"H100 SXM","dph_base":2.00,"geolocation":", DE","reliability":0.99,"gpu_ram":81559,"verified":false,"mobo_name":null,"cpu_arch":"arm64","static_ip":false}
]`

// defaultsOff turns the server's own filters off that hide offers here.
const defaultsOff = `"verified":{"in":[true,false]},"cpu_arch":{"in":["amd64","arm64"]}`

func TestQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, threeOffers)
	tests := []struct {
		query string
		want  []int64
	}{
		{``, []int64{11, 12, 13}},
		{`"gpu_name":{"eq":"RTX 4090"}`, []int64{11}},
		{`"gpu_name":{"eq":"RTX_4090"}`, nil},
		{`"gpu_name":{"in":["RTX 4090","H100 SXM"]}`, []int64{11, 13}},
		{`"gpu_name":{"notin":["RTX 4090"]}`, []int64{12, 13}},
		{`"gpu_name":{"neq":"RTX 4090"}`, []int64{12, 13}},
		{`"dph_base":{"gt":0.2,"lte":"2"}`, []int64{11, 13}},
		{`"dph_base":{"lt":"0.4"}`, []int64{12}},
		{`"gpu_ram":{"gte":"24576"}`, []int64{12, 13}},
		{`"gpu_ram_GB":{"gte":80}`, []int64{13}},
		{`"num_gpus":{"eq":"1"}`, []int64{11, 12, 13}},
		{`"id":{"in":["11",12]}`, []int64{11, 12}},
		{`"reliability2":{"gte":0.99}`, []int64{11, 13}},
		{`"geolocation":{"in":["us","CA"]}`, []int64{11, 12}},
		{`"geolocation":{"notin":["DE"]}`, []int64{11, 12}},
		{`"geolocation":{"eq":"DE"}`, []int64{13}},
		{`"datacenter":{"eq":true}`, []int64{12}},
		{`"datacenter":{"eq":"true"}`, []int64{12}},
		{`"hosting_type":{"eq":0}`, []int64{11, 13}},
		{`"external":{"eq":false}`, []int64{11, 13}},
		{`"static_ip":{"eq":false}`, []int64{13}},
		{`"has_avx":{"eq":true}`, []int64{11, 12, 13}},
		{`"driver_version":{"gte":"535.86.06"}`, []int64{12, 13}},
		{`"driver_version":{"lte":535086005}`, []int64{11}},
		{`"ubuntu_version":{"eq":"22.04"}`, []int64{11, 12, 13}},
		{`"mobo_name":{"eq":null}`, []int64{13}},
		{`"mobo_name":{"neq":null}`, []int64{11, 12}},
		{`"mobo_name":{"lt":"Z"}`, []int64{11, 12}},
		{`"duration":{"gte":86400}`, []int64{11, 12, 13}},
		{`"allocated_storage":1500`, []int64{11, 13}},
		{`"verification":{"eq":"unverified"}`, []int64{13}},
		{`"limit":2,"order":[["id","asc"]]`, []int64{11, 12}},
		{`"limit":1,"order":[["dph_total","desc"]]`, []int64{13}},
		{`"limit":1,"order":[["reliability","asc"],["id","desc"]]`, []int64{12}},
		{`"limit":1,"order":[["mobo_name","asc"],["dph_base","asc"]]`, []int64{12}},
		{`"type":"on-demand"`, []int64{11, 12, 13}},
		{`"type":"ondemand"`, []int64{11, 12, 13}},
	}
	for _, tt := range tests {
		query := "{" + defaultsOff + "," + tt.query + "}"
		if tt.query == "" {
			query = "{" + defaultsOff + "}"
		}
		var found struct{ Offers []offer }
		w.uncheckedPost(query, &found)
		if got := ids(found.Offers); fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", tt.query, got, tt.want)
		}
	}
	if got := ids(w.search(`{}`)); fmt.Sprint(got) != "[11 12]" {
		t.Errorf("the server's own filters: %v", got)
	}
}

// uncheckedPost searches past the published document, which lacks aliases and
// options of the live service.
func (w *world) uncheckedPost(query string, into any) {
	w.t.Helper()
	checked := w.api
	w.api = w.sim
	defer func() { w.api = checked }()
	w.call("POST", "/api/v0/bundles/", query).into(into)
}

func TestQueryRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, threeOffers, func(o *vastaisim.Options) { o.UnknownFieldsRefused = true })
	tests := []struct{ query, part string }{
		{`{"gpu_name":"RTX 4090"}`, "RTX 4090 is not a valid search op"},
		{`{"num_gpus":0}`, "0 is not a valid search op"},
		{`{"num_gpus":{"like":1}}`, "like is not a valid search op"},
		{`{"num_gpus":{"nin":[1]}}`, "nin is not a valid search op"},
		{`{"num_gpus":{"in":1}}`, "in"},
		{`{"num_gpus":{"eq":[1]}}`, "eq"},
		{`{"colour":{"eq":1}}`, "colour is not a valid search key"},
		{`{"order":"score"}`, "order"},
		{`{"order":[["colour","asc"]]}`, "not a valid sort order"},
		{`{"order":[["score","up"]]}`, "not a valid sort order"},
		{`{"limit":"many"}`, "limit"},
		{`{"type":"gift"}`, "gift is not a valid offer type"},
		{`{"allocated_storage":{"gte":1}}`, "allocated_storage"},
		{`{`, "Invalid json body"},
		{`[]`, "Invalid json body"},
	}
	for _, tt := range tests {
		r := w.call("POST", "/api/v0/bundles/", tt.query)
		r.want(http.StatusBadRequest, tt.part)
		r.want(http.StatusBadRequest, `"error":"invalid_request"`)
	}
}

func TestQueryVariants(t *testing.T) {
	t.Parallel()
	w := newWorld(t, threeOffers, func(o *vastaisim.Options) { o.ScalarBadRequest = true })
	var found struct{ Offers []offer }
	w.uncheckedPost(`{"colour":{"eq":1},"order":[["colour","asc"]]}`, &found)
	if len(found.Offers) != 2 {
		t.Errorf("an unknown field filters: %v", ids(found.Offers))
	}
	w.call("POST", "/api/v0/bundles/", `{"gpu_name":"RTX 4090"}`).want(http.StatusBadRequest, `"error":"bad_request"`)
}

func TestSearchAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, threeOffers)
	var found struct{ Offers []offer }
	w.call("PUT", "/api/v0/search/asks/", `{"select_cols":["*"],"q":{"gpu_name":{"eq":"RTX 3090"},"type":"ask"}}`).into(&found)
	if fmt.Sprint(ids(found.Offers)) != "[12]" {
		t.Errorf("found %v", ids(found.Offers))
	}
	w.call("PUT", "/api/v0/search/asks/", `{}`).want(http.StatusBadRequest, "q must be an object")
}

// TestPrices: the disk asked for is part of every price.
func TestPrices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	o := w.search(`{"allocated_storage":100}`)[0]
	near(t, "disk", o.Search.Disk, 100*0.36/720)
	near(t, "total", o.Total, 0.20+100*0.36/720)
	near(t, "search.totalHour", o.Search.Total, o.Total)
	near(t, "total of the 8 GB that count by default", w.search(`{}`)[0].Total, 0.20+8*0.36/720)
	reserved := w.call("POST", "/api/v0/bundles/", `{"type":"reserved"}`)
	reserved.want(http.StatusOK, `"discount_rate":0.2`)
}

// TestAnonymousSearch: without a key a search stops at 64 offers.
func TestAnonymousSearch(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, simkit.Options{Seed: 1}, many(100))
	w.api = w.sim // the published document wants a key
	var found struct{ Offers []offer }
	w.callWith("", "POST", "/api/v0/bundles/", `{"limit":100,"order":[["dph_total","asc"]]}`).into(&found)
	if len(found.Offers) != 64 {
		t.Errorf("%d offers without a key", len(found.Offers))
	}
	if all := w.search(`{"limit":100}`); len(all) != 100 {
		t.Errorf("%d offers with a key", len(all))
	}
}

func TestLoadOffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	w.rent(2001, body)
	for _, tt := range []struct{ offers, want string }{
		{`{}`, "offers: "},
		{`[{"dph_base":1}]`, "offers[0]: gpu_name is missing"},
		{`[{"gpu_name":"A","dph_total":1},{"gpu_name":"A"}]`, "offers[1]: dph_base is missing"},
	} {
		if err := w.sim.LoadOffers(json.RawMessage(tt.offers)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.offers, err, tt.want)
		}
	}
	if w.list("").Total != 1 {
		t.Error("a refused file changed the world")
	}
	if err := w.sim.LoadOffers(json.RawMessage(threeOffers)); err != nil {
		t.Fatal(err)
	}
	if w.list("").Total != 0 || len(w.search(`{}`)) != 2 {
		t.Error("loading does not begin anew")
	}
	w.rent(11, body)
	w.sim.Reset()
	if fmt.Sprint(ids(w.search(`{}`))) != "[11 12]" {
		t.Error("a reset does not bring loaded offers back")
	}
}
