package normalize_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	runpod "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market/normalize"
)

func rows(t *testing.T, text string) []vastai.Offer {
	t.Helper()
	var offers []vastai.Offer
	if err := json.Unmarshal([]byte(text), &offers); err != nil {
		t.Fatal(err)
	}
	return offers
}

func TestVastaiAll_HasEachOfferOnce(t *testing.T) {
	t.Parallel()
	got := normalize.VastaiAll(rows(t, `[{"id": 1, "dph_base": 1}, {"id": 2, "dph_base": 2}, {"id": 1, "dph_base": 1}]`), 0, false)
	if len(got) != 2 || *got[0].OfferID != 1 || *got[1].OfferID != 2 {
		t.Errorf("%+v", got)
	}
}

// TestOddRows: what a row does not price is neither free nor sold out, and a price of
// 0 is none.
func TestOddRows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		row           string
		disk          float64
		interruptible bool
		want          string
	}{
		{`{"id": 1, "storage_cost": 0.1}`, 10, false, "price unknown"},
		{`{"id": 1, "dph_base": -1, "storage_cost": 0.1}`, 10, false, "price unknown"},
		{`{"id": 1, "dph_base": 0, "storage_cost": 0.1}`, 10, false, "price unknown"},
		{`{"id": 1, "dph_base": 0.0, "min_bid": 0, "storage_cost": 0.1}`, 10, true, "price unknown"},
		{`{"id": 1, "dph_total": 0.1, "storage_total_cost": 0.2, "storage_cost": 0.1}`, 10, false, "price unknown"},
		{`{"id": 1, "dph_total": 0.1, "storage_cost": 0.1}`, 10, false, "price unknown"},
		{`{"id": 1, "dph_base": 1}`, 10, false, "storage price unknown"},
		{`{"id": 1, "dph_base": 1}`, 0, false, ""},
		{`{"id": 1, "dph_base": 1, "storage_cost": 0}`, 10, false, ""},
		{`{"id": 1, "dph_base": 1, "storage_cost": 0.1, "rentable": false}`, 10, false, "out of stock"},
		{`{"id": 1, "dph_base": 0, "min_bid": 0.2, "storage_cost": 0.1}`, 10, true, ""},
	} {
		offer := normalize.Vastai(rows(t, "["+tt.row+"]")[0], tt.disk, tt.interruptible)
		if got := (market.Wishes{Interruptible: tt.interruptible}).Refusal(offer); got != tt.want {
			t.Errorf("%s with %v GB: refusal %q; want %q", tt.row, tt.disk, got, tt.want)
		}
	}
	sold := runpod.GPUType{ID: "NVIDIA B200", Memory: 180, Community: true}
	offer, ok := normalize.RunPod(sold, runpod.CloudCommunity, 1, 10)
	if got := (market.Wishes{}).Refusal(offer); !ok || got != "price unknown" {
		t.Errorf("a type that is sold without a price: %v, refusal %q", ok, got)
	}
}

// TestOddRows_NeverWin: the cheapest is one that has a price.
func TestOddRows_NeverWin(t *testing.T) {
	t.Parallel()
	offers := normalize.VastaiAll(rows(t, `[
		{"id": 1, "dph_base": 0, "storage_cost": 0.1}, {"id": 2, "storage_cost": 0.1}, {"id": 3, "dph_base": 0.1},
		{"id": 4, "dph_base": 0.5, "storage_cost": 0.1}]`), 50, false)
	s := market.Select(offers, market.Wishes{}, market.ByPrice)
	if len(s.Offers) != 1 || *s.Offers[0].OfferID != 4 {
		t.Errorf("%+v", s.Offers)
	}
	if diff := cmp.Diff(map[string]int{"price unknown": 2, "storage price unknown": 1}, s.Rejected); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
}

// TestOddRows_Countries: names of countries in place of codes.
func TestOddRows_Countries(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{
		"Seoul, Republic of Korea": "KR", "Ankara, Türkiye": "TR", "Chisinau, Moldova": "MD", "Punjab, Pakistan": "PK", ", US": "US",
	} {
		offer := normalize.Vastai(vastai.Offer{ID: 1, Geolocation: vastai.Text(place)}, 0, false)
		if offer.Country == nil || *offer.Country != want {
			t.Errorf("%q: country %v; want %s", place, offer.Country, want)
		}
	}
}

