package pod_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// move puts a saved plan and its configuration into another working directory, as a
// pipeline does whose jobs share nothing else.
func move(t *testing.T, from, to *acctest.CLI, files ...string) {
	t.Helper()
	for _, name := range append(files, "main.tf", "provider.tf", "saved") {
		content, err := os.ReadFile(filepath.Join(from.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		to.Write(name, string(content))
	}
}

// TestPodResource_PlanElsewhere: a saved plan is applied in another directory, where
// the price that it shows is not kept. It ends in our own words and rents nothing,
// whether or not the price moved, and never in Terraform's about an inconsistent plan.
func TestPodResource_PlanElsewhere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		factor float64
		same   bool // the same directory, without what the provider kept
		lines  []string
	}{
		"dearer":                    {factor: 1.5},
		"cheaper":                   {factor: 0.5},
		"as it was":                 {factor: 1},
		"within a ceiling":          {factor: 1.5, lines: []string{`max_hourly_price = 5`}},
		"the kept prices were lost": {factor: 1.5, same: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime)
			first, second := env.CLI(t), env.CLI(t)
			first.Write("main.tf", pod(tt.lines...))
			first.MustRun("plan", "-out=saved")
			market(t, env, simkit.MarketAction{Action: simkit.Reprice, Factor: tt.factor})
			if tt.same {
				second = first
				if err := os.RemoveAll(filepath.Join(first.Dir, ".terraform", "gpumarket")); err != nil {
					t.Fatal(err)
				}
			} else {
				move(t, first, second)
			}
			result := second.Run("apply", "saved")
			if strings.Contains(result.Output(), "inconsistent") || result.Code == 0 ||
				!wrapped("The saved plan is applied where the list prices that it shows are not kept").MatchString(result.Output()) {
				t.Errorf("exit code %d\n%s", result.Code, result.Output())
			}
			env.NoWrites(t)
			second.MustRun("apply", "-auto-approve")
			if again := second.Run("plan", "-detailed-exitcode"); again.Code != 0 {
				t.Errorf("second plan: exit code %d\n%s", again.Code, again.Output())
			}
			second.MustRun("destroy", "-auto-approve")
			none(t, env)
		})
	}
}

// remoteState serves a state, as a backend that is not a file does.
func remoteState(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	var state []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.Method == http.MethodPost:
			state, _ = io.ReadAll(r.Body)
		case state == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			_, _ = w.Write(state)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestPodResource_PlanElsewhere_RemoteState: with a remote state a saved plan may be
// applied anywhere, so that it knows nothing that depends on the list price, and the
// apply goes through wherever it is made and whatever the price is.
func TestPodResource_PlanElsewhere_RemoteState(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.RealTime)
	first, second := env.CLI(t), env.CLI(t)
	url := remoteState(t)
	for _, cli := range []*acctest.CLI{first, second} {
		cli.Write("backend.tf", "terraform {\n  backend \"http\" {\n    address = \""+url+"\"\n  }\n}\n")
		if err := os.MkdirAll(filepath.Join(cli.Dir, ".terraform"), 0o750); err != nil {
			t.Fatal(err)
		}
		// What init records: the provider of these tests is not installed by it.
		cli.Write(".terraform/terraform.tfstate", `{"version": 3, "backend": {"type": "http", "config": {"address": "`+url+`"}, "hash": 1}}`)
	}
	first.Write("main.tf", pod(`max_hourly_price = 5`))
	plan := first.MustRun("plan", "-out=saved")
	if !wrapped("It is 0.59274 USD/h now while it runs (RunPod's list price of 1 × RTX 4090 in the SECURE cloud)").MatchString(plan.Output()) {
		t.Errorf("the cost is not told:\n%s", plan.Output())
	}
	market(t, env, simkit.MarketAction{Action: simkit.Reprice, Factor: 1.5})
	move(t, first, second, "backend.tf")
	second.MustRun("apply", "saved")
	if again := second.Run("plan", "-detailed-exitcode"); again.Code != 0 {
		t.Errorf("second plan: exit code %d\n%s", again.Code, again.Output())
	}
	second.MustRun("destroy", "-auto-approve")
	none(t, env)
}
