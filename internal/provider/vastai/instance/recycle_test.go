package instance_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// TestInstanceResource_Update_Recycles: a new image runs after the apply whether or not
// the platform recreates the container by itself.
func TestInstanceResource_Update_Recycles(t *testing.T) {
	t.Parallel()
	for _, needed := range []bool{false, true} {
		t.Run(fmt.Sprintf("needed_%t", needed), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, func(o *sim.Options) {
				o.Vastai = func(v *vastaisim.Options) { v.UpdateNeedsRecycle = needed }
			})
			w := env.Protocol(t)
			config := `
resource "gpumarket_vastai_instance" "a" {
  image   = "ubuntu:22.04"
  disk_gb = 10
  ports   = ["8080"]
  offer {
    gpu_names = ["RTX 4090"]
  }
}
`
			w.Apply(config)
			before := w.Value("gpumarket_vastai_instance.a", "tcp_ports")
			config = strings.Replace(config, "ubuntu:22.04", "ubuntu:24.04", 1)
			w.Apply(config).Updates("gpumarket_vastai_instance.a")
			if after := w.Value("gpumarket_vastai_instance.a", "tcp_ports"); reflect.DeepEqual(before, after) {
				t.Errorf("the container was not recreated: its ports are still %#v", after)
			}
			w.Plan(config).Empty()
		})
	}
}
