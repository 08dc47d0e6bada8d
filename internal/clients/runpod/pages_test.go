package runpod_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// paged answers reads of one list by the cursor that is asked for, "" for the
// first page, and every read of a single object with 404.
type paged struct {
	client *runpod.Client

	mu    sync.Mutex
	asked []string
}

func newPaged(t *testing.T, pages map[string]string) *paged {
	t.Helper()
	p := &paged{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Count(r.URL.Path, "/") > 2 && !strings.HasPrefix(r.URL.Path, "/v2/catalog") {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"title":"Not Found","status":404,"detail":"pod not found"}`)
			return
		}
		cursor := r.URL.Query().Get("cursor")
		p.mu.Lock()
		p.asked = append(p.asked, cursor)
		p.mu.Unlock()
		body, ok := pages[cursor]
		if !ok {
			w.WriteHeader(http.StatusUnprocessableEntity)
			body = `{"title":"Unprocessable Entity","status":422,"detail":"invalid cursor"}`
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	client, err := runpod.New(runpod.Config{
		APIKey: "key", BaseURL: server.URL, UserAgent: "test",
		Clock: clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.client = client
	return p
}

// podsPage is a page of the list of pods; more is the pagination, "" for none.
func podsPage(more string, ids ...string) string {
	var pods []string
	for _, id := range ids {
		pods = append(pods, fmt.Sprintf(`{"id":%q,"status":"RUNNING"}`, id))
	}
	if more != "" {
		more = `,"pagination":` + more
	}
	return `{"pods":[` + strings.Join(pods, ",") + `]` + more + `}`
}

func goOn(cursor string) string { return fmt.Sprintf(`{"hasNextPage":true,"nextCursor":%q}`, cursor) }

const last = `{"hasNextPage":false,"nextCursor":null}`

// TestListPages: a list is read to its end, and what cannot be read to its end is an
// error, never an account with fewer objects.
func TestListPages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pages map[string]string
		want  []string
		kind  apierr.Kind
		text  string
		asked []string
	}{
		{name: "no pagination", pages: map[string]string{"": podsPage("", "a", "b")}, want: []string{"a", "b"}, asked: []string{""}},
		{name: "pagination is null", pages: map[string]string{"": podsPage("null", "a")}, want: []string{"a"}, asked: []string{""}},
		{name: "one page", pages: map[string]string{"": podsPage(last, "a")}, want: []string{"a"}, asked: []string{""}},
		{name: "the last page repeats its cursor", pages: map[string]string{"": podsPage(`{"hasNextPage":false,"nextCursor":"1"}`, "a")}, want: []string{"a"}, asked: []string{""}},
		{
			name:  "three pages",
			pages: map[string]string{"": podsPage(goOn("1"), "a", "b"), "1": podsPage(goOn("2=&/"), "c"), "2=&/": podsPage(last, "d")},
			want:  []string{"a", "b", "c", "d"}, asked: []string{"", "1", "2=&/"},
		},
		{name: "a cursor alone", pages: map[string]string{"": podsPage(`{"nextCursor":"1"}`, "a"), "1": podsPage(last, "b")}, want: []string{"a", "b"}, asked: []string{"", "1"}},
		{name: "a page without objects", pages: map[string]string{"": podsPage(goOn("1")), "1": podsPage(last, "b")}, want: []string{"b"}, asked: []string{"", "1"}},
		{name: "an object on two pages", pages: map[string]string{"": podsPage(goOn("1"), "a", "b"), "1": podsPage(last, "b", "c")}, want: []string{"a", "b", "c"}, asked: []string{"", "1"}},
		{name: "the cursor repeats", pages: map[string]string{"": podsPage(goOn("1"), "a"), "1": podsPage(goOn("1"), "b")}, kind: apierr.Malformed, text: "a second time", asked: []string{"", "1"}},
		{
			name:  "the cursors go round",
			pages: map[string]string{"": podsPage(goOn("1"), "a"), "1": podsPage(goOn("2"), "b"), "2": podsPage(goOn("1"), "c")},
			kind:  apierr.Malformed, text: "a second time", asked: []string{"", "1", "2"},
		},
		{name: "a page announced without a cursor", pages: map[string]string{"": podsPage(`{"hasNextPage":true,"nextCursor":null}`, "a")}, kind: apierr.Malformed, text: "without a cursor"},
		{name: "the second page is no list", pages: map[string]string{"": podsPage(goOn("1"), "a"), "1": `{}`}, kind: apierr.Malformed, text: "broke off after 1 objects"},
		{name: "the second page is cut off", pages: map[string]string{"": podsPage(goOn("1"), "a"), "1": `{"pods":[{"id":"b"}`}, kind: apierr.Malformed, text: "broke off after 1 objects"},
		{name: "the cursor is refused", pages: map[string]string{"": podsPage(goOn("gone"), "a")}, kind: apierr.Malformed, text: "invalid cursor", asked: []string{"", "gone"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPaged(t, tt.pages)
			pods, err := p.client.Pods.List(t.Context(), transport.Recent)
			wantKind(t, "list", err, tt.kind)
			if err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v, want %q in it", err, tt.text)
			}
			var got []string
			for _, pod := range pods {
				got = append(got, pod.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pods (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.asked, p.asked); tt.asked != nil && diff != "" {
				t.Errorf("cursors (-want +got):\n%s", diff)
			}
			// No pod is gone for what a list that broke off does not show.
			for _, id := range []string{"z", "c"} {
				_, err = p.client.Pods.Get(t.Context(), id, transport.Recent)
				if tt.kind != "" && (err == nil || errors.Is(err, apierr.NotFound)) {
					t.Errorf("pod %s: %v, want an error that is not absence", id, err)
				}
			}
		})
	}
}

// TestListPages_Reads: what stands on a later page is there, and is not deleted
// because the first page lacks it.
func TestListPages_Reads(t *testing.T) {
	t.Parallel()
	p := newPaged(t, map[string]string{"": podsPage(goOn("1"), "a"), "1": podsPage(last, "b")})
	pod, err := p.client.Pods.Get(t.Context(), "b", transport.Recent)
	if err != nil || pod.ID != "b" {
		t.Errorf("got %v, %v; want the pod of the second page", pod, err)
	}
	if err := p.client.Pods.Delete(t.Context(), "b"); apierr.KindOf(err) != apierr.Unavailable {
		t.Errorf("deleting it: %v, want %q: it is still listed", err, apierr.Unavailable)
	}
	_, err = p.client.Pods.Get(t.Context(), "c", transport.Recent)
	wantKind(t, "a pod on neither page", err, apierr.NotFound)
}

// TestListPages_EveryList: every list of the API has pages, and keeps its other
// parameters on each.
func TestListPages_EveryList(t *testing.T) {
	t.Parallel()
	page := func(key, more, item string) string { return `{"` + key + `":[` + item + `],"pagination":` + more + `}` }
	for key, read := range map[string]func(c *runpod.Client) (int, error){
		"networkVolumes": func(c *runpod.Client) (int, error) {
			all, err := c.NetworkVolumes.List(t.Context(), transport.Recent)
			return len(all), err
		},
		"gpus": func(c *runpod.Client) (int, error) {
			all, err := c.Catalog.GPUStock(t.Context(), "SECURE", 1)
			return len(all), err
		},
		"keys": func(c *runpod.Client) (int, error) {
			all, err := c.SSHKeys.List(t.Context())
			return len(all), err
		},
	} {
		first, second := `{"id":"a"}`, `{"id":"b"}`
		if key == "keys" {
			first, second = `"a"`, `"b"`
		}
		var queries []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			queries = append(queries, r.URL.RawQuery)
			if r.URL.Query().Get("cursor") == "" {
				_, _ = io.WriteString(w, page(key, goOn("1"), first))
				return
			}
			_, _ = io.WriteString(w, page(key, last, second))
		}))
		client, err := runpod.New(runpod.Config{APIKey: "key", BaseURL: server.URL, Clock: clocktest.NewLeaping(time.Unix(0, 0))})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := read(client); n != 2 || err != nil {
			t.Errorf("%s: %d of 2, %v", key, n, err)
		}
		if len(queries) == 2 && strings.Contains(queries[0], "include=AVAILABILITY") != strings.Contains(queries[1], "include=AVAILABILITY") {
			t.Errorf("%s: the parameters changed between the pages: %q", key, queries)
		}
		server.Close()
	}
}

// TestListPages_Simulated: an account with more objects than a page is whole, for
// every read of it.
func TestListPages_Simulated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *simkit.Options, sim *runpodsim.Options) { sim.PageSize = 3 })
	var want []string
	for range 10 {
		want = append(want, w.create().ID)
	}
	sent := w.requests(func() {
		for _, id := range want {
			if pod, err := w.Pods.Get(t.Context(), id, transport.Recent); err != nil || pod.ID != id {
				t.Errorf("pod %s: %v, %v", id, pod, err)
			}
		}
	})
	if diff := cmp.Diff(map[string]int{"listPods": 4}, sent); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	w.fault(simkit.Fault{Operation: "listPods", Kind: simkit.HTML, Skip: 2})
	_, err := w.Pods.Get(t.Context(), "gone", transport.Freshness{NotBefore: w.kit.Now().Add(1)})
	wantKind(t, "a list that breaks off", err, apierr.Malformed)
}
