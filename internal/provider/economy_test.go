package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// documented is an option of acctest.New: the platforms keep their rate limits.
func documented(o *sim.Options) { o.Quota = simkit.QuotaDocumented }

// throttled counts the requests that a platform refused for their number.
func throttled(env *acctest.Env) int {
	n := 0
	for _, entry := range env.Requests("") {
		if entry.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

// TestPods_Throttled: 30 pods at parallelism 30 under the documented quota are
// never refused, and cost at most 50 requests.
func TestPods_Throttled(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, documented)
	cli := env.Attached(t)
	cli.Write("main.tf", `
resource "gpumarket_runpod_pod" "p" {
  count = 30
  name  = "p${count.index}"
  image = "ubuntu:24.04"
  gpu { types = ["RTX 4090"] }
}`)
	cli.MustRun("plan", "-out=saved", "-parallelism=30")
	env.ResetJournal()
	cli.MustRun("apply", "-parallelism=30", "saved")
	if n := throttled(env); n != 0 {
		t.Errorf("%d requests were refused with 429", n)
	}
	all, creates := len(env.Requests("")), len(env.Requests("createPod"))
	t.Logf("%d requests for 30 pods", all)
	if all > 50 || creates != 30 {
		t.Errorf("%d requests, %d of them creates; want at most 50 and 30", all, creates)
	}
	cli.MustRun("destroy", "-auto-approve", "-parallelism=30")
	nothingLeft(t, env)
}

// TestInstances_Parallel: 20 instances at parallelism 20 take the 20 cheapest
// offers with 20 rent calls.
func TestInstances_Parallel(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	offers := ""
	for i := range 40 {
		if i > 0 {
			offers += ","
		}
		offers += fmt.Sprintf(`{"id": %d, "gpu_name": "RTX 4090", "num_gpus": 1, "dph_base": %.2f, "storage_cost": 0}`, 500+i, 0.30+0.01*float64((i*17)%40))
	}
	if err := env.World.LoadMarket([]byte(`{"vastai": {"offers": [` + offers + `]}}`)); err != nil {
		t.Fatal(err)
	}
	cli := env.Attached(t)
	cli.Write("main.tf", `
resource "gpumarket_vastai_instance" "w" {
  count   = 20
  offer {
    gpu_names      = ["RTX 4090"]
    max_candidates = 5
  }
  image   = "ubuntu:24.04"
  disk_gb = 10
}`)
	cli.MustRun("apply", "-auto-approve", "-parallelism=20")
	if n := len(env.Requests("createInstance")); n != 20 {
		t.Errorf("%d rent calls, want 20", n)
	}
	rented := env.Rented()
	if len(rented) != 20 {
		t.Fatalf("%d instances, want 20", len(rented))
	}
	for _, r := range rented {
		if r.Hourly > 0.30+0.01*19+1e-9 {
			t.Errorf("%v costs %v USD/h: not one of the 20 cheapest", r, r.Hourly)
		}
	}
	cli.MustRun("destroy", "-auto-approve", "-parallelism=20")
	nothingLeft(t, env)
}

// TestInstances_SearchEconomy: a hundred creates of the same wishes under the
// documented quota search the market at most 25 times, whether they run side by side
// or ten at a time.
func TestInstances_SearchEconomy(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{10, 100} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, documented)
			offers := ""
			for i := range 150 {
				if i > 0 {
					offers += ","
				}
				offers += fmt.Sprintf(`{"id": %d, "gpu_name": "RTX 4090", "num_gpus": 1, "dph_base": %.3f, "storage_cost": 0}`, 500+i, 0.30+0.001*float64(i))
			}
			if err := env.World.LoadMarket([]byte(`{"vastai": {"offers": [` + offers + `]}}`)); err != nil {
				t.Fatal(err)
			}
			cli := env.Attached(t)
			cli.Write("main.tf", `
resource "gpumarket_vastai_instance" "w" {
  count    = 100
  offer {
    gpu_names = ["RTX 4090"]
    max_candidates = 5
  }
  image    = "ubuntu:24.04"
  disk_gb  = 10
  timeouts { create = "2h" }
}`)
			cli.MustRun("plan", "-out=saved")
			env.ResetJournal()
			cli.MustRun("apply", fmt.Sprintf("-parallelism=%d", parallel), "saved")
			rented, searches := env.Rented(), len(env.Requests("searchOffers"))
			counts := map[string]int{}
			for _, q := range env.Requests("") {
				counts[fmt.Sprint(q.Operation, " ", q.Status)]++
			}
			t.Logf("%d searches for 100 creates; %v", searches, counts)
			if len(rented) != 100 || searches > 25 {
				t.Errorf("%d instances and %d searches, want 100 and at most 25", len(rented), searches)
			}
			for _, r := range rented {
				if r.Hourly > 0.30+0.001*99+1e-9 {
					t.Errorf("%v costs %v USD/h: not one of the 100 cheapest", r, r.Hourly)
				}
			}
		})
	}
}

// TestRefresh_Economy: refreshing many pods and instances costs one list per page,
// and nothing per object.
func TestRefresh_Economy(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	offers := ""
	const count = 200
	for i := range count {
		if i > 0 {
			offers += ","
		}
		offers += fmt.Sprintf(`{"id": %d, "gpu_name": "RTX 4090", "num_gpus": 1, "dph_base": 0.4, "storage_cost": 0}`, 5000+i)
	}
	if err := env.World.LoadMarket([]byte(`{"vastai": {"offers": [` + offers + `]}}`)); err != nil {
		t.Fatal(err)
	}
	cli := env.Attached(t)
	cli.Write("main.tf", fmt.Sprintf(`
resource "gpumarket_runpod_pod" "p" {
  count = %[1]d
  name  = "p${count.index}"
  image = "ubuntu:24.04"
  gpu { types = ["RTX 4090"] }
}
resource "gpumarket_vastai_instance" "w" {
  count   = %[1]d
  offer { gpu_names = ["RTX 4090"] }
  image   = "ubuntu:24.04"
  disk_gb = 10
  timeouts { create = "2h" }
}`, count))
	cli.MustRun("apply", "-auto-approve", "-parallelism=100")
	env.ResetJournal()
	if result := cli.Run("plan", "-detailed-exitcode", "-parallelism=100"); result.Code != 0 {
		t.Fatalf("second plan: exit code %d\n%s", result.Code, result.Output())
	}
	counts := map[string]int{}
	for _, entry := range env.Requests("") {
		counts[entry.Operation]++
	}
	t.Logf("requests of a refresh of %d pods and %d instances: %v", count, count, counts)
	if counts["listPods"] != 1 || counts["showInstances"] != count/25 {
		t.Errorf("%d and %d list requests, want 1 and %d", counts["listPods"], counts["showInstances"], count/25)
	}
	if all := len(env.Requests("")); all > 1+count/25+6 {
		t.Errorf("%d requests in all, want the lists and a small constant: %v", all, counts)
	}
}
