package simkit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestRouter: literal segments go before ids, whatever the order of registration.
func TestRouter(t *testing.T) {
	t.Parallel()
	var r simkit.Router[string]
	r.Register(
		simkit.Route[string]{Method: "GET", Path: "/things/{id}", Operation: "getThing", Handle: "one"},
		simkit.Route[string]{Method: "GET", Path: "/things/special", Operation: "special", Handle: "special"},
		simkit.Route[string]{Method: "GET", Path: "/things", Operation: "listThings", List: true, Handle: "all"},
		simkit.Route[string]{Method: "DELETE", Path: "/things/{id}/parts/{part}", Operation: "deletePart", Handle: "part"},
	)
	for _, tt := range []struct {
		method, path, want string
		ids, allowed       []string
	}{
		{"GET", "/things", "all", nil, []string{"GET"}},
		{"GET", "/things/7", "one", []string{"7"}, []string{"GET"}},
		{"GET", "/things/a%2Fb", "one", []string{"a/b"}, []string{"GET"}},
		{"GET", "/things/special", "special", nil, []string{"GET"}},
		{"DELETE", "/things/special", "", nil, []string{"GET"}},
		{"DELETE", "/things/7/parts/8", "part", []string{"7", "8"}, []string{"DELETE"}},
		{"POST", "/things/7", "", nil, []string{"GET"}},
		{"GET", "/things/", "", nil, nil},
		{"GET", "/nothing", "", nil, nil},
	} {
		found, ids, allowed := r.Find(tt.method, tt.path)
		got := ""
		if found != nil {
			got = found.Handle
		}
		if got != tt.want || !cmp.Equal(ids, tt.ids) || !cmp.Equal(allowed, tt.allowed) {
			t.Errorf("%s %s: %q %v, allowed %v; want %q %v, %v", tt.method, tt.path, got, ids, allowed, tt.want, tt.ids, tt.allowed)
		}
	}
	if got := r.Resolve(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/things/7?x=1", http.NoBody)); got != "getThing" {
		t.Errorf("resolved %q", got)
	}
	if !r.IsList("listThings") || r.IsList("getThing") || !r.Has("GET", "/things/{other}") || r.Has("PUT", "/things") {
		t.Error("lists or templates are mixed up")
	}
	if diff := cmp.Diff([]string{"deletePart", "getThing", "listThings", "special"}, r.Operations()); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

type thing struct{ id, name string }

func TestTable(t *testing.T) {
	t.Parallel()
	table := simkit.NewTable(func(x *thing) string { return x.id })
	names := func() []string { return simkit.Rows(table, func(x *thing) string { return x.name }) }
	if names() == nil || table.Get("1") != nil {
		t.Error("an empty table has no rows, and shows an empty list")
	}
	one, two := &thing{"1", "one"}, &thing{"2", "two"}
	table.Add(one)
	table.Add(two)
	for _, x := range table.All() {
		if x == one {
			table.Remove(x) // while the objects are walked
		}
	}
	if table.Get("1") != nil || table.Get("2") != two || table.Len() != 1 {
		t.Errorf("left %v", names())
	}
	table.Add(one)
	called := func(name string) func(*thing) bool { return func(x *thing) bool { return x.name == name } }
	if table.Find(called("one")) != one || table.Used(called("three")) || len(table.Where(called("two"))) != 1 {
		t.Error("finding does not find")
	}
	if diff := cmp.Diff([]string{"two", "one"}, names()); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	table.Clear()
	if table.Len() != 0 {
		t.Error("cleared and not empty")
	}
}

func TestNouns(t *testing.T) {
	t.Parallel()
	now := start()
	meter := simkit.NewMeter(now)
	meter.Set(now, "air", 2)
	resets := 0
	nouns := simkit.Nouns[string]{
		{},
		{
			Key: "things", State: func() any { return "shown" }, Reset: func() { resets++ },
			Bills: func() []simkit.Bill { return []simkit.Bill{{Kind: "thing", ID: "a", Meter: meter}} },
		},
	}
	nouns.Reset()
	later := now.Add(3 * time.Hour)
	got := []any{resets, nouns.State(), nouns.Rate(), nouns.Total(later), nouns.Charges(later, "toy")}
	want := []any{
		1,
		map[string]any{"things": "shown"},
		2.0, 6.0,
		[]simkit.Charge{{Platform: "toy", Kind: "thing", ID: "a", Component: "air", USD: 6}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
