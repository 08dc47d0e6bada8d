package pod

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// known is what a plan is compared with.
type known struct {
	state      *model
	stateParts parts
	// config tells which blocks may turn out to be there or not: in a plan their
	// defaults are filled in.
	config  *model
	machine machine
	// imported tells that the configuration has not been applied to the pod yet, so
	// that what the API does not return is taken over from it.
	imported bool
}

// machine is what a plan has to know about a pod beyond its attributes. It is kept
// in the private state whenever the pod is read, and is zero where RunPod does not
// tell.
type machine struct {
	// Flavor is the CPU flavor that was rented.
	Flavor string `json:"cpu_flavor,omitempty"`
	// VCPUs and MemoryGB are those of a GPU pod in total.
	VCPUs    int `json:"vcpus,omitempty"`
	MemoryGB int `json:"memory_gb,omitempty"`
	// VolumeGB and VolumePath are the volume disk's, whoever asked for it.
	VolumeGB   int    `json:"volume_gb,omitempty"`
	VolumePath string `json:"volume_path,omitempty"`
}

func machineOf(p *wire.Pod) machine {
	var is machine
	if p.CPU != nil {
		is.Flavor = p.CPU.ID
	}
	if p.GPU != nil {
		is.VCPUs, is.MemoryGB = p.GPU.VCPUCount, p.GPU.Memory
	}
	if p.Mounts.Persistent != nil {
		is.VolumeGB, is.VolumePath = p.Mounts.Persistent.Size, p.Mounts.Persistent.Path
	}
	return is
}

// uncover puts the volume that a template gave into a state that lacks it, where
// the plan has a block for it: the block then describes what there is.
func (m *model) uncover(ctx context.Context, plan *model, is machine, diags *diag.Diagnostics) {
	if m.Volume.IsNull() && !plan.Volume.IsNull() && is.VolumeGB > 0 {
		m.Volume = kernel.Object(ctx, volumeTypes(), &volumeModel{
			SizeGB: types.Int64Value(int64(is.VolumeGB)), MountPath: types.StringValue(is.VolumePath),
		}, diags)
	}
}

// replacing lists the attributes whose change cannot be made to the pod that
// exists. Selectors are constraints: a changed one replaces only a pod that no
// longer satisfies it.
func (m *model) replacing(p parts, k known) []path.Path {
	var paths []path.Path
	if !kernel.Perhaps(k.config.GPU) && m.GPU.IsNull() != k.state.GPU.IsNull() {
		paths = append(paths, path.Root("gpu"))
	}
	if !kernel.Perhaps(k.config.CPU) && m.CPU.IsNull() != k.state.CPU.IsNull() {
		paths = append(paths, path.Root("cpu"))
	}
	paths = append(paths, replacingGPU(p.gpu, k)...)
	paths = append(paths, replacingCPU(p.cpu, k)...)
	clouds := k.state.Clouds
	if k.imported {
		// They were filled from the pod, and the configuration has the last word.
		clouds = types.ListNull(types.StringType)
	}
	if k.broken(m.Clouds, clouds, k.state.Cloud.ValueString()) {
		paths = append(paths, path.Root("clouds"))
	}
	if k.broken(m.DataCenterIDs, k.state.DataCenterIDs, k.state.DataCenterID.ValueString()) {
		paths = append(paths, path.Root("data_center_ids"))
	}
	// Without a block the volume is the template's, which may be the one there is.
	leftToTemplate := m.Volume.IsNull() && !m.TemplateID.IsNull()
	if !kernel.Perhaps(k.config.Volume) && m.Volume.IsNull() != k.state.Volume.IsNull() && !leftToTemplate {
		paths = append(paths, path.Root("volume"))
	}
	if !kernel.Perhaps(k.config.NetworkVolume) && m.NetworkVolume.IsNull() != k.state.NetworkVolume.IsNull() {
		paths = append(paths, path.Root("network_volume"))
	}
	if p.network != nil && k.stateParts.network != nil && !p.network.ID.Equal(k.stateParts.network.ID) {
		paths = append(paths, path.Root("network_volume").AtName("id"))
	}
	if k.newlySet(m.TemplateID, k.state.TemplateID) {
		paths = append(paths, path.Root("template_id"))
	}
	if k.flagged(m.StartSSH, k.state.StartSSH) {
		paths = append(paths, path.Root("start_ssh"))
	}
	if k.flagged(m.StartJupyter, k.state.StartJupyter) {
		paths = append(paths, path.Root("start_jupyter"))
	}
	return paths
}

