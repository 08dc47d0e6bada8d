package market

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/country"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
)

// Refusal is the first reason why the offer does not satisfy the wishes, in the
// user's words ("reliability below 0.99"), or "". Reasons are few and the same for
// like cases, so that they can be counted.
func (w Wishes) Refusal(o Offer) string {
	j := newJudge(&w)
	if n, found := j.next(&o, 0); n < len(j.checks) {
		return j.reason(n, found)
	}
	return ""
}

// Refusals are all reasons, in the order in which Refusal looks.
func (w Wishes) Refusals(o Offer) []string {
	j := newJudge(&w)
	var reasons []string
	for n, found := j.next(&o, 0); n < len(j.checks); n, found = j.next(&o, n+1) {
		reasons = append(reasons, j.reason(n, found))
	}
	return reasons
}

// verdict is what holding one wish against an offer comes to.
type verdict int

const (
	fulfilled verdict = iota
	refused
	// unknown refuses where the marketplace publishes such data, but not for this offer.
	unknown
)

// check holds one kind of wish against an offer.
type check struct {
	// wish names the attribute; "" is none that can be given up.
	wish string
	// strict says that giving the wish up leads to another kind of thing, not to
	// more of the same.
	strict bool
	judge  func(*judge, *Offer) verdict
	// refused is the reason; unknown what there is no data for, as it reads in "RunPod
	// does not publish …".
	refused func(*Wishes) string
	unknown string
}

// judge holds offers against the same wishes, one after the other.
type judge struct {
	wishes *Wishes
	checks []check
	// asked remembers which canonical names are asked for.
	asked map[string]bool
	// cuda is MinCUDA as major and minor.
	cuda [2]int
	// countries are the codes that are wished for.
	countries []string
	// published tells, by check, of what RunPod publishes such data.
	published []bool
}

func newJudge(w *Wishes) *judge {
	j := &judge{wishes: w, checks: checks(), asked: map[string]bool{}, countries: country.Expand(w.Countries)}
	j.published = make([]bool, len(j.checks))
	if cuda, ok := cudaVersion(w.MinCUDA); ok {
		j.cuda = cuda
	}
	return j
}

// next is the first check from position n on that the offer does not pass, or the
// number of checks.
func (j *judge) next(o *Offer, n int) (int, verdict) {
	for ; n < len(j.checks); n++ {
		found := j.checks[n].judge(j, o)
		// Of its offers RunPod tells little: what it does not tell of any of them refuses
		// none, unless that is asked for.
		if found == refused || found == unknown && (o.Marketplace == Vastai || j.published[n] || j.wishes.Strict) {
			return n, found
		}
	}
	return n, fulfilled
}

// learn finds out what RunPod publishes, before its offers are judged.
func (j *judge) learn(offers []Offer) {
	for i := range offers {
		if offers[i].Marketplace == Vastai {
			continue
		}
		for n := range j.checks {
			j.published[n] = j.published[n] || j.checks[n].judge(j, &offers[i]) != unknown
		}
	}
}

func (j *judge) reason(n int, found verdict) string {
	if found == unknown {
		return strings.TrimPrefix(j.checks[n].unknown, "the ") + " unknown"
	}
	return j.checks[n].refused(j.wishes)
}

