package datadir

import (
	"os"
	"strings"
	"testing"
)

func TestCommand_Destroys(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line string
		env  map[string]string
		want bool
	}{
		{line: "terraform destroy", want: true},
		{line: "/usr/bin/tofu -chdir=prod destroy -auto-approve", want: true},
		{line: "terraform apply -destroy", want: true},
		{line: "terraform plan -out=saved --destroy", want: true},
		{line: "terraform plan -destroy=true", want: true},
		{line: "terraform apply", env: map[string]string{"TF_CLI_ARGS_apply": "-destroy"}, want: true},
		{line: "terraform apply -destroy=false"},
		{line: "terraform apply", env: map[string]string{"TF_CLI_ARGS_plan": "-destroy"}},
		{line: "terraform apply destroy"},
		{line: "terraform apply -var=destroy=true -var destroy"},
		{line: "terraform test -destroy"},
		{line: "go test ./..."},
		{line: "terraform"},
		{line: ""},
	} {
		getenv := func(name string) string { return test.env[name] }
		if got := commandOf(strings.Fields(test.line), getenv).Destroys; got != test.want {
			t.Errorf("%q with %v: destroys is %t, want %t", test.line, test.env, got, test.want)
		}
	}
}

// TestParentArguments reads the command line of this very process.
func TestParentArguments(t *testing.T) {
	t.Parallel()
	if line := parentArguments(os.Getpid()); len(line) == 0 || !strings.Contains(line[0], "datadir") {
		t.Errorf("the command line of this test is read as %q", line)
	}
}
