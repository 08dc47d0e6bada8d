package datadir

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Command is what the Terraform or OpenTofu process that started this one was asked
// to do, as far as its command line tells.
type Command struct {
	// Known is false where the command line cannot be read.
	Known bool
	// Name is the subcommand: "plan", "apply".
	Name string
	// Out is the file that a plan is saved in, Saved the saved plan that is applied; ""
	// for none.
	Out, Saved string
	// Destroys tells that everything is destroyed: "destroy", or a plan or apply with
	// -destroy. Such a command begins with an ordinary plan.
	Destroys bool
}

// ParentCommand reads the command line of the parent process. The protocol tells a
// provider neither that a plan is saved nor that a saved plan is applied.
func ParentCommand() Command {
	return commandOf(parentArguments(os.Getppid()), os.Getenv)
}

// valued are the options of plan and apply that take the argument behind them as
// their value where they are given without "=".
//
//nolint:gochecknoglobals // a constant in all but syntax.
var valued = []string{
	"backup", "exclude", "exclude-file", "generate-config-out", "lock-timeout", "out", "parallelism", "replace",
	"state", "state-out", "target", "target-file", "var", "var-file",
}

func commandOf(arguments []string, getenv func(string) string) Command {
	command := Command{Known: len(arguments) > 0}
	if !command.Known {
		return command
	}
	rest := arguments[1:]
	at := slices.IndexFunc(rest, func(argument string) bool { return !strings.HasPrefix(argument, "-") })
	if at < 0 {
		return command
	}
	command.Name = rest[at]
	flags := slices.Concat(strings.Fields(getenv("TF_CLI_ARGS")), strings.Fields(getenv("TF_CLI_ARGS_"+command.Name)), rest[at+1:])
	var positional string
	for i := 0; i < len(flags); i++ {
		if !strings.HasPrefix(flags[i], "-") {
			positional = flags[i]
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(flags[i], "-"), "=")
		if !given && slices.Contains(valued, name) && i+1 < len(flags) {
			i++
			value = flags[i]
		}
		switch {
		case name == "out" && command.Name == "plan":
			command.Out = filepath.Clean(value)
		case name == "destroy" && (command.Name == "plan" || command.Name == "apply"):
			on, err := strconv.ParseBool(value)
			command.Destroys = !given || err == nil && on
		}
	}
	command.Destroys = command.Destroys || command.Name == "destroy"
	if positional != "" && command.Name == "apply" {
		command.Saved = filepath.Clean(positional)
	}
	return command
}

// Writable tells whether something can be kept below a folder of the data directory,
// which it makes where needed.
func Writable(folder string) bool {
	if os.MkdirAll(folder, 0o700) != nil {
		return false
	}
	probe, err := os.CreateTemp(folder, ".probe-*")
	if err != nil {
		return false
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	return true
}
