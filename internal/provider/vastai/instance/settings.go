package instance

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// imported reports whether the state knows nothing but the id yet.
func (m *model) imported() bool { return m.DiskGB.IsNull() }

// flattenSettings takes over the attributes that can be configured and are read
// back. env, ports, onstart and args are compared only where they are configured:
// a template or the platform may have set others.
func (m *model) flattenSettings(ctx context.Context, i *wire.Instance, now time.Time, diags *diag.Diagnostics) {
	if m.imported() {
		m.flattenImported(ctx, i, diags)
	}
	if !sameImage(m.Image.ValueString(), string(i.ImageUUID)) {
		m.Image = kernel.StringOrNull(string(i.ImageUUID))
	}
	if number := m.TemplateID.ValueString(); i.TemplateID != nil && isNumber(number) && number != strconv.FormatInt(int64(*i.TemplateID), 10) {
		m.TemplateID = types.StringValue(strconv.FormatInt(int64(*i.TemplateID), 10))
	}
	if i.DiskSpace != nil && !sameDisk(m.DiskGB.ValueFloat64(), float64(*i.DiskSpace)) {
		m.DiskGB = kernel.Decimal(float64(*i.DiskSpace))
	}
	if strings.TrimSpace(m.Label.ValueString()) != strings.TrimSpace(string(i.Label)) || m.Label.ValueString() == "" {
		m.Label = kernel.StringOrNull(string(i.Label))
	}
	m.Env = presentEnv(m.Env, i.ExtraEnv, diags)
	m.Ports = presentPorts(ctx, m.Ports, i.ExtraEnv, diags)
	if !m.Onstart.IsNull() && strings.TrimSpace(m.Onstart.ValueString()) != strings.TrimSpace(string(i.Onstart)) {
		m.Onstart = kernel.StringOrNull(string(i.Onstart))
	}
	if !m.Args.IsNull() && !slices.Equal(kernel.Strings(m.Args), i.ImageArgs) {
		args, ds := types.ListValueFrom(ctx, types.StringType, i.ImageArgs)
		diags.Append(ds...)
		m.Args = args
	}
	if mode, direct, ok := launchOf(string(i.ImageRuntype)); ok {
		m.LaunchMode, m.Direct = types.StringValue(mode), types.BoolValue(direct)
	}
	m.flattenDesired(i, now)
}

// flattenDesired follows what the account asked for. The end of a contract stops
// an instance without anybody asking.
func (m *model) flattenDesired(i *wire.Instance, now time.Time) {
	if statusOf(i, now) == statusEnded && !m.DesiredStatus.IsNull() {
		return
	}
	m.DesiredStatus = types.StringValue(desiredRunning)
	if i.IntendedStatus == wire.StatusStopped {
		m.DesiredStatus = types.StringValue(desiredStopped)
	}
}

// flattenImported fills in what an instance that was not created here is taken
// to be configured as.
func (m *model) flattenImported(ctx context.Context, i *wire.Instance, diags *diag.Diagnostics) {
	if i.DiskSpace != nil {
		m.DiskGB = kernel.Decimal(importedDisk(float64(*i.DiskSpace)))
	}
	if isBid(i) {
		m.BidPrice = price(i.DPHBase)
	}
	m.OnInterruption = types.StringValue(interruptionWait)
	m.Ports = kernel.StringSet(ctx, importedPorts(i.ExtraEnv), diags)
	m.Onstart = kernel.StringOrNull(string(i.Onstart))
	if mode, _, ok := launchOf(string(i.ImageRuntype)); ok && mode == launchArgs && len(i.ImageArgs) > 0 {
		args, ds := types.ListValueFrom(ctx, types.StringType, i.ImageArgs)
		diags.Append(ds...)
		m.Args = args
	}
	m.flattenOffer(ctx, i, diags)
	for _, volume := range i.VolumeInfo {
		if volume.ID != nil {
			// Where it is mounted is not returned.
			m.Volume = kernel.Object(ctx, volumeTypes(), &volumeModel{
				ID: types.StringValue(strconv.FormatInt(int64(*volume.ID), 10)), MountPath: types.StringNull(),
			}, diags)
			break
		}
	}
}

