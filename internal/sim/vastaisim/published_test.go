package vastaisim

import (
	"testing"

	documents "github.com/gpumarket/terraform-provider-gpumarket/internal/sim/contract"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestPublishedOperations holds the simulator's own table of operations and
// intervals against the documents: each operation is there, with the interval
// that they state.
func TestPublishedOperations(t *testing.T) {
	t.Parallel()
	router := New(Options{Kit: simkit.New(simkit.Options{})}).router
	documented := 0
	for _, o := range documents.VastaiOperations(t) {
		documented++
		found := false
		for _, r := range router.Routes() {
			if r.Method != o.Method || !simkit.SameTemplate(r.Path, o.Path) {
				continue
			}
			found = true
			if o.Interval != 0 && r.Handle.interval != o.Interval {
				t.Errorf("%s %s: an interval of %v s, the document has %v", o.Method, o.Path, r.Handle.interval, o.Interval)
			}
		}
		if !found {
			t.Errorf("%s %s is documented and not in the table", o.Method, o.Path)
		}
	}
	if documented < 100 {
		t.Errorf("only %d operations were looked at", documented)
	}
}
