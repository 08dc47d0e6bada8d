package simkit_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simkit.Options{})
	w.ask("GET", "/things?api_key=secret", "")
	w.kit.Advance(time.Hour)
	w.ask("DELETE", "/nothing/with%20space", "")
	w.ask("POST", "/things", "{}")
	at := start().UnixMilli()
	want := []simkit.Entry{
		{N: 1, Platform: "runpod", Operation: "listThings", Method: "GET", Path: "/things", Status: 200, AtMS: at},
		{N: 2, Platform: "runpod", Method: "DELETE", Path: "/nothing/with%20space", Status: 404, AtMS: at + 3_600_000},
		{N: 3, Platform: "runpod", Operation: "createThing", Method: "POST", Path: "/things", Status: 201, AtMS: at + 3_600_000},
	}
	for since, entries := range map[int][]simkit.Entry{-1: want, 0: want, 2: want[2:]} {
		if diff := cmp.Diff(entries, w.kit.Journal(since)); diff != "" {
			t.Errorf("since %d (-want +got):\n%s", since, diff)
		}
	}
	if got := w.kit.Journal(7); len(got) != 0 {
		t.Errorf("after the end: %+v", got)
	}
	w.kit.Reset()
	if got := w.kit.Journal(0); len(got) != 0 || !w.kit.Now().Equal(start()) {
		t.Errorf("after a reset: %+v at %v", got, w.kit.Now())
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simkit.Options{Latency: 300 * time.Millisecond})
	w.ask("GET", "/things", "")
	if passed := w.kit.Now().Sub(start()); passed != 300*time.Millisecond {
		t.Errorf("a request took %v", passed)
	}
	if got := w.kit.Journal(0)[0].AtMS; got != start().UnixMilli() {
		t.Errorf("it arrived at %d", got)
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simkit.Options{})
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/things", strings.NewReader(strings.Repeat("x", 16<<20+1)))
	rec := httptest.NewRecorder()
	w.toy.ServeHTTP(rec, r)
	if rec.Code != http.StatusRequestEntityTooLarge || w.toy.made.Load() != 0 {
		t.Errorf("status %d, %d things made", rec.Code, w.toy.made.Load())
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	standard, own := simkit.New(simkit.Options{}), simkit.New(simkit.Options{APIKey: "k"})
	if !standard.KeyOK(simkit.DefaultAPIKey) || standard.KeyOK("") || standard.KeyOK("k") {
		t.Error("the standard key is not the only one")
	}
	if !own.KeyOK("k") || own.KeyOK(simkit.DefaultAPIKey) {
		t.Error("a key of one's own is not the only one")
	}
	for header, want := range map[string]string{"Bearer k": "k", "bearer  k ": "k", "Basic k": "", "Bearer": "", "Bearer ": "", "": ""} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", http.NoBody)
		r.Header.Set("Authorization", header)
		if got, ok := simkit.Bearer(r); got != want || ok != (want != "") {
			t.Errorf("%q: token %q, %v", header, got, ok)
		}
	}
}

func TestRand(t *testing.T) {
	t.Parallel()
	draw := func(seed uint64, stream string) string {
		return simkit.RandomID(simkit.New(simkit.Options{Seed: seed}).Rand(stream), 14)
	}
	first := draw(1, "a")
	if len(first) != 14 || strings.Trim(first, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		t.Errorf("id %q", first)
	}
	if again := draw(1, "a"); again != first {
		t.Errorf("the same seed and stream gave %q, then %q", first, again)
	}
	if draw(2, "a") == first || draw(1, "b") == first {
		t.Error("another seed or stream gave the same id")
	}
}

func TestMeter(t *testing.T) {
	t.Parallel()
	now := start()
	m := simkit.NewMeter(now)
	want := func(components map[string]float64, rate float64) {
		t.Helper()
		if diff := cmp.Diff(components, m.Billed(now), cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })); diff != "" {
			t.Errorf("billed (-want +got):\n%s", diff)
		}
		if m.Rate() != rate {
			t.Errorf("rate %v, want %v", m.Rate(), rate)
		}
	}
	m.Set(now, "compute", 1)
	m.Set(now, "disk", 0.5)
	want(map[string]float64{}, 1.5)
	now = now.Add(30 * time.Minute)
	want(map[string]float64{"compute": 0.5, "disk": 0.25}, 1.5)
	m.Set(now, "compute", 3)
	for range 60 { // reading often changes nothing
		now = now.Add(time.Minute)
		m.Total(now)
	}
	want(map[string]float64{"compute": 3.5, "disk": 0.75}, 3.5)
	m.Set(now, "compute", 0)
	m.Add("traffic", 0.1)
	now = now.Add(-time.Hour) // time that runs back is not charged
	want(map[string]float64{"compute": 3.5, "disk": 0.75, "traffic": 0.1}, 0.5)
	now = now.Add(2 * time.Hour)
	m.Stop(now)
	now = now.Add(1000 * time.Hour)
	want(map[string]float64{"compute": 3.5, "disk": 1.25, "traffic": 0.1}, 0)

	charges := m.Charges(now, "runpod", "pod", "p")
	if len(charges) != 3 || charges[0].Component != "compute" || charges[2].Component != "traffic" || charges[0].ID != "p" {
		t.Errorf("charges %+v", charges)
	}
}

func TestEmptyArrays(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`[1,2]`: `[]`, `{"a":[1],"n":3,"o":{"b":[1]}}`: `{"a":[],"n":3,"o":{"b":[1]}}`, `{"a":null}`: `{"a":null}`, `"x"`: `"x"`, `no JSON`: `no JSON`,
	} {
		if got := string(simkit.EmptyArrays([]byte(in))); got != want {
			t.Errorf("%s → %s, want %s", in, got, want)
		}
	}
}
