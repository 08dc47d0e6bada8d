package vastai

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

// toy is an object of a collection without pages and without a single read, as most
// of the account's are.
type toy struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// toys is a collection whose list answers one body after the other, the last one
// for ever, and whose delete always answers that nothing is there.
func toys(t *testing.T, bodies ...string) (c *collection[toy], lists *int) {
	t.Helper()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"success":false,"error":"no_such_toy","msg":"no such toy"}`)
			return
		}
		asked++
		_, _ = io.WriteString(w, bodies[min(asked, len(bodies))-1])
	}))
	t.Cleanup(server.Close)
	clk := clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	api, err := transport.New(transport.Config{
		Platform: platform, BaseURL: server.URL, APIKey: "key", Clock: clk, Classify: classify, Quota: transport.NewIntervalQuota(clk, pace),
	})
	if err != nil {
		t.Fatal(err)
	}
	return newCollection(api, clk, Window, noun[toy]{
		key: "toys", one: "toy", id: func(t *toy) int64 { return t.ID },
		list: operation{name: "listToys", method: http.MethodGet, path: "/toys", repeat: transport.Safe, interval: time.Second},
	}), &asked
}

// TestCollection_TwoProofs: where there is no single read two lists have to agree
// that an object is gone, the second one asked for after the first.
func TestCollection_TwoProofs(t *testing.T) {
	t.Parallel()
	const empty, one = `{"toys":[]}`, `{"toys":[{"id":7,"name":"x"}]}`
	tests := []struct {
		name   string
		bodies []string
		want   apierr.Kind // "" is the object
		lists  int
	}{
		{"listed", []string{one}, "", 1},
		{"listed late", []string{empty, one}, "", 2},
		{"nowhere", []string{empty, empty}, apierr.NotFound, 2},
		{"the second list is none", []string{empty, `{"success":true}`}, apierr.Malformed, 0},
		{"the second list fails", []string{empty, `{"success":false,"error":"server_error"}`}, apierr.Unavailable, 0},
		{"an item without an id", []string{`{"toys":[{"name":"y"}]}`}, apierr.Malformed, 0},
	}
	for _, tt := range tests {
		c, lists := toys(t, tt.bodies...)
		got, err := c.get(t.Context(), 7, transport.Recent)
		switch {
		case tt.want == "" && (err != nil || got.Name != "x"):
			t.Errorf("%s: got %v, %v", tt.name, got, err)
		case tt.want != "" && apierr.KindOf(err) != tt.want:
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		case tt.lists > 0 && *lists != tt.lists:
			t.Errorf("%s: %d lists, want %d", tt.name, *lists, tt.lists)
		}
	}
}

// TestCollection_Writes: a write clears the list, and a delete that finds nothing is
// believed only when the list lacks the object too.
func TestCollection_Writes(t *testing.T) {
	t.Parallel()
	remove := operation{name: "deleteToy", method: http.MethodDelete, path: "/toys/{id}", repeat: transport.Safe, interval: time.Second}

	c, lists := toys(t, `{"toys":[{"id":7}]}`)
	if _, err := c.all(t.Context(), transport.Recent); err != nil {
		t.Fatal(err)
	}
	err := c.remove(t.Context(), 7, remove.op(7))
	if apierr.KindOf(err) != apierr.Unavailable || errors.Is(err, apierr.NotFound) {
		t.Errorf("still listed: %v", err)
	}
	if *lists != 2 {
		t.Errorf("%d lists, want a second one after the write", *lists)
	}

	c, _ = toys(t, `{"toys":[]}`)
	if err := c.remove(t.Context(), 7, remove.op(7)); !errors.Is(err, apierr.NotFound) {
		t.Errorf("gone: %v, want %q", err, apierr.NotFound)
	}
}

// TestIntervals has the service's figures, in seconds, as its backend publishes them.
func TestIntervals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		seconds float64
		op      operation
	}{
		{2, searchOffers},
		{4.5, createInstance},
		{1, listInstances},
		{2, showInstance},
		{1, manageInstance},
		{3, destroyInstance},
		{5.5, changeBid},
		{2, updateTemplate},
		{2, listInstanceKeys},
		{2, attachKey},
		{2, detachKey},
		{1, listKeys},
		{1, createKey},
		{1, deleteKey},
		{1.9, searchTemplates},
		{2, listVolumes},
		{0, showUser},
	} {
		op := tt.op.op(1, 2)
		if got := op.Interval.Seconds(); got != tt.seconds {
			t.Errorf("%s: an interval of %v s, want %v", op.Name, got, tt.seconds)
		}
		if kept := pace(op); kept < op.Interval || kept > op.Interval*6/5 && op.Interval > 0 || op.Interval == 0 && kept != 0 {
			t.Errorf("%s: %v is kept for an interval of %v", op.Name, kept, op.Interval)
		}
	}
}
