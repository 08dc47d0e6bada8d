package normalize_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func TestVastaiAll_ReadsRAMAsTheReplyShowsIt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, rows string
		want       []float64
	}{
		{"as documented, nothing to compare", `[
			{"id": 1, "machine_id": 1, "cpu_ram": 256000, "gpu_frac": 0.25},
			{"id": 2, "machine_id": 2, "cpu_ram": 128000, "gpu_frac": 1.0}]`, []float64{64, 128}},
		{"the machine's in both slices", `[
			{"id": 1, "machine_id": 1, "cpu_ram": 256000, "gpu_frac": 0.25},
			{"id": 2, "machine_id": 1, "cpu_ram": 256000, "gpu_frac": 0.5}]`, []float64{64, 128}},
		{"a share in each slice", `[
			{"id": 1, "machine_id": 1, "cpu_ram": 64000, "gpu_frac": 0.25},
			{"id": 2, "machine_id": 1, "cpu_ram": 128001, "gpu_frac": 0.5},
			{"id": 3, "machine_id": 2, "cpu_ram": 96000, "gpu_frac": 0.125}]`, []float64{64, 128.001, 96}},
		{"slices of one size say nothing", `[
			{"id": 1, "machine_id": 1, "cpu_ram": 64000, "gpu_frac": 0.5},
			{"id": 2, "machine_id": 1, "cpu_ram": 64000, "gpu_frac": 0.5}]`, []float64{32, 32}},
		{"cores tell the share where they are known", `[
			{"id": 1, "machine_id": 1, "cpu_ram": 64000, "gpu_frac": 1, "cpu_cores": 32, "cpu_cores_effective": 8.0}]`, []float64{16}},
		{"a share above one is none", `[
			{"id": 1, "machine_id": 1, "cpu_ram": 64000, "cpu_cores": 8, "cpu_cores_effective": 16}]`, []float64{64}},
	} {
		var got []float64
		for _, o := range normalize.VastaiAll(rows(t, tt.rows), 0, false) {
			got = append(got, *o.RAMGB)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestVastaiAll_HasEachOfferOnce(t *testing.T) {
	t.Parallel()
	got := normalize.VastaiAll(rows(t, `[{"id": 1, "dph_base": 1}, {"id": 2, "dph_base": 2}, {"id": 1, "dph_base": 1}]`), 0, false)
	if len(got) != 2 || *got[0].OfferID != 1 || *got[1].OfferID != 2 {
		t.Errorf("%+v", got)
	}
}

// A row without a price must not come out the cheapest, nor one that is taken.
func TestVastai_WithoutPriceIsNoBargain(t *testing.T) {
	t.Parallel()
	for _, row := range []string{
		`[{"id": 1}]`, `[{"id": 1, "dph_base": -1}]`, `[{"id": 1, "dph_total": 0.1, "storage_total_cost": 0.2}]`, `[{"id": 1, "dph_base": 1, "rentable": false}]`,
	} {
		if got := (market.Wishes{}).Refusal(normalize.Vastai(rows(t, row)[0], 10, false)); got != "out of stock" {
			t.Errorf("%s: refusal %q", row, got)
		}
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
			"type": "on-demand", "order": [["dph_total", "asc"]], "limit": 3000}`},
		{"the usual", market.Wishes{GPUs: []string{"RTX 4090", "A100 SXM 80GB"}, GPUCount: 2, Verified: true, DiskGB: 50, MinReliability: 0.99}, `{
			"rentable": {"eq": true}, "external": {"eq": false}, "rented": {"in": [true, false]}, "verified": {"eq": true}, "cpu_arch": {"eq": "amd64"},
			"gpu_name": {"in": ["RTX 4090", "A100 SXM4", "A100 SXM"]}, "num_gpus": {"eq": 2}, "allocated_storage": 50,
			"type": "on-demand", "order": [["dph_total", "asc"]], "limit": 3000}`},
		{"a bid on one machine", market.Wishes{Interruptible: true, MachineID: new(int64(7)), Verified: true, DiskGB: 12.5}, `{
			"rentable": {"eq": true}, "external": {"eq": false}, "rented": {"in": [true, false]}, "verified": {"eq": true}, "cpu_arch": {"eq": "amd64"},
			"machine_id": {"eq": 7}, "allocated_storage": 12.5,
			"type": "bid", "order": [["dph_total", "asc"]], "limit": 3000}`},
		{"with an ARM processor", market.Wishes{GPUs: []string{"GH200"}, Verified: true}, `{
			"rentable": {"eq": true}, "external": {"eq": false}, "rented": {"in": [true, false]}, "verified": {"eq": true}, "cpu_arch": {"in": ["amd64", "arm64"]},
			"gpu_name": {"in": ["GH200 SXM", "GH200"]},
			"type": "on-demand", "order": [["dph_total", "asc"]], "limit": 3000}`},
		{"a GPU that is not listed there", market.Wishes{GPUs: []string{"V100 FHHL"}, Verified: true}, `{
			"rentable": {"eq": true}, "external": {"eq": false}, "rented": {"in": [true, false]}, "verified": {"eq": true}, "cpu_arch": {"eq": "amd64"},
			"gpu_name": {"in": ["V100 FHHL"]},
			"type": "on-demand", "order": [["dph_total", "asc"]], "limit": 3000}`},
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