func replacingGPU(wanted *gpuModel, k known) []path.Path {
	if wanted == nil || k.stateParts.gpu == nil {
		return nil
	}
	at := path.Root("gpu")
	before := k.stateParts.gpu
	var paths []path.Path
	if !wanted.Types.Equal(before.Types) && fullyKnown(wanted.Types) && !accepts(kernel.Strings(wanted.Types), k.state.GPUType.ValueString()) {
		paths = append(paths, at.AtName("types"))
	}
	if !wanted.Count.Equal(before.Count) {
		paths = append(paths, at.AtName("count"))
	}
	// The CUDA version is the host's and not known of every host.
	host := k.state.CUDAVersion.ValueString()
	if host != "" && k.broken(wanted.CUDAVersions, before.CUDAVersions, host) {
		paths = append(paths, at.AtName("cuda_versions"))
	}
	if floor := kernel.String(wanted.MinCUDAVersion); floor != nil && host != "" &&
		k.newlySet(wanted.MinCUDAVersion, before.MinCUDAVersion) && olderCUDA(host, *floor) {
		paths = append(paths, at.AtName("min_cuda_version"))
	}
	gpus := int(wanted.Count.ValueInt64())
	if k.below(wanted.MinRAMPerGPUGB, before.MinRAMPerGPUGB, gpus, k.machine.MemoryGB) {
		paths = append(paths, at.AtName("min_ram_per_gpu_gb"))
	}
	if k.below(wanted.MinVCPUsPerGPU, before.MinVCPUsPerGPU, gpus, k.machine.VCPUs) {
		paths = append(paths, at.AtName("min_vcpus_per_gpu"))
	}
	return paths
}

// below tells whether a changed minimum per GPU asks for more than there is.
func (k known) below(wanted, before types.Int64, gpus, is int) bool {
	floor := intOf(wanted)
	return floor != nil && is > 0 && k.newlySet(wanted, before) && *floor*gpus > is
}

func replacingCPU(wanted *cpuModel, k known) []path.Path {
	if wanted == nil || k.stateParts.cpu == nil {
		return nil
	}
	var paths []path.Path
	before := k.stateParts.cpu
	if !wanted.Flavors.Equal(before.Flavors) && fullyKnown(wanted.Flavors) && k.machine.Flavor != "" &&
		!slices.Contains(kernel.Strings(wanted.Flavors), k.machine.Flavor) {
		paths = append(paths, path.Root("cpu").AtName("flavors"))
	}
	if !wanted.VCPUs.Equal(before.VCPUs) {
		paths = append(paths, path.Root("cpu").AtName("vcpus"))
	}
	return paths
}

// newlySet tells whether a value changed, other than by being taken over after an
// import.
func (k known) newlySet(wanted, before attr.Value) bool {
	return !wanted.Equal(before) && (!before.IsNull() || !k.imported)
}

// broken tells whether a changed list of acceptable values leaves out what the
// pod is.
func (k known) broken(wanted, before kernel.Collection, is string) bool {
	accepted := kernel.Strings(wanted)
	return k.newlySet(wanted, before) && len(accepted) > 0 && fullyKnown(wanted) && is != "" && !slices.Contains(accepted, is)
}

// flagged tells whether a flag of the create changed; leaving it out is false.
func (k known) flagged(wanted, before types.Bool) bool {
	return k.newlySet(wanted, before) && (wanted.IsUnknown() || wanted.ValueBool() != before.ValueBool())
}

func fullyKnown(v kernel.Collection) bool {
	if v.IsUnknown() {
		return false
	}
	for _, element := range v.Elements() {
		if element.IsUnknown() {
			return false
		}
	}
	return true
}

// olderCUDA compares versions part by part: 12.11 is newer than 12.2.
func olderCUDA(version, floor string) bool {
	a, b := strings.Split(version, "."), strings.Split(floor, ".")
	for i := range max(len(a), len(b)) {
		if x, y := part(a, i), part(b, i); x != y {
			return x < y
		}
	}
	return false
}

func part(version []string, i int) int {
	if i >= len(version) {
		return 0
	}
	// A part that is no number counts 0; the validator lets none pass.
	n, _ := strconv.Atoi(version[i])
	return n
}
