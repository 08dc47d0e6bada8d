package datadir

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPath(t *testing.T) {
	for set, want := range map[string]string{"": ".terraform", "/elsewhere": "/elsewhere"} {
		t.Setenv("TF_DATA_DIR", set)
		if got := Path(); got != want {
			t.Errorf("TF_DATA_DIR=%q: %q, want %q", set, got, want)
		}
	}
}

// TestWriteJSON makes the folder, replaces what is there and leaves nothing else.
func TestWriteJSON(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gpumarket", "kept.json")
	for _, value := range []int{1, 2} {
		if err := WriteJSON(path, value); err != nil {
			t.Fatal(err)
		}
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "2" {
		t.Errorf("the file has %q, %v; want 2", content, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("%d files, %v; want the one", len(entries), err)
	}
	if err := WriteJSON(filepath.Join(path, "below"), 3); err == nil {
		t.Error("a file below a file was written")
	}
}
