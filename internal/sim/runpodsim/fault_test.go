package runpodsim_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func (w *world) fault(f simkit.Fault) {
	w.t.Helper()
	if err := w.kit.Fault(f); err != nil {
		w.t.Fatal(err)
	}
}

// TestInjectedStatus: a status that was asked for has the platform's own body.
func TestInjectedStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for status, detail := range map[int]string{401: "missing bearer token", 403: "access denied", 429: "rate limit exceeded", 500: "upstream request failed"} {
		w.fault(simkit.Fault{Platform: runpodsim.Name, Operation: "listPods", Kind: simkit.Status, Status: status, Times: 1})
		r := w.call("GET", "/v2/pods", "")
		r.want(status, detail)
		if (r.header.Get("Retry-After") == "1") != (status == 429) {
			t.Errorf("%d: Retry-After %q", status, r.header.Get("Retry-After"))
		}
	}
	w.call("GET", "/v2/pods", "").want(http.StatusOK, "")
}

// TestLostAnswer: the pod exists although nobody was told.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fault(simkit.Fault{Operation: "createPod", Kind: simkit.DropAfter, Times: 1})
	func() {
		defer func() {
			if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("the connection was not broken: %v", err)
			}
		}()
		w.call("POST", "/v2/pods", podBody(image, gpu4090))
	}()
	var list struct{ Pods []pod }
	w.call("GET", "/v2/pods", "").into(http.StatusOK, &list)
	if len(list.Pods) != 1 {
		t.Fatalf("%d pods, want 1", len(list.Pods))
	}
	w.fault(simkit.Fault{Method: "GET", Path: "/v2/pods", Kind: simkit.EmptyList})
	w.call("GET", "/v2/pods", "").want(http.StatusOK, `{"pods":[]}`)
	if got := w.get(list.Pods[0].ID); got.ID != list.Pods[0].ID {
		t.Errorf("the read of one pod was touched: %+v", got)
	}
}

// TestOperations: every operation can be named in a fault and is found in the journal.
func TestOperations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct{ method, path, operation string }{
		{"GET", "/v2/pods", "listPods"},
		{"GET", "/v2/pods/x", "getPod"},
		{"PATCH", "/v2/pods/x", "updatePod"},
		{"POST", "/v2/pods/x/action", "podAction"},
		{"GET", "/v2/registries/delegations", "listDelegations"},
		{"GET", "/v2/registries/x", "getRegistry"},
		{"GET", "/v2/clusters", "listClusters"},
		{"GET", "/v2/serverless", "listEndpoints"},
		{"DELETE", "/v2/network-volumes/x", "deleteNetworkVolume"},
	}
	w.api = w.sim
	for i, tt := range tests {
		w.call(tt.method, tt.path, "")
		if got := w.kit.Journal(i)[0]; got.Operation != tt.operation || got.Platform != "runpod" || got.Path != tt.path {
			t.Errorf("%s %s was noted as %+v", tt.method, tt.path, got)
		}
		w.fault(simkit.Fault{Platform: runpodsim.Name, Operation: tt.operation, Kind: simkit.DropBefore, Skip: 1000})
	}
}

func BenchmarkListPods(b *testing.B) {
	w := newWorld(b, func(o *runpodsim.Options) { o.Balance = 1e6 })
	w.api = w.sim
	for range 200 {
		w.create(image, gpu4090, `"env":{"A":"1","B":"2"}`, `"ports":["22/tcp","8888/http"]`)
	}
	w.kit.Advance(boot)
	for b.Loop() {
		w.call("GET", "/v2/pods", "").want(http.StatusOK, "")
	}
}

func BenchmarkCreatePod(b *testing.B) {
	w := newWorld(b, func(o *runpodsim.Options) { o.Balance = 1e9 })
	w.api = w.sim
	for b.Loop() {
		w.create(image, gpu4090)
	}
}
