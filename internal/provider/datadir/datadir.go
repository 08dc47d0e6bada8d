// Package datadir keeps what outlives a process of the provider in Terraform's
// data directory, which several processes use at once: one for each alias of the
// provider, and those of commands that run side by side. It also reads there what
// Terraform says about the state.
package datadir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// Path is Terraform's data directory as the environment and the working directory
// name it: $TF_DATA_DIR, else .terraform.
func Path() string {
	if dir := os.Getenv("TF_DATA_DIR"); dir != "" {
		return dir
	}
	return ".terraform"
}

// lockLook is the pause between two attempts to take a lock that is held.
const lockLook = 20 * time.Millisecond

// Lock takes the lock file at path, which it makes where needed, and waits while
// another process or another caller of this one holds it. The lock ends with
// unlock, and with the process. The error means that ctx ended or that the file
// system has no locks.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(path)
	if _, err := lock.TryLockContext(ctx, lockLook); err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, errors.Join(err, lock.Close()))
	}
	return func() { _ = lock.Close() }, nil
}

// LockBriefly is [Lock] for what takes milliseconds: it waits without an end.
func LockBriefly(path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(path)
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, errors.Join(err, lock.Close()))
	}
	return func() { _ = lock.Close() }, nil
}

// Update changes the JSON file at path under a lock that spans processes, so that
// nothing is lost when several change it at once. change is handed what the file
// has, the zero value where there is none or it is unreadable, and returns what to
// write; with write false the file stays as it is.
func Update[T any](path string, change func(current T) (updated T, write bool)) error {
	unlock, err := LockBriefly(path + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	updated, write := change(ReadJSON[T](path))
	if !write {
		return nil
	}
	return WriteJSON(path, updated)
}

// ReadJSON is what the file has, the zero value where there is none or it is
// unreadable.
func ReadJSON[T any](path string) T {
	var value, none T
	content, err := os.ReadFile(path) //nolint:gosec // a file of the data directory.
	if err != nil || json.Unmarshal(content, &value) != nil {
		return none
	}
	return value
}

// WriteJSON replaces a file, whose folder it makes where needed. Another process
// never reads half of it, and it survives a killed process and a power cut: the
// content is on disk before the name is, and the name before the call returns.
func WriteJSON(path string, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(content)
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	return Sync(folder)
}

// Move renames a file, whose new folder it makes where needed, in one step: of
// several callers that move one file, one succeeds.
func Move(from, to string) error {
	err := os.Rename(from, to)
	if _, missing := os.Stat(filepath.Dir(to)); err == nil || missing == nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Sync puts the names in a folder on disk, so that a power cut does not undo them.
func Sync(folder string) error {
	if runtime.GOOS == "windows" {
		return nil // which syncs no folders
	}
	dir, err := os.Open(folder) //nolint:gosec // a folder of the data directory.
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
