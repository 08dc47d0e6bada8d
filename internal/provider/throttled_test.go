package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestLife_Throttled: every request of a life is refused several times for the
// number of requests, in each form that the platforms have for that. The life goes
// on, and nothing is created twice.
func TestLife_Throttled(t *testing.T) {
	t.Parallel()
	forms := map[string]simkit.Fault{
		"the platform's own": {Kind: simkit.Status, Status: http.StatusTooManyRequests},
		"plain text":         {Kind: simkit.Status, Status: http.StatusTooManyRequests, Body: []byte(`"API requests too frequent: endpoint threshold=4.5"`)},
		"JSON detail":        {Kind: simkit.Status, Status: http.StatusTooManyRequests, Body: []byte(`{"detail":"Request was throttled."}`)},
		"web page":           {Kind: simkit.HTML, Status: http.StatusTooManyRequests},
	}
	for _, v := range victims() {
		for name, form := range forms {
			t.Run(v.kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				env := acctest.New(t)
				cli := env.Attached(t)
				storm := func() {
					for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
						form.Method, form.Path, form.Times = method, "/", 3
						if err := env.World.Fault(form); err != nil {
							t.Fatal(err)
						}
					}
				}
				cli.Write("main.tf", v.config)
				storm()
				cli.MustRun("apply", "-auto-approve")
				done := 0
				for _, entry := range env.Requests(v.create) {
					if entry.Status < http.StatusMultipleChoices {
						done++
					}
				}
				if trouble := v.differs(t, env, cli, 1); trouble != "" || done != 1 {
					t.Errorf("%s; %d creates were executed, want 1", trouble, done)
				}
				for operation, config := range v.changes {
					cli.Write("main.tf", config)
					storm()
					cli.MustRun("apply", "-auto-approve")
					if trouble := v.differs(t, env, cli, 1); trouble != "" {
						t.Errorf("after %s: %s", operation, trouble)
					}
				}
				storm()
				cli.MustRun("destroy", "-auto-approve")
				nothingLeft(t, env)
			})
		}
	}
}

// TestCreate_Parallel: many equal creates side by side, of which the first answers
// are lost, make one object each.
func TestCreate_Parallel(t *testing.T) {
	t.Parallel()
	const count = 6
	for _, v := range victims() {
		t.Run(v.kind, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			cli := env.Attached(t)
			cli.Write("main.tf", repeated(&v, count))
			if err := env.World.Fault(simkit.Fault{Operation: v.create, Kind: simkit.DropAfter, Times: 3}); err != nil {
				t.Fatal(err)
			}
			cli.MustRun("apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", count))
			if trouble := v.differs(t, env, cli, count); trouble != "" {
				t.Error(trouble)
			}
			if n := len(env.Requests(v.create)); n != count {
				t.Errorf("%d creates, want %d", n, count)
			}
			secondPlan(t, cli)
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}