// importedPorts are the ports of an environment as a configuration has them.
func importedPorts(env map[string]string) []string {
	var ports []string
	for key := range env {
		p, ok := flagPort(key)
		switch {
		case !ok:
		case p.protocol == tcp:
			ports = append(ports, strconv.Itoa(p.number))
		default:
			ports = append(ports, fmt.Sprintf("%d/%s", p.number, p.protocol))
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(ports)))
}

// flattenOffer wishes for what an imported instance is: a configuration that is
// generated from it has to say what to rent.
func (m *model) flattenOffer(ctx context.Context, i *wire.Instance, diags *diag.Diagnostics) {
	name := gpuOf(i)
	if name == "" || i.NumGPUs < 1 {
		return
	}
	wishes := offerModel{
		GPUNames: types.ListValueMust(types.StringType, []attr.Value{types.StringValue(name)}), GPUCount: types.Int64Value(int64(i.NumGPUs)),
		Countries: types.SetNull(types.StringType),
	}
	m.Offer = kernel.Object(ctx, offerTypes(), &wishes, diags)
}

// diskTolerance is by how much a disk may read back other than it was asked for:
// the platform answers 10.08 for 10.
const diskTolerance = 0.01

func sameDisk(configured, read float64) bool {
	return math.Abs(configured-read) <= diskTolerance*math.Max(configured, 1)
}

// importedDisk is the whole number that was probably asked for.
func importedDisk(read float64) float64 {
	if whole := math.Round(read); sameDisk(whole, read) {
		return whole
	}
	return read
}

// automaticTag is the tag that the platform replaces by one that suits the host.
const automaticTag = "@vastai-automatic-tag"

// sameImage reports whether two references name one image: registry and tag may
// be filled in by the platform.
func sameImage(configured, read string) bool {
	a, b := plainImage(configured), plainImage(read)
	if a == b {
		return true
	}
	name, automatic := strings.CutSuffix(a, ":"+automaticTag)
	if !automatic {
		name, automatic = strings.CutSuffix(a, automaticTag)
	}
	return automatic && (b == name || strings.HasPrefix(b, name+":"))
}

func plainImage(reference string) string {
	for _, prefix := range []string{"docker.io/", "index.docker.io/", "library/"} {
		reference = strings.TrimPrefix(reference, prefix)
	}
	if !strings.Contains(reference[strings.LastIndex(reference, "/")+1:], ":") && !strings.Contains(reference, "@") {
		reference += ":latest"
	}
	return reference
}

// presentEnv is the configured environment with the platform's values.
func presentEnv(configured types.Map, env map[string]string, diags *diag.Diagnostics) types.Map {
	if configured.IsNull() || configured.IsUnknown() {
		return types.MapNull(types.StringType)
	}
	present := map[string]attr.Value{}
	for name, value := range kernel.StringMap(configured) {
		read, ok := env[name]
		switch {
		case !ok:
		case strings.TrimSpace(read) == strings.TrimSpace(value):
			present[name] = types.StringValue(value)
		default:
			present[name] = types.StringValue(read)
		}
	}
	out, ds := types.MapValue(types.StringType, present)
	diags.Append(ds...)
	return out
}

// presentPorts are the configured ports that the instance has.
func presentPorts(ctx context.Context, configured types.Set, env map[string]string, diags *diag.Diagnostics) types.Set {
	if configured.IsNull() || configured.IsUnknown() {
		return types.SetNull(types.StringType)
	}
	has := map[port]bool{}
	for key := range env {
		if p, ok := flagPort(key); ok {
			has[p] = true
		}
	}
	present := []string{}
	for _, text := range kernel.Strings(configured) {
		if p, err := parsePort(text); err == nil && has[p] {
			present = append(present, text)
		}
	}
	out, ds := types.SetValueFrom(ctx, types.StringType, present)
	diags.Append(ds...)
	return out
}

func isNumber(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}
