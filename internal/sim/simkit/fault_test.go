package simkit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func TestFaultKinds(t *testing.T) {
	t.Parallel()
	const list = `{"things":["a","b"],"total":2}`
	tests := []struct {
		name         string
		fault        simkit.Fault
		method, path string
		want         answer
		contentType  string
		made         int64         // things that exist afterwards
		took         time.Duration // of the clock
		noted        int           // status in the journal
	}{
		{name: "drop_before", fault: simkit.Fault{Operation: "createThing", Kind: simkit.DropBefore}, method: "POST", path: "/things", want: answer{broken: true}},
		{name: "drop_after", fault: simkit.Fault{Operation: "createThing", Kind: simkit.DropAfter}, method: "POST", path: "/things", want: answer{broken: true}, made: 1},
		{
			name: "status", fault: simkit.Fault{Operation: "createThing", Kind: simkit.Status, Status: 503}, method: "POST", path: "/things",
			want: answer{status: 503, body: `{"code":503}`}, contentType: "application/json", noted: 503,
		},
		{
			name: "status with a body", fault: simkit.Fault{Operation: "createThing", Kind: simkit.Status, Status: 418, Body: json.RawMessage(`{"tea":true}`)},
			method: "POST", path: "/things", want: answer{status: 418, body: `{"tea":true}`}, contentType: "application/json", noted: 418,
		},
		{
			name: "status with a text", fault: simkit.Fault{Operation: "createThing", Kind: simkit.Status, Status: 429, Body: json.RawMessage(`"slow down"`)},
			method: "POST", path: "/things", want: answer{status: 429, body: "slow down"}, contentType: "text/plain; charset=utf-8", noted: 429,
		},
		{
			name: "delay", fault: simkit.Fault{Operation: "createThing", Kind: simkit.Delay, DelayMS: 1500}, method: "POST", path: "/things",
			want: answer{status: 201, body: "{}"}, made: 1, took: 1500 * time.Millisecond, noted: 201,
		},
		{
			name: "truncate", fault: simkit.Fault{Operation: "listThings", Kind: simkit.Truncate}, method: "GET", path: "/things",
			want: answer{status: 200, body: list[:len(list)/2]}, noted: 200,
		},
		{
			name: "html", fault: simkit.Fault{Operation: "createThing", Kind: simkit.HTML, Body: json.RawMessage(`"<p>hi</p>"`)}, method: "POST", path: "/things",
			want: answer{status: 200, body: "<p>hi</p>"}, contentType: "text/html; charset=UTF-8", noted: 200,
		},
		{
			name: "html with a status", fault: simkit.Fault{Operation: "createThing", Kind: simkit.HTML, Status: 502, Body: json.RawMessage(`"<p>hi</p>"`)},
			method: "POST", path: "/things", want: answer{status: 502, body: "<p>hi</p>"}, contentType: "text/html; charset=UTF-8", noted: 502,
		},
		{
			name: "empty_list", fault: simkit.Fault{Operation: "listThings", Kind: simkit.EmptyList}, method: "GET", path: "/things",
			want: answer{status: 200, body: `{"things":[],"total":2}`}, noted: 200,
		},
		{
			name: "empty_list leaves single reads", fault: simkit.Fault{Path: "/things", Kind: simkit.EmptyList}, method: "GET", path: "/things/a",
			want: answer{status: 200, body: `{"id":"a","tags":["x"]}`}, noted: 200,
		},
		{
			name: "other platform", fault: simkit.Fault{Platform: "vastai", Method: "GET", Kind: simkit.DropBefore}, method: "GET", path: "/things",
			want: answer{status: 200, body: list}, noted: 200,
		},
		{
			name: "other verb", fault: simkit.Fault{Method: "post", Path: "/things", Kind: simkit.DropBefore}, method: "GET", path: "/things",
			want: answer{status: 200, body: list}, noted: 200,
		},
		{name: "verb", fault: simkit.Fault{Method: "post", Kind: simkit.DropBefore}, method: "POST", path: "/things", want: answer{broken: true}},
		{name: "beginning of the path", fault: simkit.Fault{Path: "/thi", Kind: simkit.DropBefore}, method: "GET", path: "/things/a", want: answer{broken: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simkit.Options{})
			newToy(w.kit, "vastai")
			w.fault(tt.fault)
			got := w.ask(tt.method, tt.path, "{}")
			if got.status != tt.want.status || got.body != tt.want.body || got.broken != tt.want.broken {
				t.Errorf("%s %s → %+v, want %+v", tt.method, tt.path, got, tt.want)
			}
			if tt.contentType != "" && got.header.Get("Content-Type") != tt.contentType {
				t.Errorf("content type %q, want %q", got.header.Get("Content-Type"), tt.contentType)
			}
			if n := w.toy.made.Load(); n != tt.made {
				t.Errorf("%d things were made, want %d", n, tt.made)
			}
			if took := w.clock.Now().Sub(start()); took != tt.took {
				t.Errorf("took %v, want %v", took, tt.took)
			}
			journal := w.kit.Journal(0)
			if len(journal) != 1 || journal[0].Status != tt.noted {
				t.Errorf("journal %+v, want one entry with status %d", journal, tt.noted)
			}
		})
	}
}

func TestGatewayPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simkit.Options{})
	w.fault(simkit.Fault{Path: "/", Kind: simkit.HTML})
	if got := w.ask("GET", "/things", ""); !strings.HasPrefix(got.body, "<!DOCTYPE html>") || got.header.Get(simkit.FaultHeader) != "html" {
		t.Errorf("page %q with header %v", got.body, got.header)
	}
}

func TestSkipAndTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simkit.Options{})
	w.fault(simkit.Fault{Operation: "listThings", Kind: simkit.Status, Status: 500, Skip: 1, Times: 2})
	w.fault(simkit.Fault{Operation: "listThings", Kind: simkit.Status, Status: 503, Skip: 2, Times: 1})
	// The second one counts only what the first one lets pass.
	want := []int{200, 500, 500, 200, 503, 200}
	for i, status := range want {
		// What does not match does not count.
		if got := w.ask("GET", "/things/a", "").status; got != 200 {
			t.Errorf("read %d: status %d", i, got)
		}
		if got := w.ask("GET", "/things", "").status; got != status {
			t.Errorf("list %d: status %d, want %d", i, got, status)
		}
	}
	w.fault(simkit.Fault{Operation: "listThings", Kind: simkit.Status, Status: 500})
	for range 3 {
		if got := w.ask("GET", "/things", "").status; got != 500 {
			t.Errorf("without an end: status %d", got)
		}
	}
	w.kit.ClearFaults()
	if got := w.ask("GET", "/things", "").status; got != 200 {
		t.Errorf("cleared: status %d", got)
	}
}

func TestImpossibleFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simkit.Options{})
	tests := []struct {
		fault simkit.Fault
		want  string
	}{
		{simkit.Fault{Path: "/"}, `kind ""`},
		{simkit.Fault{Path: "/", Kind: "explode"}, `kind "explode"`},
		{simkit.Fault{Path: "/", Kind: simkit.HTML, Platform: "aws"}, `platform "aws"`},
		{simkit.Fault{Kind: simkit.HTML}, "one of operation, method and path"},
		{simkit.Fault{Kind: simkit.HTML, Operation: "getThing", Path: "/"}, "excludes"},
		{simkit.Fault{Kind: simkit.HTML, Operation: "getThings"}, `"getThings"`},
		{simkit.Fault{Kind: simkit.HTML, Path: "things"}, "begin with /"},
		{simkit.Fault{Kind: simkit.Status, Path: "/"}, "needs a status"},
		{simkit.Fault{Kind: simkit.Status, Path: "/", Status: 99}, "200..599"},
		{simkit.Fault{Kind: simkit.Delay, Path: "/"}, "delay_ms"},
		{simkit.Fault{Kind: simkit.HTML, Path: "/", Times: -1}, "negative"},
		{simkit.Fault{Kind: simkit.EmptyList, Operation: "getThing"}, "no list"},
	}
	for _, tt := range tests {
		if err := w.kit.Fault(tt.fault); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want one with %q", tt.fault, err, tt.want)
		}
	}
	if got := w.ask("GET", "/things", "").status; got != 200 {
		t.Errorf("a refused fault acts: status %d", got)
	}
}