// checks are all of them, in the order in which a person would name the reasons:
// what it is, whether it can be had, how good it is, and last what it costs.
func checks() []check {
	return []check{
		{wish: "marketplaces", strict: true, judge: inMarketplaces, refused: text("marketplace not asked for")},
		{wish: "gpu_names", strict: true, judge: isGPU, refused: text("GPU not asked for")},
		{wish: "gpu_count", strict: true, judge: hasCount, refused: text("other number of GPUs")},
		{wish: "interruptible", strict: true, judge: rentalType, refused: rentalTypeText},
		{wish: "machine_id", strict: true, judge: onMachine, refused: text("another machine"), unknown: "the machine"},
		{judge: inStock, refused: text("out of stock")},
		{judge: isPriced, refused: text("price unknown")},
		{judge: storageIsPriced, refused: text("storage price unknown")},
		{
			wish: "min_gpu_memory_gb", judge: least(func(w *Wishes) float64 { return w.MinGPUMemoryGB }, func(o *Offer) *float64 { return &o.GPUMemoryGB }),
			refused: below("GPU memory below %s GB", func(w *Wishes) float64 { return w.MinGPUMemoryGB }),
		},
		{
			wish: "disk_gb", judge: hasDisk,
			refused: below("disk smaller than %s GB", func(w *Wishes) float64 { return w.DiskGB }), unknown: "the disk size",
		},
		{
			wish: "min_reliability", judge: least(func(w *Wishes) float64 { return w.MinReliability }, func(o *Offer) *float64 { return o.Reliability }),
			refused: below("reliability below %s", func(w *Wishes) float64 { return w.MinReliability }), unknown: "reliability",
		},
		{wish: "verified", judge: isVerified, refused: text("not verified"), unknown: "the verification"},
		{wish: "datacenter", judge: isDatacenter, refused: datacenterText, unknown: "the kind of host"},
		{wish: "countries", judge: inCountries, refused: text("country not asked for"), unknown: "the country"},
		{
			wish: "min_cuda_version", judge: hasCUDA,
			refused: func(w *Wishes) string { return "CUDA below " + w.MinCUDA }, unknown: "the CUDA version",
		},
		{
			wish: "min_cpu_cores", judge: least(func(w *Wishes) float64 { return w.MinCPUCores }, func(o *Offer) *float64 { return o.CPUCores }),
			refused: below("fewer than %s CPU cores", func(w *Wishes) float64 { return w.MinCPUCores }), unknown: "the number of CPU cores",
		},
		{
			wish: "min_ram_gb", judge: least(func(w *Wishes) float64 { return w.MinRAMGB }, func(o *Offer) *float64 { return o.RAMGB }),
			refused: below("RAM below %s GB", func(w *Wishes) float64 { return w.MinRAMGB }), unknown: "RAM",
		},
		{
			wish: "min_download_mbps", judge: least(func(w *Wishes) float64 { return w.MinDownloadMbps }, func(o *Offer) *float64 { return o.DownloadMbps }),
			refused: below("download below %s Mbps", func(w *Wishes) float64 { return w.MinDownloadMbps }), unknown: "the download speed",
		},
		{
			wish: "min_upload_mbps", judge: least(func(w *Wishes) float64 { return w.MinUploadMbps }, func(o *Offer) *float64 { return o.UploadMbps }),
			refused: below("upload below %s Mbps", func(w *Wishes) float64 { return w.MinUploadMbps }), unknown: "the upload speed",
		},
		{
			wish: "min_disk_bandwidth_mbps", judge: least(func(w *Wishes) float64 { return w.MinDiskBandwidth }, func(o *Offer) *float64 { return o.DiskBandwidthMBps }),
			refused: below("disk bandwidth below %s MB/s", func(w *Wishes) float64 { return w.MinDiskBandwidth }), unknown: "the disk bandwidth",
		},
		{
			wish: "min_duration_hours", judge: least(func(w *Wishes) float64 { return w.MinDurationHours }, func(o *Offer) *float64 { return o.MaxDurationHours }),
			refused: below("to be had for less than %s hours", func(w *Wishes) float64 { return w.MinDurationHours }), unknown: "the duration",
		},
		{wish: "direct_ports", judge: hasPorts, refused: portsText, unknown: "the number of direct ports"},
		{wish: "static_ip", judge: hasStaticIP, refused: staticIPText, unknown: "the kind of address"},
		{
			wish: "max_hourly_price", judge: inBudget,
			refused: func(w *Wishes) string { return "price above max_hourly_price " + w.MaxHourly.String() },
		},
	}
}

func text(reason string) func(*Wishes) string { return func(*Wishes) string { return reason } }

func below(reason string, wished func(*Wishes) float64) func(*Wishes) string {
	return func(w *Wishes) string { return strings.Replace(reason, "%s", plain(wished(w)), 1) }
}

// least wants what the offer has to be no less than what is wished; 0 wishes nothing.
func least(wished func(*Wishes) float64, has func(*Offer) *float64) func(*judge, *Offer) verdict {
	return func(j *judge, o *Offer) verdict {
		wish := wished(j.wishes)
		if wish <= 0 {
			return fulfilled
		}
		value := has(o)
		if value == nil {
			return unknown
		}
		return refusedIf(*value < wish)
	}
}

func refusedIf(refuse bool) verdict {
	if refuse {
		return refused
	}
	return fulfilled
}

// same wants a yes-or-no fact to be as wished; nil wishes nothing.
func same(wish, has *bool) verdict {
	switch {
	case wish == nil:
		return fulfilled
	case has == nil:
		return unknown
	}
	return refusedIf(*wish != *has)
}

