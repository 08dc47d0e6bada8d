package instance_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

func three() string {
	return candidates([2]float64{101, 0.3}, [2]float64{102, 0.4}, [2]float64{103, 0.5})
}

// TestInstanceResource_Selection has the cost in the plan, for the instance's own
// disk.
func TestInstanceResource_Selection(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	config := env.Config(instance(three(), `disk_gb = 100`))
	figure := func(field string, want float64) plancheck.PlanCheck {
		return plancheck.ExpectKnownValue(address, tfjsonpath.New("estimated_cost").AtMapKey(field), knownvalue.Float64Exact(want))
	}
	steps(t, env,
		resource.TestStep{
			Config: config,
			ConfigPlanChecks: planned(
				figure("hourly", 0.32), figure("monthly", 233.6), figure("compute_hourly", 0.3), figure("storage_hourly", 0.02),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				value("offer_id", knownvalue.Int64Exact(101)), value("hourly_price", knownvalue.Float64Exact(0.32)),
			},
		},
		// The market says something else, and so does the selection: nothing changes.
		resource.TestStep{
			PreConfig: func() {
				move(t, env, simkit.MarketAction{Action: simkit.Reprice, Factor: 3})
				env.ResetJournal()
			},
			Config:           env.Config(instance(candidates([2]float64{105, 0.1}), `disk_gb = 100`)),
			ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
		},
		resource.TestStep{PreConfig: func() { env.NoWrites(t) }, Config: config, PlanOnly: true},
	)
}

// TestInstanceResource_OddRows_AreNotRented: an offer that tells no price is not rented
// as if it cost nothing.
func TestInstanceResource_OddRows_AreNotRented(t *testing.T) {
	t.Parallel()
	const facts = `"id": 101, "machine_id": 7, "gpu_name": "RTX 4090", "num_gpus": 1, "gpu_ram": 24564, "disk_space": 500, "verification": "verified", "geolocation": ", US"`
	for prices, want := range map[string]string{
		`"dph_base": 0, "storage_cost": 0.1`: `price unknown`,
		`"storage_cost": 0.1`:                `price unknown`,
		`"dph_base": 0.1`:                    `storage price unknown`,
	} {
		for _, source := range []string{`offer_id = 101`, candidates([2]float64{101, 0.3}), `offer { gpu_names = ["RTX 4090"] }`} {
			env := world(t, ladder())
			fault(t, env, simkit.Fault{
				Operation: "searchOffers", Kind: simkit.Status, Status: http.StatusOK, Body: []byte(`{"offers": [{` + facts + `, ` + prices + `}]}`),
			})
			steps(t, env, resource.TestStep{Config: env.Config(instance(source)), ExpectError: regexp.MustCompile(spaced(want))})
			env.NoWrites(t)
		}
	}
}

// TestInstanceResource_Selection_TakenOffers: the two cheapest are taken between
// plan and apply, and the third is rented in one go.
func TestInstanceResource_Selection_TakenOffers(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	cli := env.Attached(t)
	cli.Write("main.tf", instance(three(), `max_hourly_price = 1`))
	cli.MustRun("plan", "-out=saved")
	for _, id := range []string{"101", "102"} {
		move(t, env, simkit.MarketAction{Action: simkit.TakeOffer, OfferID: simkit.ID(id)})
	}
	cli.MustRun("apply", "saved")
	env.Wrote(t, "createInstance")
	if got := attribute(t, cli, "offer_id"); got != "103" {
		t.Errorf("offer %v was rented, want 103", got)
	}
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("second plan: exit code %d\n%s", result.Code, result.Output())
	}
}

// TestInstanceResource_Repriced: nothing dearer than what was reviewed is rented,
// unless max_hourly_price allows it.
func TestInstanceResource_Repriced(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, limit string
		factor      float64
		want        []string
	}{
		{name: "dearer", factor: 1.5, want: []string{"quoted at 0.31 USD/h and now costs 0.46 USD/h", "offer 103", "nothing bills"}},
		{name: "dearer_within_the_limit", factor: 1.5, limit: `max_hourly_price = 0.5`},
		{name: "dearer_than_the_limit", factor: 2, limit: `max_hourly_price = 0.5`, want: []string{"costs 0.61 USD/h and max_hourly_price is 0.50 USD/h"}},
		{name: "cheaper", factor: 0.5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := world(t, ladder())
			cli := env.Attached(t)
			cli.Write("main.tf", instance(three(), tt.limit))
			cli.MustRun("plan", "-out=saved")
			move(t, env, simkit.MarketAction{Action: simkit.Reprice, Factor: tt.factor})
			result := cli.Run("apply", "saved")
			if (result.Code == 0) != (tt.want == nil) || strings.Contains(result.Output(), "inconsistent") {
				t.Fatalf("apply: exit code %d\n%s", result.Code, result.Output())
			}
			says(t, result.Output(), tt.want...)
			if tt.want != nil {
				env.NoWrites(t)
			} else if again := cli.Run("plan", "-detailed-exitcode"); again.Code != 0 {
				t.Errorf("second plan: exit code %d\n%s", again.Code, again.Output())
			}
		})
	}
}

