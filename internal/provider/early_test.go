package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/protocol"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func earlyPod(lines ...string) string {
	return acctest.Block(`resource "gpumarket_runpod_pod" "p"`,
		append([]string{`name = "p"`, `image = "ubuntu:24.04"`, `gpu { types = ["RTX 4090"] }`}, lines...)...)
}

func earlyInstance(lines ...string) string {
	return acctest.Block(`resource "gpumarket_vastai_instance" "i"`, append([]string{`image = "ubuntu:24.04"`, `disk_gb = 20`}, lines...)...)
}

const anOffer = `offer { gpu_names = ["RTX 4090"] }`

// TestSelection_WithoutCandidates: a selection that has nothing to try is refused
// when the instance is planned, whatever else is not known yet, and never for one
// that runs.
func TestSelection_WithoutCandidates(t *testing.T) {
	t.Parallel()
	for name, candidates := range map[string]string{"null": "null", "empty": "[]", "left out": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			selection := `selection = { gpu_names = ["RTX 4090"], candidates = ` + candidates + ` }`
			if candidates == "" {
				selection = `selection = { gpu_names = ["RTX 4090"] }`
			}
			env := acctest.New(t)
			w := env.Protocol(t).Var("limit", 5).Unknown("limit")
			phase, _ := w.Fails("variable \"limit\" { type = number }\n"+earlyInstance(selection, "max_hourly_price = var.limit"),
				"selection", "A selection without candidates")
			if phase != protocol.Planning {
				t.Errorf("refused in %s", phase)
			}
			env.NoWrites(t)
			w.Known("limit").Apply("variable \"limit\" { type = number }\n" + `data "gpumarket_offers" "o" {
  gpu_names    = ["RTX 4090"]
  marketplaces = ["vastai"]
}
` + earlyInstance("selection = data.gpumarket_offers.o.selection", "max_hourly_price = var.limit"))
			w.Plan("variable \"limit\" { type = number }\n" + earlyInstance(selection, "max_hourly_price = var.limit"))
		})
	}
}

// TestTemplate_AskedAtPlan: a template that does not exist refuses the plan of a
// create, with one question for all; where the platform does not answer it is a
// warning.
func TestTemplate_AskedAtPlan(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, config, operation string
	}{
		{"pod", earlyPod(`count = 3`, `template_id = "absent"`), "getTemplate"},
		{"instance", earlyInstance(anOffer, `count = 3`, `template_id = "123"`), "searchTemplates"},
		{"instance by hash", earlyInstance(anOffer, `count = 3`, `template_id = "0123456789abcdef0123456789abcdef"`), "searchTemplates"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			w := env.Protocol(t)
			phase, _ := w.Fails(tt.config, "template_id", "has no template")
			if phase != protocol.Planning {
				t.Errorf("refused in %s", phase)
			}
			env.NoWrites(t)
			if asked := len(env.Requests(tt.operation)); asked != 1 {
				t.Errorf("asked %d times for one template", asked)
			}
			if err := env.World.Fault(simkit.Fault{Operation: tt.operation, Kind: simkit.Status, Status: http.StatusForbidden}); err != nil {
				t.Fatal(err)
			}
			_, diags := env.Protocol(t).TryPlan(tt.config)
			if len(diags.Errors()) > 0 || len(diags.Warnings().Say("The template could not be checked")) == 0 {
				t.Errorf("want a warning alone:\n%s", diags)
			}
		})
	}
}

// TestBid_AboveMaximum says so at plan in its own words, for a create and for a bid
// that is changed.
func TestBid_AboveMaximum(t *testing.T) {
	t.Parallel()
	w := acctest.New(t).Protocol(t)
	const says = "The bid, 0.50, is above max_hourly_price, 0.40"
	phase, diags := w.Fails(earlyInstance(anOffer, "bid_price = 0.5", "max_hourly_price = 0.4"), "bid_price", says)
	if phase != protocol.Planning || len(diags.Errors()) != 1 {
		t.Errorf("%s:\n%s", phase, diags)
	}
	w.Apply(earlyInstance(anOffer, "bid_price = 0.39", "max_hourly_price = 0.5"))
	if phase, diags = w.Fails(earlyInstance(anOffer, "bid_price = 0.5", "max_hourly_price = 0.4"), "bid_price", says); phase != protocol.Planning || len(diags.Errors()) != 1 {
		t.Errorf("%s:\n%s", phase, diags)
	}
}

