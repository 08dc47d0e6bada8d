package runpod_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func TestReadsShareOneList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for range 20 {
		ids = append(ids, w.create().ID)
	}
	refresh := func() {
		var wait sync.WaitGroup
		for _, id := range ids {
			wait.Go(func() {
				if pod, err := w.Pods.Get(t.Context(), id, transport.Recent); err != nil || pod.ID != id {
					t.Errorf("%s: %+v, %v", id, pod, err)
				}
			})
		}
		wait.Wait()
	}
	steps := []struct {
		name string
		do   func()
		want map[string]int
	}{
		{"all at once", refresh, map[string]int{"listPods": 1}},
		{"again inside the window", refresh, map[string]int{}},
		{"after the window", func() { w.kit.Advance(runpod.Window); refresh() }, map[string]int{"listPods": 1}},
		{"one that must be fresh", func() { w.kit.Advance(1); w.get(ids[0]) }, map[string]int{"listPods": 1}},
		{"after a write", func() {
			if _, err := w.Pods.Update(t.Context(), ids[0], wire.UpdatePodRequest{Name: pointer("q")}); err != nil {
				t.Error(err)
			}
			refresh()
		}, map[string]int{"updatePod": 1, "listPods": 1}},
		{"after a refused write", func() {
			_, err := w.Pods.Update(t.Context(), ids[0], wire.UpdatePodRequest{Image: pointer("")})
			wantKind(t, "update", err, apierr.Invalid)
			refresh()
		}, map[string]int{"updatePod": 1, "listPods": 1}},
	}
	for _, step := range steps {
		if diff := cmp.Diff(step.want, w.requests(step.do)); diff != "" {
			t.Fatalf("%s: requests (-want +got):\n%s", step.name, diff)
		}
	}
}

// TestWalk: a refresh that lasts longer than the window costs one list, until something
// is written.
func TestWalk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for range 100 {
		ids = append(ids, w.create().ID)
	}
	walk := w.client(w.kit.APIKey())
	slowly := func() {
		for _, id := range ids {
			if _, err := walk.Pods.Get(t.Context(), id, transport.Recent); err != nil {
				t.Error(err)
			}
			w.kit.Advance(3 * time.Second)
		}
	}
	if diff := cmp.Diff(map[string]int{"listPods": 1}, w.requests(slowly)); diff != "" {
		t.Errorf("requests of a slow refresh of 100 pods (-want +got):\n%s", diff)
	}
	// Who waits sees what is new.
	if _, err := w.Pods.Update(t.Context(), ids[0], wire.UpdatePodRequest{Name: pointer("renamed")}); err != nil {
		t.Fatal(err)
	}
	if pod, err := walk.Pods.Get(t.Context(), ids[0], transport.Freshness{NotBefore: w.kit.Now()}); err != nil || pod.Name != "renamed" {
		t.Errorf("got %+v, %v; want the new name", pod, err)
	}
	// A write to anything of the account ends it for all lists.
	if _, err := walk.NetworkVolumes.List(t.Context(), transport.Recent); err != nil {
		t.Fatal(err)
	}
	if err := walk.Pods.Delete(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}
	w.kit.Advance(runpod.Window)
	lists := w.requests(func() {
		for range 2 {
			if _, err := walk.NetworkVolumes.List(t.Context(), transport.Recent); err != nil {
				t.Error(err)
			}
		}
	})
	if lists["listNetworkVolumes"] != 1 {
		t.Errorf("%v after a write, want the volumes to be listed anew", lists)
	}
}

// TestReadsAreCopies shows that a caller may change what it got.
func TestReadsAreCopies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create().ID
	for range 2 {
		pod, err := w.Pods.Get(t.Context(), id, transport.Recent)
		if err != nil {
			t.Fatal(err)
		}
		all, err := w.Pods.List(t.Context(), transport.Recent)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range append(all, *pod) {
			if p.Env["A"] != "1" || p.Ports[0] != "22/tcp" || p.Name != "p" {
				t.Fatalf("read %+v, changed by another caller", p)
			}
			p.Env["A"], p.Ports[0] = "2", "23/tcp"
		}
		all[0].Name = "changed"
	}
}

