package instance_test

import (
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/conform"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// TestInstanceResource_Conform runs the cases that every object must stand. What an
// instance alone does, and its wrong values, have tests of their own.
func TestInstanceResource_Conform(t *testing.T) {
	t.Parallel()
	const update, manage = "updateInstanceTemplate", "manageInstance"
	in := func(path, to string, calls ...string) conform.Change {
		return conform.Change{Path: path, To: to, Calls: calls}
	}
	const small = `
		image   = "ubuntu:24.04"
		disk_gb = 20
		offer { gpu_names = ["RTX 4090"] }`
	conform.Run(t, &conform.Object{
		Type: "gpumarket_vastai_instance", Platform: "vastai", Path: "/api/v0/instances", Rows: "instances",
		Create: "createInstance", Read: "showInstance", Update: update, Delete: "destroyInstance", List: "showInstances",
		Marked: true, Bills: true,
		Minimal: small,
		Maximal: small + `
			env              = { A = "1" }
			env_wo           = { TOKEN = "x" }
			env_wo_version   = 1
			ports            = ["8000", "5000/udp"]
			onstart          = "echo hello"
			label            = "everything"
			bid_price        = 1.5
			image_login_wo   = "-u me -p secret docker.io"
			image_login_wo_version = 1
			max_hourly_price = 3
			timeouts {
				create = "20m"
				update = "10m"
				delete = "5m"
			}`,
		Expect:  map[string]any{"desired_status": "running", "on_interruption": "wait"},
		Secrets: map[string]string{"image_login_wo": `"-u me -p CANARY docker.io"`},
		Changes: []conform.Change{
			in("label", `"more"`, manage), in("image", `"ubuntu:22.04"`, update), in("env", `{ A = "2" }`, update),
			in("ports", `["9000"]`, update), in("onstart", `"echo other"`, update), in("bid_price", "1.7", "changeBid"),
			{Path: "env_wo_version", To: "2", Also: map[string]string{"env_wo": `{ TOKEN = "y" }`}, Calls: []string{update}},
			{Path: "desired_status", To: `"stopped"`, Calls: []string{manage}, From: small},
			in("max_hourly_price", "4"), in("on_interruption", `"fail"`), in("offer.min_reliability", "0.5"),
			{Path: "disk_gb", To: "30", Replaced: true},
			{Path: "direct", To: "true", Replaced: true},
			{Path: "launch_mode", To: `"jupyter"`, Replaced: true, From: small},
			{Path: "image_login_wo_version", To: "2", Replaced: true},
			in("timeouts", "create = \"2m\"\nupdate = \"2m\"\ndelete = \"2m\""),
		},
		NotReturned: []string{"env", "env_wo_version", "image_login_wo_version", "max_hourly_price", "offer", "offer_id", "bid_price", "estimated_cost", "on_interruption"},
		Absent:      &simkit.Fault{Kind: simkit.Status, Status: 200, Body: []byte(`{"instances":null}`)},
		Except: map[string]string{
			"description": "TestInstanceResource_Invalid has the wrong values, TestInstanceResource_Update_InPlace the other changes",
			"wrong":       "TestInstanceResource_Invalid",
			"pairs":       "TestCrossChecks_Unknown walks the rules",
		},
	})
}
