package pod

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// resetting lists the attributes whose change makes RunPod recreate the container of
// a pod. secrets tells that the names in env_wo changed.
func resetting(plan, state *model, p, before parts, secrets bool) []path.Path {
	var paths []path.Path
	add := func(changes bool, at path.Path) {
		if changes {
			paths = append(paths, at)
		}
	}
	for _, attribute := range []struct {
		name        string
		plan, state attr.Value
	}{
		{"image", plan.Image, state.Image},
		{"args", plan.Args, state.Args},
		{"container_disk_gb", plan.ContainerDiskGB, state.ContainerDiskGB},
		{"env", plan.Env, state.Env},
		{"env_wo_version", plan.EnvWOVersion, state.EnvWOVersion},
		{"ports", plan.Ports, state.Ports},
		{"registry_id", plan.RegistryID, state.RegistryID},
	} {
		add(!attribute.plan.Equal(attribute.state), path.Root(attribute.name))
	}
	add(secrets, path.Root("env_wo"))
	// A mount that comes or goes is a replacement, or was the template's all along.
	if p.volume != nil && before.volume != nil {
		add(!p.volume.SizeGB.Equal(before.volume.SizeGB), path.Root("volume").AtName("size_gb"))
		add(!p.volume.MountPath.Equal(before.volume.MountPath), path.Root("volume").AtName("mount_path"))
	}
	add(plan.Volume.IsUnknown() && before.volume != nil, path.Root("volume"))
	add(plan.NetworkVolume.IsUnknown() && before.network != nil, path.Root("network_volume"))
	if p.network != nil && before.network != nil {
		add(!p.network.MountPath.Equal(before.network.MountPath), path.Root("network_volume").AtName("mount_path"))
	}
	return paths
}

// warnReset announces that a running pod's container is recreated. imported tells
// that RunPod may have what the configuration says already.
func (m *model) warnReset(e edit, is machine, imported bool, diags *diag.Diagnostics) {
	if m.stopped() || e.stops || e.starts {
		return // the container disk is gone, or goes with the stop
	}
	kept := m.kept(is)
	for _, at := range e.resets {
		what := fmt.Sprintf("The change of %s recreates the container of pod %s and wipes its container disk.", at, m.ID.ValueString())
		if imported && m.unread(at) {
			what = fmt.Sprintf("Unless the imported pod %s already has this %s, its container is recreated and its container disk wiped.", m.ID.ValueString(), at)
		}
		diags.AddAttributeWarning(at, "The container disk is wiped", what+" "+kept)
	}
}

// unread tells whether an attribute is one that no import reads.
func (m *model) unread(at path.Path) bool {
	return at.Equal(path.Root("env")) && m.Env.IsNull() ||
		at.Equal(path.Root("env_wo_version")) && m.EnvWOVersion.IsNull() || at.Equal(path.Root("env_wo"))
}

// warnReplaced announces what a replacement of the pod takes with it.
func (m *model) warnReplaced(paths []path.Path, is machine, diags *diag.Diagnostics) {
	var lost []string
	if !m.stopped() {
		lost = append(lost, "its container disk")
	}
	if is.VolumeGB > 0 {
		lost = append(lost, fmt.Sprintf("its volume of %d GB at %s with all data", is.VolumeGB, is.VolumePath))
	}
	if len(lost) == 0 {
		return
	}
	kept := ""
	if !m.NetworkVolume.IsNull() {
		kept = " " + m.kept(machine{})
	}
	for _, at := range paths {
		diags.AddAttributeWarning(at, "The pod's data is deleted", fmt.Sprintf(
			"The change of %s replaces pod %s and deletes %s.%s", at, m.ID.ValueString(), strings.Join(lost, " and "), kept))
	}
}

// kept says what outlives the container.
func (m *model) kept(is machine) string {
	id, at := textIn(m.NetworkVolume, "id"), textIn(m.NetworkVolume, "mount_path")
	switch {
	case is.VolumeGB > 0:
		return fmt.Sprintf("What is on the volume at %s is kept.", is.VolumePath)
	case id != "":
		return fmt.Sprintf("What is on network volume %s at %s is kept.", id, at)
	default:
		return "Nothing is kept, as the pod has no volume."
	}
}

func textIn(object types.Object, name string) string {
	text, _ := object.Attributes()[name].(types.String)
	return text.ValueString()
}
