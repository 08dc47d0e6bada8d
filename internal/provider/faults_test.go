package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// victim is a resource with a change for each of its writing operations.
type victim struct {
	kind   string
	create string // operation that rents
	remove string // operation that ends it
	config string
	// changes lead from config to another one through the named operation.
	changes map[string]string
}

const faultyVolume = `
resource "gpumarket_runpod_network_volume" "v" {
  name           = "faulty"
  size_gb        = 50
  data_center_id = "US-KS-2"
}`

const faultyPod = `
resource "gpumarket_runpod_pod" "v" {
  name  = "faulty"
  image = "ubuntu:24.04"
  gpu { types = ["RTX 4090"] }
  ports = ["22/tcp"]
}`

const faultyInstance = `
resource "gpumarket_vastai_instance" "v" {
  offer { gpu_names = ["RTX 4090"] }
  image           = "ubuntu:24.04"
  disk_gb         = 20
  label           = "faulty"
  bid_price       = 1.5
  ssh_public_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOldOldOldOldOldOldOldOldOldOldOldOldOldOldOldOl one"]
}`

func victims() []victim {
	change := strings.Replace
	return []victim{
		{
			kind: "gpumarket_runpod_network_volume", config: faultyVolume,
			create: "createNetworkVolume", remove: "deleteNetworkVolume",
			changes: map[string]string{"updateNetworkVolume": change(faultyVolume, "50", "80", 1)},
		},
		{
			kind: "gpumarket_runpod_pod", config: faultyPod,
			create: "createPod", remove: "deletePod",
			changes: map[string]string{
				"updatePod": change(faultyPod, "24.04", "22.04", 1),
				"podAction": change(faultyPod, "  ports", "  desired_status = \"stopped\"\n  ports", 1),
			},
		},
		{
			kind: "gpumarket_vastai_instance", config: faultyInstance,
			create: "createInstance", remove: "destroyInstance",
			changes: map[string]string{
				"manageInstance":         change(faultyInstance, "  label ", "  desired_status = \"stopped\"\n  label ", 1),
				"updateInstanceTemplate": change(faultyInstance, "24.04", "22.04", 1),
				"changeBid":              change(faultyInstance, "1.5", "1.7", 1),
				"attachSshKey":           change(faultyInstance, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOldOldOldOldOldOldOldOldOldOldOldOldOldOldOldOl one", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINewNewNewNewNewNewNewNewNewNewNewNewNewNewNewNe two", 1),
			},
		},
	}
}

// faultKinds are the ways in which one request fails.
func faultKinds() map[string]simkit.Fault {
	return map[string]simkit.Fault{
		"drop_before": {Kind: simkit.DropBefore},
		"drop_after":  {Kind: simkit.DropAfter},
		"500":         {Kind: simkit.Status, Status: http.StatusInternalServerError},
		"503":         {Kind: simkit.Status, Status: http.StatusServiceUnavailable, Body: []byte(`"upstream connect error"`)},
		"429":         {Kind: simkit.Status, Status: http.StatusTooManyRequests, Body: []byte(`"API requests too frequent"`)},
		"404":         {Kind: simkit.Status, Status: http.StatusNotFound, Body: []byte(`{"title":"Not Found","status":404,"detail":"The requested path was not found."}`)},
		"401":         {Kind: simkit.Status, Status: http.StatusUnauthorized},
		"delay":       {Kind: simkit.Delay, DelayMS: 45_000},
		"truncate":    {Kind: simkit.Truncate},
		"html":        {Kind: simkit.HTML},
	}
}

// report collects the table of faults × operations.
type report struct {
	mu   sync.Mutex
	rows []string
	bad  int
}

func (r *report) add(kind, operation, fault string, violations []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	verdict := "ok"
	if len(violations) > 0 {
		verdict = strings.Join(violations, "; ")
		r.bad++
	}
	r.rows = append(r.rows, fmt.Sprintf("%-34s %-24s %-12s %s", kind, operation, fault, verdict))
}

// TestFaults makes one request of every writing operation fail in every way, in the
// first apply, in a later one and in the destroy, and holds the simulators against
// the state: exactly what the state has, never two for one, nothing after destroy.
func TestFaults(t *testing.T) {
	t.Parallel()
	table := &report{}
	t.Cleanup(func() {
		slices.Sort(table.rows)
		t.Logf("%d cases, %d violations\n%s", len(table.rows), table.bad, strings.Join(table.rows, "\n"))
	})
	for _, v := range victims() {
		operations := []string{v.create, v.remove}
		for operation := range v.changes {
			operations = append(operations, operation)
		}
		for _, operation := range operations {
			for name, fault := range faultKinds() {
				t.Run(operation+"/"+name, func(t *testing.T) {
					t.Parallel()
					fault.Operation, fault.Times = operation, 1
					violations := v.suffer(t, operation, fault)
					table.add(v.kind, operation, name, violations)
					for _, violation := range violations {
						t.Error(violation)
					}
				})
			}
		}
	}
}

// suffer lives one life of the resource with one fault in it and returns what went
// wrong.
func (v *victim) suffer(t *testing.T, operation string, fault simkit.Fault) (violations []string) {
	t.Helper()
	env := acctest.New(t)
	cli := env.Attached(t)
	inject := func() {
		if err := env.World.Kit.Fault(fault); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(when string, want int) {
		if trouble := v.differs(t, env, cli, want); trouble != "" {
			violations = append(violations, when+": "+trouble)
		}
	}
	step := func(when string, args ...string) {
		if result := cli.Run(args...); result.Code != 0 {
			violations = append(violations, fmt.Sprintf("%s failed:\n%s", when, result.Output()))
		}
	}

	cli.Write("main.tf", v.config)
	if operation == v.create {
		inject()
		first := cli.Run("apply", "-auto-approve")
		if n := len(env.Rented()); n > 1 {
			return append(violations, fmt.Sprintf("%d objects after the first apply:\n%s", n, first.Output()))
		}
	}
	step("apply", "apply", "-auto-approve")
	holds("after apply", 1)

	if config, ok := v.changes[operation]; ok {
		cli.Write("main.tf", config)
		inject()
		cli.Run("apply", "-auto-approve")
		holds("after the change", 1)
		step("second change", "apply", "-auto-approve")
		holds("after the second change", 1)
		step("plan", "plan", "-detailed-exitcode")
	}
	if operation == v.remove {
		inject()
		cli.Run("destroy", "-auto-approve")
	}
	step("destroy", "destroy", "-auto-approve")
	holds("after destroy", 0)
	if len(env.Requests(operation)) == 0 {
		violations = append(violations, "the operation was never called: the fault did not act")
	}
	return violations
}

// differs tells how the simulators differ from the state, "" when they do not.
func (v *victim) differs(t *testing.T, env *acctest.Env, cli *acctest.CLI, want int) string {
	t.Helper()
	var inState, held []string
	if state := cli.State(); state.Values != nil {
		for _, r := range state.Values.RootModule.Resources {
			if r.Mode == tfjson.ManagedResourceMode {
				inState = append(inState, fmt.Sprintf("%s %v", r.Type, r.AttributeValues["id"]))
			}
		}
	}
	for _, rented := range env.Rented() {
		held = append(held, rented.String())
	}
	slices.Sort(inState)
	slices.Sort(held)
	switch {
	case !slices.Equal(inState, held):
		return fmt.Sprintf("the state has %v, the platform %v", inState, held)
	case len(held) != want:
		return fmt.Sprintf("%d objects, want %d", len(held), want)
	}
	return ""
}
