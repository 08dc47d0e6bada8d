package acctest_test

import (
	"fmt"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestProtocol_SideBySide creates more pods than are worked on at once.
func TestProtocol_SideBySide(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	w := env.Protocol(t)
	config := podWith("n${count.index}", `count = 15`)
	w.Apply(config)
	ids := map[string]bool{}
	for i := range 15 {
		address := fmt.Sprintf("%s[%d]", podAddress, i)
		w.Expect(address, "name", fmt.Sprintf("n%d", i))
		ids[w.ID(address)] = true
	}
	if len(ids) != 15 || len(env.Rented()) != 15 {
		t.Errorf("%d ids of %d pods, want 15", len(ids), len(env.Rented()))
	}
	w.Plan(config).Empty()
	w.Destroy()
	if left := env.Rented(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestProtocol_UnknownKey configures the provider with a key that is known after the
// apply only.
func TestProtocol_UnknownKey(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	w := env.Protocol(t)
	w.Prelude = fmt.Sprintf(`
variable "key" { type = string }
provider "gpumarket" {
  runpod {
    api_key  = var.key
    base_url = %q
  }
}
`, env.RunPodURL)
	w.Var("key", env.APIKey).Unknown("key")
	plan := w.Plan(podWith("a"))
	plan.Creates(podAddress).Unknown(podAddress, "id", "estimated_cost")
	env.NoWrites(t)
	plan.Apply()
	w.Expect(podAddress, "status", "RUNNING").Expect(podAddress, "estimated_cost", map[string]any{"compute_hourly": 0.59})
	// Something runs by now: without a key it can be neither read nor left out.
	if _, diags := w.TryPlan(podWith("a")); len(diags.Errors().Say("The RunPod API key is not known yet")) == 0 {
		t.Errorf("planned without a key:\n%s", diags)
	}
	w.Known("key").Destroy()
}
