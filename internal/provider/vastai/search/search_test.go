package search_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/vastai/search"
)

func TestWith(t *testing.T) {
	t.Parallel()
	base := wire.Query{
		"verified": map[string]any{"eq": true}, "external": map[string]any{"eq": false},
		"num_gpus": map[string]any{"eq": 1}, "limit": 5,
	}
	got := search.With(base, wire.Query{
		"verified": nil, "external": nil,
		"num_gpus": map[string]any{"eq": 2.0, "lte": 4.0},
		"gpu_ram":  map[string]any{"gte": 24000.0},
	})
	want := wire.Query{
		"verified": map[string]any{"in": []any{true, false}},
		"num_gpus": map[string]any{"eq": 2.0, "lte": 4.0},
		"gpu_ram":  map[string]any{"gte": 24000.0},
		"limit":    5,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("search (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"eq": 1}, base["num_gpus"]); diff != "" {
		t.Errorf("the search itself was changed:\n%s", diff)
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want [][]string
	}{
		{"dph_total", [][]string{{"dph_total", "asc"}}},
		{"num_gpus, score-", [][]string{{"num_gpus", "asc"}, {"score", "desc"}}},
		{"dlperf+", [][]string{{"dlperf", "asc"}}},
		{"", nil},
		{"score desc", nil},
		{"a,,b", nil},
	}
	for _, tt := range tests {
		got, err := search.Order(tt.text)
		if (err != nil) != (tt.want == nil) {
			t.Errorf("Order(%q) error %v", tt.text, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Order(%q) (-want +got):\n%s", tt.text, diff)
		}
	}
}