// TestInstanceResource_Refused tries every candidate once and leaves nothing.
func TestInstanceResource_Refused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		calls  int
		want   []string
	}{
		{
			name: "every_candidate_gone", status: http.StatusGone, body: `{"success":false,"error":"no_such_ask","msg":"error 410/3907: no_such_ask Instance type 1 is no longer available."}`,
			calls: 3, want: []string{"Tried 3 of 3 candidates", "offer 101", "offer 102", "offer 103", "no longer available"},
		},
		{
			name: "bad_request", status: http.StatusBadRequest, body: `{"success":false,"error":"invalid_args","msg":"error 400/3467: Invalid args: image"}`,
			calls: 1, want: []string{"Invalid args: image"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := world(t, ladder())
			fault(t, env, simkit.Fault{Operation: "createInstance", Kind: simkit.Status, Status: tt.status, Body: []byte(tt.body)})
			cli := env.Attached(t)
			cli.Write("main.tf", instance(three()))
			result := cli.Run("apply", "-auto-approve")
			if result.Code == 0 {
				t.Fatalf("apply succeeded\n%s", result.Output())
			}
			says(t, result.Output(), append(tt.want, "Nothing was rented, and nothing bills.")...)
			if n := len(env.Requests("createInstance")); n != tt.calls {
				t.Errorf("%d rent calls, want %d", n, tt.calls)
			}
			nothingLeft(t, env)
		})
	}
}

// TestInstanceResource_PlanRefuses says no before anything is written.
func TestInstanceResource_PlanRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, want string
		lines      []string
		provider   string
	}{
		{name: "max_hourly_price", lines: []string{three(), `max_hourly_price = 0.2`}, want: `0\.31\s+USD/h and max_hourly_price is 0\.20`},
		{name: "budget_each", lines: []string{three()}, provider: `budget { max_hourly_each = 0.25 }`, want: `0\.31\s+USD/h and\s+budget\.max_hourly_each is 0\.25`},
		{name: "budget", lines: []string{three()}, provider: `budget { max_hourly = 0.25 }`, want: `Everything else costs 0\.00\s+USD/h, this adds 0\.31`},
		{name: "bid_above_the_limit", lines: []string{`bid_price = 0.7`, `max_hourly_price = 0.5`}, want: `The bid, 0\.70, is above max_hourly_price, 0\.50`},
		{
			name: "candidates_on_demand_for_a_bid", lines: []string{three(), `bid_price = 0.7`},
			want: `3\s+of\s+the\s+candidates:\s+on\s+demand,\s+and\s+there\s+is\s+a\s+bid_price`,
		},
		{name: "no_candidates", lines: []string{`selection = { candidates = [{ marketplace = "runpod_secure", hourly_price = 0.2 }] }`}, want: `1\s+of\s+the\s+candidates:\s+offers\s+of\s+other\s+marketplaces`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := world(t, ladder())
			steps(t, env, resource.TestStep{
				Config: env.ProviderBlock(tt.provider) + instance(tt.lines...), ExpectError: regexp.MustCompile(tt.want),
			})
			env.NoWrites(t)
		})
	}
}

// TestInstanceResource_NoMatch warns at plan with near misses, and fails at apply.
func TestInstanceResource_NoMatch(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	cli := env.Attached(t)
	cli.Write("main.tf", instance(acctest.Block("offer", `gpu_names = ["RTX 4090"]`, `min_reliability = 0.999`)))
	plan := cli.MustRun("plan")
	says(t, plan.Output(), "No offer matches now", "min_reliability", "0.31")
	apply := cli.Run("apply", "-auto-approve")
	if apply.Code == 0 {
		t.Errorf("apply succeeded\n%s", apply.Output())
	}
	says(t, apply.Output(), "Unable to rent Vast.ai instance", "min_reliability", "nothing bills")
	env.NoWrites(t)
}

// TestInstanceResource_LostAnswer adopts what a lost answer was about.
func TestInstanceResource_LostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []simkit.FaultKind{simkit.DropAfter, simkit.Truncate, simkit.HTML} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			env := world(t, ladder())
			fault(t, env, simkit.Fault{Operation: "createInstance", Kind: kind, Times: 1})
			cli := env.Attached(t)
			cli.Write("main.tf", instance())
			if first := cli.Run("apply", "-auto-approve"); first.Code != 0 {
				cli.MustRun("apply", "-auto-approve")
			}
			all := env.Rented()
			if len(all) != 1 || attribute(t, cli, "id") != all[0].ID {
				t.Errorf("rented %v, want one, in the state", all)
			}
			if n := len(env.Requests("createInstance")); kind == simkit.DropAfter && n != 1 {
				t.Errorf("%d rent calls, want 1", n)
			}
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}

