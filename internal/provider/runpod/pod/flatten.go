package pod

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
)

// flatten takes over what the platform says. What it does not return stays:
// selectors, flags of the create, the cost.
func (m *model) flatten(ctx context.Context, p *wire.Pod) diag.Diagnostics {
	var diags diag.Diagnostics
	m.ID = types.StringValue(p.ID)
	m.Name = types.StringValue(p.Name)
	m.flattenContainer(ctx, p, &diags)
	m.flattenMachine(ctx, p, &diags)

	m.Status = types.StringValue(p.Status)
	switch {
	case p.Status == statusExited:
		m.DesiredStatus = types.StringValue(desiredStopped)
	case p.Status == statusRunning, m.DesiredStatus.IsNull():
		m.DesiredStatus = types.StringValue(desiredRunning)
	}
	m.Locked = types.BoolValue(p.Locked)
	// What is read follows the assigned address, not the wish.
	if m.GlobalNetworking.IsNull() || m.GlobalNetworking.IsUnknown() {
		m.GlobalNetworking = types.BoolValue(p.GlobalNetworking.Enabled)
	}
	m.HourlyPrice = kernel.Amount(money.PerHour(p.Cost))
	m.CreatedAt = timetypes.NewRFC3339TimeValue(p.CreatedAt)
	m.StartedAt = timetypes.NewRFC3339Null()
	if p.StartedAt != nil {
		m.StartedAt = timetypes.NewRFC3339TimeValue(*p.StartedAt)
	}
	m.flattenAccess(ctx, p, &diags)
	return diags
}

func (m *model) flattenContainer(ctx context.Context, p *wire.Pod, diags *diag.Diagnostics) {
	m.Image = kernel.StringOrNull(p.Image)
	m.Args = kernel.StringOrNull(p.Args)
	m.ContainerDiskGB = types.Int64Value(int64(p.Disk))
	m.RegistryID = kernel.StringOrNull(textOf(p.Registry))
	m.Env = kernel.ReadEnv(m.Env, p.Env, diags)
	if emptySet := !m.Ports.IsNull() && !m.Ports.IsUnknown() && len(m.Ports.Elements()) == 0; !emptySet || len(p.Ports) > 0 {
		m.Ports = kernel.StringSet(ctx, p.Ports, diags)
	}
	// A volume that the template gave is nowhere in the configuration, and a block
	// that is not configured cannot be in the state: the plan would remove it.
	if fromTemplate := m.Volume.IsNull() && !m.TemplateID.IsNull(); !fromTemplate {
		m.Volume = types.ObjectNull(volumeTypes())
		if v := p.Mounts.Persistent; v != nil {
			m.Volume = kernel.Object(ctx, volumeTypes(), &volumeModel{
				SizeGB: types.Int64Value(int64(v.Size)), MountPath: types.StringValue(v.Path),
			}, diags)
		}
	}
	m.NetworkVolume = types.ObjectNull(networkTypes())
	if len(p.Mounts.Network) > 0 {
		v := p.Mounts.Network[0]
		m.NetworkVolume = kernel.Object(ctx, networkTypes(), &networkModel{
			ID: types.StringValue(v.VolumeID), MountPath: types.StringValue(v.Path),
		}, diags)
	}
}

// flattenMachine tells what was rented. The clouds, gpu and cpu are wishes, and are
// filled from the machine only when there are none yet: after an import.
func (m *model) flattenMachine(ctx context.Context, p *wire.Pod, diags *diag.Diagnostics) {
	m.Cloud = kernel.StringOrNull(p.Cloud)
	if m.Clouds.IsNull() && p.Cloud != "" {
		m.Clouds = oneString(p.Cloud)
	}
	m.DataCenterID = kernel.StringOrNull(textOf(p.DataCenterID))
	m.CUDAVersion = kernel.StringOrNull(textOf(p.CUDAVersion))
	switch {
	// A pod that was started without its GPUs has none or 0; it is what it was.
	case p.GPU != nil && p.GPU.Count > 0:
		m.GPUType = types.StringValue(p.GPU.ID)
		if m.GPU.IsNull() {
			m.GPU = kernel.Object(ctx, gpuTypes(), &gpuModel{
				Types: oneString(p.GPU.ID), Count: types.Int64Value(int64(p.GPU.Count)),
				CUDAVersions: types.SetNull(types.StringType), MinCUDAVersion: types.StringNull(),
			}, diags)
		}
	case p.CPU != nil:
		m.GPUType = types.StringNull()
		if m.CPU.IsNull() {
			m.CPU = kernel.Object(ctx, cpuTypes(), &cpuModel{
				Flavors: oneString(p.CPU.ID), VCPUs: types.Int64Value(int64(p.CPU.VCPUCount)),
			}, diags)
		}
	case m.GPUType.IsUnknown():
		m.GPUType = types.StringNull()
	}
}

