package runpod_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// spoil are the ways in which one answer can fail.
func spoil() map[string]simkit.Fault {
	return map[string]simkit.Fault{
		"drop_before": {Kind: simkit.DropBefore},
		"drop_after":  {Kind: simkit.DropAfter},
		"html":        {Kind: simkit.HTML},
		"html 502":    {Kind: simkit.HTML, Status: 502},
		"truncate":    {Kind: simkit.Truncate},
		"500":         {Kind: simkit.Status, Status: 500},
		"503":         {Kind: simkit.Status, Status: 503},
		"429":         {Kind: simkit.Status, Status: 429},
		"not ours":    {Kind: simkit.Status, Status: 200, Body: []byte(`{"ok":true}`)},
	}
}

// TestReadsAndRepeatableWrites: one bad answer to what may be repeated is not
// seen by the caller, and the outcome is what was asked for.
func TestReadsAndRepeatableWrites(t *testing.T) {
	t.Parallel()
	operations := []struct {
		operation string
		do        func(w *world, id string) error
	}{
		{"listPods", func(w *world, id string) error {
			pods, err := w.Pods.List(w.t.Context(), transport.Recent)
			if err == nil && (len(pods) != 1 || pods[0].ID != id) {
				return fmt.Errorf("listed %+v", pods)
			}
			return err
		}},
		{"updatePod", func(w *world, id string) error {
			_, err := w.Pods.Update(w.t.Context(), id, wire.UpdatePodRequest{Name: pointer("q")})
			if name := w.get(id).Name; err == nil && name != "q" {
				return fmt.Errorf("the name is %s", name)
			}
			return err
		}},
		{"podAction", func(w *world, id string) error {
			pod, err := w.Pods.Stop(w.t.Context(), id)
			if err == nil && (pod.Status != wire.PodExited || w.get(id).Status != wire.PodExited) {
				return fmt.Errorf("the status is %s", pod.Status)
			}
			return err
		}},
		{"podAction", func(w *world, id string) error {
			pod, err := w.Pods.Start(w.t.Context(), id)
			if err == nil && (pod.Status == wire.PodExited || w.get(id).Status == wire.PodExited) {
				return fmt.Errorf("the status is %s", pod.Status)
			}
			return err
		}},
		{"deletePod", func(w *world, id string) error {
			err := w.Pods.Delete(w.t.Context(), id)
			if apierr.KindOf(err) == apierr.NotFound {
				err = nil // how the repeated one of a lost answer succeeds
			}
			if n := w.exist(); err == nil && n != 0 {
				return fmt.Errorf("%d pods are left", n)
			}
			return err
		}},
	}
	for name, fault := range spoil() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.running().ID
			w.kit.Advance(time.Minute)
			for _, o := range operations {
				f := fault
				f.Operation, f.Times = o.operation, 1
				if o.operation == "deletePod" && f.Kind == simkit.Status && f.Status == 200 {
					continue // a delete has no answer that could be of a wrong form
				}
				w.fault(f)
				sent := w.requests(func() {
					if err := o.do(w, id); err != nil {
						t.Errorf("%s: %v", o.operation, err)
					}
				})
				if sent[o.operation] < 1 {
					t.Errorf("%s: sent %v", o.operation, sent)
				}
				w.kit.ClearFaults()
			}
		})
	}
}

// TestCreateIsSentOnce: after a bad answer to a create the caller learns that the
// pod may exist, and nothing is sent again unless it was refused for its rate.
func TestCreateIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, fault := range spoil() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			fault.Operation, fault.Times = "createPod", 1
			w.fault(fault)
			kind, exist, creates := apierr.Ambiguous, 0, 1
			switch {
			case fault.Status == 429:
				kind, exist, creates = "", 1, 2
			case fault.Kind == simkit.DropAfter, fault.Kind == simkit.Truncate:
				exist = 1
			}
			sent := w.requests(func() {
				pod, err := w.Pods.Create(t.Context(), request())
				wantKind(t, "create", err, kind)
				if (pod == nil) != (err != nil) {
					t.Errorf("pod %+v with error %v", pod, err)
				}
			})
			if sent["createPod"] != creates || w.exist() != exist {
				t.Errorf("sent %v, %d pods exist; want %d creates and %d pods", sent, w.exist(), creates, exist)
			}
			// What the list said before the create is forgotten.
			if pods, err := w.Pods.List(t.Context(), transport.Recent); err != nil || len(pods) != exist {
				t.Errorf("listed %d pods, %v; want %d", len(pods), err, exist)
			}
		})
	}
}

// TestCreateSoldOutWith500: the older API answered so with the pod present
// afterwards, so that it is no refusal.
func TestCreateSoldOutWith500(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(simkit.Fault{
		Operation: "createPod", Kind: simkit.Status, Status: 500,
		Body: []byte(`{"error":"create pod: There are no instances currently available"}`),
	})
	_, err := w.Pods.Create(t.Context(), request())
	wantKind(t, "create", err, apierr.Ambiguous)
	if err == nil || !strings.Contains(err.Error(), "no instances currently available") {
		t.Errorf("%v, want the service's words in it", err)
	}
}

// TestUnknownOutcomes: what keeps failing ends with an error about the service,
// in bounded time, and never looks like an absence.
func TestUnknownOutcomes(t *testing.T) {
	t.Parallel()
	want := map[string]apierr.Kind{
		"drop_before": apierr.Unavailable, "html": apierr.Malformed, "html 502": apierr.Unavailable,
		"500": apierr.Unavailable, "503": apierr.Unavailable, "429": apierr.Throttled, "not ours": apierr.Malformed,
	}
	faults := spoil()
	for name, kind := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.create().ID
			fault := faults[name]
			fault.Path = "/v2/"
			w.fault(fault)
			reads := map[string]func() error{
				"list": func() error { _, err := w.Pods.List(t.Context(), transport.Recent); return err },
				"get":  func() error { _, err := w.Pods.Get(t.Context(), id, transport.Recent); return err },
				"volumes": func() error {
					_, err := w.NetworkVolumes.List(t.Context(), transport.Recent)
					return err
				},
				"update": func() error {
					_, err := w.Pods.Update(t.Context(), id, wire.UpdatePodRequest{Name: pointer("q")})
					return err
				},
				"catalog":  func() error { _, err := w.Catalog.GPUs(t.Context()); return err },
				"template": func() error { _, err := w.Templates.Get(t.Context(), "runpodtorch"); return err },
				"keys":     func() error { _, err := w.SSHKeys.List(t.Context()); return err },
			}
			for what, read := range reads {
				began := w.kit.Now()
				wantKind(t, what, read(), kind)
				if took := w.kit.Now().Sub(began); took > 2*time.Minute {
					t.Errorf("%s took %v", what, took)
				}
			}
		})
	}
}
