package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestExamples applies every example of the docs against the simulators, sees that
// the second plan is empty, and destroys it.
func TestExamples(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"resources/*/resource.tf", "data-sources/*/data-source.tf", "functions/*/function.tf"} {
		found, err := filepath.Glob(filepath.Join(examples, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 11 {
		t.Fatalf("only %d examples found", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			env := acctest.New(t)
			cli := env.Attached(t)
			cli.Write("main.tf", string(content))
			cli.MustRun("validate")
			cli.MustRun("apply", "-auto-approve")
			if strings.Contains(file, "resources") {
				secondPlan(t, cli)
			}
			cli.MustRun("destroy", "-auto-approve")
			nothingLeft(t, env)
		})
	}
}

// TestExamples_Complete: every type has its example, every resource its imports.
func TestExamples_Complete(t *testing.T) {
	t.Parallel()
	resources, err := filepath.Glob(filepath.Join(examples, "resources", "*"))
	if err != nil || len(resources) == 0 {
		t.Fatalf("no examples of resources: %v", err)
	}
	for _, dir := range resources {
		for _, name := range []string{"resource.tf", "import.sh", "import-by-string-id.tf", "import-by-identity.tf"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Errorf("%s: %v", dir, err)
			}
		}
		list := filepath.Join(examples, "list-resources", filepath.Base(dir), "list-resource.tfquery.hcl")
		if _, err := os.Stat(list); err != nil {
			t.Error(err)
		}
	}
}