// TestGone tells what exists from what does not under answers that lie.
func TestGone(t *testing.T) {
	t.Parallel()
	const list, one = "listPods", "getPod"
	html := json.RawMessage(`"<html>not here</html>"`)
	tests := []struct {
		name    string
		deleted bool
		faults  []simkit.Fault
		want    apierr.Kind
	}{
		{"there", false, nil, ""},
		{"gone", true, nil, apierr.NotFound},
		{"there, but the list is empty", false, []simkit.Fault{{Operation: list, Kind: simkit.EmptyList}}, ""},
		{
			"there, but the list lags and the answer is 404", false,
			[]simkit.Fault{{Operation: list, Kind: simkit.EmptyList, Times: 1}, {Operation: one, Kind: simkit.Status, Status: 404}},
			"",
		},
		{
			"gone, but the list that should agree fails", true,
			[]simkit.Fault{{Operation: list, Kind: simkit.Status, Status: 500, Skip: 1}},
			apierr.Unavailable,
		},
		{
			"gone, but the list that should agree is no list", true,
			[]simkit.Fault{{Operation: list, Kind: simkit.Status, Status: 200, Body: json.RawMessage(`{"items":[]}`), Skip: 1}},
			apierr.Malformed,
		},
		{
			"gone, but the key is no longer valid", true,
			[]simkit.Fault{{Operation: list, Kind: simkit.Status, Status: 401, Skip: 1}},
			apierr.Unauthorized,
		},
		{
			"unlisted, and a gateway's 404", false,
			[]simkit.Fault{{Operation: list, Kind: simkit.EmptyList}, {Operation: one, Kind: simkit.HTML, Status: 404}},
			apierr.Malformed,
		},
		{
			"unlisted, and a 404 in another form", false,
			[]simkit.Fault{{Operation: list, Kind: simkit.EmptyList}, {Operation: one, Kind: simkit.Status, Status: 404, Body: html}},
			apierr.Malformed,
		},
		{"unlisted, and 410", false, []simkit.Fault{{Operation: list, Kind: simkit.EmptyList}, {Operation: one, Kind: simkit.Status, Status: 410}}, apierr.Malformed},
		{"unlisted, and 403", false, []simkit.Fault{{Operation: list, Kind: simkit.EmptyList}, {Operation: one, Kind: simkit.Status, Status: 403}}, apierr.Forbidden},
		{"unlisted, and 500", false, []simkit.Fault{{Operation: list, Kind: simkit.EmptyList}, {Operation: one, Kind: simkit.Status, Status: 500}}, apierr.Unavailable},
		{
			"unlisted, and another pod", false,
			[]simkit.Fault{{Operation: list, Kind: simkit.EmptyList}, {Operation: one, Kind: simkit.Status, Status: 200, Body: json.RawMessage(`{"id":"other"}`)}},
			apierr.Malformed,
		},
		{"no list", false, []simkit.Fault{{Operation: list, Kind: simkit.Status, Status: 404}}, apierr.Invalid},
		{"half a list", false, []simkit.Fault{{Operation: list, Kind: simkit.Truncate}}, apierr.Malformed},
		{"page for a list", false, []simkit.Fault{{Operation: list, Kind: simkit.HTML}}, apierr.Malformed},
		{"items without ids", false, []simkit.Fault{{Operation: list, Kind: simkit.Status, Status: 200, Body: json.RawMessage(`{"pods":[{}]}`)}}, apierr.Malformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.create().ID
			if tt.deleted {
				if err := w.Pods.Delete(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			for _, f := range tt.faults {
				w.fault(f)
			}
			pod, err := w.Pods.Get(t.Context(), id, transport.Recent)
			wantKind(t, "get", err, tt.want)
			if (err == nil) != (pod != nil) || pod != nil && pod.ID != id {
				t.Errorf("got %+v with error %v", pod, err)
			}
		})
	}
}

// TestWrongKey shows that a key that is not the account's proves nothing gone.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := w.client("other")
	id := w.create().ID
	_, err := stranger.Pods.Get(t.Context(), id, transport.Recent)
	wantKind(t, "get", err, apierr.Unauthorized)
	wantKind(t, "delete", stranger.Pods.Delete(t.Context(), id), apierr.Unauthorized)
	_, err = stranger.Catalog.GPUs(t.Context())
	wantKind(t, "catalog", err, apierr.Unauthorized)
}

// TestDeleteStillListed: a 404 for a pod that is listed is no success, because
// the pod may still cost.
func TestDeleteStillListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create().ID
	w.fault(simkit.Fault{Operation: "deletePod", Kind: simkit.Status, Status: 404})
	wantKind(t, "delete", w.Pods.Delete(t.Context(), id), apierr.Unavailable)
	w.fault(simkit.Fault{Operation: "listPods", Kind: simkit.Status, Status: 401})
	err := w.Pods.Delete(t.Context(), id)
	if errors.Is(err, apierr.NotFound) {
		t.Errorf("%v, although the list did not agree", err)
	}
}