func oneString(s string) types.List {
	return types.ListValueMust(types.StringType, []attr.Value{types.StringValue(s)})
}

// flattenAccess tells how to reach the pod. RunPod names its SSH proxy for stopped
// pods too, where nothing answers. The URLs of its HTTP proxy follow from the pod's
// id, so that they are the same whatever the pod does.
func (m *model) flattenAccess(ctx context.Context, p *wire.Pod, diags *diag.Diagnostics) {
	ways := reach.Ways{Runs: p.Status == statusRunning, URLs: map[string]string{}}
	var configured []int
	for _, port := range p.Ports {
		number, protocol, _ := strings.Cut(port, "/")
		if protocol == "http" {
			ways.URLs[number] = fmt.Sprintf("https://%s-%s.proxy.runpod.net", p.ID, number)
		} else if n, err := strconv.Atoi(number); err == nil {
			configured = append(configured, n)
		}
	}
	m.PublicIP = types.StringNull()
	public := map[int]int64{}
	if ways.Runs {
		ways.SSH = loginOf(p.SSH)
		for _, port := range mapped(p) {
			public[port.Private] = int64(*port.Public)
			if port.IP != nil {
				m.PublicIP = types.StringValue(*port.IP)
			}
		}
	}
	ways.Ports = reach.Mapped(configured, public)
	m.ReadWays(ctx, ways, diags)
}

// loginOf is the direct way in, else the one through the proxy; nil for none.
func loginOf(ssh wire.PodSSH) *reach.Login {
	way := ssh.Direct
	if way == nil {
		way = ssh.Proxy
	}
	if way == nil {
		return nil
	}
	return &reach.Login{
		Host: types.StringValue(way.Host), Port: types.Int64Value(int64(way.Port)),
		User: types.StringValue(way.Username), Command: types.StringValue(way.Command),
	}
}

// mapped are the TCP ports that have a public number.
func mapped(p *wire.Pod) []wire.PodRuntimePort {
	if p.Runtime == nil {
		return nil
	}
	var ports []wire.PodRuntimePort
	for _, port := range p.Runtime.Ports {
		if port.Type == "tcp" && port.Public != nil {
			ports = append(ports, port)
		}
	}
	return ports
}

// keep puts back what was planned: Terraform refuses an apply whose result
// differs from a known planned value. A real difference shows at the next refresh.
func (m *model) keep(plan *model) {
	kernel.KeepKnown(&m.Name, plan.Name)
	kernel.KeepKnown(&m.Image, plan.Image)
	kernel.KeepKnown(&m.TemplateID, plan.TemplateID)
	kernel.KeepKnown(&m.GPU, plan.GPU)
	kernel.KeepKnown(&m.CPU, plan.CPU)
	kernel.KeepKnown(&m.Clouds, plan.Clouds)
	kernel.KeepKnown(&m.DataCenterIDs, plan.DataCenterIDs)
	kernel.KeepKnown(&m.ContainerDiskGB, plan.ContainerDiskGB)
	kernel.KeepKnown(&m.Volume, plan.Volume)
	kernel.KeepKnown(&m.NetworkVolume, plan.NetworkVolume)
	kernel.KeepKnown(&m.Args, plan.Args)
	kernel.KeepKnown(&m.Env, plan.Env)
	kernel.KeepKnown(&m.Ports, plan.Ports)
	kernel.KeepKnown(&m.RegistryID, plan.RegistryID)
	kernel.KeepKnown(&m.GlobalNetworking, plan.GlobalNetworking)
	kernel.KeepKnown(&m.Locked, plan.Locked)
	kernel.KeepKnown(&m.DesiredStatus, plan.DesiredStatus)
	kernel.KeepKnown(&m.Status, plan.Status)
	kernel.KeepKnown(&m.GPUType, plan.GPUType)
	kernel.KeepKnown(&m.Cloud, plan.Cloud)
	kernel.KeepKnown(&m.DataCenterID, plan.DataCenterID)
	kernel.KeepKnown(&m.HourlyPrice, plan.HourlyPrice)
	kernel.KeepKnown(&m.EstimatedCost, plan.EstimatedCost)
	kernel.KeepKnown(&m.PublicIP, plan.PublicIP)
	kernel.KeepKnown(&m.CUDAVersion, plan.CUDAVersion)
	kernel.KeepKnown(&m.CreatedAt, plan.CreatedAt)
	kernel.KeepKnown(&m.StartedAt, plan.StartedAt)
	m.KeepWays(plan.Attributes)
}
