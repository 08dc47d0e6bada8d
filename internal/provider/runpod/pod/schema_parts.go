package pod

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// minVolumeGB is the smallest volume disk that RunPod sells.
const minVolumeGB = 10

func mountPath() schema.Attribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(defaultMountPath),
		MarkdownDescription: "Where it is mounted in the container. Default `/workspace`. Changed in place, which resets the container.",
		Validators: []validator.String{
			stringvalidator.RegexMatches(regexp.MustCompile(`^/.`), "has to be an absolute path below /"),
		},
	}
}

func sshAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed: true,
		MarkdownDescription: "How to reach it by SSH: directly where `22/tcp` is among `ports`, else through RunPod's proxy. Null while it does not run. " +
			"The image has to run an SSH server; see `start_ssh`.",
		PlanModifiers: []planmodifier.Object{objectplanmodifier.UseStateForUnknown()},
		Attributes: map[string]schema.Attribute{
			"host":    schema.StringAttribute{Computed: true, MarkdownDescription: "The host name or address."},
			"port":    schema.Int64Attribute{Computed: true, MarkdownDescription: "The port."},
			"user":    schema.StringAttribute{Computed: true, MarkdownDescription: "The user to log in as."},
			"command": schema.StringAttribute{Computed: true, MarkdownDescription: "The whole command line."},
		},
	}
}

func cudaVersion() validator.String {
	return stringvalidator.RegexMatches(regexp.MustCompile(`^\d+\.\d+$`), "has to be a CUDA version like 12.8")
}

func pathCUDAVersions() path.Expression {
	return path.MatchRelative().AtParent().AtName("cuda_versions")
}
