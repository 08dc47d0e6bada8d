package pod

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

func listOf(values ...string) types.List {
	return types.ListValueMust(types.StringType, elements(values))
}

func setOf(values ...string) types.Set {
	return types.SetValueMust(types.StringType, elements(values))
}

func elements(values []string) []attr.Value {
	out := make([]attr.Value, 0, len(values))
	for _, value := range values {
		out = append(out, types.StringValue(value))
	}
	return out
}

// TestReplacing: a pod on 2 × RTX 4090 in SECURE, US-KS-2, CUDA 12.8, with 24 vCPUs
// and 96 GB.
func TestReplacing(t *testing.T) {
	t.Parallel()
	gpu := func(change func(*gpuModel)) func(*testing.T, *model) {
		return func(t *testing.T, m *model) {
			t.Helper()
			var diags diag.Diagnostics
			g := kernel.FromObject[gpuModel](t.Context(), m.GPU, &diags)
			change(g)
			m.GPU = kernel.Object(t.Context(), gpuTypes(), g, &diags)
			if diags.HasError() {
				t.Fatal(diags)
			}
		}
	}
	tests := []struct {
		name     string
		state    func(*model)
		plan     func(*testing.T, *model)
		imported bool
		want     []string
	}{
		{name: "nothing"},
		{name: "other spelling", plan: gpu(func(g *gpuModel) { g.Types = listOf("RTX 4090") })},
		{name: "one more type", plan: gpu(func(g *gpuModel) { g.Types = listOf("H100 SXM", "4090") })},
		{name: "type left", plan: gpu(func(g *gpuModel) { g.Types = listOf("H100 SXM") }), want: []string{"gpu.types"}},
		{name: "type left after import", plan: gpu(func(g *gpuModel) { g.Types = listOf("H100 SXM") }), imported: true, want: []string{"gpu.types"}},
		{name: "types not known", plan: gpu(func(g *gpuModel) { g.Types = types.ListUnknown(types.StringType) })},
		{name: "count", plan: gpu(func(g *gpuModel) { g.Count = types.Int64Value(4) }), want: []string{"gpu.count"}},
		{name: "cuda floor below", plan: gpu(func(g *gpuModel) { g.MinCUDAVersion = types.StringValue("12.4") })},
		{name: "cuda floor above", plan: gpu(func(g *gpuModel) { g.MinCUDAVersion = types.StringValue("12.11") }), want: []string{"gpu.min_cuda_version"}},
		{name: "cuda floor above, after import", plan: gpu(func(g *gpuModel) { g.MinCUDAVersion = types.StringValue("13.0") }), imported: true},
		{name: "cuda versions with", plan: gpu(func(g *gpuModel) { g.CUDAVersions = setOf("12.8", "12.9") })},
		{name: "cuda versions without", plan: gpu(func(g *gpuModel) { g.CUDAVersions = setOf("12.4") }), want: []string{"gpu.cuda_versions"}},
		{name: "memory above", plan: gpu(func(g *gpuModel) { g.MinRAMPerGPUGB = types.Int64Value(48) })},
		{name: "memory below", plan: gpu(func(g *gpuModel) { g.MinRAMPerGPUGB = types.Int64Value(49) }), want: []string{"gpu.min_ram_per_gpu_gb"}},
		{name: "memory below, after import", plan: gpu(func(g *gpuModel) { g.MinRAMPerGPUGB = types.Int64Value(49) }), imported: true},
		{name: "vCPUs above", plan: gpu(func(g *gpuModel) { g.MinVCPUsPerGPU = types.Int64Value(12) })},
		{name: "vCPUs below", plan: gpu(func(g *gpuModel) { g.MinVCPUsPerGPU = types.Int64Value(13) }), want: []string{"gpu.min_vcpus_per_gpu"}},
		{name: "other cloud", plan: func(_ *testing.T, m *model) { m.Clouds = listOf("COMMUNITY") }, want: []string{"clouds"}},
		{name: "both clouds", plan: func(_ *testing.T, m *model) { m.Clouds = listOf("COMMUNITY", "SECURE") }},
		{
			name: "clouds after import", state: func(m *model) { m.Clouds = types.ListNull(types.StringType) }, imported: true,
			plan: func(_ *testing.T, m *model) { m.Clouds = listOf("COMMUNITY") },
		},
		{name: "data center with", plan: func(_ *testing.T, m *model) { m.DataCenterIDs = setOf("US-KS-2", "EU-RO-1") }},
		{name: "data center without", plan: func(_ *testing.T, m *model) { m.DataCenterIDs = setOf("EU-RO-1") }, want: []string{"data_center_ids"}},
		{name: "data center after import", plan: func(_ *testing.T, m *model) { m.DataCenterIDs = setOf("EU-RO-1") }, imported: true},
		{name: "template", plan: func(_ *testing.T, m *model) { m.TemplateID = types.StringValue("t") }, want: []string{"template_id"}},
		{name: "template after import", plan: func(_ *testing.T, m *model) { m.TemplateID = types.StringValue("t") }, imported: true},
		{name: "start_ssh", plan: func(_ *testing.T, m *model) { m.StartSSH = types.BoolValue(true) }, want: []string{"start_ssh"}},
		{name: "start_ssh false is the default", plan: func(_ *testing.T, m *model) { m.StartSSH = types.BoolValue(false) }},
		{name: "start_ssh after import", plan: func(_ *testing.T, m *model) { m.StartSSH = types.BoolValue(true) }, imported: true},
		{name: "to cpu", plan: func(_ *testing.T, m *model) {
			m.GPU = types.ObjectNull(gpuTypes())
			m.CPU = types.ObjectUnknown(cpuTypes())
		}, want: []string{"gpu"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := imported(t.Context())
			state := flattened(t, m, runningPod())
			state.Clouds = listOf(wire.CloudSecure)
			if tt.state != nil {
				tt.state(&state)
			}
			plan := state
			if tt.plan != nil {
				tt.plan(t, &plan)
			}
			var diags diag.Diagnostics
			paths := plan.replacing(plan.parts(t.Context(), &diags), known{
				state: &state, stateParts: state.parts(t.Context(), &diags), imported: tt.imported,
				machine: machineOf(runningPod()), config: &plan,
			})
			var got []string
			for _, p := range paths {
				got = append(got, p.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || diags.HasError() {
				t.Errorf("replaced by (-want +got):\n%s%v", diff, diags)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	catalog := []wire.GPUType{
		{ID: "NVIDIA GeForce RTX 4090", Memory: 24},
		{ID: "NVIDIA H100 PCIe", Memory: 80},
		{ID: "NVIDIA H100 80GB HBM3", Memory: 80},
		{ID: "NVIDIA GeForce RTX 6090", Memory: 48},
	}
	tests := []struct {
		name        string
		names       []string
		catalog     []wire.GPUType
		ids, unsold []string
	}{
		{name: "id and name are one", names: []string{"RTX 4090", "NVIDIA GeForce RTX 4090"}, catalog: catalog, ids: []string{"NVIDIA GeForce RTX 4090"}},
		{name: "newer than the table", names: []string{"NVIDIA GeForce RTX 6090"}, catalog: catalog, ids: []string{"NVIDIA GeForce RTX 6090"}},
		{name: "no such type", names: []string{"NVIDIA GeForce RTX 7090"}, catalog: catalog, unsold: []string{"NVIDIA GeForce RTX 7090"}},
		{name: "not at RunPod", names: []string{"GTX 1080 Ti"}, catalog: catalog, unsold: []string{"GTX 1080 Ti"}},
		{name: "without a catalog", names: []string{"NVIDIA GeForce RTX 7090", "RTX 4090"}, ids: []string{"NVIDIA GeForce RTX 7090", "NVIDIA GeForce RTX 4090"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := resolve(tt.names, tt.catalog)
			if diff := cmp.Diff(resolution{tt.ids, tt.unsold}, got, cmp.AllowUnexported(resolution{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := resolve([]string{"H100"}, catalog).ids; len(got) != 2 {
		t.Errorf("H100 means %v, want both variants that are sold", got)
	}
}

func TestCross(t *testing.T) {
	t.Parallel()
	var got []string
	for _, c := range cross([]string{"a", "b"}, []string{"SECURE", "COMMUNITY"}, []string{"X", "Y"}) {
		got = append(got, c.id+"/"+c.cloud+"/"+c.dataCenter)
	}
	want := []string{
		"a/SECURE/X", "a/SECURE/Y", "a/COMMUNITY/X", "a/COMMUNITY/Y",
		"b/SECURE/X", "b/SECURE/Y", "b/COMMUNITY/X", "b/COMMUNITY/Y",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
