package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// rentedAll is one of each.
const rentedAll = faultyPod + faultyOnDemand + `
resource "gpumarket_runpod_network_volume" "w" {
  name           = "kept"
  size_gb        = 50
  data_center_id = "US-KS-2"
}`

const faultyOnDemand = `
resource "gpumarket_vastai_instance" "v" {
  offer { gpu_names = ["RTX 4090"] }
  image   = "ubuntu:24.04"
  disk_gb = 20
}`

// refusals are resources that a plan refuses to create.
func refusals() map[string]string {
	pod := func(lines string) string {
		return "\nresource \"gpumarket_runpod_pod\" \"refused\" {\n  name  = \"refused\"\n  image = \"ubuntu:24.04\"\n" + lines + "\n}"
	}
	return map[string]string{
		"pod above max_hourly_price": pod(`gpu { types = ["RTX 4090"] }` + "\nmax_hourly_price = 0.01"),
		"pod of an unknown type":     pod(`gpu { types = ["NVIDIA Nonsense 9000"] }`),
		"pod that is not sold":       pod(acctest.Block("gpu", `types = ["RTX 4090"]`, `count = 64`)),
		"pod without its volume":     pod(`gpu { types = ["RTX 4090"] }` + "\n" + acctest.Block("network_volume", `id = "absent"`, `mount_path = "/w"`)),
		"volume in no data center": `
resource "gpumarket_runpod_network_volume" "refused" {
  name           = "refused"
  size_gb        = 50
  data_center_id = "XX-YY-1"
}`,
		"volume of no such type": `
resource "gpumarket_runpod_network_volume" "refused" {
  name           = "refused"
  size_gb        = 50
  data_center_id = "CA-MTL-1"
  type           = "HIGH_PERFORMANCE"
}`,
		"instance above max_hourly_price": `
data "gpumarket_offers" "o" {
  gpu_names    = ["RTX 4090"]
  marketplaces = ["vastai"]
}
resource "gpumarket_vastai_instance" "refused" {
  selection = data.gpumarket_offers.o.selection
  image            = "ubuntu:24.04"
  disk_gb          = 20
  max_hourly_price = 0.01
}`,
		"instance without a candidate": `
data "gpumarket_offers" "o" {
  gpu_names        = ["RTX 4090"]
  marketplaces     = ["vastai"]
  max_hourly_price = 0.001
}
resource "gpumarket_vastai_instance" "refused" {
  selection = data.gpumarket_offers.o.selection
  image   = "ubuntu:24.04"
  disk_gb = 20
}`,
	}
}

// howToDestroy ends a refusal that concerns something that exists.
const howToDestroy = provider.DestroyHint

// TestDestroyHint_OnlyWhereSomethingExists: a refused create has nothing to destroy;
// a refused change and a refused replacement have.
func TestDestroyHint_OnlyWhereSomethingExists(t *testing.T) {
	t.Parallel()
	w := acctest.New(t).Protocol(t)
	pod := func(lines ...string) string {
		return acctest.Block(`resource "gpumarket_runpod_pod" "p"`, append([]string{`name = "p"`, `image = "ubuntu:24.04"`}, lines...)...)
	}
	hinted := func(text, says string) bool {
		t.Helper()
		_, diags := w.Fails(text, "", says)
		return len(diags.Errors().Say(howToDestroy)) > 0
	}
	cheap := `max_hourly_price = 0.01`
	if hinted(pod(`gpu { types = ["RTX 4090"] }`, cheap), "Too expensive") {
		t.Error("a refused create says how to destroy")
	}
	w.Apply(pod(`gpu { types = ["RTX 4090"] }`, `volume { size_gb = 20 }`))
	if !hinted(pod(`gpu { types = ["RTX 4090"] }`, `volume { size_gb = 10 }`), "cannot shrink") {
		t.Error("a refused change does not say how to destroy")
	}
	if !hinted(pod(`gpu { types = ["L40S"] }`, cheap), "Too expensive") {
		t.Error("a refused replacement does not say how to destroy")
	}
}

