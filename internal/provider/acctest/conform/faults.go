package conform

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/protocol"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func status(code int, body string) simkit.Fault {
	return simkit.Fault{Kind: simkit.Status, Status: code, Body: []byte(body)}
}

// refusals are the ways in which a platform does not do what it is asked for.
func refusals() map[string]simkit.Fault {
	return map[string]simkit.Fault{
		"500":           {Kind: simkit.Status, Status: http.StatusInternalServerError},
		"503 text":      status(http.StatusServiceUnavailable, `"upstream connect error"`),
		"502 html":      {Kind: simkit.HTML, Status: http.StatusBadGateway},
		"200 html":      {Kind: simkit.HTML},
		"429 text":      status(http.StatusTooManyRequests, `"API requests too frequent: endpoint threshold=4.5"`),
		"429 json":      status(http.StatusTooManyRequests, `{"detail":"rate limit exceeded for the minute window","status":429,"title":"Too Many Requests"}`),
		"401":           {Kind: simkit.Status, Status: http.StatusUnauthorized},
		"404 of a path": status(http.StatusNotFound, `{"title":"Not Found","status":404,"detail":"The requested path was not found."}`),
	}
}

// step is a change in place that makes a call, for the faults of that call.
func (m *matrix) steps() map[string]*Change {
	out := map[string]*Change{}
	for i := range m.Changes {
		c := &m.Changes[i]
		if c.Replaced || c.Refused != "" {
			continue
		}
		for _, call := range c.Calls {
			if out[call] == nil {
				out[call] = c
			}
		}
	}
	return out
}

// lost answers: what was asked for is done, or not, and nobody hears of it.
func lost(m *matrix) []story {
	before, after := simkit.Fault{Kind: simkit.DropBefore, Times: 1}, simkit.Fault{Kind: simkit.DropAfter, Times: 1}
	out := []story{
		{"create", func(r *run) { r.lostCreate(simkit.Fault{Kind: simkit.DropAfter}) }},
		{"create truncated", func(r *run) { r.lostCreate(simkit.Fault{Kind: simkit.Truncate}) }},
		{"create before", func(r *run) {
			config := r.config(body(r.Minimal))
			r.fault(r.Create, before)
			r.unbroken(r.w.TryApply(config))
			r.agree("after a create that never arrived", len(r.known()))
			r.w.Apply(config)
			r.settled(config, 1)
			r.end()
		}},
		{"delete", func(r *run) { r.lostDelete(after) }},
		{"delete before", func(r *run) { r.lostDelete(before) }},
	}
	for operation, c := range m.steps() {
		out = append(out,
			story{operation, func(r *run) { r.lostUpdate(c, operation, after) }},
			story{operation + " before", func(r *run) { r.lostUpdate(c, operation, before) }})
	}
	return out
}

// lostCreate creates two equal objects, one after the other, and no create is answered.
func (r *run) lostCreate(f simkit.Fault) {
	b := body(r.Minimal)
	config := r.config(b) + r.block("other", r.twin(b)+"\ndepends_on = ["+body(r.it())+"]\n")
	r.fault(r.Create, f)
	r.w.Apply(config)
	if n := len(r.env.Requests(r.Create)); n != 2 {
		r.Errorf("%d requests %s for two objects", n, r.Create)
	}
	r.wellAgain()
	r.settled(config, 2)
	r.end()
}

// killed is the process that dies after its create was executed, before it is answered.
// The next one takes over what was made, though an equal object stands beside it.
func killed(r *run) {
	b := body(r.Minimal)
	beside := r.alone() + r.block("other", r.twin(b))
	both := beside + r.block("it", b)
	r.w.Apply(beside)
	r.env.ResetJournal()
	r.wire.kill()
	diags := r.w.TryApply(both)
	if !r.wire.killed() || len(r.held()) != 2 || len(r.known()) != 1 {
		r.Fatalf("not killed in the middle of the create: the platform has %v, the state %v\n%s", r.held(), r.known(), diags)
	}
	r.w.Apply(both)
	if n := len(r.env.Requests(r.Create)); n != 1 {
		r.Errorf("%d requests %s, want the one of the killed process", n, r.Create)
	}
	r.settled(both, 2)
	r.end()
}

func (r *run) lostUpdate(c *Change, operation string, f simkit.Fault) {
	from := r.before(c)
	after := r.config(r.edit(from, c.Path, c.To, c.Also))
	r.w.Apply(r.config(from))
	id := r.id()
	r.fault(operation, f)
	r.unbroken(r.w.TryApply(after))
	r.agree("after the lost "+operation, 1)
	r.w.Apply(after)
	if r.id() != id {
		r.Errorf("the id was %s and is %s", id, r.id())
	}
	r.settled(after, 1)
	r.end()
}

