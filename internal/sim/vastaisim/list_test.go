package vastaisim_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

type page struct {
	Success   bool
	Found     int            `json:"instances_found"`
	Total     int            `json:"total_instances"`
	Labels    map[string]int `json:"label_counts"`
	Next      *string        `json:"next_token"`
	Instances []instance
}

func (w *world) list(query string) page {
	w.t.Helper()
	var p page
	w.call("GET", "/api/v1/instances/"+query, "").into(&p)
	return p
}

// many is a market of n machines with one GPU.
func many(n int) string {
	var offers []map[string]any
	for i := range n {
		offers = append(offers, map[string]any{"id": 100 + i, "gpu_name": "RTX 3090", "dph_base": 0.1 + float64(i)/1000})
	}
	text, _ := json.Marshal(offers)
	return string(text)
}

func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, many(60))
	for i := range 60 {
		w.rent(int64(100+i), fmt.Sprintf(`{"image":"a:1","disk":10,"label":"l%d"}`, i%2))
	}
	order := url.QueryEscape(`[{"col":"label","dir":"desc"}]`)
	seen := map[int64]bool{}
	token, last := "", "z"
	var sizes []int
	for {
		p := w.list("?order_by=" + order + "&after_token=" + url.QueryEscape(token))
		sizes = append(sizes, p.Found)
		if p.Total != 60 || p.Labels["l0"] != 30 || p.Labels["l1"] != 30 || !p.Success {
			t.Fatalf("page: %+v", p)
		}
		for _, i := range p.Instances {
			if seen[i.ID] || *i.Label > last {
				t.Fatalf("instance %d twice or out of order", i.ID)
			}
			seen[i.ID], last = true, *i.Label
		}
		if p.Next == nil {
			break
		}
		token = *p.Next
	}
	if len(seen) != 60 || fmt.Sprint(sizes) != "[25 25 10]" {
		t.Errorf("%d instances on pages of %v", len(seen), sizes)
	}
	if p := w.list("?limit=0"); p.Found != 5 {
		t.Errorf("limit 0 answers %d", p.Found)
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, many(4))
	a := w.running(100, `{"image":"a:1","disk":10,"label":"x"}`)
	b := w.rent(101, `{"image":"a:1","disk":10}`)
	c := w.rent(102, `{"image":"a:1","disk":10,"label":"y"}`)
	w.put("", c, `{"label":""}`).want(http.StatusOK, "")
	tests := []struct {
		filters string
		want    []int64
	}{
		{`{}`, []int64{a, b, c}},
		{`{"label":{"eq":"x"}}`, []int64{a}},
		{`{"label":{"in":[null]}}`, []int64{b, c}},
		{`{"label":{"in":["x",null]}}`, []int64{a, b, c}},
		{fmt.Sprintf(`{"id":{"eq":%d}}`, b), []int64{b}},
		{fmt.Sprintf(`{"id":{"in":["%d",%d]}}`, a, c), []int64{a, c}},
		{fmt.Sprintf(`{"id":{"gt":%d},"gpu_name":{"eq":"RTX 3090"}}`, a), []int64{b, c}},
		{`{"actual_status":{"eq":"running"}}`, []int64{a}},
		{`{"actual_status":{"eq":null}}`, []int64{b, c}},
		{`{"gpu_name":{"notin":["RTX 3090"]}}`, nil},
	}
	for _, tt := range tests {
		var got []int64
		for _, i := range w.list("?select_filters=" + url.QueryEscape(tt.filters)).Instances {
			got = append(got, i.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", tt.filters, got, tt.want)
		}
	}
	if p := w.list("?select_cols=" + url.QueryEscape(`["id","nonsense"]`)); p.Found != 3 || p.Instances[0].ID != a || p.Instances[0].Image != "" {
		t.Errorf("select_cols: %+v", p.Instances[0])
	}

	refused := func(query, part string) {
		t.Helper()
		w.call("GET", "/api/v1/instances/?"+query, "").want(http.StatusBadRequest, part)
	}
	refused("select_filters="+url.QueryEscape(`{"dph_total":{"lt":1}}`), "Error in query parameters: dph_total is not a valid search key")
	refused("select_filters="+url.QueryEscape(`{"limit":{"eq":1}}`), "limit is not a valid search key")
	refused("select_filters="+url.QueryEscape(`{"id":{"like":1}}`), "like is not a valid search op")
	refused("select_filters=running", "no attribute")
	refused("order_by="+url.QueryEscape(`[{"col":"nonsense"}]`), "nonsense")
	refused("after_token=abc", `"invalid_token"`)
	refused("after_token="+base64.StdEncoding.EncodeToString([]byte(`{"values":{"label":"x"}}`)), `"invalid_token"`)
	w.call("GET", "/api/v0/instances/filters/", "").want(http.StatusOK, `"actual_status":"running"`)
}

func TestRetiredList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	w.call("GET", "/api/v0/instances/", "").want(http.StatusGone, `"deprecated_endpoint"`)
	w.call("GET", "/api/v0/instances", "").want(http.StatusGone, "Use /api/v1/instances/ instead.")
}

func TestHiddenInList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.NullPolls, o.HiddenInList = 1, true })
	id := w.rent(2001, body)
	if p := w.list(""); p.Total != 0 {
		t.Errorf("listed before it is visible: %+v", p)
	}
	w.wantStatus(id, "null")
	w.kit.Advance(time.Second)
	if p := w.list(""); p.Total != 1 {
		t.Errorf("list: %+v", p)
	}
}
