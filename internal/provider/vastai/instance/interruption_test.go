package instance_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

func outbid(t *testing.T, env *acctest.Env) func() {
	return func() {
		env.ResetJournal()
		move(t, env, simkit.MarketAction{Action: simkit.Outbid, InstanceID: simkit.ID(env.Rented()[0].ID), Factor: 1.5})
	}
}

// shows are the two ways in which the platform is said to show an outbid instance: as
// one that wants to run, or with every state stopped.
func shows(t *testing.T, do func(t *testing.T, option func(*vastaisim.Options))) {
	for name, stopped := range map[string]bool{"intended to run": false, "stopped": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			do(t, func(o *vastaisim.Options) { o.OutbidShowsStopped = stopped })
		})
	}
}

func bidder(policy string) string {
	return instance(`bid_price = 0.2`, `max_hourly_price = 0.45`, `on_interruption = "`+policy+`"`)
}

// TestInstanceResource_Interruption_Wait keeps what was outbid, and proposes
// nothing.
func TestInstanceResource_Interruption_Wait(t *testing.T) {
	t.Parallel()
	shows(t, func(t *testing.T, option func(*vastaisim.Options)) {
		env := world(t, ladder(), option)
		config := env.Config(bidder("wait"))
		steps(t, env,
			resource.TestStep{Config: config},
			resource.TestStep{
				PreConfig: outbid(t, env), Config: config,
				ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
				ConfigStateChecks: []statecheck.StateCheck{
					text("status", "outbid"), value("interrupted", knownvalue.Bool(true)), text("desired_status", "running"),
					value("status_message", knownvalue.StringRegexp(regexp.MustCompile("^Outbid: "))),
					value("hourly_price", knownvalue.Float64Exact(0.01)), value("ssh", knownvalue.ObjectPartial(map[string]knownvalue.Check{"host": knownvalue.Null()})),
				},
			},
		)
		env.Wrote(t, "destroyInstance")
	})
}

// TestInstanceResource_Interruption_Rebid shows the higher bid in the plan.
func TestInstanceResource_Interruption_Rebid(t *testing.T) {
	t.Parallel()
	shows(t, func(t *testing.T, option func(*vastaisim.Options)) {
		env := world(t, ladder(), option)
		config := env.Config(bidder("rebid"))
		same := statecheck.CompareValue(compare.ValuesSame())
		id := func() statecheck.StateCheck { return same.AddStateValue(address, tfjsonpath.New("id")) }
		const bid = 0.317 // the stranger's 0.301 and a twentieth, upwards
		steps(t, env,
			resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{id()}},
			resource.TestStep{
				PreConfig: outbid(t, env), Config: config,
				ConfigPlanChecks: planned(append(unknown("status", "ssh", "hourly_price"),
					action(plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue(address, tfjsonpath.New("current_bid"), knownvalue.Float64Exact(bid)),
					plancheck.ExpectKnownValue(address, tfjsonpath.New("estimated_cost").AtMapKey("hourly"), knownvalue.Float64Exact(bid+0.01)))...),
				ConfigStateChecks: []statecheck.StateCheck{
					id(), text("status", "running"), value("bid_price", knownvalue.Float64Exact(0.2)),
					value("hourly_price", knownvalue.Float64Exact(bid+0.01)),
				},
			},
			resource.TestStep{
				PreConfig: func() { env.Wrote(t, "changeBid") }, Config: config,
				ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
			},
		)
	})
}

// TestInstanceResource_Interruption_RebidLimit never goes beyond the limit.
func TestInstanceResource_Interruption_RebidLimit(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	cli := env.Attached(t)
	cli.Write("main.tf", instance(`bid_price = 0.2`, `max_hourly_price = 0.3`, `on_interruption = "rebid"`))
	cli.MustRun("apply", "-auto-approve")
	outbid(t, env)()
	plan := cli.Run("plan", "-detailed-exitcode")
	if plan.Code != 0 {
		t.Errorf("plan: exit code %d, want nothing to do\n%s", plan.Code, plan.Output())
	}
	says(t, plan.Output(), "the lowest winning bid is 0.301 USD/h", "above max_hourly_price (0.30 USD/h)")
	env.NoWrites(t)
}

// TestInstanceResource_Interruption_Replace rents another one.
func TestInstanceResource_Interruption_Replace(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	config := env.Config(bidder("replace"))
	steps(t, env,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: outbid(t, env), Config: config,
			ConfigPlanChecks:  planned(append(unknown("id"), action(plancheck.ResourceActionReplace))...),
			ConfigStateChecks: []statecheck.StateCheck{text("status", "running"), value("offer_id", knownvalue.Int64Exact(102))},
		},
		emptyPlan(config),
	)
	nothingLeft(t, env)
}

// TestInstanceResource_Interruption_Fail fails at apply, and no longer once it is
// over.
func TestInstanceResource_Interruption_Fail(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	config := env.Config(bidder("fail"))
	steps(t, env,
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: outbid(t, env), Config: config, ExpectError: regexp.MustCompile(`is interrupted: outbid`)},
		resource.TestStep{
			PreConfig: func() {
				move(t, env, simkit.MarketAction{Action: simkit.HostOnline, InstanceID: simkit.ID(env.Rented()[0].ID)})
				env.World.Advance(60_000_000_000)
			},
			Config: config, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{text("status", "running"), value("interrupted", knownvalue.Bool(false))},
		},
	)
	env.Wrote(t, "destroyInstance")
}

