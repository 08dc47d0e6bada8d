package market_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// figures are an estimate's amounts as they are shown.
type figures struct{ Hourly, Monthly, Compute, Storage, Stopped string }

func shown(e market.Estimate) figures {
	return figures{e.Hourly.String(), e.Monthly.String(), e.ComputeHourly.String(), e.StorageHourly.String(), e.StoppedHourly.String()}
}

func TestRunPodPod(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		spec market.PodSpec
		want figures
	}{
		// A disk at 0.10 USD/GB-month: 73 GB are 7.30 a month, 0.01 an hour.
		{"container disk", market.PodSpec{Compute: 0.59, ContainerDiskGB: 73}, figures{"0.60", "438.00", "0.59", "0.01", "0.00"}},
		{"volume", market.PodSpec{Compute: 0.59, ContainerDiskGB: 73, VolumeGB: 146}, figures{"0.62", "452.60", "0.59", "0.03", "0.04"}},
		{"stopped", market.PodSpec{Compute: 0.59, ContainerDiskGB: 73, VolumeGB: 146, Stopped: true}, figures{"0.04", "29.20", "0.59", "0.03", "0.04"}},
		{"nothing but compute", market.PodSpec{Compute: 1}, figures{"1.00", "730.00", "1.00", "0.00", "0.00"}},
	} {
		if diff := cmp.Diff(tt.want, shown(market.RunPodPod(tt.spec))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	ceiling := money.PerHour(0.8)
	e := market.RunPodPod(market.PodSpec{Compute: 0.59, ContainerDiskGB: 73, Stopped: true, Ceiling: &ceiling, Basis: "list price"})
	if e.MaxHourly == nil || *e.MaxHourly != 0.8 || e.Basis != "list price" || e.Running().String() != "0.60" {
		t.Errorf("%+v", e)
	}
}

func TestRunPodNetworkVolume(t *testing.T) {
	t.Parallel()
	for gb, want := range map[int]figures{
		100:  {"0.009589", "7.00", "0.00", "0.009589", "0.009589"},
		1000: {"0.09589", "70.00", "0.00", "0.09589", "0.09589"},
		1001: {"0.095959", "70.05", "0.00", "0.095959", "0.095959"},
		4096: {"0.307945", "224.80", "0.00", "0.307945", "0.307945"},
		0:    {"0.00", "0.00", "0.00", "0.00", "0.00"},
	} {
		if diff := cmp.Diff(want, shown(market.RunPodNetworkVolume(gb, "STANDARD"))); diff != "" {
			t.Errorf("%d GB (-want +got):\n%s", gb, diff)
		}
	}
	standard, fast := market.RunPodNetworkVolume(100, ""), market.RunPodNetworkVolume(100, "HIGH_PERFORMANCE")
	if standard.Monthly != fast.Monthly || strings.Contains(standard.Basis, "not public") || !strings.Contains(fast.Basis, "not public") {
		t.Errorf("the fast kind costs %s on the basis %q", fast.Monthly, fast.Basis)
	}
}

func TestVastaiInstance(t *testing.T) {
	t.Parallel()
	spec := market.InstanceSpec{Compute: 0.38, StoragePrice: 0.144, DiskGB: 50, Basis: "offer 1"}
	if diff := cmp.Diff(figures{"0.39", "284.70", "0.38", "0.01", "0.01"}, shown(market.VastaiInstance(spec))); diff != "" {
		t.Errorf("running (-want +got):\n%s", diff)
	}
	spec.Stopped = true
	if diff := cmp.Diff(figures{"0.01", "7.30", "0.38", "0.01", "0.01"}, shown(market.VastaiInstance(spec))); diff != "" {
		t.Errorf("stopped (-want +got):\n%s", diff)
	}
}

// What the market shows for an offer is what the instance's estimate says.
func TestVastaiInstance_AgreesWithTheOffer(t *testing.T) {
	t.Parallel()
	for _, gb := range []float64{0, 10, 50, 2000} {
		o := offer(nil).WithDisk(gb)
		e := market.VastaiInstance(market.InstanceSpec{Compute: o.ComputeHourly, StoragePrice: o.StoragePrice, DiskGB: gb})
		if e.Hourly != o.Hourly() {
			t.Errorf("%v GB: %s on the market, %s in the plan", gb, o.Hourly(), e.Hourly)
		}
	}
}

func TestCostTable(t *testing.T) {
	t.Parallel()
	rate := func(v money.PerHour) *money.PerHour { return &v }
	month := func(v money.PerMonth) *money.PerMonth { return &v }
	for _, tt := range []struct {
		name  string
		costs map[string]market.CostRow
		want  string
	}{
		{"all known", map[string]market.CostRow{
			"worker":  {Hourly: rate(0.59), Monthly: month(430.7), Max: rate(0.7), Basis: "list price"},
			"data":    {Hourly: rate(0.009589), Monthly: month(7), Basis: "a | b"},
			"trainer": {Hourly: rate(0.39), Monthly: month(284.7), Basis: "offer 1"},
		}, `
| Resource  |        USD/h |  USD/month | At most USD/h | Basis      |
| --------- | -----------: | ---------: | ------------: | ---------- |
| data      |     0.009589 |       7.00 |             – | a \| b     |
| trainer   |         0.39 |     284.70 |             – | offer 1    |
| worker    |         0.59 |     430.70 |          0.70 | list price |
| **Total** | **0.989589** | **722.40** |  **1.099589** |            |
`},
		{"one not known", map[string]market.CostRow{
			"a": {Hourly: rate(0.5), Monthly: month(365)}, "b": {Max: rate(0.6)},
		}, `
| Resource  |                  USD/h |                USD/month | At most USD/h | Basis |
| --------- | ---------------------: | -----------------------: | ------------: | ----- |
| a         |                   0.50 |                   365.00 |             – |       |
| b         |              not known |                not known |          0.60 |       |
| **Total** | **0.50** + 1 not known | **365.00** + 1 not known |      **1.10** |       |
`},
		{"nothing known", map[string]market.CostRow{"a": {}}, `
| Resource  |                  USD/h |              USD/month | At most USD/h | Basis |
| --------- | ---------------------: | ---------------------: | ------------: | ----- |
| a         |              not known |              not known |             – |       |
| **Total** | **0.00** + 1 not known | **0.00** + 1 not known |             – |       |
`},
		{"nothing", nil, `
| Resource  |    USD/h | USD/month | At most USD/h | Basis |
| --------- | -------: | --------: | ------------: | ----- |
| **Total** | **0.00** |  **0.00** |             – |       |
`},
	} {
		if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), market.CostTable(tt.costs)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	rate := func(v money.PerHour) *money.PerHour { return &v }
	perGB := money.PerGBMonth(0.144)
	for name, tt := range map[string]struct {
		quoted           market.Quoted
		compute, storage string // "" where nothing tells it
	}{
		"by unit":   {market.Quoted{Hourly: rate(0.41), Compute: rate(0.4), Storage: rate(0.01), PerGBMonth: &perGB}, "0.40", "0.02"},
		"all-in":    {market.Quoted{Hourly: rate(0.41), Storage: rate(0.01)}, "0.40", "0.01"},
		"no parts":  {market.Quoted{Hourly: rate(0.41)}, "0.41", "0.00"},
		"no prices": {market.Quoted{}, "", "0.00"},
	} {
		compute := ""
		if c := tt.quoted.ComputeHourly(); c != nil {
			compute = c.String()
		}
		if storage := tt.quoted.VastaiStorage(100).String(); compute != tt.compute || storage != tt.storage {
			t.Errorf("%s: %q and %s; want %q and %s", name, compute, storage, tt.compute, tt.storage)
		}
	}
}