// TestDestroy_Refused: a plain destroy ends what runs while another resource of the
// configuration is refused. It begins with an ordinary plan, in which that is a warning.
func TestDestroy_Refused(t *testing.T) {
	t.Parallel()
	for name, refused := range refusals() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			destroying := false
			w := env.Protocol(t, func(o *provider.Options) { o.Destroying = func() bool { return destroying } })
			w.Apply(rentedAll)
			if _, diags := w.TryPlan(rentedAll + refused); len(diags.Errors()) == 0 || strings.Contains(diags.String(), howToDestroy) {
				t.Errorf("want a refusal without a word of destroying, as nothing of it exists:\n%s", diags)
			}
			if diags := w.TryDestroy(rentedAll + refused); len(diags.Errors()) == 0 {
				t.Fatal("the refusal is gone: this test shows nothing")
			}
			destroying = true
			if diags := w.TryDestroy(rentedAll + refused); len(diags.Errors()) > 0 {
				t.Errorf("the destroy was refused:\n%s", diags)
			}
			nothingLeft(t, env)
		})
	}
}

// TestDestroy_RefusedProcess: the provider reads off the CLI's own process that it
// destroys.
func TestDestroy_RefusedProcess(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	cli := env.CLI(t)
	cli.Write("main.tf", rentedAll)
	cli.MustRun("apply", "-auto-approve")
	cli.Write("refused.tf", refusals()["pod above max_hourly_price"])
	if result := cli.Run("apply", "-auto-approve"); result.Code == 0 {
		t.Fatalf("not refused:\n%s", result.Output())
	}
	cli.MustRun("destroy", "-auto-approve")
	nothingLeft(t, env)
}

// TestDestroy_Unsearchable: a plain destroy works while no catalog and no offer can
// be read; where a data source cannot be read, the message says how to destroy.
func TestDestroy_Unsearchable(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]simkit.Fault{
		"500":        {Kind: simkit.Status, Status: http.StatusInternalServerError},
		"401":        {Kind: simkit.Status, Status: http.StatusUnauthorized},
		"HTML":       {Kind: simkit.HTML},
		"empty list": {Kind: simkit.EmptyList},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			cli := env.Attached(t)
			cli.Write("main.tf", rentedAll)
			cli.MustRun("apply", "-auto-approve")
			for _, operation := range []string{"searchOffers", "listGpuTypes", "listDataCenters"} {
				kind.Operation = operation
				if err := env.World.Fault(kind); err != nil {
					t.Fatal(err)
				}
			}
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
	t.Run("selection", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		cli := env.Attached(t, func(o *provider.Options) { o.Destroying = func() bool { return true } })
		cli.Write("main.tf", `
data "gpumarket_offers" "o" {
  gpu_names    = ["RTX 4090"]
  marketplaces = ["vastai"]
  disk_gb      = 20
}
resource "gpumarket_vastai_instance" "v" {
  selection = data.gpumarket_offers.o.selection
  image   = "ubuntu:24.04"
  disk_gb = 20
}`)
		cli.MustRun("apply", "-auto-approve")
		if err := env.World.Fault(simkit.Fault{Operation: "searchOffers", Kind: simkit.Status, Status: http.StatusUnauthorized}); err != nil {
			t.Fatal(err)
		}
		result := cli.Run("destroy", "-auto-approve")
		if said := strings.Join(strings.Fields(result.Output()), " "); result.Code == 0 || !strings.Contains(said, howToDestroy) {
			t.Errorf("exit code %d; want an error that ends with %q:\n%s", result.Code, howToDestroy, result.Output())
		}
		cli.MustRun("destroy", "-auto-approve", "-refresh=false")
		nothingLeft(t, env)
	})
}

// TestDestroy_Gone: a destroy that does not look first tolerates what is gone.
func TestDestroy_Gone(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.Attached(t)
	cli.Write("main.tf", rentedAll)
	cli.MustRun("apply", "-auto-approve")
	env.World.Reset()
	cli.MustRun("destroy", "-auto-approve", "-refresh=false")
}