// TestWithin: RunPod's offer is narrowed to the data centers in the countries asked
// for, or refused.
func TestWithin(t *testing.T) {
	t.Parallel()
	row := runpod.GPUType{
		ID: "NVIDIA GeForce RTX 4090", Memory: 24, Secure: true, Price: runpod.GPUPrice{Secure: 0.59}, Availability: "HIGH",
		DataCenters: []runpod.DataCenterAvailability{{ID: "US-TX-3", Availability: "HIGH"}, {ID: "EU-RO-1", Availability: "LOW"}},
	}
	there := row
	there.Availability = "LOW"
	there.DataCenters = []runpod.DataCenterAvailability{{ID: "EUR-IS-2", Availability: "NONE"}, {ID: "EU-RO-1", Availability: "LOW"}}
	nowhere := row
	nowhere.DataCenters = nil
	wishes := market.Wishes{Countries: []string{"EEA"}}
	offer, _ := normalize.RunPod(row, runpod.CloudSecure, 1, 0)
	narrowed := normalize.Within(offer, &there)
	if got := wishes.Refusal(narrowed); got != "" || narrowed.Availability != "LOW" {
		t.Errorf("refusal %q, availability %s", got, narrowed.Availability)
	}
	if diff := cmp.Diff([]string{"EU-RO-1", "EUR-IS-2"}, narrowed.DataCenterIDs); diff != "" || narrowed.Country != nil || *narrowed.DataCenterID != "EU-RO-1" {
		t.Errorf("country %v, only %v (-want +got):\n%s", narrowed.Country, narrowed.DataCenterID, diff)
	}
	for _, elsewhere := range []*runpod.GPUType{nil, &nowhere} {
		if got := wishes.Refusal(normalize.Within(offer, elsewhere)); got != "country not asked for" {
			t.Errorf("without a data center there: refusal %q", got)
		}
	}
	there.DataCenters = there.DataCenters[1:]
	if got := normalize.Within(offer, &there); got.Country == nil || *got.Country != "RO" {
		t.Errorf("country %v; want RO", got.Country)
	}
}

func TestVastaiQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		wishes market.Wishes
		want   string
	}{
		{"everything open", market.Wishes{}, `{
			"rentable": {"eq": true}, "external": {"eq": false}, "rented": {"in": [true, false]}, "verified": {"in": [true, false]}, "cpu_arch": {"eq": "amd64"},
			"type": "on-demand", "allocated_storage": 1, "order": [["dph_total", "asc"]], "limit": 3000}`},
		{"the usual", market.Wishes{GPUs: []string{"RTX 4090", "A100 SXM 80GB"}, GPUCount: 2, Verified: true, DiskGB: 50, MinReliability: 0.99}, `{
			"rentable": {"eq": true}, "external": {"eq": false}, "rented": {"in": [true, false]}, "verified": {"in": [true, false]}, "cpu_arch": {"eq": "amd64"},
			"gpu_name": {"in": ["RTX 4090", "A100 SXM4", "A100 SXM"]}, "num_gpus": {"eq": 2}, "type": "on-demand", "allocated_storage": 1, "order": [["dph_total", "asc"]], "limit": 3000}`},
		{"a bid on one machine", market.Wishes{Interruptible: true, MachineID: new(int64(7)), Verified: true, DiskGB: 12.5}, `{
			"rentable": {"eq": true}, "external": {"eq": false}, "rented": {"in": [true, false]}, "verified": {"in": [true, false]}, "cpu_arch": {"eq": "amd64"},
			"machine_id": {"eq": 7}, "allocated_storage": 1,
			"type": "bid", "order": [["dph_total", "asc"]], "limit": 3000}`},
		{"with an ARM processor", market.Wishes{GPUs: []string{"GH200"}, Verified: true}, `{
			"rentable": {"eq": true}, "external": {"eq": false}, "rented": {"in": [true, false]}, "verified": {"in": [true, false]}, "cpu_arch": {"in": ["amd64", "arm64"]},
			"gpu_name": {"in": ["GH200 SXM", "GH200"]},
			"type": "on-demand", "allocated_storage": 1, "order": [["dph_total", "asc"]], "limit": 3000}`},
		{"a GPU that is not listed there", market.Wishes{GPUs: []string{"V100 FHHL"}, Verified: true}, `{
			"rentable": {"eq": true}, "external": {"eq": false}, "rented": {"in": [true, false]}, "verified": {"in": [true, false]}, "cpu_arch": {"eq": "amd64"},
			"gpu_name": {"in": ["V100 FHHL"]},
			"type": "on-demand", "allocated_storage": 1, "order": [["dph_total", "asc"]], "limit": 3000}`},
	} {
		sent, err := json.Marshal(normalize.VastaiQuery(tt.wishes))
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(sent, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