func (r *run) lostDelete(f simkit.Fault) {
	config := r.config(body(r.Minimal))
	r.w.Apply(config)
	r.fault(r.Delete, f)
	diags := r.w.TryDestroy(config)
	r.unbroken(diags)
	if len(diags.Errors()) > 0 && len(r.known()) == 0 {
		r.Errorf("an error, and the state lost the object:\n%s", diags)
	}
	r.end()
}

// throttled refuses every request of a life several times.
func throttled(*matrix) []story {
	var out []story
	for _, name := range []string{"429 text", "429 json"} {
		out = append(out, story{name, func(r *run) { r.storm(refusals()[name]) }})
	}
	return out
}

func (r *run) storm(f simkit.Fault) {
	begin := func() {
		r.wellAgain()
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			f.Platform, f.Method, f.Path, f.Times = r.Platform, method, "/", 3
			if err := r.env.World.Fault(f); err != nil {
				r.Fatal(err)
			}
		}
	}
	config := r.config(body(r.Minimal))
	if r.Setup != "" {
		r.w.Apply(r.alone())
	}
	begin()
	r.w.Apply(config)
	if n := r.executed(r.Create); n != 1 {
		r.Errorf("%d creates were executed, want 1", n)
	}
	r.settled(config, 1)
	for _, c := range r.steps() {
		from := r.before(c)
		after := r.config(r.edit(from, c.Path, c.To, c.Also))
		r.w.Apply(r.config(from))
		begin()
		r.w.Apply(after)
		r.settled(after, 1)
	}
	begin()
	r.end()
}

// truth is what an error says about what is so now.
var truth = regexp.MustCompile(`(?i)nothing (was|is|changed)|not created|exists|exist|is not known|bills|left as it was|(was|is|are|were) (kept|unchanged)|still|may have`)

// failed fails the test unless there are errors, each about the object and with the
// words that it must have.
func (r *run) failed(diags protocol.Diagnostics, words string) {
	r.Helper()
	r.unbroken(diags)
	errs := diags.Errors()
	if len(errs) == 0 {
		r.Errorf("no error, though nothing was done")
	}
	for _, d := range errs {
		if d.Address != r.it() || !d.Says(words) {
			r.Errorf("the error does not name %s %q:\n%s", r.it(), words, d)
		}
		if !truth.MatchString(d.Detail) {
			r.Errorf("the error does not say what is true now:\n%s", d)
		}
	}
}

// refused has each operation fail until somebody has mended the platform. What was
// there stays in the state, an object beside it too, and the next apply goes on.
func refused(m *matrix) []story {
	var out []story
	for _, name := range slices.Sorted(maps.Keys(refusals())) {
		f := refusals()[name]
		out = append(out, story{"create " + name, func(r *run) {
			beside := r.alone() + r.block("other", r.twin(body(r.Minimal)))
			both := beside + r.block("it", body(r.Minimal))
			r.w.Apply(beside)
			r.fault(r.Create, f)
			r.failed(r.w.TryApply(both), "")
			r.agree("after the refusal", 1)
			r.wellAgain()
			r.w.Apply(both)
			r.settled(both, 2)
			r.end()
		}}, story{"delete " + name, func(r *run) {
			config := r.config(body(r.Minimal))
			r.w.Apply(config)
			was := r.id()
			r.fault(r.Delete, f)
			r.failed(r.w.TryDestroy(config), was)
			r.agree("after the refusal", 1)
			r.wellAgain()
			r.end()
		}})
		for operation, c := range m.steps() {
			out = append(out, story{operation + " " + name, func(r *run) {
				from := r.before(c)
				after := r.config(r.edit(from, c.Path, c.To, c.Also))
				r.w.Apply(r.config(from))
				was := r.id()
				r.fault(operation, f)
				r.failed(r.w.TryApply(after), was)
				r.agree("after the refusal", 1)
				r.wellAgain()
				r.w.Apply(after)
				if r.id() != was {
					r.Errorf("the id was %s and is %s", was, r.id())
				}
				r.settled(after, 1)
				r.end()
			}})
		}
		if name == "404 of a path" {
			continue // of a read, that is a doubt
		}
		out = append(out, story{"read " + name, func(r *run) {
			config := r.config(body(r.Minimal))
			r.w.Apply(config)
			was := r.id()
			r.doubt(f, f)
			_, diags := r.w.TryPlan(config)
			r.failed(diags, was)
			r.agree("after the refusal", 1)
			r.wellAgain()
			r.settled(config, 1)
			r.end()
		}})
	}
	return out
}

