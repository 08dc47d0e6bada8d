package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// doubts are answers to reads that say nothing about whether something exists.
func doubts() map[string]simkit.Fault {
	status := func(code int, body string) simkit.Fault {
		return simkit.Fault{Kind: simkit.Status, Status: code, Body: []byte(body)}
	}
	return map[string]simkit.Fault{
		"401":             {Kind: simkit.Status, Status: http.StatusUnauthorized},
		"403":             {Kind: simkit.Status, Status: http.StatusForbidden},
		"404 auth_error":  status(http.StatusNotFound, `{"success":false,"error":"auth_error","msg":"Invalid user key"}`),
		"404 of a proxy":  status(http.StatusNotFound, `"<html><body>404</body></html>"`),
		"410":             status(http.StatusGone, `{"success":false,"error":"deprecated_endpoint","msg":"Use another one."}`),
		"429 plain":       status(http.StatusTooManyRequests, `"API requests too frequent: endpoint threshold=1.0"`),
		"429 JSON":        status(http.StatusTooManyRequests, `{"detail":"rate limit exceeded for the minute window","status":429,"title":"Too Many Requests"}`),
		"500":             {Kind: simkit.Status, Status: http.StatusInternalServerError},
		"502 HTML":        {Kind: simkit.HTML, Status: http.StatusBadGateway},
		"200 HTML":        {Kind: simkit.HTML},
		"truncated":       {Kind: simkit.Truncate},
		"empty body":      status(http.StatusOK, `""`),
		"empty object":    status(http.StatusOK, `{}`),
		"null":            status(http.StatusOK, `"null"`),
		"refused":         status(http.StatusOK, `{"success":false,"error":"server_error","msg":"Something went wrong on the server"}`),
		"empty list":      {Kind: simkit.EmptyList},
		"lost connection": {Kind: simkit.DropBefore},
		"slow":            {Kind: simkit.Delay, DelayMS: 20_000},
		"404 of a path":   status(http.StatusNotFound, `{"title":"Not Found","status":404,"detail":"The requested path was not found."}`),
		"404, no body":    status(http.StatusNotFound, `""`),
		"404 HTML":        {Kind: simkit.HTML, Status: http.StatusNotFound},
		"refused, paced":  status(http.StatusOK, `{"success":false,"error":"rate_limit_exceeded","msg":"API requests too frequent"}`),
		"null lists":      status(http.StatusOK, `{"instances":null,"pods":null,"networkVolumes":null}`),
		"empty lists":     status(http.StatusOK, `{"instances":[],"pods":[],"networkVolumes":[]}`),
		"empty rows":      status(http.StatusOK, `{"instances":[{}],"pods":[{}],"networkVolumes":[{}]}`),
		"an array":        status(http.StatusOK, `[]`),
		"no content":      {Kind: simkit.Status, Status: http.StatusNoContent},
	}
}

// TestRead_Doubtful: no doubtful answer to a read of either platform removes
// anything from the state, and once the doubt is over the plan is empty.
func TestRead_Doubtful(t *testing.T) {
	t.Parallel()
	reads := map[string][]string{
		"gpumarket_runpod_network_volume": {"listNetworkVolumes", "getNetworkVolume"},
		"gpumarket_runpod_pod":            {"listPods", "getPod"},
		"gpumarket_vastai_instance":       {"showInstances", "showInstance"},
	}
	for _, v := range victims() {
		t.Run(v.kind, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			cli := env.Attached(t)
			cli.Write("main.tf", v.config)
			cli.MustRun("apply", "-auto-approve")
			for name, fault := range doubts() {
				for _, operation := range reads[v.kind] {
					fault.Operation = operation
					if fault.Kind == simkit.EmptyList && strings.HasPrefix(operation, "get") || fault.Kind == simkit.EmptyList && operation == "showInstance" {
						continue // never touches reads of one object
					}
					if err := env.World.Fault(fault); err != nil {
						t.Fatal(err)
					}
				}
				result := cli.Run("apply", "-auto-approve")
				if trouble := v.differs(t, env, cli, 1); trouble != "" {
					t.Fatalf("%s: %s\n%s", name, trouble, result.Output())
				}
				env.World.ClearFaults()
			}
			secondPlan(t, cli)
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}

// TestRead_Doubtful_Absence: a platform says that the one object does not exist,
// and what its list says is in doubt, or the other way round.
func TestRead_Doubtful_Absence(t *testing.T) {
	t.Parallel()
	notFound := simkit.Fault{Kind: simkit.Status, Status: http.StatusNotFound, Body: []byte(`{"title":"Not Found","status":404,"detail":"resource not found"}`)}
	reads := map[string]struct {
		list, get string
		gone      simkit.Fault
	}{
		"gpumarket_runpod_network_volume": {"listNetworkVolumes", "getNetworkVolume", notFound},
		"gpumarket_runpod_pod":            {"listPods", "getPod", notFound},
		"gpumarket_vastai_instance": {"showInstances", "showInstance", simkit.Fault{
			Kind: simkit.Status, Status: http.StatusOK, Body: []byte(`{"instances":null}`),
		}},
	}
	for _, v := range victims() {
		t.Run(v.kind, func(t *testing.T) {
			t.Parallel()
			read := reads[v.kind]
			env := acctest.New(t)
			cli := env.Attached(t)
			cli.Write("main.tf", v.config)
			cli.MustRun("apply", "-auto-approve")
			for name, fault := range doubts() {
				if name == "empty list" || name == "empty lists" {
					continue // together with the object's own answer no doubt is left
				}
				gone := read.gone
				gone.Operation, fault.Operation = read.get, read.list
				for _, f := range []simkit.Fault{gone, fault} {
					if err := env.World.Fault(f); err != nil {
						t.Fatal(err)
					}
				}
				result := cli.Run("apply", "-auto-approve")
				if trouble := v.differs(t, env, cli, 1); trouble != "" {
					t.Fatalf("%s: %s\n%s", name, trouble, result.Output())
				}
				env.World.ClearFaults()
			}
			secondPlan(t, cli)
		})
	}
}
