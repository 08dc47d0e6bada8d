package gputypes_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

const address = "data.gpumarket_runpod_gpu_types.test"

func types(arguments string) string {
	return "data \"gpumarket_runpod_gpu_types\" \"test\" {\n" + arguments + "\n}\n"
}

func rows(check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("gpu_types"), check)
}

func first(check knownvalue.Check) knownvalue.Check {
	return knownvalue.ListPartial(map[int]knownvalue.Check{0: check})
}

func text(s string) knownvalue.Check { return knownvalue.StringExact(s) }

func TestGPUTypesDataSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, arguments string
		check           knownvalue.Check
	}{
		{
			name: "one type, all fields", arguments: `gpu_names = ["4090"]`,
			check: knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id": text("NVIDIA GeForce RTX 4090"), "name": knownvalue.StringRegexp(regexp.MustCompile("RTX 4090")),
				"display_name": text("RTX 4090"), "manufacturer": text("NVIDIA"), "memory_gb": knownvalue.Int64Exact(24), "pool": text("ADA_24"),
				"secure": knownvalue.Bool(true), "community": knownvalue.Bool(true),
				"secure_price": knownvalue.Float64Exact(0.59), "community_price": knownvalue.Float64Exact(0.49),
				"secure_max_count": knownvalue.Int64Exact(8), "community_max_count": knownvalue.Int64Exact(8),
				"secure_availability": knownvalue.Null(), "community_availability": knownvalue.Null(),
				"data_center_ids": knownvalue.Null(), "cuda_versions": knownvalue.Null(),
			})}),
		},
		{
			name: "a placeholder is no price", arguments: `gpu_names = ["RTX 3070"]`,
			check: first(knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"secure": knownvalue.Bool(false), "secure_price": knownvalue.Null(), "secure_max_count": knownvalue.Null(),
			})),
		},
		{name: "all variants", arguments: `gpu_names = ["H100"]`, check: knownvalue.ListSizeExact(3)},
		{
			name: "cheapest first", arguments: "min_memory_gb = 80\ncloud = \"COMMUNITY\"",
			check: first(knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": text("NVIDIA A100 80GB PCIe")})),
		},
		{name: "machines of that size", arguments: "gpu_names = [\"RTX 3090\"]\ncloud = \"SECURE\"\ngpu_count = 8", check: knownvalue.ListSizeExact(0)},
		{
			name: "stock", arguments: "gpu_names = [\"RTX 4090\"]\ninclude_availability = true",
			check: first(knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"secure_availability": text("HIGH"), "community_availability": text("HIGH"),
				"data_center_ids": knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.NotNull()}),
				"cuda_versions":   knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.NotNull()}),
			})),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: []resource.TestStep{
				{Config: env.Config(types(tt.arguments)), ConfigStateChecks: []statecheck.StateCheck{rows(tt.check)}},
			}})
			env.NoWrites(t)
		})
	}
}

func TestGPUTypesDataSource_Fails(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, arguments, message string }{
		{"unknown gpu", `gpu_names = ["RTX 4091"]`, `RTX 4090`},
		{"count", `gpu_count = 0`, `at least 1`},
		{"cloud", `cloud = "ALL"`, `SECURE`},
		{"catalog", ``, `Unable to read RunPod's GPU catalog`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			if err := env.World.Fault(simkit.Fault{Operation: "listGpuTypes", Kind: simkit.Status, Status: http.StatusForbidden}); err != nil {
				t.Fatal(err)
			}
			resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: []resource.TestStep{
				{Config: env.Config(types(tt.arguments)), ExpectError: regexp.MustCompile(tt.message)},
			}})
		})
	}
}
