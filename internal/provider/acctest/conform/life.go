package conform

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/protocol"
)

// complete looks whether the description is.
func complete(r *run) {
	changed := describedChanges(r)
	for name := range r.Fixed {
		if l := r.leaves[name]; l == nil || !l.configured || changed[name] {
			r.Errorf("Fixed: %q is no attribute of a configuration without a change", name)
		}
	}
	for _, l := range r.configured() {
		if !changed[l.path] && r.Fixed[l.path] == "" {
			r.Errorf("Changes: nothing says how %q changes", l.path)
		}
		if !slices.ContainsFunc(r.bodies(), func(b body) bool { return b.has(l.path) }) {
			r.Errorf("Maximal, Others: %q stands in none of the configurations", l.path)
		}
		if _, ok := r.Expect[l.path]; l.fallback && !ok && !strings.Contains(l.path, ".") {
			r.Errorf("Expect: nothing says what the default of %q is", l.path)
		}
	}
	completeRefusals(r)
	if _, costs := r.leaves["estimated_cost"]; costs != r.Bills {
		r.Errorf("Bills is %v, and the schema has estimated_cost: %v", r.Bills, costs)
	}
}

// describedChanges are the attributes that the description changes.
func describedChanges(r *run) map[string]bool {
	changed := map[string]bool{}
	for _, c := range r.Changes {
		changed[c.Path] = true
		for name := range c.Also {
			changed[name] = true
		}
		// A block that comes or goes changes what stands in it.
		if r.blocks[c.Path] {
			for name := range r.leaves {
				if strings.HasPrefix(name, c.Path+".") && body(c.To).has(strings.TrimPrefix(name, c.Path+".")) {
					changed[name] = true
				}
			}
		}
		if r.leaves[c.Path] == nil {
			r.Errorf("Changes: there is no attribute %q", c.Path)
		}
	}
	return changed
}

// completeRefusals looks whether every validator has a wrong value.
func completeRefusals(r *run) {
	wrong := map[string]int{}
	for _, w := range r.Wrong {
		wrong[w.Path]++
		for name := range w.Also {
			wrong[name]++
		}
		if at := w.At; at != "" && at != "-" && at != w.Path {
			wrong[at]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.leaves)) {
		l := r.leaves[name]
		if checks := l.validators; wrong[name] < checks && !strings.HasPrefix(name, "timeouts.") {
			r.Errorf("Wrong: %d values for %q, which has %d validators", wrong[name], name, checks)
		}
	}
	if r.crossChecked() && len(r.Pairs)+len(r.rules()) == 0 {
		r.Errorf("Pairs: the resource has validators of its own, and no pairs are named")
	}
	if r.Update != "" && !slices.ContainsFunc(r.Changes, func(c Change) bool { return slices.Contains(c.Calls, r.Update) }) {
		r.Errorf("Changes: none makes the call %s", r.Update)
	}
}

// crossChecked tells whether the resource has validators that look at all of it.
func (m *matrix) crossChecked() bool {
	if _, ok := m.resource.(resource.ResourceWithValidateConfig); ok {
		return true
	}
	_, ok := m.resource.(resource.ResourceWithConfigValidators)
	return ok
}

// minimal creates the object with every default.
func minimal(r *run) {
	config := r.config(body(r.Minimal))
	plan := r.w.Plan(config).Creates(r.it())
	r.planned(plan, r.Planned)
	plan.Apply()
	if n := len(r.env.Requests(r.Create)); n != 1 {
		r.Errorf("%d requests %s, want 1", n, r.Create)
	}
	for _, path := range slices.Sorted(maps.Keys(r.Expect)) {
		r.w.Expect(r.it(), path, r.Expect[path])
	}
	r.settled(config, 1)
	if r.Marked && !strings.Contains(text(r.rows()[0]), markerVariable) {
		r.Errorf("the object does not bear the marker: %v", r.rows()[0])
	}
	if r.Bills {
		r.listedAsSpending()
	}
	r.env.ResetJournal()
	r.w.Refresh()
	r.env.NoWrites(r.TB)
	r.end()
}

// markerVariable is the environment variable that carries the marker of a create.
const markerVariable = "GPUMARKET_CREATE_ID"

// listedAsSpending looks whether gpumarket_spend knows the object.
func (r *run) listedAsSpending() {
	r.Helper()
	config := r.config(body(r.Minimal))
	r.w.Apply(config + "data \"gpumarket_spend\" \"now\" {}\noutput \"items\" { value = data.gpumarket_spend.now.items }\n")
	items, _ := r.w.Output("items").([]any)
	if !slices.ContainsFunc(items, func(item any) bool {
		fields, _ := item.(map[string]any)
		return text(fields["id"]) == r.id()
	}) {
		r.Errorf("gpumarket_spend does not list %s, but %v", r.id(), items)
	}
	r.w.Apply(config)
}

// maximal creates the object with everything that may be configured.
func maximal(m *matrix) []story {
	var out []story
	for i, text := range append([]string{m.Maximal}, m.Others...) {
		name := "everything"
		if i > 0 {
			name = fmt.Sprintf("other %d", i)
		}
		out = append(out, story{name, func(r *run) {
			config := r.config(body(text))
			r.w.Plan(config).Creates(r.it()).Apply()
			r.settled(config, 1)
			r.end()
		}})
	}
	return out
}

// changes are the stories that change one attribute.
func changes(m *matrix) []story {
	var out []story
	seen := map[string]int{}
	for _, c := range m.Changes {
		name := c.Path
		if c.To == "" {
			name += " removed"
		}
		if seen[name]++; seen[name] > 1 {
			name += " again"
		}
		out = append(out, story{name, func(r *run) { r.change(&c) }})
	}
	return out
}

func (r *run) change(c *Change) {
	from := r.before(c)
	before, after := r.config(from), r.config(r.edit(from, c.Path, c.To, c.Also))
	r.w.Apply(before)
	id := r.id()
	r.env.ResetJournal()
	if c.Refused != "" {
		if _, diags := r.w.TryPlan(after); !r.refusedAt(diags, c.Path, c.Refused) {
			r.Errorf("the plan does not say %q at %q, but:\n%s", c.Refused, c.Path, diags)
		}
		r.env.NoWrites(r.TB)
		r.settled(before, 1)
		r.end()
		return
	}
	plan := r.w.Plan(after)
	calls := c.Calls
	switch {
	case c.Replaced:
		plan.Replaces(r.it())
		if calls == nil {
			calls = []string{r.Delete, r.Create}
		}
	default:
		plan.Updates(r.it())
	}
	if c.Warns != "" {
		plan.Warns(c.Warns)
	}
	r.planned(plan, c.Planned)
	plan.Apply()
	r.env.Wrote(r.TB, calls...)
	if now := r.id(); (now != id) != c.Replaced {
		r.Errorf("the id was %s and is %s", id, now)
	}
	r.settled(after, 1)
	for key, want := range c.Holds {
		if got := r.rows()[0][key]; !same(got, want) {
			r.Errorf("the platform has %s %v, want %v", key, got, want)
		}
	}
	r.end()
}

// planned compares values of a plan, in the order of their paths.
func (r *run) planned(plan *protocol.Plan, want map[string]any) {
	r.Helper()
	for _, path := range slices.Sorted(maps.Keys(want)) {
		plan.Planned(r.it(), path, want[path])
	}
}

// same compares what JSON made of a value with one of a description.
func same(got, want any) bool {
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	return reflect.DeepEqual(got, want)
}
