//go:build unix

package acctest_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// BenchmarkStory plays the life of a pod (create, rename, grow, destroy) in the
// protocol harness and with the real CLI, and reports the processor time of both with
// everything that they start.
func BenchmarkStory(b *testing.B) {
	for name, play := range map[string]func(testing.TB, *acctest.Env) player{"harness": inHarness, "cli": inCLI} {
		b.Run(name, func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				env := acctest.New(b)
				take := play(b, env)
				for _, s := range lifeOfAPod.steps {
					take(b, env, s, "")
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var total time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if err := syscall.Getrusage(who, &usage); err != nil {
			b.Fatal(err)
		}
		total += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return total
}