// TestInstanceResource_SavesIDWhenWaitFails: what does not boot ends early with
// the platform's own message, stays in the state, and is destroyed from there.
func TestInstanceResource_SavesIDWhenWaitFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		more []string
		want []string
		late bool
	}{
		{name: "bad_image", more: []string{`image = "me/does-not-exist:1"`}, want: []string{"cannot be started", "manifest unknown", "USD/h until it is destroyed"}},
		{name: "daemon_error", more: []string{`image = "me/oci-error:1"`}, want: []string{"OCI runtime create failed"}},
		{name: "container_ends", more: []string{`image = "me/exits-at-once:1"`}, want: []string{"its container ended"}},
		{name: "timeout", more: []string{`timeouts { create = "5s" }`}, want: []string{"loading", "USD/h until it is destroyed"}, late: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := world(t, ladder())
			cli := env.Attached(t)
			cli.Write("main.tf", instance(tt.more...))
			began := env.Clock.Now()
			result := cli.Run("apply", "-auto-approve")
			if result.Code == 0 {
				t.Fatalf("apply succeeded\n%s", result.Output())
			}
			says(t, result.Output(), tt.want...)
			if took := env.Clock.Now().Sub(began); took.Minutes() > 3 {
				t.Errorf("it took %s to notice", took)
			}
			if got, want := attribute(t, cli, "id"), env.Rented()[0].ID; got != want {
				t.Errorf("the state has the id %q, want %q", got, want)
			}
			plan := cli.MustRun("plan")
			says(t, plan.Output(), "is tainted")
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}

// TestInstanceResource_Parallel: twenty at once take the twenty cheapest offers
// with one rent call each.
func TestInstanceResource_Parallel(t *testing.T) {
	t.Parallel()
	var rows []string
	for i := range 30 {
		rows = append(rows, row(101+i, "RTX 4090", 0.3+0.01*float64(i)))
	}
	env := world(t, market(rows...))
	cli := env.Attached(t)
	cli.Write("main.tf", instance(`count = 20`, `offer { gpu_names = ["RTX 4090"] }`))
	cli.MustRun("apply", "-auto-approve", "-parallelism=20")
	if n := len(env.Requests("createInstance")); n != 20 {
		t.Errorf("%d rent calls, want 20", n)
	}
	total := 0.0
	for _, r := range env.Rented() {
		total += r.Hourly
	}
	if want := 20*0.31 + 0.01*190; len(env.Rented()) != 20 || total-want > 1e-6 || want-total > 1e-6 {
		t.Errorf("%d instances for %v USD/h, want 20 for %v", len(env.Rented()), total, want)
	}
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("second plan: exit code %d\n%s", result.Code, result.Output())
	}
	env.ResetJournal()
	cli.MustRun("plan", "-refresh-only")
	if n := len(env.Requests("")); n > 3 {
		t.Errorf("refreshing 20 instances took %d requests", n)
	}
	cli.MustRun("destroy", "-auto-approve", "-parallelism=20")
	nothingLeft(t, env)
}

// TestInstanceResource_Doubtful: only a proof removes an instance from the state.
func TestInstanceResource_Doubtful(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	cli := env.Attached(t)
	cli.Write("main.tf", instance())
	cli.MustRun("apply", "-auto-approve")
	for _, f := range []simkit.Fault{
		{Kind: simkit.Status, Status: http.StatusUnauthorized},
		{Kind: simkit.Status, Status: http.StatusNotFound, Body: []byte(`{"success":false,"error":"auth_error","msg":"Invalid user key"}`)},
		{Kind: simkit.Status, Status: http.StatusGone},
		{Kind: simkit.Status, Status: http.StatusBadGateway},
		{Kind: simkit.HTML},
		{Kind: simkit.EmptyList},
	} {
		f.Method, f.Path = http.MethodGet, "/api/v1/instances"
		fault(t, env, f)
		result := cli.Run("plan", "-detailed-exitcode")
		env.World.ClearFaults()
		if result.Code == 2 {
			t.Errorf("%s %d: a plan that changes something\n%s", f.Kind, f.Status, result.Output())
		}
	}
	if result := cli.Run("plan", "-detailed-exitcode"); result.Code != 0 {
		t.Errorf("afterwards: exit code %d\n%s", result.Code, result.Output())
	}
}

