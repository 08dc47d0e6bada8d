package acctest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/protocol"
)

// seen is what a step showed: by the harness or by the CLI, in the same words.
type seen struct {
	Actions map[string]string
	Planned map[string]any // what each object is to become, with "(unknown)" in it
	Said    []string       // severity, summary and detail of each message, each once
	State   map[string]any
	Outputs map[string]any
}

// player takes one step of a story.
type player func(t testing.TB, env *acctest.Env, s step, given string) seen

// TestProtocol_Calibration runs the stories through the harness and through the CLI
// of this run, in worlds of their own that begin alike. They must agree in what is
// planned, value by value, in what is said, and in the state that is left.
func TestProtocol_Calibration(t *testing.T) {
	t.Parallel()
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			inProcess, byCLI := acctest.New(t), acctest.New(t)
			play, other := inHarness(t, inProcess), inCLI(t, byCLI)
			var given, otherGiven string
			for i, step := range s.steps {
				if step.before != nil {
					given, otherGiven = step.before(t, inProcess), step.before(t, byCLI)
				}
				got := neutral(t, inProcess, play(t, inProcess, step, given))
				want := neutral(t, byCLI, other(t, byCLI, step, otherGiven))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("step %d: the CLI (-) and the harness (+) disagree:\n%s", i+1, diff)
				}
				for address, action := range step.actions {
					if got.Actions[address] != action {
						t.Errorf("step %d: %q of %s, want %s", i+1, got.Actions[address], address, action)
					}
				}
			}
			if left := inProcess.Rented(); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

var moment = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`)

// neutral replaces what differs between two worlds: the addresses of the simulators
// and the time.
func neutral(t testing.TB, env *acctest.Env, s seen) seen {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out seen
	same := strings.NewReplacer(env.RunPodURL, "RUNPOD", env.VastaiURL, "VASTAI").Replace(string(text))
	if err := json.Unmarshal([]byte(moment.ReplaceAllString(same, "TIME")), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// inHarness plays steps in the protocol harness.
func inHarness(t testing.TB, env *acctest.Env) player {
	t.Helper()
	w := env.Protocol(t)
	last := ""
	return func(t testing.TB, env *acctest.Env, s step, given string) seen {
		t.Helper()
		out := seen{Actions: map[string]string{}, Planned: map[string]any{}, State: map[string]any{}, Outputs: map[string]any{}}
		if given != "" {
			w.Var("given", given)
		}
		var diags protocol.Diagnostics
		var plan *protocol.Plan
		if s.destroy {
			diags = w.TryDestroy(last) // what stands in the directory, refused or not
		} else {
			last = s.config
			plan, diags = w.TryPlan(s.config)
		}
		if plan != nil {
			for address, action := range plan.Actions() {
				out.Actions[address] = string(action)
				out.Planned[address] = plan.Value(address, "")
			}
			if s.between != nil {
				s.between(t, env)
			}
			if !s.planned {
				diags = append(diags, plan.TryApply()...)
			}
		}
		if broken := diags.Broken(); len(broken) > 0 {
			t.Fatalf("broken rules:\n%s", broken)
		}
		for _, d := range diags {
			severity := "warning"
			if d.Error {
				severity = "error"
			}
			out.Said = append(out.Said, severity+": "+d.Summary+": "+d.Detail)
		}
		out.Said = once(out.Said)
		for _, address := range w.Addresses() {
			out.State[address] = map[string]any{"values": w.Value(address, ""), "tainted": w.Tainted(address)}
		}
		for _, name := range w.Outputs() {
			out.Outputs[name] = w.Output(name)
		}
		return out
	}
}

// inCLI plays steps with the real CLI.
func inCLI(t testing.TB, env *acctest.Env) player {
	t.Helper()
	cli := env.Attached(t)
	return func(t testing.TB, env *acctest.Env, s step, given string) seen {
		t.Helper()
		out := seen{Actions: map[string]string{}, Planned: map[string]any{}, State: map[string]any{}, Outputs: map[string]any{}}
		if given != "" {
			cli.Setenv("TF_VAR_given", given)
		}
		switch {
		case s.destroy:
			out.Said = said(t, cli.Run("destroy", "-auto-approve", "-json"))
		default:
			cli.Write("main.tf", s.config)
			planned := cli.Run("plan", "-out=saved", "-json")
			out.Said = said(t, planned)
			if planned.Code != 0 {
				break
			}
			readPlan(cli.Plan("saved"), &out)
			if s.between != nil {
				s.between(t, env)
			}
			// An apply of a plan without changes does nothing.
			if !s.planned {
				out.Said = append(out.Said, said(t, cli.Run("apply", "-json", "saved"))...)
			}
		}
		out.Said = once(out.Said)
		readState(cli.State(), &out)
		return out
	}
}

func once(said []string) []string {
	slices.Sort(said)
	return slices.Compact(said)
}

// said reads the messages of a command that was run with -json.
func said(t testing.TB, result acctest.Result) []string {
	t.Helper()
	var out []string
	for lines := bufio.NewScanner(strings.NewReader(result.Stdout)); lines.Scan(); {
		var line struct {
			Diagnostic *struct{ Severity, Summary, Detail string }
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v in the output\n%s", err, result.Output())
		}
		if d := line.Diagnostic; d != nil && !strings.HasPrefix(d.Summary, "Provider development overrides") {
			out = append(out, d.Severity+": "+d.Summary+": "+d.Detail)
		}
	}
	if result.Code != 0 && len(out) == 0 {
		t.Fatalf("exit code %d without a message:\n%s", result.Code, result.Output())
	}
	return out
}

func readPlan(plan *tfjson.Plan, out *seen) {
	for _, r := range plan.ResourceChanges {
		actions := r.Change.Actions
		action := fmt.Sprint(actions)
		switch {
		case actions.Replace():
			action = "replace"
		case len(actions) == 1:
			action = string(actions[0])
		}
		out.Actions[r.Address] = action
		out.Planned[r.Address] = unknownIn(r.Change.After, r.Change.AfterUnknown)
	}
}

// unknownIn puts what is unknown into what is known, as the plan's JSON keeps them
// apart and leaves out what is unknown.
func unknownIn(known, unknown any) any {
	switch unknown := unknown.(type) {
	case bool:
		if unknown {
			return "(unknown)"
		}
	case map[string]any:
		values, ok := known.(map[string]any)
		if !ok {
			return known
		}
		values = maps.Clone(values)
		for name, inner := range unknown {
			if was, there := values[name]; there || inner != false {
				values[name] = unknownIn(was, inner)
			}
		}
		return values
	case []any:
		values, ok := known.([]any)
		if !ok {
			return known
		}
		values = slices.Clone(values)
		for i := range values {
			if i < len(unknown) {
				values[i] = unknownIn(values[i], unknown[i])
			}
		}
		return values
	}
	return known
}

func readState(state *tfjson.State, out *seen) {
	if state.Values == nil {
		return
	}
	for name, v := range state.Values.Outputs {
		out.Outputs[name] = v.Value
	}
	if state.Values.RootModule == nil {
		return
	}
	for _, r := range state.Values.RootModule.Resources {
		if r.Mode == tfjson.ManagedResourceMode {
			out.State[r.Address] = map[string]any{"values": r.AttributeValues, "tainted": r.Tainted}
		}
	}
}
