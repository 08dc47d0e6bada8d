package rent

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// PrivateMarker is the key under which the resources keep the marker of their
// create in the private state.
const PrivateMarker = "create_id"

// statePath is where Terraform keeps a local state, seen from its working
// directory.
func statePath(workspace string) string {
	const file = "terraform.tfstate"
	if workspace == "default" {
		return file
	}
	return filepath.Join("terraform.tfstate.d", workspace, file)
}

// markersInState are the markers of the objects that a local state has. A state
// that is elsewhere, or that cannot be read, has none: then only the Read of an
// object shows that the state has it.
func markersInState(path string) map[string]bool {
	markers := map[string]bool{}
	content, err := os.ReadFile(path) //nolint:gosec // Terraform's own state, in its own place.
	if err != nil {
		return markers
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Private []byte `json:"private"`
			} `json:"instances"`
		} `json:"resources"`
	}
	// Values of other providers may not fit; those that do are kept.
	_ = json.Unmarshal(content, &state)
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			var private map[string][]byte
			var marker string
			if json.Unmarshal(instance.Private, &private) == nil && json.Unmarshal(private[PrivateMarker], &marker) == nil {
				markers[marker] = true
			}
		}
	}
	return markers
}
