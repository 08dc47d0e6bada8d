package vastaisim

import (
	"net/http"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Name is the platform's name in faults, the journal and the state.
const Name = "vastai"

// Options set up a [Sim]. Kit is required; the zero value of every switch is
// the likelier reading of what the sources say.
type Options struct {
	// Kit is the world the simulator lives in.
	Kit *simkit.Kit
	// Balance is the prepaid credit at the start, USD; 0 is 1000.
	Balance float64

	// GoneOfferStatus answers a rental of an offer that does not exist: 400, 404
	// or 410; 0 is 400. The document says 404, reports from the field 400.
	GoneOfferStatus int
	// NullPolls is how many reads of a new instance answer {"instances": null}.
	// The list knows it from the start.
	NullPolls int
	// HiddenInList keeps an instance out of the list as long as NullPolls are left.
	HiddenInList bool
	// DestroyedListed is how long a destroyed instance stays in the list, unloaded.
	DestroyedListed time.Duration
	// StopLag is how long a container goes on after a stop; 0 is a tenth of the
	// kit's boot time.
	StopLag time.Duration
	// StopShowsStopped makes a stopped instance read actual_status "stopped"
	// instead of "exited".
	StopShowsStopped bool
	// StartBusyReverts drops a start that finds no free GPU and puts
	// intended_status back to stopped, instead of queuing it as the message says.
	StartBusyReverts bool
	// PortsLag is how long after a container came up its ports are mapped, which
	// users report to come late.
	PortsLag time.Duration
	// GiveUp is after how long the platform gives a container up that does not
	// start; 0 is the 7 minutes that were observed.
	GiveUp time.Duration
	// MergeEnv lets update_template merge the env it is given into what the
	// instance has, instead of replacing it. Neither is documented.
	MergeEnv bool
	// InjectedEnv shows the variables that the platform sets itself in extra_env.
	InjectedEnv bool
	// UntaggedImageFails answers an image without a tag with server_error.
	UntaggedImageFails bool
	// DiskSurplusGB is by how much disk_space reads back larger than asked.
	DiskSurplusGB float64
	// UnknownFieldsRefused answers a search that names fields that do not exist
	// with 400, as the filters of the instance list do. Clients send such fields.
	UnknownFieldsRefused bool
	// ScalarBadRequest answers a filter that is a bare value with bad_request,
	// as was seen once, instead of the documented invalid_request.
	ScalarBadRequest bool
	// WrongKey404 answers a wrong key with 404 everywhere, as was seen, instead
	// of only where the document says so.
	WrongKey404 bool
	// EmptyKeyList answers the list of an account without SSH keys with []
	// instead of 404.
	EmptyKeyList bool
	// KeyListAsDocumented lists the account's SSH keys as the hand-kept document has
	// them, with "key" and a text for the time. Seen: "public_key" and a number.
	KeyListAsDocumented bool
	// Team makes the account a team's, which has no SSH keys.
	Team bool
	// LowBidLeavesInstance answers a rental whose bid is below the minimum with an
	// error that carries new_contract, and leaves that instance behind, stopped,
	// as one production client reports. Otherwise nothing is rented.
	LowBidLeavesInstance bool
	// DestroyMissingNoSuch answers the destruction of an instance that does not
	// exist with no_such_instance, as clients report, instead of not_found.
	DestroyMissingNoSuch bool
	// OutbidShowsStopped shows an outbid instance with all its states stopped,
	// the intended one included, as clients report.
	OutbidShowsStopped bool
	// UpdateNeedsRecycle lets update_template take effect at the next start unless
	// the body says recycle, as the generated document has it.
	UpdateNeedsRecycle bool
	// VolumeInUseStatus answers the deletion of an attached volume; 0 is 400 (inferred).
	VolumeInUseStatus int
}

// observedGiveUp is how long a bad image was seen loading.
const observedGiveUp = 7 * time.Minute

func (o Options) withDefaults() Options {
	if o.Balance == 0 {
		o.Balance = 1000
	}
	if o.GoneOfferStatus == 0 {
		o.GoneOfferStatus = http.StatusBadRequest
	}
	if o.StopLag == 0 {
		o.StopLag = o.Kit.Boot() / 10
	}
	if o.GiveUp == 0 {
		o.GiveUp = observedGiveUp
	}
	if o.VolumeInUseStatus == 0 {
		o.VolumeInUseStatus = http.StatusBadRequest
	}
	return o
}
