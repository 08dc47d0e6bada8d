package datadir

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWorkspace(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TF_WORKSPACE", "")
	if got := Workspace(dir); got != "default" {
		t.Errorf("workspace %q, want default", got)
	}
	write(t, filepath.Join(dir, "environment"), "staging\n")
	if got := Workspace(dir); got != "staging" {
		t.Errorf("workspace %q, want staging", got)
	}
	t.Setenv("TF_WORKSPACE", "prod")
	if got := Workspace(dir); got != "prod" {
		t.Errorf("workspace %q, want prod", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBackend: records of different places differ, those of one place do not, and
// the local ones lead to the state and its lock.
func TestBackend(t *testing.T) {
	t.Setenv("TF_WORKSPACE", "")
	tests := []struct {
		name, record, workspace string
		// same is the name of an earlier case of the same place.
		same        string
		state, lock string
	}{
		{name: "no record", state: "terraform.tfstate", lock: ".terraform.tfstate.lock.info"},
		{name: "no backend", record: `{"version":3}`, same: "no record", state: "terraform.tfstate", lock: ".terraform.tfstate.lock.info"},
		{
			name: "empty block", record: `{"backend":{"type":"local","config":{"path":null,"workspace_dir":null},"hash":7}}`,
			same: "no record", state: "terraform.tfstate", lock: ".terraform.tfstate.lock.info",
		},
		{
			name: "another path", record: `{"backend":{"type":"local","config":{"path":"states/.b.tfstate"}}}`,
			state: "states/.b.tfstate", lock: "states/.b.tfstate.lock.info",
		},
		{
			name: "a workspace", record: `{"backend":{"type":"local","config":{"path":"b.tfstate","workspace_dir":"w"}}}`, workspace: "prod",
			state: "w/prod/terraform.tfstate", lock: "w/prod/.terraform.tfstate.lock.info",
		},
		{name: "remote", record: `{"backend":{"type":"s3","config":{"bucket":"a","key":"k"},"hash":1}}`},
		{name: "remote again", record: `{"backend":{"type":"s3","config":{"key":"k","bucket":"a"},"hash":2}}`, same: "remote"},
		{name: "another bucket", record: `{"backend":{"type":"s3","config":{"bucket":"b","key":"k"},"hash":1}}`},
		{name: "another type", record: `{"backend":{"type":"gcs","config":{"bucket":"a","key":"k"},"hash":1}}`},
	}
	seen := map[string]string{}
	for _, tt := range tests {
		dir := t.TempDir()
		if tt.record != "" {
			write(t, filepath.Join(dir, "terraform.tfstate"), tt.record)
		}
		if tt.workspace != "" {
			write(t, filepath.Join(dir, "environment"), tt.workspace)
		}
		got := Backend(dir)
		for name, other := range seen {
			if got == other && tt.same == "" {
				t.Errorf("%s: %s is the same as of %s", tt.name, got, name)
			}
		}
		if tt.same != "" && got != seen[tt.same] {
			t.Errorf("%s: %s, want that of %s, %s", tt.name, got, tt.same, seen[tt.same])
		}
		seen[tt.name] = got
		if state, lock := StatePath(dir), LockPath(dir); state != filepath.FromSlash(tt.state) || lock != filepath.FromSlash(tt.lock) {
			t.Errorf("%s: state %q, lock %q; want %q, %q", tt.name, state, lock, tt.state, tt.lock)
		}
	}
}
