package acctest

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

const volume = `
resource "gpumarket_runpod_network_volume" "data" {
  name           = "data"
  size_gb        = 50
  data_center_id = "US-KS-2"
}
`

// TestFactories takes the whole way: CLI, provider in this process, simulator,
// journal.
func TestFactories(t *testing.T) {
	t.Parallel()
	env := New(t)
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		Steps: []resource.TestStep{
			{Config: env.Config(volume)},
			{
				PreConfig: func() {
					env.Wrote(t, "createNetworkVolume")
					env.ResetJournal()
				},
				Config:           env.Config(volume),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			},
			{PreConfig: func() { env.NoWrites(t) }, Config: env.Config(volume), PlanOnly: true},
		},
	})
	env.Wrote(t, "deleteNetworkVolume")
}

// TestCLI runs the built provider in a process of its own, with a plan that is
// saved and applied later.
func TestCLI(t *testing.T) {
	t.Parallel()
	env := New(t, RealTime)
	cli := env.CLI(t)
	cli.Write("main.tf", volume)

	cli.MustRun("plan", "-out=saved")
	if changes := cli.Plan("saved").ResourceChanges; len(changes) != 1 || !changes[0].Change.Actions.Create() {
		t.Errorf("planned %+v, want one creation", changes)
	}
	env.NoWrites(t)

	cli.MustRun("apply", "saved")
	env.Wrote(t, "createNetworkVolume")
	if resources := cli.State().Values.RootModule.Resources; len(resources) != 1 || resources[0].AttributeValues["name"] != "data" {
		t.Errorf("state has %+v, want the volume", resources)
	}
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("second plan: exit code %d\n%s", result.Code, result.Output())
	}
	cli.MustRun("destroy", "-auto-approve")
	env.Wrote(t, "createNetworkVolume", "deleteNetworkVolume")
}

// TestKill ends the CLI and the provider while a request is under way.
func TestKill(t *testing.T) {
	t.Parallel()
	env := New(t, RealTime)
	cli := env.CLI(t)
	cli.Write("main.tf", volume)
	if err := env.World.Fault(simkit.Fault{Platform: "runpod", Operation: "createNetworkVolume", Kind: simkit.Delay, DelayMS: 600_000}); err != nil {
		t.Fatal(err)
	}
	process := cli.Start("apply", "-auto-approve")
	env.Await(t, "createNetworkVolume")
	if result := process.Kill(); result.Code != -1 {
		t.Errorf("exit code %d, want -1 of a killed process\n%s", result.Code, result.Output())
	}
	// A provider left alive would still be waiting for its answer.
	if _, err := os.Stat(cli.Dir + "/terraform.tfstate"); err == nil {
		if state := cli.State(); state.Values != nil {
			t.Errorf("state has %+v, want nothing", state.Values.RootModule.Resources)
		}
	}
}

func TestCLINeedsRealTime(t *testing.T) {
	t.Parallel()
	w := &witness{TB: t}
	env := New(t)
	func() {
		defer func() { _ = recover() }()
		env.CLI(w)
	}()
	if len(w.reports) != 1 || !strings.Contains(w.reports[0], "RealTime") {
		t.Errorf("reports %q, want a hint to RealTime", w.reports)
	}
}

// witness collects what is reported instead of failing.
type witness struct {
	testing.TB
	mu      sync.Mutex
	reports []string
}

func (w *witness) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports = append(w.reports, fmt.Sprintf(format, args...))
}

func (w *witness) Fatal(args ...any) {
	w.Errorf("%s", fmt.Sprint(args...))
	panic("fatal")
}

func TestJournal(t *testing.T) {
	t.Parallel()
	env := New(t)
	env.ask(t, http.MethodGet, env.RunPodURL+"/v2/pods")
	env.ask(t, http.MethodDelete, env.RunPodURL+"/v2/pods/nothing")

	var got []string
	for _, entry := range env.Requests("") {
		got = append(got, entry.Operation)
	}
	if diff := cmp.Diff([]string{"listPods", "deletePod"}, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if n := len(env.Requests("listPods")); n != 1 {
		t.Errorf("%d requests of listPods, want 1", n)
	}
	env.Wrote(t, "deletePod")

	w := &witness{TB: t}
	env.NoWrites(w)
	env.Wrote(w, "createPod")
	env.Wrote(w)
	if len(w.reports) != 3 || !strings.Contains(w.reports[0], "deletePod") {
		t.Errorf("reports %q, want three with the write", w.reports)
	}

	env.ResetJournal()
	env.NoWrites(t)
	if n := len(env.Requests("")); n != 0 {
		t.Errorf("%d requests after the reset, want none", n)
	}
}

func (e *Env) ask(t *testing.T, method, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.APIKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
}

// TestNoAccount shows that nothing of the developer's accounts is left in the
// environment.
func TestNoAccount(t *testing.T) {
	t.Parallel()
	New(t)
	for _, name := range []string{"RUNPOD_API_KEY", "RUNPOD_BASE_URL", "VAST_API_KEY", "VAST_URL", "TF_CLI_CONFIG_FILE", "XDG_CONFIG_HOME"} {
		if value, set := os.LookupEnv(name); set {
			t.Errorf("%s is still %q", name, value)
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".runpod", ".vast_api_key", ".config"} {
		if _, err := os.Stat(home + "/" + name); err == nil {
			t.Errorf("the home directory of the tests has %s", name)
		}
	}
}

func TestProviderBlock(t *testing.T) {
	t.Parallel()
	env := &Env{APIKey: "k", RunPodURL: "http://r", VastaiURL: "http://v"}
	want := `provider "gpumarket" {
  runpod {
    api_key = "k"
    base_url = "http://r"
  }
  vastai {
    api_key = "k"
    base_url = "http://v"
  }
  budget { max_hourly = 5 }
}
`
	if diff := cmp.Diff(want, env.ProviderBlock("budget { max_hourly = 5 }")); diff != "" {
		t.Errorf("block (-want +got):\n%s", diff)
	}
}

func TestLiveMax(t *testing.T) {
	tests := []struct {
		name, text string
		want       float64
		fails      bool
	}{
		{name: "default", want: 1},
		{name: "set", text: "2.5", want: 2.5},
		{name: "no number", text: "a lot", fails: true},
		{name: "nothing", text: "0", fails: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GPUMARKET_LIVE_MAX_USD", tt.text)
			got, err := liveMax()
			if (err != nil) != tt.fails || got != tt.want {
				t.Errorf("liveMax() = %v, %v; want %v, error %v", got, err, tt.want, tt.fails)
			}
		})
	}
}
