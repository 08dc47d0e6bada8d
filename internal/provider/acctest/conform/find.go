package conform

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sort"
	"time"
)

// imports takes an existing object into the state.
func imports(m *matrix) []story {
	var out []story
	for name, b := range map[string]body{"minimal": body(m.Minimal), "everything": body(m.Maximal)} {
		out = append(out,
			story{name + " by id", func(r *run) { r.imported(b, func() any { return r.id() }) }},
			story{name + " by identity", func(r *run) { r.imported(b, func() any { return r.w.Identity(r.it()) }) }})
	}
	return append(out, story{"of nothing", func(r *run) {
		diags := r.w.TryImport(r.config(body(r.Minimal)), r.it(), absentID)
		if len(diags.Errors()) == 0 || len(diags.Broken()) > 0 || len(r.known()) > 0 {
			r.Errorf("the import of what does not exist left %v in the state and said:\n%s", r.known(), diags)
		}
	}})
}

// absentID is an id that no object has, on either platform.
const absentID = "987654321"

func (r *run) imported(b body, target func() any) {
	config := r.config(b)
	r.w.Apply(config)
	to, was := target(), r.object(r.it())
	if to == nil {
		r.Fatal("the object has no identity")
	}
	without := r.object(r.it(), r.notReturned()...)
	r.w.Forget(r.it())
	r.env.ResetJournal()
	r.w.Import(config, r.it(), to)
	if found := differences(without, r.object(r.it(), r.notReturned()...)); found != "" {
		r.Errorf("imported otherwise than it was created:\n%s", found)
	}
	plan := r.w.Plan(config)
	for address, action := range plan.Actions() {
		if action != "no-op" && (action != "update" || address != r.it()) {
			r.Errorf("the first plan after an import has %s for %s", action, address)
		}
	}
	plan.Apply()
	if plan.Actions()[r.it()] == "no-op" {
		r.env.NoWrites(r.TB)
	} else {
		r.env.Wrote(r.TB, r.ImportCalls...)
	}
	// What is neither returned nor configured stays unknown for good.
	lost := slices.DeleteFunc(slices.Clone(r.NotReturned), b.has)
	if found := differences(trim(was, lost), r.object(r.it(), lost...)); found != "" {
		r.Errorf("after the import and an apply:\n%s", found)
	}
	r.settled(config, 1)
	r.end()
}

// notReturned are the paths of what a read cannot know.
func (m *matrix) notReturned() []string {
	return append([]string{"timeouts"}, m.NotReturned...)
}

// disappears deletes the object by hand.
func disappears(r *run) {
	config := r.config(body(r.Minimal))
	r.w.Apply(config)
	id := r.id()
	r.console(id)
	r.env.World.Advance(time.Minute)
	r.w.Plan(config).Creates(r.it()).Apply()
	if r.id() == id {
		r.Errorf("the object is %s again", id)
	}
	r.settled(config, 1)
	// Gone once more, and nothing is wrong with destroying what is gone.
	r.console(r.id())
	r.end()
}

// listed lists the account, with and without the objects, and a part of it.
func listed(r *run) {
	config := r.config(body(r.Minimal)) + r.block("other", r.twin(body(r.Minimal)))
	r.w.Apply(config)
	query := func(include bool, limit int) string {
		return r.alone() + fmt.Sprintf("list %q \"all\" {\n  include_resource = %v\n  limit = %d\n}\n", r.Type, include, limit)
	}
	address := "list." + r.Type + ".all"
	want := map[string]map[string]any{}
	for _, at := range []string{r.it(), r.other()} {
		id, _ := r.w.Identity(at).(map[string]any)
		want[fmt.Sprint(id)] = r.object(at, r.notReturned()...)
	}
	r.env.ResetJournal()
	found := []string{}
	for _, one := range r.w.List(query(true, 10))[address] {
		key := fmt.Sprint(one.Identity)
		found = append(found, key)
		object, ok := one.Object.(map[string]any)
		if !ok || one.Name == "" {
			r.Errorf("%s has the name %q and the object %v", key, one.Name, one.Object)
			continue
		}
		if lines := differences(want[key], trim(object, []string{"estimated_cost.basis"})); lines != "" {
			r.Errorf("listed otherwise than it is:\n%s", lines)
		}
	}
	sort.Strings(found)
	if ids := slices.Sorted(maps.Keys(want)); !reflect.DeepEqual(found, ids) {
		r.Errorf("listed %v, want %v", found, ids)
	}
	for _, one := range r.w.List(query(false, 10))[address] {
		if one.Object != nil {
			r.Errorf("%v was listed with its object, unasked", one.Identity)
		}
	}
	if n := len(r.w.List(query(false, 1))[address]); n != 1 {
		r.Errorf("%d were listed, of at most 1", n)
	}
	r.env.NoWrites(r.TB)
	r.end()
}
