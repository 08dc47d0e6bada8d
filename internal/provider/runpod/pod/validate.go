package pod

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// maxHTTPPorts is how many ports RunPod's proxy takes.
const maxHTTPPorts = 10

// ConfigValidators refuse what RunPod would refuse, across attributes.
func (r *Resource) ConfigValidators(context.Context) []resource.ConfigValidator {
	const onlySecure = "A pod with a network_volume cannot run in the COMMUNITY cloud. Leave COMMUNITY out, or use volume."
	return []resource.ConfigValidator{kernel.EnvCheck{}, validators.Rules{
		{
			When: []validators.Condition{validators.Missing("gpu"), validators.Missing("cpu")},
			At:   "gpu", Summary: "Neither gpu nor cpu", Detail: "Set exactly one of gpu and cpu: they say what to rent.",
		},
		{
			When: []validators.Condition{validators.Given("gpu"), validators.Given("cpu")},
			At:   "cpu", Summary: "Both gpu and cpu", Detail: "Set exactly one of gpu and cpu: a GPU pod has the CPUs of its machine.",
		},
		{
			When: []validators.Condition{validators.Given("gpu.min_cuda_version"), validators.Given("gpu.cuda_versions")},
			At:   "gpu.min_cuda_version", Summary: "Both min_cuda_version and cuda_versions",
			Detail: "gpu.cuda_versions lists the versions that are accepted, gpu.min_cuda_version accepts that version and all later ones. Set only one of them.",
		},
		{
			When: []validators.Condition{validators.Missing("image"), validators.Missing("template_id")},
			At:   "image", Summary: "No image", Detail: "Set image, or a template_id that gives it.",
		},
		{
			When: []validators.Condition{validators.Given("network_volume"), validators.With("clouds", wire.CloudCommunity)},
			At:   "clouds", Summary: "Network volumes are in the SECURE cloud only", Detail: onlySecure,
		},
		{
			When: []validators.Condition{validators.Given("cpu"), validators.With("clouds", wire.CloudCommunity)},
			At:   "clouds", Summary: "CPU pods are in the SECURE cloud only", Detail: "Leave COMMUNITY out.",
		},
		{
			When: []validators.Condition{validators.Given("cpu"), validators.Given("volume")},
			At:   "volume", Summary: "CPU pods have no volume", Detail: "A CPU pod has its container disk, and can mount a network_volume.",
		},
		{
			When: []validators.Condition{validators.Given("cpu"), validators.True("global_networking")},
			At:   "global_networking", Summary: "Global networking needs a GPU", Detail: "RunPod offers it to pods with NVIDIA GPUs only.",
		},
		{
			When: []validators.Condition{validators.Given("volume"), validators.Given("network_volume")},
			At:   "volume", Summary: "Both volume and network_volume", Detail: "RunPod mounts one of them: a disk on the pod's host, or a network volume.",
		},
	}}
}

// portSet checks ports: their grammar, and how many HTTP ports RunPod's proxy
// takes.
type portSet struct{}

func (portSet) Description(context.Context) string {
	return "must be ports such as 8888/http and 22/tcp, with at most 10 http ports"
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
			resp.Diagnostics.AddAttributeError(req.Path, "Invalid RunPod port", fmt.Sprintf("%q: %s", port, reason))
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
			fmt.Sprintf("RunPod exposes at most %d http ports, and %d are listed. Expose some as tcp.", maxHTTPPorts, web))
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
	case n > validators.MaxPort && (protocol == "http" || n <= reach.SymmetricFrom):
		return fmt.Sprintf("port numbers end at %d; a tcp number above %d requests the same number inside and outside.", validators.MaxPort, reach.SymmetricFrom)
	case n > validators.MaxSymmetricPort:
		return fmt.Sprintf("the highest number that requests the same port inside and outside is %d.", validators.MaxSymmetricPort)
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
			fmt.Sprintf("It must be 2, 4, 8, 16 or a higher power of two, and is %d.", n))
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
