package conform

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// canary is what must not be found. It needs no escaping, wherever it is written.
const canary = "canary-4711-do-not-leak"

// placeholder is where a secret belongs in an expression.
var placeholder = regexp.MustCompile(`\bCANARY\b`)

// secrets gives each secret attribute a canary and looks for it.
func secrets(m *matrix) []story {
	var out []story
	for _, l := range m.configured() {
		if l.writeOnly || l.sensitive {
			out = append(out, story{l.path, func(r *run) { r.leaks(l) }})
		}
	}
	return out
}

// lines collects what is logged.
type lines struct {
	mu  sync.Mutex
	all strings.Builder
}

var _ io.Writer = (*lines)(nil)

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

func (r *run) leaks(l *leaf) {
	logged := &lines{}
	r.w.Log = logged
	base := having(l.path, r.bodies())
	expr := r.Secrets[l.path]
	switch {
	case expr != "":
	case l.mapped:
		expr = `{ CANARY_KEY = "CANARY" }`
	default:
		expr = `"CANARY"`
	}
	// A variable keeps the secret out of what the configuration itself says.
	config := "variable \"secret\" { type = string }\n" + r.config(base.withAttribute(l.path, placeholder.ReplaceAllLiteralString(expr, "${var.secret}")))
	r.w.Var("secret", canary)
	looked := 0
	look := func(where, text string) {
		looked++
		if strings.Contains(text, canary) {
			r.Errorf("%s has the value of %s:\n%s", where, l.path, around(text))
		}
	}
	stored := func() {
		for _, address := range r.w.Addresses() {
			look("the private state", r.w.Private(address))
			if l.writeOnly {
				look("the state", fmt.Sprint(r.w.Value(address, "")))
			}
		}
	}

	// The platform repeats what it was sent, in its refusal.
	for _, code := range []int{http.StatusBadRequest, http.StatusInternalServerError} {
		r.fault(r.Create, simkit.Fault{
			Kind: simkit.Status, Status: code,
			Body: []byte(fmt.Sprintf(`{"title":"Refused","status":%d,"detail":"cannot use %s","success":false,"msg":"cannot use %s"}`, code, canary, canary)),
		})
		look("an error", r.w.TryApply(config).String())
		r.wellAgain()
	}
	plan := r.w.Plan(config)
	if l.writeOnly {
		look("the plan", fmt.Sprint(plan.Value(r.it(), "")))
	}
	plan.Apply()
	look("a diagnostic", plan.Diagnostics.String())
	stored()
	if !strings.Contains(r.wire.sent.String(), canary) {
		r.Errorf("the value of %s was never sent", l.path)
	}
	r.settled(config, 1)
	r.w.Refresh()
	stored()
	r.end()
	look("a log", logged.String())
	if logged.String() == "" {
		r.Error("nothing was logged, so nothing was looked at")
	}
	for _, url := range r.wire.urls {
		look("a URL", url)
	}
}

// around is where the canary stands.
func around(text string) string {
	at := strings.Index(text, canary)
	return text[max(0, at-200):min(len(text), at+len(canary)+100)]
}
