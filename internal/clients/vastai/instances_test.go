package vastai_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

func TestListPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none, err := w.client.Instances.List(t.Context(), transport.Recent)
	if err != nil || none == nil || len(none) != 0 {
		t.Fatalf("an empty account lists %v, %v", none, err)
	}
	want := w.rent(60)
	before := w.calls("showInstances")
	got, err := w.client.Instances.List(t.Context(), transport.Recent)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ids(got), want) {
		t.Errorf("listed %v\nwant   %v", ids(got), want)
	}
	if pages := w.calls("showInstances") - before; pages != 3 {
		t.Errorf("%d pages, want 3", pages)
	}

	w.do(simkit.Fault{Operation: "showInstances", Kind: simkit.HTML, Skip: 1})
	_, err = w.client.Instances.List(t.Context(), transport.Freshness{NotBefore: w.clock.Now().Add(1)})
	wantKind(t, err, apierr.Malformed, "web page")
}

// refresh reads every one of the ids as Terraform does, ten at a time.
func (w *world) refresh(ids []int64) {
	w.tb.Helper()
	var wg sync.WaitGroup
	work := make(chan int64)
	for range 10 {
		wg.Go(func() {
			for id := range work {
				i, err := w.client.Instances.Get(w.tb.Context(), id, transport.Recent)
				if err != nil || i.ID != id {
					w.tb.Errorf("%d: got %+v, %v", id, i, err)
				}
			}
		})
	}
	for _, id := range ids {
		work <- id
	}
	close(work)
	wg.Wait()
}

// TestRefresh: many instances are read with one list and not once alone, and the
// platform refuses nothing for its rate.
func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rented := w.rent(60)
	before := len(w.Journal(0))
	w.refresh(rented)
	for _, e := range w.Journal(0) {
		if e.Status == 429 {
			t.Errorf("refused for its rate: %+v", e)
		}
	}
	if got := len(w.Journal(before)); got != 3 || w.calls("showInstance") != 0 {
		t.Errorf("%d requests, want three pages: %+v", got, w.Journal(before))
	}
}

// TestRefresh_Slowly: a refresh that lasts longer than the window reads each page once.
func TestRefresh_Slowly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var rows []string
	for id := 1; id <= 400; id++ {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"cur_state":"running"}`, id))
	}
	for at := 0; at < 400; at += 25 {
		next := "null"
		if at < 375 {
			next = strconv.Quote(strconv.Itoa(at))
		}
		w.fault("showInstances", 1, 200, fmt.Sprintf(`{"instances":[%s],"instances_found":25,"total_instances":400,"next_token":%s}`, strings.Join(rows[at:at+25], ","), next))
	}
	for id := int64(1); id <= 400; id++ {
		if _, err := w.client.Instances.Get(t.Context(), id, transport.Recent); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Second)
	}
	if pages := w.calls("showInstances"); pages != 16 || len(w.Journal(0)) != 16 {
		t.Errorf("%d pages and %d requests in all for 400 instances, want 16", pages, len(w.Journal(0)))
	}
}

func BenchmarkRefresh(b *testing.B) {
	w := newWorld(b)
	rented := w.rent(200)
	before := w.calls("showInstances")
	for b.Loop() {
		w.clock.Advance(time.Hour)
		w.refresh(rented)
	}
	b.ReportMetric(float64(w.calls("showInstances")-before)/float64(b.N), "lists/op")
	b.ReportMetric(float64(w.calls("showInstance"))/float64(b.N), "singles/op")
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, part string }{
		{"no instances", `{"success":true,"total_instances":0,"next_token":null}`, "no instances"},
		{"null", `{"success":true,"instances":null,"next_token":null}`, "no instances"},
		{"no id", `{"instances":[{"id":5},{"label":"x"}],"next_token":null}`, "instance 1 of the page has no id"},
		{"empty though there are some", `{"instances":[],"total_instances":3,"next_token":null}`, "after 0 of 3"},
		{"far too few", `{"instances":[{"id":5}],"total_instances":60,"next_token":null}`, "after 1 of 60"},
		{"fewer than announced", `{"instances":[],"instances_found":25,"next_token":"x"}`, "announces 25"},
		{"no progress", `{"instances":[{"id":5}],"next_token":"x"}`, "does not get on"},
		{"not a success", `{"success":false,"instances":[]}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault("showInstances", 0, 200, tt.body)
			got, err := w.client.Instances.List(t.Context(), transport.Recent)
			if err == nil {
				t.Fatalf("listed %v", ids(got))
			}
			kind := apierr.Malformed
			if tt.part == "" {
				kind = apierr.Conflict
			}
			wantKind(t, err, kind, tt.part)
		})
	}
	t.Run("one destroyed underway is fine", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.fault("showInstances", 1, 200, `{"instances":[{"id":5},{"id":"6"}],"instances_found":2,"total_instances":3,"next_token":null}`)
		w.fault("showInstances", 1, 200, `{"instances":[{"id":5},{"id":6}],"total_instances":2,"next_token":null}`)
		if got, err := w.client.Instances.List(t.Context(), transport.Recent); err != nil || len(got) != 2 {
			t.Errorf("listed %v, %v", ids(got), err)
		}
	})
}

