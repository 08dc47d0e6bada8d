package runpod_test

import (
	"sync"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func limited(kit *simkit.Options, sim *runpodsim.Options) {
	kit.Quota = simkit.QuotaDocumented
	sim.Balance = 1e6
}

// TestQuotaIsKept: more creates than a minute allows are all made, none of them
// is refused for its rate, and they take the minutes that they must.
func TestQuotaIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limited)
	began := w.kit.Now()
	ctx := transport.WithDeadline(t.Context(), w.kit.Clock(), time.Hour)
	const pods = 130
	var wait sync.WaitGroup
	for range pods {
		wait.Go(func() {
			if _, err := w.Pods.Create(ctx, request()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, entry := range w.kit.Journal(0) {
		if entry.Status == 429 {
			t.Fatalf("request %d was refused for its rate", entry.N)
		}
	}
	if took := w.kit.Now().Sub(began); w.exist() != pods || took < 2*time.Minute || took > 4*time.Minute {
		t.Errorf("%d pods in %v, want %d in 2 to 4 minutes", w.exist(), took, pods)
	}
}

// BenchmarkRefresh200 is the refresh of a state with 200 pods, under the quota of
// 60 requests a minute.
func BenchmarkRefresh200(b *testing.B) {
	w := newWorld(b, limited)
	ctx := transport.WithDeadline(b.Context(), w.kit.Clock(), 24*time.Hour)
	ids := make([]string, 200)
	for i := range ids {
		pod, err := w.Pods.Create(ctx, request())
		if err != nil {
			b.Fatal(err)
		}
		ids[i] = pod.ID
	}
	w.kit.Advance(time.Minute)
	before, began := len(w.kit.Journal(0)), w.kit.Now()
	for b.Loop() {
		fresh := transport.Freshness{NotBefore: w.kit.Now()}
		var wait sync.WaitGroup
		for _, id := range ids {
			wait.Go(func() {
				if _, err := w.Pods.Get(ctx, id, fresh); err != nil {
					b.Error(err)
				}
			})
		}
		wait.Wait()
		w.kit.Advance(time.Second)
	}
	n := float64(b.N)
	b.ReportMetric(float64(len(w.kit.Journal(before)))/n, "requests/op")
	b.ReportMetric(w.kit.Now().Sub(began).Seconds()/n, "virtual-s/op")
}
