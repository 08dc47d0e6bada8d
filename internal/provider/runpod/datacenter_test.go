package runpod_test

import (
	"net/http"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestDataCenter_Unknown: a data center that RunPod does not have fails the plan of a
// create, with the nearest id; where the catalog does not answer it is a warning, and
// nothing that exists is judged by it.
func TestDataCenter_Unknown(t *testing.T) {
	t.Parallel()
	pod := func(center string) string {
		return "resource \"gpumarket_runpod_pod\" \"a\" " + acctest.Block("", `name = "a"`, `image = "ubuntu:24.04"`,
			acctest.Block("gpu", `types = ["RTX 4090"]`), `data_center_ids = [`+center+`]`)
	}
	volume := func(center string) string {
		return "resource \"gpumarket_runpod_network_volume\" \"a\" " + acctest.Block("", `name = "a"`, `size_gb = 10`, `data_center_id = `+center)
	}
	for name, tt := range map[string]struct {
		config func(center string) string
		path   string
	}{"pod": {pod, "data_center_ids"}, "network volume": {volume, "data_center_id"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			w := env.Protocol(t)
			w.Fails(tt.config(`"US-KS-22"`), tt.path, `RunPod has no data center "US-KS-22". Did you mean "US-KS-2"?`)
			w.Fails(tt.config(`"eu-ro-1"`), tt.path, `Did you mean "EU-RO-1"?`)
			_, diags := w.Fails(tt.config(`"somewhere"`), tt.path, "EU-RO-1")
			if said := diags.Say("Did you mean"); len(said) > 0 {
				t.Errorf("suggested something for what is close to nothing: %s", said)
			}
			env.NoWrites(t)

			fault := simkit.Fault{Platform: "runpod", Operation: "listDataCenters", Kind: simkit.Status, Status: http.StatusInternalServerError}
			if err := env.World.Fault(fault); err != nil {
				t.Fatal(err)
			}
			w.Plan(tt.config(`"US-KS-22"`)).Warns("The data center could not be checked")
			env.World.ClearFaults()
		})
	}

	t.Run("what exists", func(t *testing.T) {
		t.Parallel()
		w := acctest.New(t).Protocol(t)
		w.Apply(pod(`"EU-RO-1"`))
		w.Plan(pod(`"EU-RO-1", "US-KS-22"`)).Updates("gpumarket_runpod_pod.a")
		w.Apply(pod(`"EU-RO-1", "US-KS-22"`))
		w.Plan(pod(`"EU-RO-1", "US-KS-22"`)).Empty()
		w.Destroy()
	})
}