// TestListFallsShort: a list that stays shorter than it says, by however little, is
// an error: what it lacks may bill, and would be missing from every budget.
func TestListFallsShort(t *testing.T) {
	t.Parallel()
	for got, total := range map[int]int{0: 1, 1: 2, 9: 12, 24: 25} {
		w := newWorld(t)
		rows := make([]string, got)
		for i := range rows {
			rows[i] = fmt.Sprintf(`{"id":%d}`, i+1)
		}
		w.fault("showInstances", 0, 200, fmt.Sprintf(`{"instances":[%s],"total_instances":%d,"next_token":null}`, strings.Join(rows, ","), total))
		_, err := w.client.Instances.List(t.Context(), transport.Recent)
		wantKind(t, err, apierr.Malformed, fmt.Sprintf("after %d of %d", got, total))
		_, err = w.client.Instances.Get(t.Context(), 100, transport.Recent)
		wantKind(t, err, apierr.Malformed, "")
	}
}

// TestGetProof: an instance is gone when the single read and a list asked for after
// it agree, and on nothing less.
func TestGetProof(t *testing.T) {
	t.Parallel()
	const (
		null     = `{"instances":null}`
		empty    = `{"instances":[],"total_instances":0,"next_token":null}`
		unloaded = `{"id":5,"cur_state":"unloaded"}`
		lively   = `{"id":5,"cur_state":"running"}`
	)
	list := func(rows string) string { return `{"instances":[` + rows + `],"next_token":null}` }
	single := func(row string) string { return `{"instances":` + row + `}` }
	tests := []struct {
		name         string
		first, later string // lists
		status       int
		single       string
		want         apierr.Kind // "" is the instance
	}{
		{"listed", list(lively), empty, 500, `no read is needed`, ""},
		{"not listed, read", empty, empty, 200, single(lively), ""},
		{"nowhere", empty, empty, 200, null, apierr.NotFound},
		{"404 and nowhere", empty, empty, 404, `{"success":false,"error":"not_found","msg":"Instance not found"}`, apierr.NotFound},
		{"unloaded everywhere", list(unloaded), list(unloaded), 200, single(unloaded), apierr.NotFound},
		{"unloaded, then unlisted", list(unloaded), empty, 200, null, apierr.NotFound},
		{"listed late", empty, list(lively), 200, null, ""},
		{"listed as unloaded, read alive", list(unloaded), empty, 200, single(lively), ""},
		{"null, and no list", empty, `{"instances":null}`, 200, null, apierr.Malformed},
		{"404 of a wrong key", empty, empty, 404, `{"success":false,"error":"auth_error","msg":"Invalid user key"}`, apierr.Unauthorized},
		{"404 of a gateway", empty, empty, 404, `<html></html>`, apierr.Malformed},
		{"410", empty, empty, 410, `{"success":false,"error":"deprecated_endpoint","msg":"gone"}`, apierr.Malformed},
		{"down", empty, empty, 503, `busy`, apierr.Unavailable},
		{"no key in the answer", empty, empty, 200, `{}`, apierr.Malformed},
		{"another instance", empty, empty, 200, single(`{"id":6}`), apierr.Malformed},
		{"an instance without an id", empty, empty, 200, single(`{}`), apierr.Malformed},
		{"first list fails", `{}`, empty, 200, null, apierr.Malformed},
		{"404 of a path", empty, empty, 404, `{"detail":"The requested path was not found."}`, apierr.NotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			// A list that fails is asked for again; the first one must fail for good.
			times := 1
			if tt.first == `{}` {
				times = 0
			}
			w.fault("showInstances", times, 200, tt.first)
			w.fault("showInstances", 0, 200, tt.later)
			w.fault("showInstance", 0, tt.status, tt.single)
			got, err := w.client.Instances.Get(t.Context(), 5, transport.Freshness{NotBefore: w.clock.Now()})
			switch {
			case tt.want != "":
				wantKind(t, err, tt.want, "")
			case err != nil || got.ID != 5:
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// TestListNotFound: a list that is not found proves nothing about its instances.
func TestListNotFound(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"detail":"The requested path was not found."}`, `{"success":false,"error":"not_found","msg":"Not found"}`} {
		w := newWorld(t)
		id := w.rent(1)[0]
		w.fault("showInstances", 0, 404, body)
		w.fault("showInstance", 0, 404, body)
		_, err := w.client.Instances.Get(t.Context(), id, transport.Freshness{NotBefore: w.clock.Now()})
		wantKind(t, err, apierr.Malformed, "ot found")
		if errors.Is(err, apierr.NotFound) {
			t.Errorf("%v counts as not found", err)
		}
	}
}

// TestDestroyNotFound: what is still listed was not destroyed, whatever the answer.
func TestDestroyNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.rent(1)[0]
	w.fault("destroyInstance", 1, 404, `{"detail":"The requested path was not found."}`)
	err := w.client.Instances.Destroy(t.Context(), id)
	wantKind(t, err, apierr.Unavailable, "still listed")
	if errors.Is(err, apierr.NotFound) {
		t.Errorf("%v counts as not found", err)
	}
	if err := w.client.Instances.Destroy(t.Context(), id); err != nil {
		t.Error(err)
	}
}

// TestGetNew: an instance that the single read does not show yet is found in the
// list.
func TestGetNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *vastaisim.Options) { o.NullPolls = 3 })
	id := w.rent(1)[0]
	got, err := w.client.Instances.Get(t.Context(), id, transport.Recent)
	if err != nil || got.ID != id || string(got.Label) != "test" || got.ExtraEnv["A"] != "1" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, instances := t.Context(), w.client.Instances
	id := w.rent(1)[0]
	get := func() *wire.Instance {
		t.Helper()
		i, err := instances.Get(ctx, id, transport.Recent)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if i := get(); i.CurState != wire.StatusRunning || i.DPHTotal == nil || float64(*i.DiskSpace) != 10 {
		t.Errorf("new: %+v", i)
	}
	must(instances.SetLabel(ctx, id, "renamed"))
	if i := get(); i.Label != "renamed" {
		t.Errorf("label %q", i.Label)
	}
	must(instances.SetLabel(ctx, id, ""))
	must(instances.Stop(ctx, id))
	if i := get(); i.Label != "" || i.IntendedStatus != wire.StatusStopped {
		t.Errorf("stopped: %+v", i)
	}
	must(instances.Start(ctx, id))
	if i := get(); i.IntendedStatus != wire.StatusRunning {
		t.Errorf("started: %+v", i)
	}
	image, env := "ubuntu:24.04", map[string]string{"B": "2"}
	must(instances.UpdateTemplate(ctx, id, wire.UpdateTemplateRequest{Image: &image, Env: &env}))
	if i := get(); string(i.ImageUUID) != image || i.ExtraEnv["B"] != "2" {
		t.Errorf("updated: image %q, env %v", i.ImageUUID, i.ExtraEnv)
	}
	wantKind(t, instances.SetBid(ctx, id, 0.5), apierr.Invalid, "not interruptible")

	must(instances.Destroy(ctx, id))
	_, err := instances.Get(ctx, id, transport.Recent)
	wantKind(t, err, apierr.NotFound, "does not exist")
	wantKind(t, instances.Destroy(ctx, id), apierr.NotFound, "")
	wantKind(t, instances.Stop(ctx, id), apierr.NotFound, "")
}

// TestStartBusy: GPUs that are taken are a refusal although the status is 200.
func TestStartBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.rent(1)[0]
	if err := w.client.Instances.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	if err := w.Market(simkit.MarketAction{Action: simkit.BusyHost, InstanceID: simkit.ID(strconv.FormatInt(id, 10))}); err != nil {
		t.Fatal(err)
	}
	wantKind(t, w.client.Instances.Start(t.Context(), id), apierr.NoCapacity, "currently unavailable")
}

func TestSetBid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	query := cheapest(1)
	query["type"] = "bid"
	offers, err := w.client.Offers.Search(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	price := 2 * float64(*offers[0].MinBid)
	request := rental()
	request.Price = &price
	id, err := w.client.Instances.Create(t.Context(), offers[0].ID, request)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.client.Instances.SetBid(t.Context(), id, 3*price); err != nil {
		t.Fatal(err)
	}
	i, err := w.client.Instances.Get(t.Context(), id, transport.Recent)
	if err != nil || i.IsBid == nil || !bool(*i.IsBid) || float64(*i.DPHBase) != 3*price {
		t.Errorf("got %+v, %v, want a bid of %v", i, err, 3*price)
	}
	wantKind(t, w.client.Instances.SetBid(t.Context(), id, 0), apierr.Invalid, "0.001")
}

func TestInstanceKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, instances := t.Context(), w.client.Instances
	id := w.rent(1)[0]
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGdwdW1hcmtldA test"
	if keys, err := instances.Keys(ctx, id); err != nil || len(keys) != 0 {
		t.Fatalf("keys of a new instance: %v, %v", keys, err)
	}
	for range 2 {
		if err := instances.AttachKey(ctx, id, key); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := instances.Keys(ctx, id)
	if err != nil || len(keys) != 1 || keys[0].Material() != key {
		t.Fatalf("keys: %v, %v", keys, err)
	}
	wantKind(t, instances.AttachKey(ctx, id, "nonsense"), apierr.Invalid, "Invalid ssh key")
	if err := instances.DetachKey(ctx, id, keys[0].ID); err != nil {
		t.Fatal(err)
	}
	wantKind(t, instances.DetachKey(ctx, id, keys[0].ID), apierr.NotFound, "")
	for body, want := range map[string]int{
		`{"success":true,"ssh_keys":[{"id":1,"key":"a"},{"id":2,"ssh_key":"b","deleted_at":1767225600.5}]}`: 1,
		`{"success":true,"ssh_keys":""}`:   0,
		`{"success":true,"ssh_keys":null}`: 0,
	} {
		w.ClearFaults()
		w.fault("showSshKeys", 0, 200, body)
		if keys, err := instances.Keys(ctx, id); err != nil || len(keys) != want {
			t.Errorf("%s: %v, %v", body, keys, err)
		}
	}
	w.ClearFaults()
	w.fault("showSshKeys", 0, 200, `{"success":true}`)
	_, err = instances.Keys(ctx, id)
	wantKind(t, err, apierr.Malformed, "no ssh_keys")
}
