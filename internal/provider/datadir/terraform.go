package datadir

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

const (
	defaultWorkspace = "default"
	// stateFile is what Terraform calls a local state where nothing says otherwise,
	// and, in its data directory, the record of the backend.
	stateFile = "terraform.tfstate"
)

// Workspace is the name of the workspace that Terraform works in with this data
// directory, "default" where nothing says otherwise.
func Workspace(dataDir string) string {
	if name := os.Getenv("TF_WORKSPACE"); name != "" {
		return name
	}
	content, err := os.ReadFile(filepath.Join(dataDir, "environment")) //nolint:gosec // Terraform's own file in its own data directory.
	if name := strings.TrimSpace(string(content)); err == nil && name != "" {
		return name
	}
	return defaultWorkspace
}

// backend is Terraform's record of where the state is kept, written by init. Without
// a backend block there is none, which is a local state.
type backend struct {
	Type   string         `json:"type"`
	Config map[string]any `json:"config"`
}

func readBackend(dataDir string) backend {
	record := ReadJSON[struct {
		Backend backend `json:"backend"`
	}](filepath.Join(dataDir, stateFile)).Backend
	if record.Type == "" {
		record.Type = "local"
	}
	return record
}

func (b backend) setting(name, otherwise string) string {
	if value, ok := b.Config[name].(string); ok && value != "" {
		return value
	}
	return otherwise
}

// Backend tells the places apart in which Terraform keeps states with this data
// directory: a digest of the backend's type and of its settings as init recorded
// them. Two local states of different paths differ; no backend block is the same as
// an empty block of the local one.
func Backend(dataDir string) string {
	record := readBackend(dataDir)
	settings := any(record.Config)
	if record.Type == "local" {
		settings = []string{record.setting("path", stateFile), record.setting("workspace_dir", "terraform.tfstate.d")}
	}
	content, err := json.Marshal([]any{record.Type, settings})
	if err != nil {
		return record.Type
	}
	sum := sha256.Sum256(content)
	return record.Type + "-" + hex.EncodeToString(sum[:8])
}

// StatePath is where Terraform keeps the local state, seen from its working
// directory; "" when the state is elsewhere. The CLI's -state leads past it: only
// [LockPath] shows that this is the state in use.
func StatePath(dataDir string) string {
	record := readBackend(dataDir)
	if record.Type != "local" {
		return ""
	}
	if workspace := Workspace(dataDir); workspace != defaultWorkspace {
		return filepath.Join(record.setting("workspace_dir", "terraform.tfstate.d"), workspace, stateFile)
	}
	return record.setting("path", stateFile)
}

// LockPath is the file that lies beside the local state while a command of
// Terraform holds its lock; "" when the state is elsewhere.
func LockPath(dataDir string) string {
	state := StatePath(dataDir)
	if state == "" {
		return ""
	}
	folder, name := filepath.Split(state)
	return filepath.Join(folder, "."+strings.TrimPrefix(name, ".")+".lock.info")
}
