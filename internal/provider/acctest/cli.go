package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

// CLI runs the real CLI with the built provider, both as processes of their own,
// in a working directory.
type CLI struct {
	// Dir is the working directory. The provider block is in provider.tf.
	Dir string

	t   testing.TB
	cli string
	env []string
	// attach starts the provider that serves the next command, see [Env.Attached].
	attach func() (variable string, stop func())
}

// CLI returns a CLI in a new working directory. The world must keep real time
// (see [RealTime]): a provider in a process of its own has no other.
func (e *Env) CLI(t testing.TB) *CLI {
	t.Helper()
	if _, leaps := e.Clock.(*clocktest.Leaping); leaps {
		t.Fatal("a CLI of its own needs a world in real time: acctest.New(t, acctest.RealTime)")
	}
	tools := prepare(t)
	plugins, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return newCLI(t, tools, plugins, e.ProviderBlock())
}

// newCLI prepares a working directory in which the provider is the one in plugins,
// without an init.
func newCLI(t testing.TB, tools toolchain, plugins, providerBlock string) *CLI {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "cli.tfrc")
	c := &CLI{
		Dir: filepath.Join(dir, "work"), t: t, cli: tools.cli,
		env: append(os.Environ(),
			"TF_CLI_CONFIG_FILE="+config,
			"TF_IN_AUTOMATION=1",
			"TF_INPUT=0",
			"TF_CLI_ARGS=-no-color",
		),
	}
	if err := os.Mkdir(c.Dir, 0o750); err != nil {
		t.Fatal(err)
	}
	write(t, config, fmt.Sprintf(`provider_installation {
  dev_overrides { "gpumarket/gpumarket" = %q }
  direct {}
}
`, plugins))
	c.Write("provider.tf", `terraform {
  required_providers {
    gpumarket = { source = "gpumarket/gpumarket" }
  }
}

`+providerBlock)
	return c
}

// Write puts a file into the working directory, in place of one of that name.
func (c *CLI) Write(name, text string) {
	c.t.Helper()
	write(c.t, filepath.Join(c.Dir, name), text)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Setenv sets a variable for the commands that are started from now on.
func (c *CLI) Setenv(name, value string) { c.env = append(c.env, name+"="+value) }

// Result is what a command left.
type Result struct {
	Stdout, Stderr string
	// Code is the exit code; -1 when the process was killed.
	Code int
}

// Output is both streams, for messages: of a long plan the end, where its errors are.
func (r Result) Output() string {
	const most = 8000
	text := r.Stdout + r.Stderr
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
}

// Run runs the CLI with the arguments to its end, whatever its exit code.
func (c *CLI) Run(args ...string) Result {
	c.t.Helper()
	return c.Start(args...).Wait()
}

// MustRun runs the CLI and fails the test unless it exits with 0.
func (c *CLI) MustRun(args ...string) Result {
	c.t.Helper()
	result := c.Run(args...)
	if result.Code != 0 {
		c.t.Fatalf("%s %s: exit code %d\n%s", filepath.Base(c.cli), strings.Join(args, " "), result.Code, result.Output())
	}
	return result
}

// Plan reads a saved plan.
func (c *CLI) Plan(file string) *tfjson.Plan {
	c.t.Helper()
	plan := new(tfjson.Plan)
	c.show(plan, file)
	return plan
}

// State reads the state.
func (c *CLI) State() *tfjson.State {
	c.t.Helper()
	state := new(tfjson.State)
	c.show(state)
	return state
}

func (c *CLI) show(into any, file ...string) {
	c.t.Helper()
	out := c.MustRun(append([]string{"show", "-json"}, file...)...)
	if err := json.Unmarshal([]byte(out.Stdout), into); err != nil {
		c.t.Fatalf("show -json: %v\n%s", err, out.Output())
	}
}

// Process is a command under way.
type Process struct {
	t              testing.TB
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	once           sync.Once
	result         Result
	stop           func()
}

// Start starts the CLI with the arguments. It and the provider that it starts
// are killed at the end of the test when they still run.
func (c *CLI) Start(args ...string) *Process {
	c.t.Helper()
	p := &Process{t: c.t, cmd: exec.CommandContext(context.Background(), c.cli, args...), stop: func() {}} //nolint:gosec // the developer's choice
	p.cmd.Dir, p.cmd.Env = c.Dir, c.env
	if c.attach != nil {
		variable, stop := c.attach()
		p.cmd.Env, p.stop = append(slices.Clone(c.env), variable), stop
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.cmd.WaitDelay = 10 * time.Second // a surviving provider would hold the streams open
	ownGroup(p.cmd)
	if err := p.cmd.Start(); err != nil {
		p.stop()
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { p.Kill() })
	return p
}

// Wait waits for the end of the process.
func (p *Process) Wait() Result {
	p.t.Helper()
	p.once.Do(func() {
		err := p.cmd.Wait()
		p.stop()
		if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
			p.t.Errorf("wait for the CLI: %v", err)
		}
		p.result = Result{Stdout: p.stdout.String(), Stderr: p.stderr.String(), Code: p.cmd.ProcessState.ExitCode()}
	})
	return p.result
}

// Kill ends the CLI and the provider at once, as a lost machine would: nothing
// more is sent, nothing is saved.
func (p *Process) Kill() Result {
	p.t.Helper()
	if p.cmd.ProcessState == nil {
		killGroup(p.cmd)
	}
	return p.Wait()
}

// Interrupt is Ctrl-C in a terminal: it reaches the CLI and the provider.
func (p *Process) Interrupt() {
	p.t.Helper()
	if err := interruptGroup(p.cmd); err != nil {
		p.t.Errorf("interrupt: %v", err)
	}
}

// built is the folder with the provider, built once per process of tests.
var built = sync.OnceValues(func() (string, error) {
	tools, err := prepared()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(tools.root, ".cache", "acctest")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	// Several test processes may build at once: each moves its own file into place.
	const name = "terraform-provider-gpumarket"
	own := filepath.Join(dir, fmt.Sprintf("%s.%d", name, os.Getpid()))
	build := exec.CommandContext(context.Background(), "go", "build", "-buildvcs=false", "-o", own, ".") //nolint:gosec // fixed arguments
	build.Dir, build.Env = tools.root, tools.env
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the provider: %w\n%s", err, out)
	}
	return dir, os.Rename(own, filepath.Join(dir, name))
})
