package instance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// leave takes out of the state of an imported instance what the import filled in and
// the configuration leaves out: it is not to be changed on the platform.
func (m *model) leave(plan *model) {
	if plan.Ports.IsNull() {
		m.Ports = plan.Ports
	}
	if plan.Onstart.IsNull() {
		m.Onstart = plan.Onstart
	}
	if plan.Args.IsNull() {
		m.Args = plan.Args
	}
}

// restarting lists the attributes because of which the container is recreated, as
// far as a plan can tell: after an import the platform may turn out to have it all.
func restarting(plan, state *model) []string {
	var names []string
	add := func(changes bool, name string) {
		if changes {
			names = append(names, name)
		}
	}
	add(!plan.Image.Equal(state.Image) && (plan.Image.IsUnknown() || !sameImage(plan.Image.ValueString(), state.Image.ValueString())), "image")
	add(!plan.TemplateID.Equal(state.TemplateID) && !plan.TemplateID.IsNull(), "template_id")
	add(!plan.Env.Equal(state.Env), "env")
	add(!plan.EnvWOVersion.Equal(state.EnvWOVersion), "env_wo_version")
	add(!samePorts(plan, state), "ports")
	add(!plan.Onstart.Equal(state.Onstart), "onstart")
	add(!plan.Args.Equal(state.Args), "args")
	return names
}

// samePorts compares ports but for their spelling: "8080" is "8080/tcp".
func samePorts(plan, state *model) bool {
	if plan.Ports.Equal(state.Ports) {
		return true
	}
	if plan.Ports.IsUnknown() || slices.ContainsFunc(plan.Ports.Elements(), attr.Value.IsUnknown) {
		return false
	}
	order := func(a, b port) int {
		return cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.protocol, b.protocol))
	}
	return slices.Equal(slices.SortedFunc(slices.Values(portsOf(plan)), order), slices.SortedFunc(slices.Values(portsOf(state)), order))
}

// warnRestart announces what is lost with a container that is recreated. Stopped or
// not, an instance has its disk.
func (p *planning) warnRestart(ctx context.Context, names []string) {
	unread := map[string]bool{
		"template_id": p.state.TemplateID.IsNull(), "env": p.state.Env.IsNull(), "env_wo_version": p.state.EnvWOVersion.IsNull(),
	}
	for _, name := range names {
		what := fmt.Sprintf("The change of %s recreates the container of instance %s: what it wrote to its disk is lost.", name, p.state.ID.ValueString())
		if unread[name] && p.imported(ctx) {
			what = fmt.Sprintf("Unless the imported instance %s already has this %s, its container is recreated and what it wrote to its disk is lost.",
				p.state.ID.ValueString(), name)
		}
		p.resp.Diagnostics.AddAttributeWarning(path.Root(name), "The data on the disk is lost", what+" "+p.kept(ctx))
	}
}

// warnReplaced announces what is lost with the instance.
func (p *planning) warnReplaced(ctx context.Context, paths path.Paths) {
	for _, at := range paths {
		p.resp.Diagnostics.AddAttributeWarning(at, "The data on the disk is lost", fmt.Sprintf(
			"The change of %s replaces instance %s and deletes its disk of %v GB. %s", at, p.state.ID.ValueString(), p.state.DiskGB.ValueFloat64(), p.kept(ctx)))
	}
}

// kept says what outlives the container.
func (p *planning) kept(ctx context.Context) string {
	volume := kernel.FromObject[volumeModel](ctx, p.state.Volume, &p.resp.Diagnostics)
	if volume == nil {
		return "Nothing is kept, as the instance has no volume."
	}
	return fmt.Sprintf("What is on volume %s is kept.", volume.ID.ValueString())
}
