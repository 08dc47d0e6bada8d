// Package kernel has the few helpers that every resource and data source needs:
// the configured clients, one diagnostic voice, unknown-safe conversions, the
// shared attributes. Reading a resource means reading its own package; the
// kernel holds no control flow of its own.
package kernel

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// Access says whether a platform can be asked.
type Access int

const (
	// Missing is when no key was found anywhere.
	Missing Access = iota
	// Unknown is when the key is not known yet, which happens in a plan only.
	Unknown
	// Configured is when there is a client.
	Configured
)

// Data is what the configured provider hands to its resources and data sources.
type Data struct {
	Clock  clock.Clock
	Logger *slog.Logger

	// RunPod and Vastai are nil unless the access beside them is Configured.
	RunPod       *runpod.Client
	RunPodAccess Access
	// RunPodAccount is nil where RunPod is.
	RunPodAccount *rent.Account
	Vastai        *vastai.Client
	VastaiAccess  Access
	// VastaiAccount is nil where Vastai is.
	VastaiAccount *rent.Account

	Desk   *rent.Desk
	Budget *budget.Budget
	// PriceBook keeps RunPod's list prices the same for the two plans of a create.
	PriceBook *PriceBook

	// PollMin and PollMax bound the pause between two looks at something that is
	// waited for.
	PollMin, PollMax time.Duration
}

// ReadDeadline is how long a refresh read keeps trying before it gives up with
// an error.
const ReadDeadline = 60 * time.Second

type platform struct {
	name, attribute, variable, file string
}

var (
	platformRunPod = platform{"RunPod", "runpod", "RUNPOD_API_KEY", "runpodctl's ~/.runpod/config.toml"}
	platformVastai = platform{"Vast.ai", "vastai", "VAST_API_KEY", "the vast CLI's key file"}
)

// NeedRunPod returns the RunPod client, or nil with one diagnostic that names
// the attribute and the variable to set.
func (d *Data) NeedRunPod(diags *diag.Diagnostics) *runpod.Client {
	if d != nil && d.RunPod != nil {
		return d.RunPod
	}
	missing(diags, d, platformRunPod)
	return nil
}

// NeedVastai returns the Vast.ai client, or nil with one diagnostic that names
// the attribute and the variable to set.
func (d *Data) NeedVastai(diags *diag.Diagnostics) *vastai.Client {
	if d != nil && d.Vastai != nil {
		return d.Vastai
	}
	missing(diags, d, platformVastai)
	return nil
}

func missing(diags *diag.Diagnostics, d *Data, p platform) {
	access := Missing
	if d != nil {
		access = d.RunPodAccess
		if p == platformVastai {
			access = d.VastaiAccess
		}
	}
	if access == Unknown {
		diags.AddError(
			fmt.Sprintf("The %s API key is not known yet", p.name),
			fmt.Sprintf("provider.%s.api_key depends on something that is created in this apply, so %s cannot be queried. "+
				"Nothing was changed. Create that first (terraform apply -target=…), or set %s.", p.attribute, p.name, p.variable))
		return
	}
	diags.AddError(
		fmt.Sprintf("No %s API key", p.name),
		fmt.Sprintf("This needs the %s API. Nothing was changed. Set %s.api_key in the provider block, or the environment variable %s, or keep the key in %s.",
			p.name, p.attribute, p.variable, p.file))
}

// WarnUnknownKey says at plan why an estimate stays unknown.
func WarnUnknownKey(diags *diag.Diagnostics, platformName string) {
	diags.AddAttributeWarning(path.Root("estimated_cost"),
		fmt.Sprintf("The cost is not known: the %s API key is not known yet", platformName),
		"The key depends on something that is created in this apply. The price is checked again before anything is rented.")
}
