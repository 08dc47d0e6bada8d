package market

import "github.com/gpumarket/terraform-provider-gpumarket/internal/money"

// Contract is what something that was rented really costs, as its platform says.
// It decides about limits and about every later estimate; what a plan expected to
// rent does not.
type Contract struct {
	// Compute is the price of all GPUs or vCPUs while running, USD/h: the standing bid
	// of an interruptible instance. 0 is not known.
	Compute money.PerHour `json:"compute_hourly"`
	// StoragePrice and DiskGB are those of a Vast.ai instance, whose host sets the
	// price of its disk; RunPod's storage prices are the same for everybody.
	StoragePrice money.PerGBMonth `json:"storage_price_per_gb_month,omitempty"`
	DiskGB       float64          `json:"disk_gb,omitempty"`
	// VolumeGB is the volume disk of a pod, whoever asked for it: its template may have.
	VolumeGB int `json:"volume_gb,omitempty"`
	// Basis names what is rented, in the user's words.
	Basis string `json:"basis"`
}

// Known tells whether the price of the compute is known.
func (c Contract) Known() bool { return c.Compute > 0 }

// Pod is the estimate of a pod under the contract: with the disks, the status and
// the ceiling of spec. A volume that spec does not have is the pod's own.
func (c Contract) Pod(spec PodSpec) Estimate {
	if spec.VolumeGB == 0 {
		spec.VolumeGB = c.VolumeGB
	}
	spec.Compute, spec.Basis = c.Compute, c.Basis
	return RunPodPod(spec)
}

// Instance is the estimate of a Vast.ai instance under the contract.
func (c Contract) Instance(stopped bool, ceiling *money.PerHour) Estimate {
	return VastaiInstance(InstanceSpec{
		Compute: c.Compute, StoragePrice: c.StoragePrice, DiskGB: c.DiskGB,
		Stopped: stopped, Ceiling: ceiling, Basis: c.Basis,
	})
}

// AtBid is the contract at another bid, USD/h for all GPUs; its disk costs what it
// cost.
func (c Contract) AtBid(bid money.PerHour) Contract {
	c.Compute = bid
	return c
}

// FirstWithin is the candidate that will be rented when everything can be had: the
// first whose cost while running is within the limits, of which nil is none. When
// none is, fits is false and it is the cheapest. It is -1 without candidates.
func FirstWithin(running []money.PerHour, limits ...*money.PerHour) (at int, fits bool) {
	cheapest := -1
	for i, hourly := range running {
		within := true
		for _, limit := range limits {
			within = within && (limit == nil || !hourly.Above(*limit))
		}
		if within {
			return i, true
		}
		if cheapest < 0 || hourly < running[cheapest] {
			cheapest = i
		}
	}
	return cheapest, false
}
