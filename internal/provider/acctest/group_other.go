//go:build !unix

package acctest

import (
	"os"
	"os/exec"
)

// Without process groups only the CLI itself is reached; the provider ends when
// it notices that the CLI is gone.

func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func interruptGroup(cmd *exec.Cmd) error { return cmd.Process.Signal(os.Interrupt) }
