package datadir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line string
		env  map[string]string
		want Command
	}{
		{line: "terraform plan", want: Command{Known: true, Name: "plan"}},
		{line: "terraform plan -out=./saved -input=false", want: Command{Known: true, Name: "plan", Out: "saved"}},
		{line: "/bin/tofu -chdir=prod plan -var a=b --out saved", want: Command{Known: true, Name: "plan", Out: "saved"}},
		{line: "terraform plan", env: map[string]string{"TF_CLI_ARGS_plan": "-out=saved"}, want: Command{Known: true, Name: "plan", Out: "saved"}},
		{line: "terraform apply", want: Command{Known: true, Name: "apply"}},
		{line: "terraform apply -auto-approve -var x=1 -target gpu.a", want: Command{Known: true, Name: "apply"}},
		{line: "terraform apply -json plans/saved", want: Command{Known: true, Name: "apply", Saved: "plans/saved"}},
		{line: "terraform apply -parallelism 30 saved", want: Command{Known: true, Name: "apply", Saved: "saved"}},
		{line: "terraform test -out=x", want: Command{Known: true, Name: "test"}},
		{line: "bash", want: Command{Known: true}},
		{line: "", want: Command{}},
	} {
		if got := commandOf(strings.Fields(test.line), func(name string) string { return test.env[name] }); got != test.want {
			t.Errorf("%q with %v: %+v, want %+v", test.line, test.env, got, test.want)
		}
	}
}

func TestWritable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !Writable(filepath.Join(dir, "new")) || Writable(filepath.Join(file, "below")) {
		t.Error("a new folder cannot be written to, or one below a file can")
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "new")); err != nil || len(entries) != 0 {
		t.Errorf("%d files were left, %v", len(entries), err)
	}
}