func inMarketplaces(j *judge, o *Offer) verdict {
	return refusedIf(len(j.wishes.Marketplaces) > 0 && !slices.Contains(j.wishes.Marketplaces, o.Marketplace))
}

func isGPU(j *judge, o *Offer) verdict {
	if len(j.wishes.GPUs) == 0 {
		return fulfilled
	}
	asked, judged := j.asked[o.GPUName]
	if !judged {
		asked = gpu.Matches(j.wishes.GPUs, o.GPUName)
		j.asked[o.GPUName] = asked
	}
	return refusedIf(!asked)
}

func hasCount(j *judge, o *Offer) verdict {
	return refusedIf(j.wishes.GPUCount > 0 && o.GPUCount != j.wishes.GPUCount)
}

func rentalType(j *judge, o *Offer) verdict {
	return refusedIf(j.wishes.Interruptible != o.Interruptible)
}

func rentalTypeText(w *Wishes) string {
	if w.Interruptible {
		return "not sold interruptible"
	}
	return "interruptible"
}

func onMachine(j *judge, o *Offer) verdict {
	switch {
	case j.wishes.MachineID == nil:
		return fulfilled
	case o.MachineID == nil:
		return unknown
	}
	return refusedIf(*o.MachineID != *j.wishes.MachineID)
}

func inStock(_ *judge, o *Offer) verdict { return refusedIf(o.Availability == NoStock) }

func isPriced(_ *judge, o *Offer) verdict { return refusedIf(o.PriceUnknown) }

func storageIsPriced(_ *judge, o *Offer) verdict { return refusedIf(o.PriceRefusal() != "") }

// hasDisk: RunPod gives the disk that is asked for.
func hasDisk(j *judge, o *Offer) verdict {
	switch {
	case j.wishes.DiskGB <= 0 || o.Marketplace != Vastai:
		return fulfilled
	case o.DiskSpaceGB == nil:
		return unknown
	}
	return refusedIf(*o.DiskSpaceGB < j.wishes.DiskGB)
}

func isVerified(j *judge, o *Offer) verdict {
	if !j.wishes.Verified {
		return fulfilled
	}
	return same(&j.wishes.Verified, o.Verified)
}

func isDatacenter(j *judge, o *Offer) verdict { return same(j.wishes.Datacenter, o.Datacenter) }

func datacenterText(w *Wishes) string {
	if *w.Datacenter {
		return "not in a data center"
	}
	return "in a data center"
}

func inCountries(j *judge, o *Offer) verdict {
	switch {
	case len(j.countries) == 0:
		return fulfilled
	case o.InCountries != nil:
		return refusedIf(!*o.InCountries)
	case o.Country == nil:
		return unknown
	}
	return refusedIf(!slices.ContainsFunc(j.countries, func(wish string) bool { return strings.EqualFold(wish, *o.Country) }))
}

func hasCUDA(j *judge, o *Offer) verdict {
	switch {
	case j.wishes.MinCUDA == "":
		return fulfilled
	case o.CUDAVersion == nil:
		return unknown
	}
	has, ok := cudaVersion(plain(*o.CUDAVersion))
	return refusedIf(!ok || slices.Compare(has[:], j.cuda[:]) < 0)
}

// cudaVersion is a version as major and minor: 12.10 is later than 12.9.
func cudaVersion(text string) (version [2]int, ok bool) {
	major, minor, hasMinor := strings.Cut(text, ".")
	var err error
	if version[0], err = strconv.Atoi(major); err != nil {
		return version, false
	}
	if hasMinor {
		minor, _, _ = strings.Cut(minor, ".")
		if version[1], err = strconv.Atoi(minor); err != nil {
			return version, false
		}
	}
	return version, true
}

func hasPorts(j *judge, o *Offer) verdict {
	switch {
	case j.wishes.DirectPorts <= 0:
		return fulfilled
	case o.DirectPorts == nil:
		return unknown
	}
	return refusedIf(*o.DirectPorts < j.wishes.DirectPorts)
}

func portsText(w *Wishes) string {
	return "fewer than " + strconv.FormatInt(w.DirectPorts, 10) + " direct ports"
}

func hasStaticIP(j *judge, o *Offer) verdict { return same(j.wishes.StaticIP, o.StaticIP) }

func staticIPText(w *Wishes) string {
	if *w.StaticIP {
		return "no static address"
	}
	return "static address"
}

func inBudget(j *judge, o *Offer) verdict {
	return refusedIf(j.wishes.MaxHourly != nil && o.Hourly().Above(*j.wishes.MaxHourly))
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