// doubts are answers to reads that say nothing about whether something exists.
func doubts() map[string]simkit.Fault {
	all := refusals()
	maps.Copy(all, map[string]simkit.Fault{
		"403":             {Kind: simkit.Status, Status: http.StatusForbidden},
		"404 auth_error":  status(http.StatusNotFound, `{"success":false,"error":"auth_error","msg":"Invalid user key"}`),
		"404 of a proxy":  {Kind: simkit.HTML, Status: http.StatusNotFound},
		"404, no body":    status(http.StatusNotFound, `""`),
		"410":             status(http.StatusGone, `{"success":false,"error":"deprecated_endpoint","msg":"Use another one."}`),
		"500 html":        {Kind: simkit.HTML, Status: http.StatusInternalServerError},
		"truncated":       {Kind: simkit.Truncate},
		"empty body":      status(http.StatusOK, `""`),
		"empty object":    status(http.StatusOK, `{}`),
		"null":            status(http.StatusOK, `"null"`),
		"an array":        status(http.StatusOK, `[]`),
		"no content":      {Kind: simkit.Status, Status: http.StatusNoContent},
		"refused":         status(http.StatusOK, `{"success":false,"error":"server_error","msg":"Something went wrong on the server"}`),
		"empty list":      {Kind: simkit.EmptyList},
		"lost connection": {Kind: simkit.DropBefore},
	})
	return all
}

// doubt makes reads of the object and lists fail.
func (r *run) doubt(read, list simkit.Fault) {
	r.Helper()
	if r.Read != "" && read.Kind != simkit.EmptyList {
		r.fault(r.Read, read)
	}
	r.fault(r.List, list)
}

// doubtful reads never take anything out of the state; a list that is in doubt does
// not confirm what a read says.
func doubtful(r *run) {
	config := r.config(body(r.Minimal))
	r.w.Apply(config)
	absent := simkit.Fault{Kind: simkit.Status, Status: http.StatusNotFound, Body: []byte(`{"title":"Not Found","status":404,"detail":"resource not found"}`)}
	if r.Absent != nil {
		absent = *r.Absent
	}
	look := func(name string) {
		r.env.World.Advance(time.Minute)
		plan, diags := r.w.TryPlan(config)
		r.unbroken(diags)
		if plan != nil && plan.Actions()[r.it()] != protocol.NoOp {
			r.Errorf("%s: the plan has %s", name, plan.Actions()[r.it()])
		}
		r.wellAgain()
	}
	for _, name := range slices.Sorted(maps.Keys(doubts())) {
		r.doubt(doubts()[name], doubts()[name])
		look(name)
		if name == "empty list" || r.Read == "" {
			continue // together with a read that says so, no doubt is left
		}
		r.doubt(absent, doubts()[name])
		look("absent, and the list: " + name)
		r.fault(r.Read, absent)
		look("absent, and listed")
	}
	r.env.ResetJournal()
	r.settled(config, 1)
	r.env.NoWrites(r.TB)
	r.end()
}

// timeouts has each operation refused for longer than its timeout allows. The end
// comes then, not when the default would be over.
func timeouts(m *matrix) []story {
	var out []story
	steps := m.steps()
	waits := func(kind, operation string, c *Change) {
		if operation != "" && m.leaves["timeouts."+kind] != nil {
			out = append(out, story{kind, func(r *run) { r.tire(kind, operation, c) }})
		}
	}
	waits("create", m.Create, nil)
	waits("delete", m.Delete, nil)
	waits("update", m.Update, steps[m.Update])
	return out
}

func (r *run) tire(kind, operation string, c *Change) {
	const limit, slack = 90 * time.Second, 100 * time.Second
	from := body(r.Minimal)
	if c != nil {
		from = r.before(c)
	}
	from = from.without("timeouts").withBlock("timeouts", fmt.Sprintf("%s = %q", kind, limit))
	config, after := r.config(from), r.config(from)
	switch {
	case c != nil:
		after = r.config(r.edit(from, c.Path, c.To, c.Also))
		r.w.Apply(config)
	case kind == "delete":
		r.w.Apply(config)
	case r.Setup != "":
		r.w.Apply(r.alone())
	}
	r.fault(operation, refusals()["429 text"])
	began := r.env.Clock.Now()
	var diags protocol.Diagnostics
	if kind == "delete" {
		diags = r.w.TryDestroy(config)
	} else {
		diags = r.w.TryApply(after)
	}
	r.unbroken(diags)
	if took := r.env.Clock.Now().Sub(began); len(diags.Errors()) == 0 || took < limit/3 || took > limit+slack {
		r.Errorf("ended after %s, with a timeout of %s:\n%s", took, limit, diags)
	}
	r.wellAgain()
	if kind != "delete" {
		r.w.Apply(after)
		r.settled(after, 1)
	}
	r.end()
}
