package market

import "github.com/gpumarket/terraform-provider-gpumarket/internal/money"

// RunPod's public list prices of storage, USD per GB-month (its pricing page). Where
// the first thousand gigabytes end, "1 TB", is taken as 1,000 GB.
const (
	// RunPodDiskPrice is for a container disk and a volume disk while the pod runs. A
	// stopped pod's container disk is gone and costs nothing.
	RunPodDiskPrice = 0.10
	// RunPodStoppedVolumePrice is for the volume disk of a stopped pod.
	RunPodStoppedVolumePrice = 0.20

	networkVolumePrice      = 0.07
	networkVolumePriceAbove = 0.05
	networkVolumeTierGB     = 1000
)

// Into how many hours the platforms divide the month that storage is priced for.
// Vast.ai documents its 720; RunPod says nothing, so its month is the usual one.
const (
	RunPodStorageMonth = money.HoursPerMonth
	VastaiStorageMonth = 720
)

// highPerformance is the kind of network volume without a public price.
const highPerformance = "HIGH_PERFORMANCE"

// Estimate is what something costs, USD/h unless it says otherwise, unrounded.
type Estimate struct {
	// Hourly and Monthly are in the desired status, storage included.
	Hourly  money.PerHour
	Monthly money.PerMonth
	// ComputeHourly and StorageHourly are while running.
	ComputeHourly, StorageHourly money.PerHour
	// StoppedHourly is what is billed while it is stopped.
	StoppedHourly money.PerHour
	// MaxHourly is the most it may cost; nil without such a limit.
	MaxHourly *money.PerHour
	// Basis names the price list or offer, in the user's words.
	Basis string
}

// Running is the all-in cost while running.
func (e Estimate) Running() money.PerHour { return e.ComputeHourly + e.StorageHourly }

// PodSpec is what a pod's cost depends on.
type PodSpec struct {
	// Compute is for all its GPUs or vCPUs.
	Compute money.PerHour
	// ContainerDiskGB costs while running; VolumeGB, the host-local volume, twice as
	// much while stopped.
	ContainerDiskGB, VolumeGB int
	Stopped                   bool
	Ceiling                   *money.PerHour
	Basis                     string
}

// RunPodPod is what a pod costs. A network volume bills for itself.
func RunPodPod(s PodSpec) Estimate {
	return Estimate{
		ComputeHourly: s.Compute,
		StorageHourly: money.PerGBMonth(RunPodDiskPrice).Hourly(float64(s.ContainerDiskGB+s.VolumeGB), RunPodStorageMonth),
		StoppedHourly: money.PerGBMonth(RunPodStoppedVolumePrice).Hourly(float64(s.VolumeGB), RunPodStorageMonth),
		MaxHourly:     s.Ceiling,
		Basis:         s.Basis,
	}.in(s.Stopped)
}

// RunPodNetworkVolume is what a network volume of sizeGB costs, attached or not.
// kind is STANDARD, HIGH_PERFORMANCE (no public price: the standard one, and the
// basis says so) or "".
func RunPodNetworkVolume(sizeGB int, kind string) Estimate {
	gb := float64(sizeGB)
	monthly := money.PerMonth(networkVolumePrice*min(gb, networkVolumeTierGB) + networkVolumePriceAbove*max(gb-networkVolumeTierGB, 0))
	hourly := monthly.Hourly()
	basis := "RunPod network volume list price: 0.07 USD per GB-month up to 1,000 GB, 0.05 beyond"
	if kind == highPerformance {
		basis += "; high-performance volumes cost more, by an amount that is not public"
	}
	return Estimate{Hourly: hourly, Monthly: monthly, StorageHourly: hourly, StoppedHourly: hourly, Basis: basis}
}

// InstanceSpec is what a Vast.ai instance's cost depends on.
type InstanceSpec struct {
	// Compute is the offer's price, or the bid, for all its GPUs.
	Compute      money.PerHour
	StoragePrice money.PerGBMonth
	DiskGB       float64
	Stopped      bool
	Ceiling      *money.PerHour
	Basis        string
}

// VastaiInstance is what an instance costs; its disk bills in every status.
func VastaiInstance(s InstanceSpec) Estimate {
	storage := s.StoragePrice.Hourly(s.DiskGB, VastaiStorageMonth)
	return Estimate{
		ComputeHourly: s.Compute,
		StorageHourly: storage,
		StoppedHourly: storage,
		MaxHourly:     s.Ceiling,
		Basis:         s.Basis,
	}.in(s.Stopped)
}

// Quoted is the price that an offer was seen at, as a selection hands it over; nil is
// not told.
type Quoted struct {
	// Hourly is all-in, Storage the part of it for the disk that was searched for,
	// Compute the rest. PerGBMonth is the price of any disk.
	Hourly, Compute, Storage *money.PerHour
	PerGBMonth               *money.PerGBMonth
}

// ComputeHourly is for the GPUs alone, nil when nothing tells it.
func (q Quoted) ComputeHourly() *money.PerHour {
	if q.Compute != nil || q.Hourly == nil {
		return q.Compute
	}
	compute := *q.Hourly
	if q.Storage != nil {
		compute -= *q.Storage
	}
	return &compute
}

// VastaiStorage is for a disk of diskGB where the price of any disk is known, else
// what the disk that was searched for costs.
func (q Quoted) VastaiStorage(diskGB float64) money.PerHour {
	switch {
	case q.PerGBMonth != nil:
		return q.PerGBMonth.Hourly(diskGB, VastaiStorageMonth)
	case q.Storage != nil:
		return *q.Storage
	}
	return 0
}

// in is the estimate with its hourly and monthly cost for the wanted status.
func (e Estimate) in(stopped bool) Estimate {
	e.Hourly = e.Running()
	if stopped {
		e.Hourly = e.StoppedHourly
	}
	e.Monthly = e.Hourly.Monthly()
	return e
}
