package datadir

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Destroying reports whether the parent process destroys everything, false where its
// command line cannot be read.
func Destroying() bool { return ParentCommand().Destroys }

// parentArguments is the command line of a process: from /proc, else from ps, which
// separates nothing that a file name with spaces would not break; then an option is
// missed and nothing more.
func parentArguments(pid int) []string {
	if content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil {
		return strings.Split(strings.TrimSuffix(string(content), "\x00"), "\x00")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, "ps", "-ww", "-o", "args=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec // the number of a process.
	if err != nil {
		return nil
	}
	return strings.Fields(string(output))
}
