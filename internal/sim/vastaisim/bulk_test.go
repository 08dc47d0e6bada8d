package vastaisim_test

import (
	"fmt"
	"net/http"
	"testing"
)

// TestBulk makes the calls on many instances that the vendor's command line makes.
func TestBulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	launch := func() int64 {
		var rented struct {
			ID int64 `json:"new_contract"`
		}
		w.call("PUT", "/api/v0/launch_instance/",
			`{"client_id": "me", "image": "ubuntu:24.04", "disk": 10, "q": {"type": "on-demand", "verified": {"eq": true}, "order": [["dph_total", "asc"]]}}`).into(&rented)
		return rented.ID
	}
	first, second := launch(), launch()
	w.kit.Advance(boot)
	w.wantStatus(first, "running/running/running")

	both := fmt.Sprintf("[%d, %d]", first, second)
	w.call("PUT", "/api/v0/instances/", `{"state": "stopped", "ids": `+both+`}`).want(http.StatusOK, `"success":true`)
	w.kit.Advance(boot)
	for _, id := range []int64{first, second} {
		if got := w.get(id).Intended; got != "stopped" {
			t.Errorf("instance %d is meant to be %s", id, got)
		}
	}
	// One that is not there does not keep the others.
	w.call("DELETE", "/api/v0/instances/", `{"instance_ids": [5]}`).want(http.StatusNotFound, "instances_not_found")
	both = fmt.Sprintf("[%d, 5, %d]", first, second)
	w.call("DELETE", "/api/v0/instances/", `{"instance_ids": `+both+`}`).want(http.StatusOK, `"success":true`)
	w.call("GET", "/api/v1/instances/", "").want(http.StatusOK, `"total_instances":0`)

	w.call("PUT", "/api/v0/instances/", `{"state": "stopped", "ids": [5]}`).want(http.StatusNotFound, "Invalid instance ID list")
	w.call("PUT", "/api/v0/instances/", `{"state": "stopped"}`).want(http.StatusBadRequest, "ids list required")
	w.call("DELETE", "/api/v0/instances/", `{}`).want(http.StatusBadRequest, "instance_ids")
	w.call("PUT", "/api/v0/launch_instance/", `{"image": "ubuntu:24.04", "q": {"gpu_name": {"eq": "none"}}}`).want(http.StatusNotFound, "no_such_ask")
}
