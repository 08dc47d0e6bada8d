package pod_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// wrapped matches words that the CLI may break over lines.
func wrapped(words string) *regexp.Regexp {
	fields := strings.Fields(words)
	for i := range fields {
		fields[i] = regexp.QuoteMeta(fields[i])
	}
	return regexp.MustCompile(`(?s)` + strings.Join(fields, `[\s│]+`))
}

func soldOut(t *testing.T, env *acctest.Env, gpu, cloud string) {
	t.Helper()
	market(t, env, simkit.MarketAction{Action: simkit.Stock, GPU: gpu, Cloud: cloud, Level: "NONE"})
}

// TestPodResource_Fallback walks types × clouds × data centers.
func TestPodResource_Fallback(t *testing.T) {
	t.Parallel()
	wishes := []string{`-gpu`, `gpu { types = ["RTX 4090", "RTX 3090"] }`, `clouds = ["SECURE", "COMMUNITY"]`}
	t.Run("clouds", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		soldOut(t, env, "RTX 4090", "SECURE")
		run(t, env,
			resource.TestStep{
				Config: env.Config(pod(wishes...)),
				ConfigStateChecks: []statecheck.StateCheck{
					value("gpu_type", knownvalue.StringExact(theType)), value("cloud", knownvalue.StringExact("COMMUNITY")),
				},
			},
			resource.TestStep{
				PreConfig: func() { env.Wrote(t, "createPod", "createPod") },
				Config:    env.Config(pod(wishes...)), PlanOnly: true,
			},
		)
	})
	t.Run("types", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		soldOut(t, env, "RTX 4090", "")
		run(t, env, resource.TestStep{
			Config: env.Config(pod(wishes...)),
			ConfigStateChecks: []statecheck.StateCheck{
				value("gpu_type", knownvalue.StringExact("NVIDIA GeForce RTX 3090")), value("cloud", knownvalue.StringExact("SECURE")),
			},
		})
	})
	t.Run("data centers", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		market(t, env, simkit.MarketAction{Action: simkit.Stock, GPU: "RTX 4090", DataCenter: "EU-RO-1", Level: "NONE"})
		run(t, env, resource.TestStep{
			Config:            env.Config(pod(`data_center_ids = ["US-KS-2", "EU-RO-1"]`)),
			ConfigStateChecks: []statecheck.StateCheck{value("data_center_id", knownvalue.StringExact("US-KS-2"))},
		})
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		soldOut(t, env, "", "")
		run(t, env, resource.TestStep{
			Config:      env.Config(pod(wishes...)),
			ExpectError: wrapped("Tried 4 of 4 candidates, none could be rented: - RTX 4090, SECURE: There are no longer any instances available"),
		})
		env.Wrote(t, "createPod", "createPod", "createPod", "createPod")
	})
	t.Run("bad request", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		run(t, env, resource.TestStep{
			Config:      env.Config(pod(append(wishes, `-image`, `image = "not-in-registry:1"`)...)),
			ExpectError: wrapped("was not found in its registry"),
		})
		env.Wrote(t, "createPod")
	})
}

// TestPodResource_LostAnswer: a create whose answer is lost is looked for, and
// never sent again.
func TestPodResource_LostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []simkit.FaultKind{simkit.DropAfter, simkit.Truncate} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			fault(t, env, simkit.Fault{Operation: "createPod", Kind: kind, Times: 1})
			run(t, env,
				resource.TestStep{Config: env.Config(pod())},
				resource.TestStep{
					PreConfig: func() { only(t, env); env.Wrote(t, "createPod") },
					Config:    env.Config(pod()), PlanOnly: true,
				},
			)
		})
	}
}

// TestPodResource_SavesIDWhenWaitFails: what was rented is in the state whatever
// becomes of it, and destroy ends it.
func TestPodResource_SavesIDWhenWaitFails(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, image, message string }{
		{"image cannot be pulled", "does-not-exist:1", "Its log ends with: error pulling image: manifest for does-not-exist:1 not found"},
		{"container ends", "exits-at-once:1", "container exited with code 0"},
		{"container loop", "never-starts:1", "Its log ends with: container exited with code 1, restarting"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			config := env.Config(pod(`-image`, `image = "`+tt.image+`"`, `timeouts { create = "20m" }`))
			run(t, env,
				resource.TestStep{Config: config, ExpectError: wrapped(tt.message)},
				resource.TestStep{
					PreConfig:        func() { only(t, env); env.Wrote(t, "createPod") },
					Config:           env.Config(pod()),
					ConfigPlanChecks: before(does(plancheck.ResourceActionReplace)),
				},
			)
			env.Wrote(t, "createPod", "deletePod", "createPod", "deletePod")
		})
	}
}