// TestInstanceResource_Interruption_HostLost keeps what may come back.
func TestInstanceResource_Interruption_HostLost(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	config := env.Config(instance())
	offline := func() {
		move(t, env, simkit.MarketAction{Action: simkit.HostOffline, InstanceID: simkit.ID(env.Rented()[0].ID)})
	}
	steps(t, env,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: offline, Config: config, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{text("status", "offline"), value("interrupted", knownvalue.Bool(true))},
		},
	)
	nothingLeft(t, env)
}

// TestInstanceResource_Interruption_Ended: a contract that is over is kept, named,
// and replaced where that is the policy.
func TestInstanceResource_Interruption_Ended(t *testing.T) {
	t.Parallel()
	env := world(t, ladder())
	wait, replace := env.Config(instance()), env.Config(instance(`on_interruption = "replace"`))
	steps(t, env,
		resource.TestStep{Config: wait},
		resource.TestStep{
			PreConfig: func() { env.World.Advance(5000 * 24 * 3600 * 1_000_000_000) },
			Config:    wait, ConfigPlanChecks: planned(plancheck.ExpectEmptyPlan()),
			ConfigStateChecks: []statecheck.StateCheck{text("status", "ended"), text("desired_status", "running"), value("interrupted", knownvalue.Bool(true))},
		},
		resource.TestStep{
			Config: replace, PlanOnly: true, ExpectNonEmptyPlan: true,
		},
	)
}

// TestInstanceResource_Stop_Start keeps the identity, and says what is unknown.
func TestInstanceResource_Stop_Start(t *testing.T) {
	t.Parallel()
	env := world(t, ladder(), func(o *vastaisim.Options) { o.StopShowsStopped = true })
	stopped, running := env.Config(instance(`desired_status = "stopped"`)), env.Config(instance())
	same := statecheck.CompareValue(compare.ValuesSame())
	id := func() statecheck.StateCheck { return same.AddStateValue(address, tfjsonpath.New("id")) }
	steps(t, env,
		resource.TestStep{Config: running, ConfigStateChecks: []statecheck.StateCheck{id()}},
		resource.TestStep{
			Config: stopped, ConfigPlanChecks: planned(action(plancheck.ResourceActionUpdate)),
			ConfigStateChecks: []statecheck.StateCheck{
				id(), text("status", "stopped"), value("interrupted", knownvalue.Bool(false)), value("hourly_price", knownvalue.Float64Exact(0.01)),
				cost(map[string]knownvalue.Check{"hourly": knownvalue.Float64Exact(0.01), "compute_hourly": knownvalue.Float64Exact(0.3)}),
			},
		},
		emptyPlan(stopped),
		resource.TestStep{
			Config: running, ConfigPlanChecks: planned(append(unknown("ssh", "tcp_ports"), action(plancheck.ResourceActionUpdate))...),
			ConfigStateChecks: []statecheck.StateCheck{
				id(), text("status", "running"), cost(map[string]knownvalue.Check{"hourly": knownvalue.Float64Exact(0.31)}),
			},
		},
		emptyPlan(running),
	)
}

// TestInstanceResource_Stop_Start_GPUsGone keeps asking until the time is up, and
// gets them when they come back before.
func TestInstanceResource_Stop_Start_GPUsGone(t *testing.T) {
	t.Parallel()
	for _, reverts := range []bool{false, true} {
		env := world(t, ladder(), func(o *vastaisim.Options) { o.StartBusyReverts = reverts })
		cli := env.Attached(t)
		cli.Write("main.tf", instance(`desired_status = "stopped"`))
		cli.MustRun("apply", "-auto-approve")
		host := simkit.ID(env.Rented()[0].ID)
		move(t, env, simkit.MarketAction{Action: simkit.BusyHost, InstanceID: host})
		cli.Write("main.tf", instance(`timeouts { update = "5m" }`))
		env.ResetJournal()
		result := cli.Run("apply", "-auto-approve")
		if result.Code == 0 {
			t.Fatalf("apply succeeded\n%s", result.Output())
		}
		says(t, result.Output(), "Unable to start Vast.ai instance", "its disk bills 0.01 USD/h", "-replace=")
		if n := len(env.Requests("manageInstance")); n < 3 || n > 7 {
			t.Errorf("started %d times in five minutes", n)
		}
		move(t, env, simkit.MarketAction{Action: simkit.HostOnline, InstanceID: host})
		cli.MustRun("apply", "-auto-approve")
		// One that was queued starts without being asked again.
		env.World.Advance(60_000_000_000)
		cli.MustRun("apply", "-auto-approve", "-refresh-only")
		if got := attribute(t, cli, "status"); got != "running" {
			t.Errorf("status %q, want running", got)
		}
		if again := cli.Run("plan", "-detailed-exitcode"); again.Code != 0 {
			t.Errorf("second plan: exit code %d\n%s", again.Code, again.Output())
		}
	}
}
