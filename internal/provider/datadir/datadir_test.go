package datadir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
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

// TestUpdate_Concurrent: of many updates at once none is lost.
func TestUpdate_Concurrent(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gpumarket", "counts.json")
	const writers, each = 8, 10
	var done sync.WaitGroup
	for w := range writers {
		done.Go(func() {
			for i := range each {
				err := Update(path, func(kept map[string]int) (map[string]int, bool) {
					if kept == nil {
						kept = map[string]int{}
					}
					kept[fmt.Sprintf("%d/%d", w, i)] = i
					return kept, true
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	if kept := ReadJSON[map[string]int](path); len(kept) != writers*each {
		t.Errorf("%d entries, want %d", len(kept), writers*each)
	}
}

// TestUpdate_Unwritten: an update that changes nothing writes nothing, and one of
// an unreadable file begins anew.
func TestUpdate_Unwritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kept.json")
	if err := Update(path, func(int) (int, bool) { return 1, false }); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("written")
	}
	if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Update(path, func(current int) (int, bool) { return current + 1, true }); err != nil || ReadJSON[int](path) != 1 {
		t.Errorf("%v, the file has %d; want 1", err, ReadJSON[int](path))
	}
}

// TestLock: a lock is held against others, given up on when their time ends, and
// free once it is left.
func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "folder", "lock")
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Lock(ended, path); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the end of the context", err)
	}
	unlock()
	again, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

// TestMove: of several that move one file, one succeeds.
func TestMove(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from := filepath.Join(dir, "a.json")
	if err := WriteJSON(from, 1); err != nil {
		t.Fatal(err)
	}
	var moved atomic.Int32
	var done sync.WaitGroup
	for i := range 8 {
		done.Go(func() {
			if Move(from, filepath.Join(dir, "to", fmt.Sprint(i))) == nil {
				moved.Add(1)
			}
		})
	}
	done.Wait()
	if n := moved.Load(); n != 1 {
		t.Errorf("moved %d times, want once", n)
	}
}
