package vastai_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	query := cheapest(20)
	query["gpu_name"] = nil // removed, not sent
	offers, err := w.client.Offers.Search(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if len(offers) != 20 {
		t.Fatalf("%d offers, want 20", len(offers))
	}
	for i, o := range offers {
		if o.NumGPUs != 1 || o.DPHTotal == nil || o.GPUName == "" || i > 0 && *o.DPHTotal < *offers[i-1].DPHTotal {
			t.Errorf("offer %d: %+v", i, o)
		}
	}
	raw, err := w.client.Offers.SearchRaw(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) != 20 || raw[0]["id"] == nil || len(raw[0]) < 80 {
		t.Errorf("raw rows: %d, the first with %d keys", len(raw), len(raw[0]))
	}
	if id, ok := raw[0]["id"].(json.Number); !ok || id.String() != json.Number(jsonOf(t, offers[0].ID)).String() {
		t.Errorf("raw id %v, want %d", raw[0]["id"], offers[0].ID)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSearchIsShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			offers, err := w.client.Offers.Search(t.Context(), cheapest(5))
			if err != nil || len(offers) != 5 {
				t.Errorf("%d offers, %v", len(offers), err)
				return
			}
			offers[0].ID = 0 // what one caller does to its slice, no other sees
		})
	}
	wg.Wait()
	step := func(what string, want int) {
		t.Helper()
		offers, err := w.client.Offers.Search(t.Context(), cheapest(5))
		if err != nil || offers[0].ID == 0 {
			t.Fatalf("%s: %v, %v", what, offers, err)
		}
		if got := w.calls("searchOffers"); got != want {
			t.Errorf("%s: %d searches, want %d", what, got, want)
		}
	}
	step("within the window", 1)
	w.clock.Advance(vastai.SearchWindow)
	step("after the window", 2)

	// A refusal that says nothing about the market leaves it alone.
	if _, err := w.client.Instances.Create(t.Context(), 1, wire.CreateInstanceRequest{Disk: -1}); err == nil {
		t.Error("an impossible rental succeeded")
	}
	w.fault("createInstance", 1, 400, `{"success":false,"error":"invalid_args","msg":"no"}`)
	before := w.calls("searchOffers")
	if _, err := w.client.Offers.Search(t.Context(), cheapest(6)); err != nil {
		t.Fatal(err)
	}
	_, err := w.client.Instances.Create(t.Context(), 1, rental())
	wantKind(t, err, apierr.Invalid, "no")
	if _, err := w.client.Offers.Search(t.Context(), cheapest(6)); err != nil {
		t.Fatal(err)
	}
	if got := w.calls("searchOffers"); got != before+1 {
		t.Errorf("an invalid rental cleared the market: %d searches, want %d", got, before+1)
	}
}

// TestSearch_Taken: a rental costs no further search. What was rented, or was found
// gone, is left out of searches that were made before, and of those alone.
func TestSearch_Taken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.client.Offers.Search(t.Context(), cheapest(6))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Instances.Create(t.Context(), first[0].ID, rental()); err != nil {
		t.Fatal(err)
	}
	w.fault("createInstance", 1, 410, `{"success":false,"error":"no_such_ask","msg":"gone"}`)
	_, err = w.client.Instances.Create(t.Context(), first[2].ID, rental())
	wantKind(t, err, apierr.NoCapacity, "gone")
	w.fault("createInstance", 1, 400, `{"success":false,"error":"invalid_args","msg":"no"}`)
	_, err = w.client.Instances.Create(t.Context(), first[3].ID, rental())
	wantKind(t, err, apierr.Invalid, "no")

	numbers := func(want ...int64) {
		t.Helper()
		offers, err := w.client.Offers.Search(t.Context(), cheapest(6))
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, o := range offers {
			got = append(got, o.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("offers %v, want %v", got, want)
		}
		raw, err := w.client.Offers.SearchRaw(t.Context(), cheapest(6))
		if err != nil || len(raw) != len(want) {
			t.Errorf("%d raw rows, %v; want %d", len(raw), err, len(want))
		}
	}
	numbers(first[1].ID, first[3].ID, first[4].ID, first[5].ID)
	if got := w.calls("searchOffers"); got != 1 {
		t.Errorf("%d searches, want 1", got)
	}
	// A search made later is believed: the offer that was said to be gone is there.
	w.clock.Advance(vastai.SearchWindow)
	later, err := w.client.Offers.Search(t.Context(), cheapest(6))
	if err != nil || !slices.ContainsFunc(later, func(o wire.Offer) bool { return o.ID == first[2].ID }) || w.calls("searchOffers") != 2 {
		t.Errorf("later: %d offers, %v, %d searches", len(later), err, w.calls("searchOffers"))
	}
}

