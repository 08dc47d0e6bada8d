package instance

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

func cudaVersion() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,2}(\.[0-9]{1,2})?$`) }
func volumeID() *regexp.Regexp    { return regexp.MustCompile(`^[1-9][0-9]*$`) }
func mountPath() *regexp.Regexp   { return regexp.MustCompile(`^/[A-Za-z0-9._/-]+$`) }

// ValidateConfig refuses what cannot work in any market. What is not known yet is
// judged later.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config.validateSource(&resp.Diagnostics)
	config.validateLaunch(&resp.Diagnostics)
	config.validatePorts(&resp.Diagnostics)
	config.validatePrice(&resp.Diagnostics)
	kernel.CheckEnv(config.Env, config.EnvWO, config.EnvWOVersion, &resp.Diagnostics)
}

// validateSource: one place to rent from, something to run.
func (m *model) validateSource(diags *diag.Diagnostics) {
	asked := map[string]attr.Value{"offer": m.Offer, "selection": m.Selection, "offer_id": m.OfferID}
	var set []string
	open := false
	for _, name := range []string{"offer", "selection", "offer_id"} {
		open = open || asked[name].IsUnknown()
		if !asked[name].IsNull() && !asked[name].IsUnknown() {
			set = append(set, name)
		}
	}
	switch {
	case len(set) > 1:
		diags.AddAttributeError(path.Root(set[1]), "Both "+strings.Join(set, " and "),
			"offer says what to look for, selection hands over what gpumarket_offers found, offer_id names the one to rent. Keep one of them.")
	case len(set) == 0 && !open:
		diags.AddAttributeError(path.Root("offer"), "Nothing to rent",
			"Say what to look for, such as offer { gpu_names = [\"RTX 4090\"] }, or what was found, as in selection = data.gpumarket_offers.….selection, or name one offer in offer_id.")
	}
	if m.Image.IsNull() && m.TemplateID.IsNull() {
		diags.AddAttributeError(path.Root("image"), "Nothing to run", "Give an image or a template_id.")
	}
	if m.ImageLoginWO.IsNull() && !m.ImageLoginWOVersion.IsNull() && !m.ImageLoginWOVersion.IsUnknown() {
		diags.AddAttributeError(path.Root("image_login_wo_version"), "No login to send",
			"image_login_wo_version says when to send image_login_wo again, and there is none. Set it, or remove the version.")
	}
}

// validateLaunch: what a launch mode ignores would be lost without a word.
func (m *model) validateLaunch(diags *diag.Diagnostics) {
	if m.LaunchMode.IsUnknown() {
		return
	}
	mode := m.LaunchMode.ValueString()
	if mode == "" && !m.Args.IsNull() && m.TemplateID.IsNull() {
		mode = launchArgs
	}
	if mode == "" && !m.Direct.IsNull() && !m.TemplateID.IsNull() {
		diags.AddAttributeError(path.Root("direct"), "Set launch_mode as well",
			"Vast.ai takes launch mode and direct as one word, so the template's launch mode cannot be kept. Set launch_mode beside direct.")
	}
	withSSH := mode == launchSSH || mode == launchJupyter
	if !m.Args.IsNull() && withSSH {
		diags.AddAttributeError(path.Root("args"), "Arguments that nothing reads", fmt.Sprintf(
			"The launch mode %q replaces the image's entrypoint, so args would be ignored. Use launch_mode = \"args\", or start the program in onstart.", mode))
	}
	if mode != launchArgs {
		return
	}
	if m.Direct.ValueBool() {
		diags.AddAttributeError(path.Root("direct"), "Nothing to reach directly",
			"direct is about SSH and Jupyter, which the launch mode \"args\" does not start. Open ports with ports.")
	}
	if !m.SSHPublicKeys.IsNull() && !m.SSHPublicKeys.IsUnknown() {
		diags.AddAttributeError(path.Root("ssh_public_keys"), "No SSH to log in to",
			"The launch mode \"args\" starts no SSH. Remove ssh_public_keys, or use launch_mode = \"ssh\".")
	}
}

// validatePorts finds a port that is written in two ways.
func (m *model) validatePorts(diags *diag.Diagnostics) {
	seen := map[port]string{}
	for _, text := range kernel.Strings(m.Ports) {
		p, err := parsePort(text)
		if err != nil {
			continue
		}
		if other, twice := seen[p]; twice {
			diags.AddAttributeError(path.Root("ports"), "The same port twice", fmt.Sprintf("%q and %q are the same port. Remove one.", other, text))
		}
		seen[p] = text
	}
}

// validatePrice: a policy that bids needs a bid and an end to it.
func (m *model) validatePrice(diags *diag.Diagnostics) {
	if m.OnInterruption.ValueString() == interruptionRebid {
		if m.MaxHourlyPrice.IsNull() {
			diags.AddAttributeError(path.Root("on_interruption"), "Bidding without a limit",
				"on_interruption = \"rebid\" proposes higher bids. Set max_hourly_price, which they never exceed.")
		}
		if m.BidPrice.IsNull() {
			diags.AddAttributeError(path.Root("on_interruption"), "Nothing to bid",
				"on_interruption = \"rebid\" is for instances with a bid_price. Set one, or choose another policy.")
		}
	}
}

type portValidator struct{}

func (portValidator) Description(context.Context) string {
	return "has to be a container port such as 8080, 8080/tcp or 5000/udp"
}

func (v portValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (portValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if text := kernel.String(req.ConfigValue); text != nil {
		if _, err := parsePort(*text); err != nil {
			resp.Diagnostics.AddAttributeError(req.Path, "Not a port", err.Error()+".")
		}
	}
}

// publicKeyValidator: a private key must never be sent, and Vast.ai takes one line.
type publicKeyValidator struct{}

func (publicKeyValidator) Description(context.Context) string {
	return "has to be a public key such as \"ssh-ed25519 AAAA… me@host\""
}

func (v publicKeyValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v publicKeyValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := kernel.String(req.ConfigValue)
	if text == nil {
		return
	}
	fields := strings.Fields(*text)
	known := len(fields) >= 2 && (strings.HasPrefix(fields[0], "ssh-") || strings.HasPrefix(fields[0], "ecdsa-") || strings.HasPrefix(fields[0], "sk-"))
	if !known || strings.Contains(strings.TrimSpace(*text), "\n") || strings.Contains(*text, "PRIVATE KEY") {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a public key", "It "+v.Description(ctx)+", in one line.")
	}
}
