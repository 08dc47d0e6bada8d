package datadir

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Destroying reports whether the Terraform or OpenTofu process that started this
// one was asked to destroy: "destroy", or "apply" or "plan" with -destroy.
//
// Such a command begins with an ordinary plan, in which resources that do not exist
// yet are planned as creates. The protocol does not tell a provider which kind of
// plan it is; the command line of the parent process is the only trace. Where it
// cannot be read the answer is false.
func Destroying() bool {
	return destroys(parentArguments(os.Getppid()), os.Getenv)
}

// destroys reads a command line and the arguments that the CLI takes from the
// environment.
func destroys(arguments []string, getenv func(string) string) bool {
	if len(arguments) == 0 {
		return false
	}
	rest := arguments[1:]
	at := slices.IndexFunc(rest, func(argument string) bool { return !strings.HasPrefix(argument, "-") })
	if at < 0 {
		return false
	}
	command := rest[at]
	flags := slices.Concat(rest[at+1:],
		strings.Fields(getenv("TF_CLI_ARGS")), strings.Fields(getenv("TF_CLI_ARGS_"+command)))
	switch command {
	case "destroy":
		return true
	case "apply", "plan":
		return slices.ContainsFunc(flags, func(flag string) bool {
			name, value, given := strings.Cut(strings.TrimLeft(flag, "-"), "=")
			on, err := strconv.ParseBool(value)
			return strings.HasPrefix(flag, "-") && name == "destroy" && (!given || err == nil && on)
		})
	default:
		return false
	}
}

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
