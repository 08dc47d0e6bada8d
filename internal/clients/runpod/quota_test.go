package runpod_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/poll"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
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
	synctest.Test(t, func(t *testing.T) {
		kit, client := inBubble(t)
		began := kit.Now()
		ctx := transport.WithDeadline(t.Context(), clock.System(), time.Hour)
		const pods = 130
		var wait sync.WaitGroup
		for range pods {
			wait.Go(func() {
				if _, err := client.Pods.Create(ctx, request()); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		for _, entry := range kit.Journal(0) {
			if entry.Status == http.StatusTooManyRequests {
				t.Fatalf("request %d was refused for its rate", entry.N)
			}
		}
		if took := kit.Now().Sub(began); len(kit.Journal(0)) != pods || took < 2*time.Minute || took > 150*time.Second {
			t.Errorf("%d requests in %v, want %d in little more than 2 minutes", len(kit.Journal(0)), took, pods)
		}
	})
}

// inProcess hands requests to a simulator without a network, on whose sockets
// virtual time would not pass.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer.Result(), nil
}

// inBubble is an account with the documented quota and its client, on the time of the
// bubble that it is made in.
func inBubble(t *testing.T) (*simkit.Kit, *runpod.Client) {
	t.Helper()
	kit := simkit.New(simkit.Options{Clock: clock.System(), Boot: boot, Seed: 1, Quota: simkit.QuotaDocumented, Latency: 200 * time.Millisecond})
	client, err := runpod.New(runpod.Config{
		APIKey: kit.APIKey(), BaseURL: "http://localhost", Clock: clock.System(), Base: inProcess{runpodsim.New(runpodsim.Options{Kit: kit, Balance: 1e6})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return kit, client
}

// TestPodsEconomy: a hundred pods that are created and waited for under a quota of 60
// requests a minute cost at most 115 requests, and the looks at those that boot keep no
// create back, which come as fast as the quota allows.
func TestPodsEconomy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		parallel int
		every    time.Duration // between two that begin
		requests int
		creates  time.Duration // from the first to the last
	}{
		{"all at once", 100, 0, 115, 100 * time.Second},
		{"one after the other", 100, 300 * time.Millisecond, 115, 100 * time.Second},
		{"slowly", 100, 600 * time.Millisecond, 115, 100 * time.Second},
		// Each batch waits for its pods to boot.
		{"ten at a time", 10, 0, 140, 10 * boot},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kit, client := inBubble(t)
				ctx := transport.WithDeadline(t.Context(), clock.System(), time.Hour)
				work := make(chan int)
				var group sync.WaitGroup
				for range tt.parallel {
					group.Go(func() {
						for range work {
							up(ctx, t, client)
						}
					})
				}
				for i := range 100 {
					work <- i
					_ = clock.System().Sleep(ctx, tt.every)
				}
				close(work)
				group.Wait()

				var creates []int64
				for _, entry := range kit.Journal(0) {
					if entry.Status == http.StatusTooManyRequests {
						t.Errorf("request %d was refused for its rate", entry.N)
					}
					if entry.Operation == "createPod" {
						creates = append(creates, entry.AtMS)
					}
				}
				all, took := len(kit.Journal(0)), time.Duration(creates[len(creates)-1]-creates[0])*time.Millisecond
				t.Logf("%d requests for %d pods, %v from the first create to the last", all, len(creates), took)
				if len(creates) != 100 || all > tt.requests || took > tt.creates {
					t.Errorf("%d creates, %d requests, %v; want 100, at most %d and %v", len(creates), all, took, tt.requests, tt.creates)
				}
			})
		})
	}
}

// up creates a pod and waits until it runs, as the provider does.
func up(ctx context.Context, t *testing.T, client *runpod.Client) {
	t.Helper()
	pod, err := client.Pods.Create(ctx, request())
	if err != nil {
		t.Error(err)
		return
	}
	_, err = poll.Until(ctx, poll.Options{What: "a pod", Clock: clock.System(), Min: time.Second, Max: 10 * time.Second, Timeout: 20 * time.Minute},
		func(ctx context.Context, f transport.Freshness) (*wire.Pod, error) {
			return client.Pods.Get(ctx, pod.ID, f)
		},
		func(pod *wire.Pod) poll.Verdict {
			return poll.Verdict{Done: pod.Status == wire.PodRunning, State: pod.Status}
		})
	if err != nil {
		t.Error(err)
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
