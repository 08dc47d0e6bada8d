package acctest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// toolchain is what the tests of this process run with.
type toolchain struct {
	cli  string // path of terraform or tofu
	tofu bool
	root string // of the repository
	home string // an empty home directory
	env  []string
}

// prepare finds the CLI and cleans the environment, once per process.
func prepare(t testing.TB) toolchain {
	t.Helper()
	tools, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

var prepared = sync.OnceValues(func() (toolchain, error) {
	root, err := moduleRoot()
	if err != nil {
		return toolchain{}, err
	}
	cli, err := findCLI()
	if err != nil {
		return toolchain{}, err
	}
	// Go's caches must not move with the home directory.
	env := os.Environ()
	home := filepath.Join(root, ".cache", "home")
	if err := os.MkdirAll(home, 0o750); err != nil {
		return toolchain{}, err
	}

	// plugin-testing and the provider read the environment of the process, and
	// the tests of a process run in parallel, so it is set for all of them.
	for name, value := range map[string]string{
		"TF_ACC_TERRAFORM_PATH": cli,
		"CHECKPOINT_DISABLE":    "1",
		"HOME":                  home,
		"USERPROFILE":           home,
	} {
		if err := os.Setenv(name, value); err != nil {
			return toolchain{}, err
		}
	}
	for _, name := range []string{
		"TF_CLI_CONFIG_FILE", "TF_DATA_DIR", "TF_CLI_ARGS", "TF_LOG", "TF_WORKSPACE", "TF_ACC_PROVIDER_NAMESPACE",
		"RUNPOD_API_KEY", "RUNPOD_BASE_URL", "VAST_API_KEY", "VAST_URL", "XDG_CONFIG_HOME",
	} {
		if err := os.Unsetenv(name); err != nil {
			return toolchain{}, err
		}
	}
	out, err := exec.CommandContext(context.Background(), cli, "version").Output() //nolint:gosec // the developer's choice
	if err != nil {
		return toolchain{}, fmt.Errorf("%s version: %w", cli, err)
	}
	tofu := strings.HasPrefix(string(out), "OpenTofu")
	if tofu {
		err = os.Setenv("TF_ACC_PROVIDER_HOST", "registry.opentofu.org")
	}
	return toolchain{cli: cli, tofu: tofu, root: root, home: home, env: env}, err
})

// findCLI is the CLI that make chose, else the one on the PATH.
func findCLI() (string, error) {
	for _, name := range []string{os.Getenv("TF_CLI"), os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform", "tofu"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", errors.New("neither terraform nor tofu is on the PATH: use \"make test\", which builds OpenTofu where none is found, " +
		"or name one in TF_CLI")
}

// moduleRoot is the folder of go.mod at or above the working directory, which in
// a test is that of its package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fs.ErrNotExist
		}
		dir = parent
	}
}
