package instance

import (
	"slices"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// Values of status.
const (
	statusLoading    = "loading"
	statusRunning    = "running"
	statusStopping   = "stopping"
	statusStopped    = "stopped"
	statusScheduling = "scheduling"
	statusOutbid     = "outbid"
	statusExited     = "exited"
	statusOffline    = "offline"
	statusEnded      = "ended"
	statusFrozen     = "frozen"
	statusGone       = "gone"
)

const frozen = "frozen"

// statusOf tells from the four fields of the platform, in one word, what an
// instance is doing.
func statusOf(i *wire.Instance, now time.Time) string {
	intended, current, actual := string(i.IntendedStatus), string(i.CurState), string(i.ActualStatus)
	switch {
	case current == wire.StateUnloaded:
		return statusGone
	case current == wire.StatusStopped && over(i, now):
		return statusEnded
	case intended == wire.StatusStopped && current == wire.StatusStopped:
		return statusStopped
	case actual == wire.StatusUnknown || actual == wire.StatusOffline:
		return statusOffline
	case intended == wire.StatusStopped:
		return statusStopping
	case current == wire.StatusStopped && isBid(i):
		return statusOutbid
	case current == wire.StatusStopped:
		return statusScheduling
	case actual == wire.StatusRunning:
		return statusRunning
	case actual == wire.StatusExited:
		return statusExited
	case actual == frozen:
		return statusFrozen
	default:
		// null, created, loading, rebooting, recycling: on its way.
		return statusLoading
	}
}

// over reports whether the contract has ended. The platform's own count of what is
// left does not depend on this machine's clock.
func over(i *wire.Instance, now time.Time) bool {
	if i.Duration != nil {
		return *i.Duration <= 0
	}
	return i.EndDate != nil && !unixTime(*i.EndDate).After(now)
}

// interrupts tells whether an instance in this status cannot run although it
// was not stopped.
func interrupts(status string) bool {
	return slices.Contains([]string{statusOutbid, statusOffline, statusScheduling, statusEnded}, status)
}

// messageOf is the platform's own message, or what the status means.
func messageOf(i *wire.Instance, status string) string {
	meaning := map[string]string{
		statusOutbid:     "Outbid: another renter pays more for the GPUs. The disk is kept and still billed. The instance resumes automatically when its bid wins again.",
		statusScheduling: "Waiting for its GPUs, which other users rent now. The disk is kept and still billed.",
		statusOffline:    "The host is not connected. Nothing is billed during this time; the host may come back.",
		statusEnded:      "The contract with the host has ended: it cannot be started any more, and Vast.ai may delete it. The disk is still billed.",
	}[status]
	said := string(i.StatusMsg)
	switch {
	case meaning == "":
		return said
	case said == "":
		return meaning
	default:
		return meaning + " Vast.ai says: " + said
	}
}

func isBid(i *wire.Instance) bool { return i.IsBid != nil && bool(*i.IsBid) }

func unixTime(seconds wire.Float) time.Time {
	return time.UnixMilli(int64(float64(seconds) * 1000)).UTC()
}