// TestSearch_MostlyTaken: once most of what was found is taken the market is asked
// again, once for all who wait.
func TestSearch_MostlyTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.client.Offers.Search(t.Context(), cheapest(3))
	if err != nil {
		t.Fatal(err)
	}
	w.fault("createInstance", 2, 410, `{"success":false,"error":"no_such_ask","msg":"gone"}`)
	for _, o := range first[:2] {
		_, err = w.client.Instances.Create(t.Context(), o.ID, rental())
		wantKind(t, err, apierr.NoCapacity, "gone")
	}
	w.clock.Advance(time.Second)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if offers, err := w.client.Offers.Search(t.Context(), cheapest(3)); err != nil || len(offers) != 3 {
				t.Errorf("%d offers, %v, want 3", len(offers), err)
			}
		})
	}
	wg.Wait()
	if got := w.calls("searchOffers"); got != 2 {
		t.Errorf("%d searches, want 2", got)
	}
}

// TestSearchKeepsFewQueries: many different searches in one window are all
// answered, though not all are kept.
func TestSearchKeepsFewQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for limit := range 100 {
		offers, err := w.client.Offers.Search(t.Context(), cheapest(limit+1))
		if err != nil || len(offers) != limit+1 {
			t.Fatalf("limit %d: %d offers, %v", limit+1, len(offers), err)
		}
	}
	if got := w.calls("searchOffers"); got != 100 {
		t.Errorf("%d searches, want 100", got)
	}
}

func TestSearchAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		status     int
		want       int // offers
		kind       apierr.Kind
		part       string
	}{
		{"none", `{"offers":[]}`, 200, 0, "", ""},
		{"the same twice", `{"offers":[{"id":5,"gpu_ram":"24564"},{"id":6,"num_gpus":2.0},{"id":5}]}`, 200, 2, "", ""},
		{"no offers", `{"success":true}`, 200, 0, apierr.Malformed, "no offers"},
		{"null", `{"offers":null}`, 200, 0, apierr.Malformed, "no offers"},
		{"one object", `{"offers":{"id":5}}`, 200, 0, apierr.Malformed, ""},
		{"no id", `{"offers":[{"id":5},{"gpu_name":"H200"}]}`, 200, 0, apierr.Malformed, "offer 1 has no id"},
		{"page", `<html></html>`, 200, 0, apierr.Malformed, "web page"},
		{"wrong key", `{"success":false,"error":"auth_error","msg":"Invalid user key"}`, 404, 0, apierr.Unauthorized, "Invalid user key"},
		{"bad query", `{"error":"invalid_request","msg":"0 is not a valid search op"}`, 400, 0, apierr.Invalid, "search op"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault("searchOffers", 0, tt.status, tt.body)
			offers, err := w.client.Offers.Search(t.Context(), cheapest(5))
			if tt.kind != "" {
				wantKind(t, err, tt.kind, tt.part)
				return
			}
			if err != nil || len(offers) != tt.want {
				t.Errorf("%d offers, %v, want %d", len(offers), err, tt.want)
			}
		})
	}
}

func TestSearchThatCannotBeSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.client.Offers.Search(t.Context(), wire.Query{"limit": make(chan int)})
	wantKind(t, err, apierr.Invalid, "cannot be sent")
	if got := w.calls("searchOffers"); got != 0 {
		t.Errorf("%d searches", got)
	}
}
