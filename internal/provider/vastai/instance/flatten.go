package instance

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/country"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
)

// flatten takes over what the platform says. What is configured stays as it is
// written where the platform means the same by it.
func (m *model) flatten(ctx context.Context, i *wire.Instance, now time.Time, diags *diag.Diagnostics) {
	m.flattenSettings(ctx, i, now, diags)
	m.flattenFacts(ctx, i, now, diags)
}

// flattenFacts takes over the computed attributes, estimated_cost apart.
func (m *model) flattenFacts(ctx context.Context, i *wire.Instance, now time.Time, diags *diag.Diagnostics) {
	status := statusOf(i, now)
	m.ID = types.StringValue(strconv.FormatInt(i.ID, 10))
	m.Status = types.StringValue(status)
	m.StatusMessage = kernel.StringOrNull(messageOf(i, status))
	m.Interrupted = types.BoolValue(interrupts(status))
	m.MachineID = wholeOrNull(i.MachineID)
	m.HostID = wholeOrNull(i.HostID)
	m.GPUName, m.GPUCount = kernel.StringOrNull(gpuOf(i)), wholeOrNull(i.NumGPUs)
	m.Reliability = shareOf(i.Reliability2)
	m.Country = kernel.StringOrNull(countryOf(i))
	m.HourlyPrice = hourlyOf(i)
	m.CurrentBid = types.Float64Null()
	if isBid(i) {
		m.CurrentBid = price(i.DPHBase)
	}
	m.PublicIP = kernel.StringOrNull(string(i.PublicIPAddr))
	m.CreatedAt, m.EndAt = timeOf(i.StartDate), timeOf(i.EndDate)
	m.flattenAccess(ctx, i, status, diags)
}

// flattenAccess fills in how to reach it.
func (m *model) flattenAccess(ctx context.Context, i *wire.Instance, status string, diags *diag.Diagnostics) {
	mode, direct, _ := launchOf(string(i.ImageRuntype))
	ways := reach.Ways{Runs: status == statusRunning, URLs: map[string]string{}}
	public := map[int]int64{}
	if ways.Runs {
		if host, number, ok := sshAddress(i); ok {
			ways.SSH = &reach.Login{
				Host: types.StringValue(host), Port: types.Int64Value(number), User: types.StringValue("root"),
				Command: types.StringValue(fmt.Sprintf("ssh -p %d root@%s", number, host)),
			}
		}
		public = published(i)
	}
	ways.Ports = reach.Mapped(m.opened(i), public)
	m.JupyterURL = types.StringNull()
	for inside, outside := range ways.Ports {
		if inside == strconv.Itoa(sshPort) {
			continue
		}
		ways.URLs[inside] = ""
		if outside == 0 || i.PublicIPAddr == "" {
			continue
		}
		scheme := "http"
		if mode == launchJupyter && direct && inside == strconv.Itoa(jupyterPort) {
			scheme = "https"
		}
		ways.URLs[inside] = fmt.Sprintf("%s://%s:%d", scheme, i.PublicIPAddr, outside)
		if scheme == "https" {
			m.JupyterURL = types.StringValue(ways.URLs[inside])
		}
	}
	m.ReadWays(ctx, ways, diags)
}

// published are the TCP ports that are mapped, container port → port outside.
func published(i *wire.Instance) map[int]int64 {
	public := map[int]int64{}
	for name := range i.Ports {
		if p, err := parsePort(name); err == nil && p.protocol == tcp {
			if outside, ok := mapped(i, p); ok {
				public[p.number] = outside
			}
		}
	}
	return public
}

// opened are the TCP ports that are to be open: those of ports, of a template, and
// those that the launch mode opens by itself.
func (m *model) opened(i *wire.Instance) []int {
	var numbers []int
	add := func(p port) {
		if p.protocol == tcp && !slices.Contains(numbers, p.number) {
			numbers = append(numbers, p.number)
		}
	}
	for _, p := range portsOf(m) {
		add(p)
	}
	for key := range i.ExtraEnv {
		if p, ok := flagPort(key); ok {
			add(p)
		}
	}
	mode, direct, _ := launchOf(string(i.ImageRuntype))
	if direct {
		add(port{sshPort, tcp})
	}
	if direct && mode == launchJupyter {
		add(port{jupyterPort, tcp})
	}
	return numbers
}

// The ports that launch modes open by themselves.
const (
	sshPort     = 22
	jupyterPort = 8080
)

// sshAddress is where SSH is reached: the mapped port when there is one, else the
// proxy, whose port is one higher when Jupyter runs as well.
func sshAddress(i *wire.Instance) (host string, number int64, ok bool) {
	if outside, found := mapped(i, port{sshPort, tcp}); found && i.PublicIPAddr != "" {
		return string(i.PublicIPAddr), outside, true
	}
	mode, _, _ := launchOf(string(i.ImageRuntype))
	if mode == launchArgs || i.SSHHost == "" || i.SSHPort == nil {
		return "", 0, false
	}
	number = int64(*i.SSHPort)
	if mode == launchJupyter {
		number++
	}
	return string(i.SSHHost), number, true
}

// hourlyOf is what is billed: dph_total goes on showing the running price of a
// stopped instance, whose accruing block has the disk alone.
func hourlyOf(i *wire.Instance) types.Float64 {
	if i.CurState == wire.StatusStopped && i.Accruing != nil && i.Accruing.TotalHour != nil {
		return price(i.Accruing.TotalHour)
	}
	return price(i.DPHTotal)
}

func price(v *wire.Float) types.Float64 {
	if v == nil {
		return types.Float64Null()
	}
	return kernel.Amount(money.PerHour(*v))
}

func gpuOf(i *wire.Instance) string {
	if i.GPUName == "" {
		return ""
	}
	var memory float64
	if i.GPURAM != nil {
		memory = float64(*i.GPURAM)
	}
	return gpu.FromVast(i.GPUName, memory)
}

// countryOf is the country's code, "" when nothing tells it.
func countryOf(i *wire.Instance) string {
	if code, ok := country.Find(string(i.CountryCode)); ok {
		return code
	}
	code, _ := country.OfPlace(string(i.Geolocation))
	return code
}

func timeOf(seconds *wire.Float) types.String {
	if seconds == nil || *seconds <= 0 {
		return types.StringNull()
	}
	return types.StringValue(unixTime(*seconds).Truncate(time.Second).Format(time.RFC3339))
}

// shareOf is a share of one, to six places.
func shareOf(v *wire.Float) types.Float64 {
	if v == nil {
		return types.Float64Null()
	}
	return kernel.Decimal(math.Round(float64(*v)*1e6) / 1e6)
}

func wholeOrNull(v wire.Int) types.Int64 {
	if v == 0 {
		return types.Int64Null()
	}
	return types.Int64Value(int64(v))
}
