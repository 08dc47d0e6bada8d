package runpodsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
)

// TestNotSimulated: what the service has and the simulator lacks says so.
func TestNotSimulated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api = w.sim // the document has no answer 501
	for _, call := range []struct{ method, path string }{
		{"POST", "/v2/clusters"},
		{"GET", "/v2/serverless/abc/builds"},
		{"GET", "/v2/billing/pods"},
		{"DELETE", "/v2/global-volumes/gsb_1"},
	} {
		w.call(call.method, call.path, "{}").want(http.StatusNotImplemented, "The simulator does not simulate "+call.method)
	}
	w.call("GET", "/v2/nothing", "").want(http.StatusNotFound, "not found")
	w.call("PUT", "/v2/pods", "").want(http.StatusMethodNotAllowed, "not allowed")
}

// TestHostFloors: a pod is placed on a host with so much memory and so many
// vCPUs per GPU, and reads them back in totals.
func TestHostFloors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	create := func(floors string) reply {
		return w.call("POST", "/v2/pods", `{"name":"a",`+image+`,"gpu":{"id":"NVIDIA GeForce RTX 4090","count":2`+floors+`}}`)
	}
	var p struct {
		ID  string
		GPU struct{ Count, VCPUCount, Memory int }
	}
	for _, tt := range []struct {
		floors      string
		vcpus, ramG int // per GPU, at least
	}{{"", 1, 1}, {`,"minRamPerGpu":100`, 1, 100}, {`,"minVcpuCountPerGpu":16`, 16, 1}, {`,"minRamPerGpu":60,"minVcpuCountPerGpu":12,"minCudaVersion":"12.8"`, 12, 60}} {
		create(tt.floors).into(http.StatusCreated, &p)
		if p.GPU.Count != 2 || p.GPU.VCPUCount < 2*tt.vcpus || p.GPU.Memory < 2*tt.ramG {
			t.Errorf("%s: %+v", tt.floors, p.GPU)
		}
	}
	created := p
	w.call("GET", "/v2/pods/"+p.ID, "").into(http.StatusOK, &p)
	if p != created {
		t.Errorf("reads back %+v, was created %+v", p, created)
	}
	create(`,"minRamPerGpu":4000`).want(http.StatusBadRequest, "no longer any instances available")
	create(`,"minVcpuCountPerGpu":4000`).want(http.StatusBadRequest, "no longer any instances available")
	create(`,"minRamPerGpu":0`).want(http.StatusUnprocessableEntity, "minimum")
	create(`,"minRam":1`).want(http.StatusUnprocessableEntity, "minRam")
}

// TestIncludeClusterPods: the parameter is a truth value; without clusters it
// adds nothing.
func TestIncludeClusterPods(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.call("GET", "/v2/pods?includeClusterPods=true", "").want(http.StatusOK, `{"pods":[]}`)
	w.api = w.sim
	w.call("GET", "/v2/pods?includeClusterPods=maybe", "").want(http.StatusUnprocessableEntity, "includeClusterPods")
}

// page is a list with how it goes on.
type page struct {
	Registries []struct{ ID, Name string }
	Pagination *struct {
		HasNextPage bool
		NextCursor  *string
	}
}

// TestPages: lists come in pages when the switch says so, and stay whole and
// without a word of pages otherwise.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *runpodsim.Options) { o.PageSize = 2 })
	const list = "/v2/registries"
	var first page
	w.call("GET", list, "").into(http.StatusOK, &first)
	if len(first.Registries) != 0 || first.Pagination == nil || first.Pagination.HasNextPage || first.Pagination.NextCursor != nil {
		t.Errorf("an empty list is %+v", first)
	}
	ids := make([]string, 5)
	for i := range ids {
		var made struct{ ID string }
		w.call("POST", list, fmt.Sprintf(`{"name":"r%d","username":"u","password":"p"}`, i)).into(http.StatusCreated, &made)
		ids[i] = made.ID
	}
	w.api = w.sim // the documents lack the parameters
	read := func(query string) page {
		var p page
		w.call("GET", list+query, "").into(http.StatusOK, &p)
		return p
	}
	var names []string
	next := ""
	for pages := 1; ; pages++ {
		p := read(next)
		for _, r := range p.Registries {
			names = append(names, r.Name)
		}
		if !p.Pagination.HasNextPage {
			break
		}
		if pages > 3 {
			t.Fatal("the list has no end")
		}
		next = "?cursor=" + *p.Pagination.NextCursor
	}
	if got := strings.Join(names, " "); got != "r0 r1 r2 r3 r4" {
		t.Errorf("pages together %q", got)
	}

	one := read("?limit=1")
	if len(one.Registries) != 1 || !one.Pagination.HasNextPage {
		t.Errorf("a page of one is %+v", one)
	}
	// The row that the cursor is after goes away: nothing is left out.
	w.call("DELETE", list+"/"+ids[0], "").want(http.StatusNoContent, "")
	if p := read("?cursor=" + *one.Pagination.NextCursor); p.Registries[0].Name != "r1" {
		t.Errorf("after the deleted row comes %s, want r1", p.Registries[0].Name)
	}

	w.call("GET", list+"?limit=1001", "").want(http.StatusUnprocessableEntity, "limit")
	w.call("GET", list+"?limit=0", "").want(http.StatusUnprocessableEntity, "limit")
	w.call("GET", list+"?cursor=broken", "").want(http.StatusUnprocessableEntity, "cursor")
	w.call("GET", "/v2/pods?cursor="+*one.Pagination.NextCursor, "").want(http.StatusUnprocessableEntity, "cursor")

	whole := newWorld(t)
	var p page
	whole.call("GET", list, "").into(http.StatusOK, &p)
	if p.Pagination != nil {
		t.Error("a whole list speaks of pages")
	}
}