// TestInstanceResource_Secrets: secrets arrive, and are nowhere else.
func TestInstanceResource_Secrets(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	cli := env.Attached(t)
	cli.Setenv("TF_LOG", "TRACE")
	cli.Setenv("TF_VAR_token", "canary-of-env")
	cli.Setenv("TF_VAR_login", "-u me -p canary-of-login docker.io")
	cli.Write("main.tf", `
variable "token" { ephemeral = true }
variable "login" { ephemeral = true }
`+strings.NewReplacer(`"canary-of-env"`, "var.token", `"-u me -p canary-of-login docker.io"`, "var.login").Replace(maximal()))
	var output strings.Builder
	for _, args := range [][]string{{"plan", "-out=saved"}, {"show", "-json", "saved"}, {"apply", "saved"}, {"show", "-json"}, {"plan"}} {
		output.WriteString(cli.MustRun(args...).Output())
	}
	if got := env.Rented()[0].Env["TOKEN"]; got != "canary-of-env" {
		t.Errorf("the secret arrived as %q", got)
	}
	for _, canary := range []string{"canary-of-env", "canary-of-login"} {
		for _, line := range strings.Split(output.String(), "\n") {
			if strings.Contains(line, canary) {
				t.Errorf("%s leaks: %.300s", canary, line)
				break
			}
		}
	}
}

// TestInstanceResource_LeftBehind: an instance that a refusal names is destroyed and
// told; one that cannot be destroyed is in the state, where a destroy ends it.
func TestInstanceResource_LeftBehind(t *testing.T) {
	t.Parallel()
	left := simkit.Fault{
		Operation: "createInstance", Kind: simkit.Status, Status: http.StatusBadRequest,
		Body: []byte(`{"success":false,"error":"invalid_price","msg":"The bid is below the minimum.","new_contract":4711}`),
	}
	t.Run("destroyed", func(t *testing.T) {
		t.Parallel()
		env := world(t, ladder())
		cli := env.Attached(t)
		cli.Write("main.tf", instance())
		fault(t, env, left)
		result := cli.Run("apply", "-auto-approve")
		if result.Code == 0 {
			t.Fatalf("apply succeeded\n%s", result.Output())
		}
		says(t, result.Output(), "The bid is below the minimum.", "instance 4711 behind, which was destroyed", "Nothing was rented, and nothing bills.")
		if deletes := env.Requests("destroyInstance"); len(deletes) != 1 || !strings.Contains(deletes[0].Path, "4711") {
			t.Errorf("deletes: %+v, want one of 4711", deletes)
		}
		if state := cli.State(); state.Values != nil && len(state.Values.RootModule.Resources) != 0 {
			t.Errorf("the state has %+v", state.Values.RootModule.Resources)
		}
	})
	t.Run("not destroyed", func(t *testing.T) {
		t.Parallel()
		env := world(t, ladder())
		cli := env.Attached(t)
		cli.Write("main.tf", instance())
		fault(t, env, left)
		fault(t, env, simkit.Fault{Operation: "destroyInstance", Kind: simkit.Status, Status: http.StatusForbidden, Body: []byte(`{"success":false,"error":"forbidden","msg":"not now"}`)})
		result := cli.Run("apply", "-auto-approve")
		if result.Code == 0 {
			t.Fatalf("apply succeeded\n%s", result.Output())
		}
		says(t, result.Output(), "The bid is below the minimum.", "could not be destroyed", "Instance 4711 exists and may bill.")
		if got := attribute(t, cli, "id"); got != "4711" {
			t.Errorf("the state has id %q, want 4711", got)
		}
	})
}

var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func says(t *testing.T, output string, want ...string) {
	t.Helper()
	plain := strings.Join(strings.Fields(strings.ReplaceAll(colours.ReplaceAllString(output, ""), "│", " ")), " ")
	for _, text := range want {
		if !strings.Contains(plain, text) {
			t.Errorf("the output lacks %q:\n%s", text, output)
		}
	}
}

func attribute(t *testing.T, cli interface{ State() *tfjson.State }, name string) string {
	t.Helper()
	for _, r := range cli.State().Values.RootModule.Resources {
		if r.Address == address {
			return fmt.Sprint(r.AttributeValues[name])
		}
	}
	t.Errorf("the state has no %s", address)
	return ""
}

// TestInstanceResource_AppearsLate: the platform does not know a new instance for a
// while, in any answer.
func TestInstanceResource_AppearsLate(t *testing.T) {
	t.Parallel()
	env := world(t, ladder(), func(o *vastaisim.Options) { o.NullPolls, o.HiddenInList = 4, true })
	config := env.Config(instance())
	steps(t, env,
		resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{text("status", "running")}},
		emptyPlan(config),
	)
	nothingLeft(t, env)
}
