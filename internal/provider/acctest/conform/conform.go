// Package conform holds a resource against everything that is asked of every object
// of this provider, from one description of some sixty lines:
//
//	func TestNetworkVolume(t *testing.T) {
//		t.Parallel()
//		conform.Run(t, &conform.Object{
//			Type: "gpumarket_runpod_network_volume", Platform: "runpod", Path: "/v2/network-volumes", Rows: "network_volumes",
//			Create: "createNetworkVolume", Read: "getNetworkVolume", Update: "updateNetworkVolume",
//			Delete: "deleteNetworkVolume", List: "listNetworkVolumes",
//			Minimal: `name = "a" …`, Maximal: `…`,
//			Changes: []conform.Change{{Path: "name", To: `"b"`, Calls: []string{"updateNetworkVolume"}}, …},
//			Wrong:   []conform.Wrong{{Path: "name", To: `""`, Says: "at least 1"}, …},
//		})
//	}
//
// Everything runs in this process, over the simulators and with Terraform's own rules
// (see package protocol). What can be derived from the schema is: the values of the
// configuration that are unknown in turn, write-only and sensitive attributes that
// must not leak, pairs of attributes that a validator names, wrong timeouts, defaults.
// What the description leaves out and should not is an error that names it.
package conform

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	gpumarket "github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Object describes a resource. Expressions and bodies are HCL, paths are those of
// attributes and blocks: "size_gb", "gpu.count", "gpu". What stands inside of an object
// attribute has no path of its own.
type Object struct {
	// Type is the Terraform type.
	Type string
	// Platform is "runpod" or "vastai".
	Platform string
	// Path is where the API has the collection, such as "/v2/pods". One object is at
	// Path/ID.
	Path string
	// Rows is the key of the objects in the simulator's state. Each has an "id", or
	// what RowID names.
	Rows, RowID string
	// Create, Read, Update, Delete and List are OpenAPI operationIds. Read is empty
	// where only the list shows the object, Update where nothing changes in place.
	Create, Read, Update, Delete, List string

	// Setup is put before the resource, in every configuration: what it refers to.
	Setup string
	// Minimal and Maximal are bodies of the resource: what is required, and everything.
	// The others are bodies for what does not go together with Maximal. All of them
	// must be fit to be created, and each attribute stands in one of them.
	Minimal, Maximal string
	Others           []string
	// Unique is the path of a string that no two objects may share; empty when equal
	// ones may exist.
	Unique string
	// Expect are values of the state after Minimal was applied, by path: what was not
	// configured. Each attribute with a default of its own must be among them.
	Expect map[string]any
	// Planned are values of the plan of Minimal that are known before it is applied.
	Planned map[string]any

	// Changes is how each attribute changes.
	Changes []Change
	// Fixed are the paths of attributes for which no change is declared, with the
	// reason.
	Fixed map[string]string
	// Wrong are values that are refused before anything is done.
	Wrong []Wrong
	// Pairs are attributes or blocks that are checked against each other. Those that
	// validators name are found without.
	Pairs [][2]string
	// Secrets are expressions for secret attributes, with the word CANARY where the
	// secret is. Without one a string is "CANARY", a map of strings { CANARY_KEY = "CANARY" }.
	Secrets map[string]string

	// NotReturned are the paths of what the platform does not return: null after an
	// import, until an update takes it over from the configuration.
	NotReturned []string
	// ImportCalls are the writing operations by which the first apply after an import
	// takes over what the platform does not return; none of them may restart anything.
	ImportCalls []string

	// Gone deletes the object by hand; DELETE Path/ID when nil.
	Gone func(t testing.TB, env *acctest.Env, id string)
	// Absent is the answer of Read for an id that does not exist; RunPod's own when nil.
	Absent *simkit.Fault
	// Marked tells that the object bears the marker of its create in its environment.
	Marked bool
	// Bills tells that it costs money while it exists.
	Bills bool
	// Options change the world.
	Options []func(*sim.Options)
	// Except are the cases that do not apply, by name ("list") or by name and story
	// ("refused/update html"), with the reason.
	Except map[string]string

	// serve starts a process of the provider; this one as it is when nil.
	serve func(gpumarket.Options) (tfprotov6.ProviderServer, error)
}

// Change is one attribute that changes, alone where it can.
type Change struct {
	// Path is what changes and To its new expression, or the new body of a block.
	// An empty To takes it away.
	Path, To string
	// Also are further changes of the same step, path → expression.
	Also map[string]string
	// From is the body before; when empty, the first of Maximal, Others and Minimal
	// that has the path, else Maximal.
	From string
	// Replaced tells that the object is replaced; else it changes in place.
	Replaced bool
	// Calls are the writing operations of the apply, in any order. Without any, the
	// change concerns the state alone; of a replacement they are Delete and Create.
	Calls []string
	// Refused is what the plan says when there is no such change.
	Refused string
	// Warns is what the plan warns of.
	Warns string
	// Planned are values of the plan, by path.
	Planned map[string]any
	// Holds is what the platform has afterwards: keys of the object's row in the
	// simulator's state.
	Holds map[string]any
}

// Wrong is a value that is refused at validate or plan, before anything is done.
type Wrong struct {
	// Path is the attribute or block and To its expression or body; an empty To takes
	// it away.
	Path, To string
	// Also are further changes of the configuration, path → expression.
	Also map[string]string
	// From is the body to start from; when empty, the first of Minimal, Maximal and
	// Others that has the path, else Minimal.
	From string
	// At is the path of the error, or one above it; Path when empty. "-" stands for an
	// error about the whole.
	At string
	// Says is what the message contains.
	Says string
}

// Run runs the matrix, each case and story as a subtest of its name, side by side.
func Run(t *testing.T, o *Object) {
	t.Helper()
	m, err := newMatrix(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if reason := o.Except[c.name]; reason != "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range c.stories(m) {
				if o.Except[c.name+"/"+s.name] != "" {
					continue
				}
				if s.name == "" {
					s.run(m.start(t))
					continue
				}
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					s.run(m.start(t))
				})
			}
		})
	}
}

// story is one life of the object. It has a world of its own.
type story struct {
	name string
	run  func(r *run)
}

// cases is the matrix, by the names of the subtests.
var cases = []struct {
	name    string
	stories func(m *matrix) []story
}{
	{"description", one(complete)},
	{"minimal", one(minimal)},
	{"maximal", maximal},
	{"change", changes},
	{"wrong", wrongs},
	{"unknown", unknowns},
	{"pairs", pairs},
	{"import", imports},
	{"disappears", one(disappears)},
	{"lost", lost},
	{"killed", one(killed)},
	{"throttled", throttled},
	{"refused", refused},
	{"doubtful", one(doubtful)},
	{"secrets", secrets},
	{"list", one(listed)},
	{"timeouts", timeouts},
}

func one(f func(r *run)) func(*matrix) []story {
	return func(*matrix) []story { return []story{{run: f}} }
}
