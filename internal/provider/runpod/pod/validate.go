package pod

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// Limits of RunPod on what a container may ask for.
const (
	maxHTTPPorts  = 10
	maxPort       = 65535
	symmetricFrom = 70000 // TCP numbers above ask for the same number inside and outside
)

// ValidateConfig refuses what RunPod would refuse, across attributes.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	refuse := func(attribute, summary, detail string) {
		resp.Diagnostics.AddAttributeError(path.Root(attribute), summary, detail)
	}
	switch {
	case m.GPU.IsNull() && m.CPU.IsNull():
		refuse("gpu", "Neither gpu nor cpu", "Set exactly one of gpu and cpu: it says what is rented.")
	case !m.GPU.IsNull() && !m.CPU.IsNull():
		refuse("cpu", "Both gpu and cpu", "Set exactly one of gpu and cpu: a GPU pod has the CPUs of its machine.")
	}
	if m.Image.IsNull() && m.TemplateID.IsNull() {
		refuse("image", "No image", "Set image, or a template_id that gives it.")
	}
	clouds := kernel.Strings(m.Clouds)
	community := slices.Contains(clouds, wire.CloudCommunity)
	if !m.NetworkVolume.IsNull() && community {
		refuse("clouds", "Network volumes are in the SECURE cloud only",
			"A pod with a network_volume cannot run in the COMMUNITY cloud. Leave COMMUNITY out, or use volume.")
	}
	if !m.CPU.IsNull() {
		if community {
			refuse("clouds", "CPU pods are in the SECURE cloud only", "Leave COMMUNITY out.")
		}
		if !m.Volume.IsNull() {
			refuse("volume", "CPU pods have no volume", "A CPU pod has its container disk, and can mount a network_volume.")
		}
		if m.GlobalNetworking.ValueBool() {
			refuse("global_networking", "Global networking needs a GPU", "RunPod offers it to pods with NVIDIA GPUs only.")
		}
	}
	if !m.Volume.IsNull() && !m.NetworkVolume.IsNull() {
		refuse("volume", "Both volume and network_volume", "RunPod mounts one of them: a disk on the pod's host, or a network volume.")
	}
	kernel.CheckEnv(m.Env, m.EnvWO, m.EnvWOVersion, &resp.Diagnostics)
}

// portSet checks ports: their grammar, and how many HTTP ports RunPod's proxy
// takes.
type portSet struct{}

func (portSet) Description(context.Context) string {
	return "has to consist of ports like 8888/http and 22/tcp, at most 10 of them http"
}

func (v portSet) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (portSet) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	web := 0
	seen := map[string]bool{}
	for _, port := range kernel.Strings(req.ConfigValue) {
		number, protocol, _ := strings.Cut(port, "/")
		if protocol == "http" {
			web++
		}
		if reason := badPort(port); reason != "" {
			resp.Diagnostics.AddAttributeError(req.Path, "Not a port of RunPod", fmt.Sprintf("%q: %s", port, reason))
			continue
		}
		if seen[number] {
			resp.Diagnostics.AddAttributeError(req.Path, "The same port twice",
				fmt.Sprintf("%s is exposed as http and as tcp. Keep one of them.", number))
		}
		seen[number] = true
	}
	if web > maxHTTPPorts {
		resp.Diagnostics.AddAttributeError(req.Path, "Too many HTTP ports",
			fmt.Sprintf("RunPod exposes at most %d http ports and these are %d. Expose some as tcp.", maxHTTPPorts, web))
	}
}

// badPort says why RunPod would refuse a port, "" when it would not.
func badPort(port string) string {
	number, protocol, found := strings.Cut(port, "/")
	n, err := strconv.Atoi(number)
	switch {
	case protocol == "udp":
		return "RunPod has no UDP. Use tcp or http."
	case !found || protocol != "http" && protocol != "tcp":
		return "a port is a number and a protocol: 8888/http or 22/tcp."
	case err != nil || n < 1 || strconv.Itoa(n) != number:
		return "the part before / has to be a port number."
	case n > maxPort && (protocol == "http" || n <= symmetricFrom):
		return fmt.Sprintf("port numbers end at %d; a tcp number above %d asks for the same number inside and outside.", maxPort, symmetricFrom)
	default:
		return ""
	}
}

// powerOfTwo accepts the numbers of vCPUs that RunPod sells.
type powerOfTwo struct{}

func (powerOfTwo) Description(context.Context) string { return "has to be a power of two, at least 2" }

func (v powerOfTwo) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (powerOfTwo) ValidateInt64(_ context.Context, req validator.Int64Request, resp *validator.Int64Response) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if n := req.ConfigValue.ValueInt64(); n < 2 || n&(n-1) != 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a number of vCPUs that RunPod sells",
			fmt.Sprintf("It has to be 2, 4, 8, 16 or a further power of two, and is %d.", n))
	}
}

// gpuTypeName accepts the names of GPUs, and whatever looks like an id of
// RunPod's catalog: that is newer than any table and is asked at plan.
type gpuTypeName struct{}

func (gpuTypeName) Description(context.Context) string { return "has to be the name of a GPU" }

func (v gpuTypeName) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (gpuTypeName) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	name := req.ConfigValue.ValueString()
	if _, err := gpu.Accepted(name); err != nil && !looksLikeID(name) {
		resp.Diagnostics.AddAttributeError(req.Path, "Unknown GPU", validators.UnknownGPU(err))
	}
}

func looksLikeID(name string) bool {
	for _, maker := range []string{"NVIDIA ", "AMD ", "Tesla "} {
		if strings.HasPrefix(name, maker) {
			return true
		}
	}
	return false
}
