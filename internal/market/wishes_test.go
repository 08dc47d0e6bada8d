package market_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// TestUnpublished: a wish that RunPod has no data for is told in plain words, once,
// and only when it did not filter RunPod's offers and some of them remain.
func TestUnpublished(t *testing.T) {
	t.Parallel()
	withCUDA := func(version *float64) market.Offer {
		o := pod(0.5)
		o.CUDAVersion = version
		return o
	}
	for _, tt := range []struct {
		name   string
		offers []market.Offer
		wishes market.Wishes
		fit    int
		want   string
	}{
		{
			"one wish",
			[]market.Offer{pod(0.5), pod(0.6), offer(nil)},
			market.Wishes{MinReliability: 0.9},
			3,
			"RunPod does not publish reliability, so min_reliability does not filter its offers.",
		},
		{
			"several wishes",
			[]market.Offer{pod(0.5)},
			market.Wishes{MinReliability: 0.9, MinRAMGB: 8, MinUploadMbps: 10},
			1,
			"RunPod does not publish reliability, RAM or the upload speed, so min_reliability, min_ram_gb and min_upload_mbps do not filter its offers.",
		},
		{"nothing remains of it", []market.Offer{pod(0.5), offer(nil)}, market.Wishes{MinReliability: 0.9, MaxHourly: new(money.PerHour(0.45))}, 1, ""},
		{"Vast.ai alone", []market.Offer{offer(nil)}, market.Wishes{MinReliability: 0.9}, 1, ""},
		{"no wish", []market.Offer{pod(0.5)}, market.Wishes{}, 1, ""},
		// What is granted or checked by RunPod itself needs no word.
		{"disk and verified", []market.Offer{withCUDA(nil)}, market.Wishes{DiskGB: 500, MaxHourly: new(money.PerHour(9))}, 1, ""},
		// A minimum that RunPod's data can be held against filters, the rows without data too.
		{"it did filter", []market.Offer{withCUDA(new(12.4)), withCUDA(new(13.0)), withCUDA(nil)}, market.Wishes{MinCUDA: "12.8"}, 1, ""},
		{"strict", []market.Offer{pod(0.5), offer(nil)}, market.Wishes{MinReliability: 0.9, Strict: true}, 1, ""},
	} {
		s := market.Select(tt.offers, tt.wishes, market.ByPrice)
		if got := s.UnpublishedText(); got != tt.want || len(s.Offers) != tt.fit {
			t.Errorf("%s: %d offers fit, %q; want %d, %q", tt.name, len(s.Offers), got, tt.fit, tt.want)
		}
	}
}

func TestStrict_CountsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	s := market.Select([]market.Offer{pod(0.5), pod(0.6)}, market.Wishes{MinReliability: 0.9, DiskGB: 50, Strict: true}, market.ByPrice)
	if diff := cmp.Diff(map[string]int{"reliability unknown": 2}, s.Rejected); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
}

// TestCountries: groups stand for their members, and the platform's own answer holds
// before the country.
func TestCountries(t *testing.T) {
	t.Parallel()
	in := func(code string) market.Offer { return offer(func(o *market.Offer) { o.Country = &code }) }
	for _, tt := range []struct {
		countries []string
		offer     market.Offer
		want      string
	}{
		{[]string{"EU"}, in("DE"), ""},
		{[]string{"EU"}, in("NO"), "country not asked for"},
		{[]string{"EEA"}, in("NO"), ""},
		{[]string{"EU", "US"}, in("US"), ""},
		{[]string{"EU"}, in("GB"), "country not asked for"},
		{[]string{"EU"}, pod(0.5), ""}, // nothing is known of it
		{[]string{"EU"}, offer(func(o *market.Offer) { o.InCountries = new(false) }), "country not asked for"},
		{[]string{"EU"}, offer(func(o *market.Offer) { o.InCountries = new(true) }), ""},
	} {
		if got := (market.Wishes{Countries: tt.countries}).Refusal(tt.offer); got != tt.want {
			t.Errorf("%v, offer in %v: refusal %q; want %q", tt.countries, tt.offer.Country, got, tt.want)
		}
	}
}

// TestSelect_CountsDisksAndVerification: what people relax first is counted and told.
func TestSelect_CountsDisksAndVerification(t *testing.T) {
	t.Parallel()
	small := offer(func(o *market.Offer) { o.DiskSpaceGB = new(20.0) })
	unverified := offer(func(o *market.Offer) { o.Verified, o.ComputeHourly = new(false), 0.2 })
	s := market.Select([]market.Offer{small, unverified}, market.Wishes{Verified: true, DiskGB: 50}, market.ByPrice)
	if diff := cmp.Diff(map[string]int{"disk smaller than 50 GB": 1, "not verified": 1}, s.Rejected); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	want := []string{
		"1 offer misses only verified; it is 0.21 USD/h (RTX 4090)",
		"1 offer misses only disk_gb; it is 0.41 USD/h (RTX 4090)",
	}
	if diff := cmp.Diff(want, s.NearMisses); diff != "" {
		t.Errorf("near misses (-want +got):\n%s", diff)
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]market.Offer{
		"RTX 4090, US":     offer(nil),
		"2 × RTX 4090, US": offer(func(o *market.Offer) { o.GPUCount = 2 }),
		"RTX 4090":         pod(0.5),
		"":                 {},
	} {
		if got := o.Label(); got != want {
			t.Errorf("label %q; want %q", got, want)
		}
	}
}
