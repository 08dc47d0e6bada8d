package instance

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// expand is the request of a create. What is not configured is left out, so that
// a template's value holds. templateHash is "" without a template.
func (m *model) expand(ctx context.Context, env environment, imageLogin *string, templateHash string, diags *diag.Diagnostics) wire.CreateInstanceRequest {
	request := wire.CreateInstanceRequest{
		ClientID: "me",
		Image:    tagged(kernel.String(m.Image)),
		Disk:     m.DiskGB.ValueFloat64(),
		Label:    kernel.String(m.Label),
		Env:      env.sent(),
		Price:    bidOf(m.BidPrice),
		// Without it a rental that cannot start is left behind stopped, and bills.
		CancelUnavail: true,
		Onstart:       kernel.String(m.Onstart),
		Args:          kernel.Strings(m.Args),
		ImageLogin:    imageLogin,
	}
	if templateHash != "" {
		request.TemplateHashID = &templateHash
	}
	if mode := kernel.String(m.LaunchMode); mode != nil {
		word := runtype(*mode, m.Direct.ValueBool())
		request.Runtype = &word
	}
	if m.DesiredStatus.ValueString() == desiredStopped {
		stopped := desiredStopped
		request.TargetState = &stopped
	}
	if volume := kernel.FromObject[volumeModel](ctx, m.Volume, diags); volume != nil {
		if id, err := strconv.ParseInt(volume.ID.ValueString(), 10, 64); err == nil {
			request.VolumeInfo = &wire.MountVolume{VolumeID: id, MountPath: volume.MountPath.ValueString()}
		}
	}
	return request
}

// tagged is an image with a tag: Vast.ai answers one without with a server error.
func tagged(image *string) *string {
	if image == nil || strings.Contains(*image, "@") || strings.Contains((*image)[strings.LastIndex(*image, "/")+1:], ":") {
		return image
	}
	withTag := *image + ":latest"
	return &withTag
}

// templateHash resolves a template's number to its newest hash, which is what the
// API takes; a hash is passed on. "" without a template.
func (m *model) templateHash(ctx context.Context, client *vastai.Client) (string, error) {
	given := kernel.String(m.TemplateID)
	if given == nil || !isNumber(*given) {
		return m.TemplateID.ValueString(), nil
	}
	template, err := client.Templates.Get(ctx, *given)
	if err != nil {
		return "", err
	}
	return template.HashID, nil
}

// containerChange is what has to be sent so that the container becomes what the
// plan says; nothing when the platform has it already, as after an import. A new
// template's values would take the place of all that is not said again.
func containerChange(plan, state *model, row *wire.Instance, env map[string]string, templateHash string) (change wire.UpdateTemplateRequest, sends bool) {
	change.ID = row.ID
	renewed := !plan.TemplateID.Equal(state.TemplateID) && templateHash != "" && templateHash != string(row.TemplateHashID)
	if renewed {
		change.TemplateHashID = &templateHash
	}
	if image := kernel.String(plan.Image); image != nil && (renewed || !sameImage(*image, string(row.ImageUUID))) {
		change.Image = tagged(image)
	}
	changed := !plan.Onstart.Equal(state.Onstart) && differs(plan.Onstart.ValueString(), string(row.Onstart))
	if changed || renewed && !plan.Onstart.IsNull() {
		onstart := plan.Onstart.ValueString()
		change.Onstart = &onstart
	}
	args := kernel.Strings(plan.Args)
	changed = !plan.Args.Equal(state.Args) && !slices.Equal(args, row.ImageArgs)
	if changed || renewed && !plan.Args.IsNull() {
		args = append([]string{}, args...) // [] and not null: none at all
		change.Args = &args
	}
	if renewed || envChanged(plan, state) && !sameEnv(env, foreign(row.ExtraEnv)) {
		change.Env = &env
	}
	sends = change != wire.UpdateTemplateRequest{ID: row.ID}
	change.Recycle = sends && plan.DesiredStatus.ValueString() == desiredRunning
	return change, sends
}

func differs(a, b string) bool { return strings.TrimSpace(a) != strings.TrimSpace(b) }

func envChanged(plan, state *model) bool {
	return !plan.Env.Equal(state.Env) || !plan.EnvWOVersion.Equal(state.EnvWOVersion) || !samePorts(plan, state)
}
