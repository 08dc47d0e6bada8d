package runpodsim

import (
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/contract"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestPublishedOperations holds the simulator's own table of operations against
// the documents.
func TestPublishedOperations(t *testing.T) {
	t.Parallel()
	router := New(Options{Kit: simkit.New(simkit.Options{})}).router
	documented := contract.RunPodOperations(t)
	for _, o := range documented {
		if !router.Has(o.Method, o.Path) {
			t.Errorf("%s %s is documented and not in the table", o.Method, o.Path)
		}
	}
	if len(documented) < 50 {
		t.Errorf("only %d operations were looked at", len(documented))
	}
}
