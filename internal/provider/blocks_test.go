package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestBlocks_MisspelledKey writes a key that does not exist into every block of
// every schema: each is an error at its own line.
func TestBlocks_MisspelledKey(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	server, err := env.Factories()[provider.TypeName]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	resources := ""
	for name, schema := range schemas.ResourceSchemas {
		resources += misspelled(fmt.Sprintf("resource %q %q", name, "x"), schema)
	}
	for name, schema := range schemas.DataSourceSchemas {
		resources += misspelled(fmt.Sprintf("data %q %q", name, "x"), schema)
	}
	// Terraform looks at a provider block that is used, and at resources only when
	// that is right.
	blocks := 0
	for _, config := range []string{misspelled(`provider "gpumarket"`, schemas.Provider) + simpleVolume, resources} {
		blocks += refusedInEveryBlock(t, env, config)
	}
	if blocks < 12 {
		t.Errorf("the schemas have %d blocks only", blocks)
	}
}

func misspelled(head string, schema *tfprotov6.Schema) string {
	text := head + " {\n"
	for _, block := range schema.Block.BlockTypes {
		text += "  " + block.TypeName + " {\n    misspelled = 1\n  }\n"
	}
	return text + "}\n"
}

// refusedInEveryBlock validates a configuration and returns how many blocks it has.
func refusedInEveryBlock(t *testing.T, env *acctest.Env, config string) int {
	t.Helper()
	var wanted []int
	for i, line := range strings.Split(config, "\n") {
		if strings.Contains(line, "misspelled") {
			wanted = append(wanted, i+1)
		}
	}
	cli := env.Attached(t)
	cli.Write("provider.tf", "terraform {\n  required_providers {\n    gpumarket = { source = \"gpumarket/gpumarket\" }\n  }\n}\n")
	cli.Write("main.tf", config)
	var answer struct {
		Diagnostics []struct {
			Detail string
			Range  struct{ Start struct{ Line int } }
		}
	}
	result := cli.Run("validate", "-json")
	if err := json.Unmarshal([]byte(result.Stdout), &answer); err != nil {
		t.Fatalf("%v\n%s", err, result.Output())
	}
	var got []int
	for _, d := range answer.Diagnostics {
		if strings.Contains(d.Detail, `An argument named "misspelled" is not expected here`) {
			got = append(got, d.Range.Start.Line)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, wanted) {
		t.Errorf("refused in lines %v, want %v\n%s\n%s", got, wanted, config, result.Output())
	}
	return len(wanted)
}
