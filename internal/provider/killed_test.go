package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestCreate_Killed ends CLI and provider while the answer to a create is under
// way. The next apply takes over what was made, and leaves alone what an equal
// configuration elsewhere made on the same account.
func TestCreate_Killed(t *testing.T) {
	t.Parallel()
	for _, v := range victims() {
		t.Run(v.kind, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime)
			other := env.CLI(t)
			other.Write("main.tf", v.config)
			other.MustRun("apply", "-auto-approve")
			theirs := env.Rented()[0].ID
			env.ResetJournal()

			cli := env.CLI(t)
			cli.Write("main.tf", v.config)
			if err := env.World.Fault(simkit.Fault{Operation: v.create, Kind: simkit.Delay, DelayMS: 600_000, Times: 1}); err != nil {
				t.Fatal(err)
			}
			process := cli.Start("apply", "-auto-approve")
			env.Await(t, v.create)
			process.Kill()
			if n := len(env.Rented()); n != 2 {
				t.Fatalf("%d objects after the kill, want theirs and the one of the killed process", n)
			}

			// The killed process could not unlock the state.
			cli.MustRun("apply", "-auto-approve", "-lock=false")
			if n := len(env.Requests(v.create)); n != 1 {
				t.Errorf("%d creates, want the one of the killed process", n)
			}
			if n := len(env.Rented()); n != 2 {
				t.Errorf("%d objects after the next apply, want 2", n)
			}
			if id := stateOf(t, cli, v.kind)["id"]; id == theirs {
				t.Errorf("adopted %v, which another configuration made", id)
			}
			cli.MustRun("plan", "-detailed-exitcode", "-lock=false")
			if left := intents(t, cli); len(left) != 0 {
				t.Errorf("intents left behind: %v", left)
			}
			cli.MustRun("destroy", "-auto-approve", "-lock=false")
			if left := env.Rented(); len(left) != 1 || left[0].ID != theirs {
				t.Errorf("after destroy %v is left, want only %s", left, theirs)
			}
			if result := other.Run("plan", "-detailed-exitcode"); result.Code != 0 {
				t.Errorf("the other configuration was touched:\n%s", result.Output())
			}
			other.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}

// intents are the creates whose ids Terraform was not told.
func intents(t *testing.T, cli *acctest.CLI) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(cli.Dir, ".terraform", "gpumarket", "intents", "pending", "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestCreate_Interrupted presses Ctrl-C while the answer to a create is under way:
// it is waited for, and what was made is in the state.
func TestCreate_Interrupted(t *testing.T) {
	t.Parallel()
	for _, v := range victims() {
		t.Run(v.kind, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.RealTime)
			cli := env.CLI(t)
			cli.Write("main.tf", v.config)
			if err := env.World.Fault(simkit.Fault{Operation: v.create, Kind: simkit.Delay, DelayMS: 3000, Times: 1}); err != nil {
				t.Fatal(err)
			}
			process := cli.Start("apply", "-auto-approve")
			env.Await(t, v.create)
			process.Interrupt()
			result := process.Wait()
			if trouble := v.differs(t, env, cli, 1); trouble != "" {
				t.Fatalf("after Ctrl-C: %s\n%s", trouble, result.Output())
			}
			cli.MustRun("apply", "-auto-approve")
			if n := len(env.Rented()); n != 1 {
				t.Errorf("%d objects, want 1", n)
			}
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}

// TestSecrets looks for canaries everywhere that they must not be, and at the
// platforms, where they must arrive.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const podSecret, instanceSecret, login = "canary-pod-4711", "canary-instance-4712", "canary-login-4713"
	env := acctest.New(t, acctest.RealTime)
	cli := env.CLI(t)
	log := filepath.Join(cli.Dir, "trace.log")
	cli.Setenv("TF_LOG", "TRACE")
	cli.Setenv("TF_LOG_PATH", log)
	// Variables keep the canaries out of the configuration, which a plan file holds.
	cli.Write("main.tf", `
variable "pod" {
  type      = string
  ephemeral = true
}
variable "instance" {
  type      = string
  ephemeral = true
}
variable "login" {
  type      = string
  ephemeral = true
}
resource "gpumarket_runpod_pod" "v" {
  name           = "secret"
  image          = "ubuntu:24.04"
  gpu { types = ["RTX 4090"] }
  env_wo         = { TOKEN = var.pod }
  env_wo_version = 1
}
resource "gpumarket_vastai_instance" "v" {
  offer { gpu_names = ["RTX 4090"] }
  image                  = "ubuntu:24.04"
  disk_gb                = 20
  env_wo                 = { TOKEN = var.instance }
  env_wo_version         = 1
  image_login_wo         = "-u me -p ${var.login} docker.io"
  image_login_wo_version = 1
}`)
	cli.Setenv("TF_VAR_pod", podSecret)
	cli.Setenv("TF_VAR_instance", instanceSecret)
	cli.Setenv("TF_VAR_login", login)

	cli.MustRun("plan", "-out=saved")
	shown := cli.MustRun("show", "-json", "saved").Stdout
	said := cli.MustRun("apply", "saved").Output()
	arrived := fmt.Sprint(env.World.State())
	for _, rented := range env.Rented() {
		arrived += fmt.Sprint(rented.Env)
	}
	for _, secret := range []string{podSecret, instanceSecret} {
		if !strings.Contains(arrived, secret) {
			t.Errorf("%s did not arrive at the platform", secret)
		}
	}
	said += cli.MustRun("plan").Output()
	said += cli.MustRun("destroy", "-auto-approve").Output()

	state, err := os.ReadFile(filepath.Join(cli.Dir, "terraform.tfstate.backup"))
	if err != nil {
		t.Fatal(err)
	}
	trace, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if len(trace) < 1000 || !strings.Contains(string(trace), "createPod") {
		t.Fatalf("no trace log to look through: %d bytes", len(trace))
	}
	for place, text := range map[string]string{
		"the plan": shown, "the output": said, "the state": string(state), "the trace log": providerLines(string(trace)),
	} {
		for _, secret := range []string{podSecret, instanceSecret, login} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s holds %s: …%s…", place, secret, text[max(0, i-200):min(len(text), i+100)])
			}
		}
		if i := strings.Index(text, env.APIKey); i >= 0 && place != "the plan" {
			t.Errorf("%s holds the API key: …%s…", place, text[max(0, i-200):min(len(text), i+100)])
		}
	}
}

// providerLines are what the provider itself logged.
func providerLines(trace string) string {
	var lines []string
	for line := range strings.Lines(trace) {
		if strings.Contains(line, "provider.terraform-provider-gpumarket") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
