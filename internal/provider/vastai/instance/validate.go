package instance

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

func cudaVersion() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,2}(\.[0-9]{1,2})?$`) }
func volumeID() *regexp.Regexp    { return regexp.MustCompile(`^[1-9][0-9]*$`) }
func mountPath() *regexp.Regexp   { return regexp.MustCompile(`^/[A-Za-z0-9._/-]+$`) }

// ConfigValidators refuse what cannot work in any market, across attributes.
func (r *Resource) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{kernel.EnvCheck{}, sourceRules(), launchRules(), otherRules()}
}

// sourceRules: one place to rent from, which says what GPU is wanted.
func sourceRules() validators.Rules {
	const keepOne = "offer describes what to search for, selection contains what gpumarket_offers found, offer_id is the one offer to rent. Keep only one of them."
	return validators.Rules{
		{
			When: []validators.Condition{validators.Given("offer"), validators.Given("selection")},
			At:   "selection", Summary: "Both offer and selection", Detail: keepOne,
		},
		{
			When: []validators.Condition{validators.Given("offer"), validators.Given("offer_id")},
			At:   "offer_id", Summary: "Both offer and offer_id", Detail: keepOne,
		},
		{
			When: []validators.Condition{validators.Given("selection"), validators.Given("offer_id")},
			At:   "offer_id", Summary: "Both selection and offer_id", Detail: keepOne,
		},
		{
			When: []validators.Condition{validators.Missing("offer"), validators.Missing("selection"), validators.Missing("offer_id")},
			At:   "offer", Summary: "Nothing to rent",
			Detail: "Describe what to search for, such as offer { gpu_names = [\"RTX 4090\"] }, or what was found, as in selection = data.gpumarket_offers.….selection, or name one offer in offer_id.",
		},
		{
			When: []validators.Condition{
				validators.Given("offer"), validators.Missing("offer.gpu_names"), validators.Zero("offer.min_gpu_memory_gb"),
				validators.Missing("offer.machine_id"), validators.Missing("offer.query"),
			},
			At: "offer", Summary: "An offer that names no GPU",
			Detail: "The cheapest machine of any kind would be rented. Set offer.gpu_names, offer.min_gpu_memory_gb, offer.machine_id or offer.query.",
		},
	}
}

// launchRules: what a launch mode ignores would be lost without a word.
func launchRules() validators.Rules {
	const notReached, noSSH = "Nothing to reach directly", "No SSH to log in to"
	const openPorts = "direct applies to SSH and Jupyter, which the launch mode \"args\" does not start. Open ports with ports."
	const useSSH = "The launch mode \"args\" starts no SSH. Remove ssh_public_keys, or use launch_mode = \"ssh\"."
	argsMode := validators.OneOf("launch_mode", launchArgs)
	// Without a launch mode and a template, args chooses the launch mode "args".
	argsByDefault := []validators.Condition{validators.Missing("launch_mode"), validators.Missing("template_id"), validators.Given("args")}
	return validators.Rules{
		{
			When: []validators.Condition{validators.Given("args"), validators.OneOf("launch_mode", launchSSH, launchJupyter)},
			At:   "args", Summary: "Arguments that nothing reads",
			Detail: "The launch modes \"ssh\" and \"jupyter\" replace the image's entrypoint, so args would be ignored. Use launch_mode = \"args\", or start the program in onstart.",
		},
		{
			When: []validators.Condition{validators.Missing("launch_mode"), validators.Given("template_id"), validators.Given("direct")},
			At:   "direct", Summary: "Set launch_mode as well",
			Detail: "Vast.ai takes launch mode and direct as one value, so the template's launch mode cannot be kept. Set launch_mode together with direct.",
		},
		{When: []validators.Condition{argsMode, validators.True("direct")}, At: "direct", Summary: notReached, Detail: openPorts},
		{When: append(slices.Clone(argsByDefault), validators.True("direct")), At: "direct", Summary: notReached, Detail: openPorts},
		{When: []validators.Condition{argsMode, validators.Given("ssh_public_keys")}, At: "ssh_public_keys", Summary: noSSH, Detail: useSSH},
		{When: append(slices.Clone(argsByDefault), validators.Given("ssh_public_keys")), At: "ssh_public_keys", Summary: noSSH, Detail: useSSH},
	}
}

func otherRules() validators.Rules {
	rebids := validators.OneOf("on_interruption", interruptionRebid)
	return validators.Rules{
		{
			When: []validators.Condition{validators.Missing("image"), validators.Missing("template_id")},
			At:   "image", Summary: "Nothing to run", Detail: "Set image or template_id.",
		},
		{
			When: []validators.Condition{validators.Missing("image_login_wo"), validators.Given("image_login_wo_version")},
			At:   "image_login_wo_version", Summary: "No login to send",
			Detail: "image_login_wo_version says when to send image_login_wo again, but image_login_wo is not set. Set it, or remove the version.",
		},
		{
			When: []validators.Condition{rebids, validators.Missing("max_hourly_price")},
			At:   "on_interruption", Summary: "Bidding without a limit",
			Detail: "on_interruption = \"rebid\" proposes higher bids. Set max_hourly_price, which they never exceed.",
		},
		{
			When: []validators.Condition{rebids, validators.Missing("bid_price")},
			At:   "on_interruption", Summary: "Nothing to bid",
			Detail: "on_interruption = \"rebid\" is for instances with a bid_price. Set one, or choose another policy.",
		},
	}
}

// portSet checks ports: their grammar, and that none is written in two ways.
type portSet struct{}

func (portSet) Description(context.Context) string {
	return "must be container ports such as 8080, 8080/tcp or 5000/udp"
}

func (v portSet) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (portSet) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	seen := map[port]string{}
	for _, text := range kernel.Strings(req.ConfigValue) {
		p, err := parsePort(text)
		if err != nil {
			resp.Diagnostics.AddAttributeError(req.Path, "Not a port", err.Error()+".")
			continue
		}
		if other, twice := seen[p]; twice {
			resp.Diagnostics.AddAttributeError(req.Path, "The same port twice", fmt.Sprintf("%q and %q are the same port. Remove one.", other, text))
		}
		seen[p] = text
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
