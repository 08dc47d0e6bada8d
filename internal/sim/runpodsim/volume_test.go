package runpodsim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
)

func TestVolume(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.volume(100, "EU-RO-1")
	if diff := cmp.Diff(volume{ID: v.ID, Name: "v", Size: 100, DataCenter: "EU-RO-1", Type: "STANDARD"}, v); diff != "" {
		t.Errorf("volume (-want +got):\n%s", diff)
	}
	path := "/v2/network-volumes/" + v.ID
	w.call("PATCH", path, `{"size":99}`).want(http.StatusBadRequest, "can only grow")
	w.call("PATCH", path, `{"size":100}`).want(http.StatusOK, "")
	w.call("PATCH", path, `{"size":150,"name":"w"}`).into(http.StatusOK, &v)
	if v.Size != 150 || v.Name != "w" {
		t.Errorf("volume %+v", v)
	}

	p := w.running(image, gpu4090, `"mounts":{"network":[{"volumeId":"`+v.ID+`","path":"/w"}]}`)
	if *p.DataCenterID != "EU-RO-1" || p.Mounts.Network[0].Path != "/w" {
		t.Errorf("pod %+v", p)
	}
	const inUse = "You must remove this network volume from all pods before deleting it."
	w.call("DELETE", path, "").want(http.StatusBadRequest, inUse)
	w.act(p.ID, "stop").want(http.StatusOK, "")
	w.call("DELETE", path, "").want(http.StatusBadRequest, inUse)
	w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusNoContent, "")
	w.call("DELETE", path, "").want(http.StatusNoContent, "")
	w.call("DELETE", path, "").want(http.StatusNotFound, "network volume not found")
	w.call("GET", path, "").want(http.StatusNotFound, "network volume not found")
}

// TestVolumeRelease: a volume may stay in use for a while after its pod went.
func TestVolumeRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *runpodsim.Options) { o.VolumeRelease, o.VolumeInUseStatus = time.Minute, http.StatusConflict })
	v := w.volume(10, "US-KS-2")
	p := w.create(image, gpu4090, `"mounts":{"network":[{"volumeId":"`+v.ID+`","path":"/w"}]}`)
	w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusNoContent, "")
	w.kit.Advance(time.Minute - 1)
	held := *w
	held.api = w.sim // the document does not know the conflict
	held.call("DELETE", "/v2/network-volumes/"+v.ID, "").want(http.StatusConflict, "remove this network volume")
	w.kit.Advance(1)
	w.call("DELETE", "/v2/network-volumes/"+v.ID, "").want(http.StatusNoContent, "")
}

func TestVolumePlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, dc := range []string{"US-KS-2", "US-TX-3", "EU-RO-1", "CA-MTL-1"} {
		w.volume(10, dc)
	}
	tests := []struct{ body, want string }{
		{`{"name":"v","size":10,"dataCenter":"AP-JP-1"}`, "supported: US-KS-2, US-TX-3, EU-RO-1, CA-MTL-1"},
		{`{"name":"v","size":10,"dataCenter":"XX-1"}`, "does not support network volumes"},
		{`{"name":"v","size":10,"dataCenter":"US-TX-3","type":"HIGH_PERFORMANCE"}`, "HIGH_PERFORMANCE"},
	}
	for _, tt := range tests {
		w.call("POST", "/v2/network-volumes", tt.body).want(http.StatusBadRequest, tt.want)
	}
	var list struct{ NetworkVolumes []volume }
	w.call("GET", "/v2/network-volumes", "").into(http.StatusOK, &list)
	if len(list.NetworkVolumes) != 4 {
		t.Errorf("%d volumes, want 4", len(list.NetworkVolumes))
	}
}
