package pod

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// expand is the create request of a plan, but for what a candidate decides.
func (m *model) expand(p parts, env map[string]string) wire.CreatePodRequest {
	request := wire.CreatePodRequest{
		Name:         m.Name.ValueString(),
		Image:        kernel.String(m.Image),
		TemplateID:   kernel.String(m.TemplateID),
		Args:         kernel.String(m.Args),
		Disk:         intOf(m.ContainerDiskGB),
		Env:          env,
		Ports:        kernel.Strings(m.Ports),
		Registry:     kernel.String(m.RegistryID),
		StartSSH:     kernel.Bool(m.StartSSH),
		StartJupyter: kernel.Bool(m.StartJupyter),
	}
	if m.GlobalNetworking.ValueBool() {
		request.GlobalNetworking = kernel.Bool(m.GlobalNetworking)
	}
	if p.gpu != nil {
		request.GPU = &wire.CreatePodGPU{
			Count:               int(p.gpu.Count.ValueInt64()),
			AllowedCUDAVersions: kernel.Strings(p.gpu.CUDAVersions),
			MinCUDAVersion:      kernel.Text(p.gpu.MinCUDAVersion),
			MinRAMPerGPU:        intOf(p.gpu.MinRAMPerGPUGB),
			MinVCPUCountPerGPU:  intOf(p.gpu.MinVCPUsPerGPU),
		}
	}
	if p.cpu != nil {
		request.CPU = &wire.CreatePodCPU{VCPUCount: int(p.cpu.VCPUs.ValueInt64())}
	}
	if p.volume != nil || p.network != nil {
		mounts := p.mounts()
		request.Mounts = &mounts
	}
	return request
}

// with is the request for a candidate.
func (c candidate) with(request wire.CreatePodRequest) wire.CreatePodRequest {
	request.Cloud = c.cloud
	if c.dataCenter != "" {
		request.DataCenterIDs = []string{c.dataCenter}
	}
	if request.GPU != nil {
		gpu := *request.GPU
		gpu.ID = c.id
		request.GPU = &gpu
	}
	if request.CPU != nil {
		cpu := *request.CPU
		cpu.ID = c.id
		request.CPU = &cpu
	}
	return request
}

func (p parts) mounts() wire.Mounts {
	var mounts wire.Mounts
	if p.volume != nil {
		mounts.Persistent = &wire.PersistentMount{
			Size: int(p.volume.SizeGB.ValueInt64()), Path: p.volume.MountPath.ValueString(),
		}
	}
	if p.network != nil {
		mounts.Network = []wire.NetworkMount{{VolumeID: p.network.ID.ValueString(), Path: p.network.MountPath.ValueString()}}
	}
	return mounts
}

// change is what an update sends.
type change struct {
	request wire.UpdatePodRequest
	// resets tells that the container is recreated.
	resets bool
	// any tells that there is something to send.
	any bool
}

// changes compares the plan with what the pod is now and asks for the difference
// alone, because whatever is sent may reset the container. state is for what the
// platform does not read back truly: global networking lags behind the wish.
func (m *model) changes(p parts, state *model, now *wire.Pod, env map[string]string) change {
	var c change
	set := func(resets bool) {
		c.any = true
		c.resets = c.resets || resets
	}
	if name := kernel.String(m.Name); name != nil && *name != now.Name {
		c.request.Name = name
		set(false)
	}
	if image := kernel.String(m.Image); image != nil && *image != now.Image {
		c.request.Image = image
		set(true)
	}
	if args := m.Args.ValueString(); !m.Args.IsUnknown() && args != now.Args {
		c.request.Args = &args
		set(true)
	}
	if disk := intOf(m.ContainerDiskGB); disk != nil && *disk != now.Disk {
		c.request.Disk = disk
		set(true)
	}
	if !maps.Equal(env, now.Env) {
		c.request.Env = &env
		set(true)
	}
	if ports := kernel.Strings(m.Ports); !m.Ports.IsUnknown() && !samePorts(ports, now.Ports) {
		if ports == nil {
			ports = []string{}
		}
		c.request.Ports = &ports
		set(true)
	}
	if registry := kernel.String(m.RegistryID); !m.RegistryID.IsUnknown() && textOf(registry) != textOf(now.Registry) {
		c.request.Registry = &wire.Nullable[string]{Value: textOf(registry), Valid: registry != nil}
		set(true)
	}
	if mounts := p.remounts(now.Mounts); mounts != nil {
		c.request.Mounts = mounts
		set(true)
	}
	if on := kernel.Bool(m.GlobalNetworking); on != nil && !m.GlobalNetworking.Equal(state.GlobalNetworking) {
		c.request.GlobalNetworking = on
		set(false)
	}
	return c
}

// remounts is the part of the mounts that can change in place, nil for none.
func (p parts) remounts(now wire.Mounts) *wire.Mounts {
	wanted := p.mounts()
	if wanted.Persistent != nil && now.Persistent != nil && wanted.Persistent.Size < now.Persistent.Size {
		// It grew elsewhere since it was read, and cannot shrink.
		wanted.Persistent.Size = now.Persistent.Size
	}
	if wanted.Persistent != nil && now.Persistent != nil && *wanted.Persistent != *now.Persistent {
		return &wire.Mounts{Persistent: wanted.Persistent}
	}
	if len(wanted.Network) == 1 && len(now.Network) == 1 && wanted.Network[0] != now.Network[0] {
		return &wire.Mounts{Network: wanted.Network}
	}
	return nil
}

func samePorts(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func intOf(v types.Int64) *int {
	n := kernel.Int(v)
	if n == nil {
		return nil
	}
	i := int(*n)
	return &i
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
