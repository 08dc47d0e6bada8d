package pod

import (
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// TestBearing_Terminated: a pod that was terminated is no candidate for adoption, and
// not what a lost create made, though it bears the marker.
func TestBearing_Terminated(t *testing.T) {
	t.Parallel()
	mine, theirs := map[string]string{rent.MarkerEnv: "m"}, map[string]string{rent.MarkerEnv: "other"}
	pods := []wire.Pod{
		{ID: "gone", Env: mine, Status: wire.PodTerminated},
		{ID: "theirs", Env: theirs, Status: wire.PodRunning},
		{ID: "unmarked", Status: wire.PodRunning},
		{ID: "stopped", Env: mine, Status: wire.PodExited},
	}
	if found := bearing(pods, "m"); len(found) != 1 || found[0].ID != "stopped" {
		t.Errorf("found %v, want only the stopped one", found)
	}
	if found := bearing(pods[:1], "m"); len(found) != 0 {
		t.Errorf("found %v, want none", found)
	}
}
