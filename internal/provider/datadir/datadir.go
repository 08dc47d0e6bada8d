// Package datadir keeps what outlives a process of the provider in Terraform's
// data directory.
package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Path is Terraform's data directory as the environment and the working directory
// name it: $TF_DATA_DIR, else .terraform.
func Path() string {
	if dir := os.Getenv("TF_DATA_DIR"); dir != "" {
		return dir
	}
	return ".terraform"
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
	dir, err := os.Open(folder) //nolint:gosec // the folder that was just written to.
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
