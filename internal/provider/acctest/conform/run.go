package conform

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	gpumarket "github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/protocol"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// run is a story under way: the simulators, and a working directory.
type run struct {
	testing.TB
	*matrix

	env  *acctest.Env
	w    *protocol.World
	wire *wire
}

func (m *matrix) start(t testing.TB) *run {
	t.Helper()
	env := acctest.New(t, m.Options...)
	r := &run{TB: t, matrix: m, env: env, wire: newWire(func() bool { return len(env.Requests(m.Create)) > 0 })}
	r.w = protocol.New(t, protocol.Factories{gpumarket.TypeName: r.process})
	r.w.Prelude = r.env.ProviderBlock()
	return r
}

// process starts a process of the provider.
func (r *run) process() (tfprotov6.ProviderServer, error) {
	options := r.env.Options()
	way := r.wire.process()
	options.RunPodTransport, options.VastaiTransport, options.Lifetime = way, way, way.life
	if r.serve != nil {
		return r.serve(options)
	}
	return serveAsIs(options)
}

func serveAsIs(options gpumarket.Options) (tfprotov6.ProviderServer, error) {
	return providerserver.NewProtocol6WithError(gpumarket.NewWith(options))()
}

// row is the object as the simulator has it.
type row map[string]any

func (r *run) rows() []row {
	content, err := json.Marshal(r.env.World.State())
	if err != nil {
		r.Fatal(err)
	}
	var state map[string]map[string]any
	if err := json.Unmarshal(content, &state); err != nil {
		r.Fatal(err)
	}
	list, ok := state[r.Platform][r.Rows].([]any)
	if !ok {
		r.Fatalf("the state of the simulated %s has no list %q", r.Platform, r.Rows)
	}
	var out []row
	for _, one := range list {
		if fields, ok := one.(map[string]any); ok {
			out = append(out, fields)
		}
	}
	return out
}

func (r *run) idOf(one row) string {
	if r.RowID != "" {
		return text(one[r.RowID])
	}
	return text(one["id"])
}

// text is an id as text; JSON numbers are whole here.
func text(v any) string {
	if f, ok := v.(float64); ok {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprint(v)
}

// held are the ids that the platform has, in order.
func (r *run) held() []string {
	ids := []string{}
	for _, one := range r.rows() {
		ids = append(ids, r.idOf(one))
	}
	sort.Strings(ids)
	return ids
}

// known are the ids that the state has, in order.
func (r *run) known() []string {
	ids := []string{}
	for _, address := range r.w.Addresses() {
		if strings.HasPrefix(address, r.Type+".") {
			ids = append(ids, text(r.w.Value(address, "id")))
		}
	}
	sort.Strings(ids)
	return ids
}

// agree fails the test unless state and platform have the same objects, so many.
func (r *run) agree(when string, count int) {
	r.Helper()
	known, held := r.known(), r.held()
	if !slices.Equal(known, held) || len(held) != count {
		r.Errorf("%s: the state has %v, the platform %v, want the same %d", when, known, held, count)
	}
}

// settled fails the test unless the plan is empty and state and platform agree.
func (r *run) settled(config string, count int) {
	r.Helper()
	r.w.Plan(config).Empty()
	r.agree("afterwards", count)
}

// end destroys everything and looks whether something is left.
func (r *run) end() {
	r.Helper()
	r.w.Destroy()
	if left := r.held(); len(left) > 0 {
		r.Errorf("left on the account after destroy: %v", left)
	}
}

// id is that of the object in the state.
func (r *run) id() string {
	r.Helper()
	return text(r.w.Value(r.it(), "id"))
}

// fault makes requests of an operation fail from now on.
func (r *run) fault(operation string, f simkit.Fault) {
	r.Helper()
	f.Platform, f.Operation = r.Platform, operation
	if err := r.env.World.Fault(f); err != nil {
		r.Fatal(err)
	}
}

func (r *run) wellAgain() { r.env.World.ClearFaults() }

// executed is how many requests of the operation the platform answered with success.
func (r *run) executed(operation string) int {
	n := 0
	for _, entry := range r.env.Requests(operation) {
		if entry.Status >= 200 && entry.Status < 300 {
			n++
		}
	}
	return n
}

// console deletes the object by hand.
func (r *run) console(id string) {
	r.Helper()
	if r.Gone != nil {
		r.Gone(r.TB, r.env, id)
		return
	}
	r.env.Console(r.TB, http.MethodDelete, r.url()+"/"+id, "")
}

func (r *run) url() string {
	if r.Platform == "vastai" {
		return r.env.VastaiURL + r.Path
	}
	return r.env.RunPodURL + r.Path
}

// unbroken fails the test when a rule of core was broken.
func (r *run) unbroken(diags protocol.Diagnostics) {
	r.Helper()
	if broken := diags.Broken(); len(broken) > 0 {
		r.Fatalf("the provider broke a rule of core:\n%s", broken)
	}
}

// sound fails the test when there are errors.
func (r *run) sound(what string, diags protocol.Diagnostics) {
	r.Helper()
	if errs := diags.Errors(); len(errs) > 0 {
		r.Errorf("%s:\n%s", what, errs)
	}
}

// object is the object at the address in the state, without the named attributes. What
// an estimate is based on is left out: what was found was not rented from an offer.
func (r *run) object(address string, without ...string) map[string]any {
	r.Helper()
	all, ok := r.w.Value(address, "").(map[string]any)
	if !ok {
		r.Fatal("the state has no object")
	}
	return trim(all, append(without, "estimated_cost.basis"))
}

func trim(object map[string]any, without []string) map[string]any {
	for _, path := range without {
		remove(object, strings.Split(path, "."))
	}
	return object
}

func remove(from map[string]any, steps []string) {
	if len(steps) == 1 {
		delete(from, steps[0])
		return
	}
	if inner, ok := from[steps[0]].(map[string]any); ok {
		remove(inner, steps[1:])
	}
}

// differences names the attributes in which two objects differ.
func differences(was, is map[string]any) string {
	var lines []string
	for name := range was {
		if !reflect.DeepEqual(was[name], is[name]) {
			lines = append(lines, fmt.Sprintf("  %s: %v, want %v", name, is[name], was[name]))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}