// TestPodResource_Stop_Start keeps the identity, and says what a stop risks.
func TestPodResource_Stop_Start(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	runs := env.Config(pod(`ports = ["22/tcp"]`, `volume { size_gb = 73 }`))
	stopped := env.Config(pod(`ports = ["22/tcp"]`, `volume { size_gb = 73 }`, `desired_status = "stopped"`))
	var id string
	run(t, env,
		resource.TestStep{
			Config:           runs,
			ConfigPlanChecks: before(planned("estimated_cost", partial("stopped_hourly", 0.02))),
		},
		resource.TestStep{
			PreConfig: func() { id = only(t, env).ID; env.ResetJournal() },
			Config:    stopped,
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate),
				planned("ssh", noWayIn()), planned("tcp_ports", knownvalue.MapExact(map[string]knownvalue.Check{"22": knownvalue.Null()})), planned("estimated_cost", partial("hourly", 0.02))),
			ConfigStateChecks: []statecheck.StateCheck{
				value("status", knownvalue.StringExact("EXITED")), value("hourly_price", knownvalue.Float64Exact(0)),
			},
		},
		resource.TestStep{
			PreConfig: func() { env.Wrote(t, "podAction"); env.ResetJournal() },
			Config:    runs,
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate), unknown("ssh"), unknown("tcp_ports"),
				planned("estimated_cost", partial("compute_hourly", 0.59))),
			ConfigStateChecks: []statecheck.StateCheck{
				value("status", knownvalue.StringExact("RUNNING")), value("tcp_ports", knownvalue.MapSizeExact(1)),
			},
		},
		resource.TestStep{
			PreConfig: func() {
				env.Wrote(t, "podAction")
				if now := only(t, env).ID; now != id {
					t.Errorf("the pod is %s, was %s", now, id)
				}
				// Stopped by somebody else: the plan proposes a start.
				console(t, env, http.MethodPost, "/v2/pods/"+id+"/action", `{"action":"stop"}`)
				env.World.Advance(time.Minute)
			},
			Config:           runs,
			ConfigPlanChecks: before(does(plancheck.ResourceActionUpdate)),
		},
		resource.TestStep{
			PreConfig: func() {
				console(t, env, http.MethodPost, "/v2/pods/"+id+"/action", `{"action":"stop"}`)
				market(t, env, simkit.MarketAction{Action: simkit.BusyHost, InstanceID: simkit.ID(id)})
				env.World.Advance(time.Minute)
			},
			Config: runs, ExpectError: wrapped("Unable to start RunPod pod " + id),
		},
		resource.TestStep{Config: stopped, ConfigPlanChecks: before(plancheck.ExpectEmptyPlan())},
	)
}

// TestPodResource_CreateStopped: nothing runs longer than it takes to stop it.
func TestPodResource_CreateStopped(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(pod(`desired_status = "stopped"`, `locked = true`))
	run(t, env,
		resource.TestStep{
			Config: config, ConfigStateChecks: []statecheck.StateCheck{value("status", knownvalue.StringExact("EXITED"))},
		},
		empty(t, env, config),
	)
}

// TestPodResource_Late: a change whose wait takes too long stands, and the next
// refresh fills in what was missing.
func TestPodResource_Late(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	config := env.Config(pod(`-image`, `image = "never-starts:2"`, `ports = ["22/tcp"]`, `timeouts { update = "1m" }`))
	run(t, env,
		resource.TestStep{Config: env.Config(pod(`ports = ["22/tcp"]`))},
		resource.TestStep{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				value("ssh", noWayIn()), value("tcp_ports", knownvalue.MapExact(map[string]knownvalue.Check{"22": knownvalue.Null()})), value("image", knownvalue.StringExact("never-starts:2")),
			},
		},
		empty(t, env, config),
	)
}

// TestPodResource_Doubtful: no doubtful answer takes a pod out of the state.
func TestPodResource_Doubtful(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault simkit.Fault
	}{
		{"empty list", simkit.Fault{Operation: "listPods", Kind: simkit.EmptyList}},
		{"html", simkit.Fault{Method: http.MethodGet, Path: "/v2/pods", Kind: simkit.HTML}},
		{"unauthorized", simkit.Fault{Method: http.MethodGet, Path: "/v2/pods", Kind: simkit.Status, Status: http.StatusUnauthorized}},
		{"not found alone", simkit.Fault{Operation: "getPod", Kind: simkit.Status, Status: http.StatusNotFound}},
		{"gone", simkit.Fault{Method: http.MethodGet, Path: "/v2/pods", Kind: simkit.Status, Status: http.StatusGone}},
		{"server error", simkit.Fault{Method: http.MethodGet, Path: "/v2/pods", Kind: simkit.Status, Status: http.StatusBadGateway}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			step := resource.TestStep{
				PreConfig: func() { env.ResetJournal(); env.World.Advance(time.Minute); fault(t, env, tt.fault) },
				Config:    env.Config(pod()),
			}
			switch tt.name {
			case "empty list", "not found alone":
				step.ConfigPlanChecks = before(plancheck.ExpectEmptyPlan())
			default:
				step.ExpectError = wrapped("Unable to read RunPod pod")
			}
			run(t, env,
				resource.TestStep{Config: env.Config(pod())},
				step,
				resource.TestStep{
					PreConfig: func() { env.World.ClearFaults(); env.NoWrites(t); only(t, env) },
					Config:    env.Config(pod()), ConfigPlanChecks: before(plancheck.ExpectEmptyPlan()),
				},
			)
		})
	}
}
