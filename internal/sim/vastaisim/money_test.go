package vastaisim_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// TestBill: the GPU is paid while it runs, the disk from the first second to
// the last, to the cent and beyond.
func TestBill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.rent(2001, `{"image":"a:1","disk":100}`)
	const diskHour = 100 * 0.36 / 720
	if i := w.get(id); i.Instance.GPU != 0 || i.Total != 0.20+diskHour {
		t.Errorf("prices while it boots: %+v", i)
	}
	w.kit.Advance(boot)
	near(t, "GPU bill of the boot", w.billed("gpu"), 0)
	near(t, "instance.totalHour", w.get(id).Instance.Total, 0.20+diskHour)
	w.kit.Advance(3 * time.Hour)
	near(t, "GPU bill of three hours", w.billed("gpu"), 0.60)
	near(t, "disk bill", w.billed("disk"), diskHour*(3+boot.Hours()))

	w.put("", id, `{"state":"stopped"}`).want(http.StatusOK, "")
	w.kit.Advance(10 * time.Hour)
	const lag = boot / 10
	near(t, "GPU bill after the stop", w.billed("gpu"), 0.60+0.20*lag.Hours())
	if i := w.get(id); i.Instance.Total != diskHour || i.Instance.GPU != 0 || i.Total != 0.20+diskHour {
		t.Errorf("prices when stopped: %+v", i)
	}
	w.call("DELETE", fmt.Sprintf("/api/v0/instances/%d/", id), `{}`).want(http.StatusOK, "")
	total := 0.60 + 0.20*lag.Hours() + diskHour*(13+boot.Hours())
	w.kit.Advance(100 * time.Hour)
	near(t, "final bill", w.billed("gpu")+w.billed("disk"), total)
	near(t, "balance", w.sim.Balance(), 1000-total)
}

// TestBrake: an empty account stops everything at the second it is empty.
func TestBrake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `[{"id":1,"gpu_name":"A","dph_base":0.5,"storage_cost":0},{"id":2,"gpu_name":"B","dph_base":0.5,"storage_cost":0}]`,
		func(o *vastaisim.Options) { o.Balance = 1 })
	a, b := w.running(1, body), w.rent(2, body)
	w.kit.Advance(24 * time.Hour)
	w.wantStatus(a, "stopped/stopped/exited")
	w.wantStatus(b, "stopped/stopped/exited")
	near(t, "bill", w.billed("gpu"), 1)
	near(t, "balance", w.sim.Balance(), 0)
	w.put("", a, `{"state":"running"}`).want(http.StatusBadRequest, "missing_billing")
	offer := w.search(`{"rented":{"eq":true}}`)[0].ID
	w.call("PUT", fmt.Sprintf("/api/v0/asks/%d/", offer), body).want(http.StatusBadRequest, "Your account lacks credit")
	var user struct{ Credit float64 }
	w.call("GET", "/api/v0/users/current", "").into(&user)
	near(t, "credit", user.Credit, 0)
}

func TestVolumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	var found struct {
		Offers []struct {
			ID        int64   `json:"id"`
			MachineID int64   `json:"machine_id"`
			Disk      float64 `json:"disk_space"`
			Cost      float64 `json:"storage_cost"`
		}
	}
	w.call("POST", "/api/v0/volumes/search/", `{"limit":10}`).into(&found)
	if len(found.Offers) != 1 || found.Offers[0].ID != 2900 || found.Offers[0].MachineID != 8 || found.Offers[0].Disk != 100 {
		t.Fatalf("volume offers: %+v", found.Offers)
	}
	w.call("PUT", "/api/v0/volumes/", `{"id":2900,"size":101}`).want(http.StatusBadRequest, "Invalid volume size")
	w.call("PUT", "/api/v0/volumes/", `{"id":1,"size":10}`).want(http.StatusBadRequest, "no_such_ask")
	var got struct {
		Name string `json:"volume_name"`
	}
	w.call("PUT", "/api/v0/volumes/", `{"id":2900,"size":50}`).into(&got)
	var volume int64
	if _, err := fmt.Sscanf(got.Name, "V.%d", &volume); err != nil {
		t.Fatalf("volume name %q", got.Name)
	}
	w.kit.Advance(2 * time.Hour)
	near(t, "volume bill", w.billed("disk"), 2*50*found.Offers[0].Cost/720)

	id := w.rent(2001, fmt.Sprintf(`{"image":"a:1","disk":10,"volume_info":{"create_new":false,"volume_id":%d,"mount_path":"/data"}}`, volume))
	if i := w.get(id); len(i.Volumes) != 1 || i.Volumes[0].ID != volume {
		t.Errorf("volume_info: %+v", i.Volumes)
	}
	w.call("GET", "/api/v0/volumes?owner=me&type=all_volume", "").want(http.StatusOK, fmt.Sprintf(`"instances":[%d]`, id))
	w.call("DELETE", fmt.Sprintf("/api/v0/volumes/?id=%d", volume), fmt.Sprintf(`{"id":%d}`, volume)).want(http.StatusBadRequest, "in use")
	w.call("DELETE", fmt.Sprintf("/api/v0/instances/%d/", id), `{}`).want(http.StatusOK, "")
	w.call("DELETE", "/api/v0/volumes/", fmt.Sprintf(`{"id":%d}`, volume)).want(http.StatusOK, "")
	w.call("DELETE", "/api/v0/volumes/", fmt.Sprintf(`{"id":%d}`, volume)).want(http.StatusNotFound, "no_such_volume")
	w.call("DELETE", "/api/v0/volumes/", `{}`).want(http.StatusBadRequest, "Please provide a valid volume ID.")
	w.call("GET", "/api/v0/volumes", "").want(http.StatusOK, `{"volumes":[]}`)
}

func TestQuota(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, simkit.Options{Seed: 1, Quota: simkit.QuotaDocumented}, oneGPU)
	id := w.rent(2001, body)
	limited := func(method, path, body, want string) {
		t.Helper()
		r := w.call(method, path, body)
		r.want(http.StatusTooManyRequests, want)
		if r.header.Get("Retry-After") != "" {
			t.Errorf("%s %s: Retry-After", method, path)
		}
	}
	limited("PUT", "/api/v0/asks/1/", body, "API requests too frequent: endpoint threshold=4.5")
	w.kit.Advance(4500 * time.Millisecond)
	w.call("PUT", "/api/v0/asks/1/", body).want(http.StatusBadRequest, "no_such_ask")

	path := fmt.Sprintf("/api/v0/instances/%d/", id)
	w.call("GET", path, "").want(http.StatusOK, "")
	w.call("GET", "/api/v1/instances/", "").want(http.StatusOK, "") // counted apart
	limited("GET", path, "", "threshold=2.0")
	w.kit.Advance(time.Second)
	limited("GET", path, "", "threshold=2.0")
	w.kit.Advance(time.Second)
	w.call("GET", path, "").want(http.StatusOK, "")

	w.call("DELETE", path, `{}`).want(http.StatusOK, "")
	limited("DELETE", path, `{}`, `"error":"rate_limit_exceeded"`)
	if r := w.call("GET", path, ""); r.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("429 as %s", r.header.Get("Content-Type"))
	}
}