// TestEmpty_TakenAsUnset: where a platform makes nothing else of them, "" and [] are
// what null is, and the second plan is empty.
func TestEmpty_TakenAsUnset(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"offers": `data "gpumarket_offers" "o" {
  gpu_names        = []
  countries        = []
  marketplaces     = []
  min_cuda_version = ""
  order_by         = ""
}`,
		"vastai_offers": `data "gpumarket_vastai_offers" "o" {
  gpu_names = []
  query     = ""
  order     = ""
}`,
		"gpu_types": `data "gpumarket_runpod_gpu_types" "o" {
  gpu_names = []
}`,
		"pod": strings.Replace(earlyPod(`data_center_ids = []`, `ports = []`, `env = {}`), `gpu { types = ["RTX 4090"] }`,
			acctest.Block("gpu", `types = ["RTX 4090"]`, `cuda_versions = []`, `min_cuda_version = ""`), 1),
		"instance": earlyInstance(acctest.Block("offer", `gpu_names = ["RTX 4090"]`, `countries = []`, `min_cuda_version = ""`, `query = ""`, `order_by = ""`),
			`ports = []`, `ssh_public_keys = []`, `env = {}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t).Protocol(t)
			w.Apply(config)
			w.Plan(config).Empty()
		})
	}
	t.Run("provider", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		w := env.Protocol(t)
		w.Prelude = strings.Replace(w.Prelude, "runpod {", "runpod {\n    profile = \"\"", 1)
		w.Plan(`data "gpumarket_runpod_gpu_types" "o" {}`)
	})
}

// TestPorts_Symmetric: the numbers by which both platforms are asked for the same
// port inside and outside are accepted as documented, above 70000 and from 70000.
func TestPorts_Symmetric(t *testing.T) {
	t.Parallel()
	w := acctest.New(t).Protocol(t)
	w.Plan(earlyPod(`ports = ["70001/tcp", "65535/tcp", "8888/http"]`) + "\n" + earlyInstance(anOffer, `ports = ["70000", "79999/udp", "65535"]`))
	w.Fails(earlyPod(`ports = ["70000/tcp"]`), "ports", "above 70000 asks for the same number inside and outside")
	w.Fails(earlyInstance(anOffer, `ports = ["69999"]`), "ports", "port numbers end at 65535")
}

// TestUnknown_Dynamic: a dynamic block over something that another resource computes
// is perhaps there and perhaps not, to validate and to the plan; what it turned out to
// be is judged.
func TestUnknown_Dynamic(t *testing.T) {
	t.Parallel()
	dynamic := `dynamic "volume" {
    for_each = var.sizes
    content {
      size_gb = volume.value
    }
  }`
	mounted := earlyPod(dynamic, `network_volume { id = gpumarket_runpod_network_volume.n.id }`) + `
resource "gpumarket_runpod_network_volume" "n" {
  name           = "n"
  size_gb        = 10
  data_center_id = "US-KS-2"
}
variable "sizes" { type = list(number) }
`
	w := acctest.New(t).Protocol(t).Var("sizes", []any{}).Unknown("sizes")
	w.Plan(mounted)
	w.Known("sizes").Apply(mounted)
	// A volume that may turn up does not replace what runs.
	w.Unknown("sizes").Plan(mounted).Updates("gpumarket_runpod_pod.p")
	w.Known("sizes").Plan(mounted).Empty()
	w.Var("sizes", []any{20}).Fails(mounted, "volume", "Both volume and network_volume")
}
