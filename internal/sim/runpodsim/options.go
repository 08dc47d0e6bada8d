package runpodsim

import (
	"net/http"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Name is the platform's name in faults, the journal and the state.
const Name = "runpod"

// Options set up a [Sim]. Kit is required; the zero value of every switch is
// the likelier reading of what the sources say.
type Options struct {
	// Kit is the world the simulator lives in.
	Kit *simkit.Kit
	// Catalog replaces parts of the built-in catalog; nil keeps it.
	Catalog *Catalog
	// Balance is the prepaid credit at the start, USD; 0 is 1000.
	Balance float64

	// PageSize makes every list come in pages of at most so many objects, as the
	// reference has it since October 2026; 0 answers whole lists without a word of
	// pages, as the published document has it.
	PageSize int

	// CountOptional accepts a GPU pod without gpu.count, as the schema says.
	// Observed: without it every create fails for lack of capacity.
	CountOptional bool
	// DefaultDiskGB is the container disk of a pod that names none; 0 is 50.
	// The default of v2 is not documented; that of v1 was 50.
	DefaultDiskGB int
	// HideInjectedEnv keeps PUBLIC_KEY and JUPYTER_PASSWORD out of the env
	// that is returned. Whether they appear is not documented.
	HideInjectedEnv bool
	// TemplateLink returns the template a pod was created from in its
	// template field, as the examples do, and refuses to delete that template.
	// The prose says the field stays null.
	TemplateLink bool
	// TemplateRelease is how long a template stays in use after its last pod went, with
	// TemplateLink; the documents of the older API speak of up to two minutes.
	TemplateRelease time.Duration
	// TwinTemplates lets templates have the same name; v2 is silent, names are unique
	// by the documents of the older API.
	TwinTemplates bool
	// EmptyRuntime writes {} instead of null for the runtime of a pod that is
	// not RUNNING, as one example does.
	EmptyRuntime bool
	// LockedDeletable lets a locked pod be deleted. The document is silent,
	// later notes say it is refused.
	LockedDeletable bool
	// LockedStatus answers what a locked pod refuses; 0 is 409 (inferred).
	LockedStatus int
	// VolumeInUseStatus answers the deletion of a mounted volume; 0 is 400 (inferred).
	VolumeInUseStatus int
	// VolumeRelease is how long a volume stays in use after its last pod went.
	VolumeRelease time.Duration
	// ResetKeepsRunning lets a PATCH that resets the container pass through
	// RUNNING as a restart does, instead of STARTING.
	ResetKeepsRunning bool
	// PortsLag is how long after a container came up its TCP ports get their public
	// numbers, which users report to come late.
	PortsLag time.Duration
	// BadImageStarts leaves a pod whose image cannot be pulled in STARTING for
	// ever instead of ERROR.
	BadImageStarts bool
	// UnknownRoute422 answers an unknown path with 422, as was seen once, instead of 404.
	UnknownRoute422 bool
}

func (o Options) withDefaults() Options {
	if o.Balance == 0 {
		o.Balance = 1000
	}
	if o.DefaultDiskGB == 0 {
		o.DefaultDiskGB = 50
	}
	if o.LockedStatus == 0 {
		o.LockedStatus = http.StatusConflict
	}
	if o.VolumeInUseStatus == 0 {
		o.VolumeInUseStatus = http.StatusBadRequest
	}
	return o
}
