package instance

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

func ptr[T any](v T) *T { return &v }

func TestStatusOf(t *testing.T) {
	t.Parallel()
	yes := wire.Bool(true)
	tests := []struct {
		name                     string
		intended, current, shown wire.Text
		bid                      bool
		left                     float64
		want                     string
		interrupted              bool
	}{
		{name: "provisioning", intended: "running", current: "running", want: statusLoading},
		{name: "created", intended: "running", current: "running", shown: "created", want: statusLoading},
		{name: "loading", intended: "running", current: "running", shown: "loading", want: statusLoading},
		{name: "rebooting", intended: "running", current: "running", shown: "rebooting", want: statusLoading},
		{name: "running", intended: "running", current: "running", shown: "running", want: statusRunning},
		{name: "stopping", intended: "stopped", current: "running", shown: "running", want: statusStopping},
		{name: "stopped_shown_exited", intended: "stopped", current: "stopped", shown: "exited", want: statusStopped},
		{name: "stopped_shown_stopped", intended: "stopped", current: "stopped", shown: "stopped", want: statusStopped},
		{name: "stopped_host_away", intended: "stopped", current: "stopped", shown: "offline", want: statusStopped},
		{name: "scheduling", intended: "running", current: "stopped", shown: "exited", want: statusScheduling, interrupted: true},
		{name: "outbid", intended: "running", current: "stopped", shown: "exited", bid: true, want: statusOutbid, interrupted: true},
		{name: "crashed", intended: "running", current: "running", shown: "exited", want: statusExited},
		{name: "no_heartbeat", intended: "running", current: "running", shown: "unknown", want: statusOffline, interrupted: true},
		{name: "offline", intended: "running", current: "running", shown: "offline", bid: true, want: statusOffline, interrupted: true},
		{name: "ended", intended: "stopped", current: "stopped", shown: "exited", left: -5, want: statusEnded, interrupted: true},
		{name: "frozen", intended: "frozen", current: "running", shown: "frozen", want: statusFrozen},
		{name: "destroyed", intended: "stopped", current: "unloaded", shown: "exited", want: statusGone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := &wire.Instance{IntendedStatus: tt.intended, CurState: tt.current, ActualStatus: tt.shown}
			if tt.bid {
				i.IsBid = &yes
			}
			if tt.left != 0 {
				i.Duration = ptr(wire.Float(tt.left))
			}
			got := statusOf(i, time.Unix(0, 0))
			if got != tt.want || interrupts(got) != tt.interrupted {
				t.Errorf("status %q, interrupted %v; want %q, %v", got, interrupts(got), tt.want, tt.interrupted)
			}
		})
	}
}

func TestStatusOf_EndDate(t *testing.T) {
	t.Parallel()
	i := &wire.Instance{IntendedStatus: "stopped", CurState: "stopped", EndDate: ptr(wire.Float(1000))}
	if got := statusOf(i, time.Unix(999, 0)); got != statusStopped {
		t.Errorf("before its end: %q", got)
	}
	if got := statusOf(i, time.Unix(1000, 0)); got != statusEnded {
		t.Errorf("at its end: %q", got)
	}
}

func TestLaunchOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reported string
		mode     string
		direct   bool
		ok       bool
	}{
		{"ssh", launchSSH, false, true},
		{"ssh_proxy", launchSSH, false, true},
		{"ssh_direc ssh_proxy", launchSSH, true, true},
		{"jupyter_proxy ssh_proxy", launchJupyter, false, true},
		{"jupyter_direc ssh_direc ssh_proxy", launchJupyter, true, true},
		{"args", launchArgs, false, true},
		{"", "", false, false},
	}
	for _, tt := range tests {
		mode, direct, ok := launchOf(tt.reported)
		if mode != tt.mode || direct != tt.direct || ok != tt.ok {
			t.Errorf("launchOf(%q) = %q, %v, %v", tt.reported, mode, direct, ok)
		}
	}
}

func TestParsePort(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"8080": "-p 8080:8080", "8080/tcp": "-p 8080:8080", "5000/udp": "-p 5000:5000/udp", "70000": "-p 70000:70000",
	} {
		p, err := parsePort(text)
		if err != nil || p.flag() != want {
			t.Errorf("parsePort(%q) = %v, %v; want the flag %q", text, p, err, want)
		}
		if back, ok := flagPort(want); !ok || back != p {
			t.Errorf("flagPort(%q) = %v, %v; want %v", want, back, ok, p)
		}
	}
	for _, text := range []string{"", "0", "-1", "80/http", "80/", "65536", "80000", "8080:80", "080", "x"} {
		if p, err := parsePort(text); err == nil {
			t.Errorf("parsePort(%q) = %v, want an error", text, p)
		}
	}
	for _, key := range []string{"-p 8080", "-p 8080/tcp", "-p 80:8080", "-p 0.0.0.0:80:8080"} {
		if p, ok := flagPort(key); !ok || p != (port{8080, tcp}) {
			t.Errorf("flagPort(%q) = %v, %v", key, p, ok)
		}
	}
	for _, key := range []string{"PORT", "-h name", "-v V.1:/data", "-p x"} {
		if p, ok := flagPort(key); ok {
			t.Errorf("flagPort(%q) = %v", key, p)
		}
	}
}

func TestEnvironment_Merge(t *testing.T) {
	t.Parallel()
	e := environment{
		vars: map[string]string{"A": "new"}, secrets: map[string]string{"S": "new"},
		ports: []port{{8080, tcp}, {5000, udp}}, marker: "m",
	}
	current := map[string]string{
		"A": "old", "GONE": "1", "OLD_SECRET": "1", "FOREIGN": "kept", "CONTAINER_ID": "7", "VAST_TCP_PORT_22": "1",
		"-p 8080:8080/tcp": "1", "-p 9090:9090": "1", "-p 7777:7777": "1", "-h": "host", rent.MarkerEnv: "m",
	}
	got := e.merge(current, []string{"A", "GONE", "OLD_SECRET"}, []port{{8080, tcp}, {9090, tcp}})
	want := map[string]string{
		"A": "new", "S": "new", "FOREIGN": "kept", "-p 8080:8080/tcp": "1", "-p 7777:7777": "1", "-p 5000:5000/udp": "1", "-h": "host",
		rent.MarkerEnv: "m",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	if current["GONE"] != "1" {
		t.Error("the instance's own environment was changed")
	}
}

func TestSameImage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		configured, read string
		want             bool
	}{
		{"ubuntu:24.04", "ubuntu:24.04", true},
		{"ubuntu:24.04", "docker.io/library/ubuntu:24.04", true},
		{"docker.io/me/app:1", "me/app:1", true},
		{"ubuntu", "ubuntu:latest", true},
		{"vastai/base:@vastai-automatic-tag", "vastai/base:cuda-12.4", true},
		{"vastai/base:@vastai-automatic-tag", "vastai/other:cuda-12.4", false},
		{"ubuntu:24.04", "ubuntu:22.04", false},
		{"ghcr.io/me/app:1", "me/app:1", false},
		{"host:5000/app", "host:5000/app:latest", true},
		{"", "ubuntu:24.04", false},
	}
	for _, tt := range tests {
		if got := sameImage(tt.configured, tt.read); got != tt.want {
			t.Errorf("sameImage(%q, %q) = %v", tt.configured, tt.read, got)
		}
	}
}

func TestDisk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		configured, read float64
		same             bool
		imported         float64
	}{{10, 10.08, true, 10}, {500, 503, true, 503}, {10, 10.5, false, 10.5}, {100, 120, false, 120}, {64, 63.7, true, 64}} {
		if got := sameDisk(tt.configured, tt.read); got != tt.same {
			t.Errorf("sameDisk(%v, %v) = %v", tt.configured, tt.read, got)
		}
		if got := importedDisk(tt.read); got != tt.imported {
			t.Errorf("importedDisk(%v) = %v, want %v", tt.read, got, tt.imported)
		}
	}
}

func TestSSHAddress(t *testing.T) {
	t.Parallel()
	direct := map[string][]wire.PortBinding{"22/tcp": {{HostPort: "20123"}}}
	tests := []struct {
		name    string
		runtype wire.Text
		ports   map[string][]wire.PortBinding
		host    string
		port    int64
		ok      bool
	}{
		{"direct", "ssh_direc ssh_proxy", direct, "203.0.113.1", 20123, true},
		{"proxy", "ssh_proxy", nil, "ssh4.vast.ai", 15000, true},
		{"proxy_beside_jupyter", "jupyter_proxy ssh_proxy", nil, "ssh4.vast.ai", 15001, true},
		{"none", "args", nil, "", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := &wire.Instance{
				ImageRuntype: tt.runtype, Ports: tt.ports, PublicIPAddr: "203.0.113.1", SSHHost: "ssh4.vast.ai", SSHPort: ptr(wire.Int(15000)),
			}
			host, number, ok := sshAddress(i)
			if host != tt.host || number != tt.port || ok != tt.ok {
				t.Errorf("sshAddress = %q, %d, %v", host, number, ok)
			}
		})
	}
}

func TestProposedBid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                    string
		lowest, limit, standing float64
		bid                     float64
		wins                    bool
	}{
		{"with_a_margin", 0.3, 1, 0.2, 0.315, true},
		{"up_to_the_limit", 0.3, 0.31, 0.2, 0.31, true},
		{"just_enough", 0.3, 0.3, 0.2, 0.3, true},
		{"beyond_the_limit", 0.3, 0.299, 0.2, 0.299, false},
		{"wins_already", 0.3, 1, 0.35, 0.35, true},
		{"never_above_the_platforms_maximum", 31.9, 100, 1, 32, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bid, wins := proposedBid(tt.lowest, tt.limit, tt.standing)
			if money.PerHour(bid).Round() != money.PerHour(tt.bid) || wins != tt.wins {
				t.Errorf("proposedBid = %v, %v; want %v, %v", bid, wins, tt.bid, tt.wins)
			}
		})
	}
}

func TestQuotes(t *testing.T) {
	t.Parallel()
	row := func(change func(*candidateModel)) candidateModel {
		r := candidateModel{
			Marketplace: types.StringValue("vastai"), OfferID: types.Int64Value(1), GPUName: types.StringValue("RTX 4090"),
			ComputeHourlyPrice: types.Float64Value(0.3), StoragePricePerGBMonth: types.Float64Value(0.144),
			Interruptible: types.BoolValue(false),
		}
		change(&r)
		return r
	}
	bid := ptr(0.25)
	tests := []struct {
		name  string
		row   candidateModel
		terms terms
		want  float64 // 0: not usable
	}{
		{"own_disk", row(func(*candidateModel) {}), terms{diskGB: 100}, 0.32},
		{"marketplace_left_out", row(func(r *candidateModel) { r.Marketplace = types.StringNull() }), terms{diskGB: 100}, 0.32},
		{"other_marketplace", row(func(r *candidateModel) { r.Marketplace = types.StringValue("runpod_secure") }), terms{diskGB: 100}, 0},
		{"no_offer", row(func(r *candidateModel) { r.OfferID = types.Int64Null() }), terms{diskGB: 100}, 0},
		{"interruptible_on_demand", row(func(r *candidateModel) { r.Interruptible = types.BoolValue(true) }), terms{diskGB: 100}, 0},
		{"on_demand_for_a_bid", row(func(*candidateModel) {}), terms{diskGB: 100, bid: bid}, 0},
		{"bid", row(func(r *candidateModel) { r.Interruptible = types.BoolValue(true) }), terms{diskGB: 100, bid: bid}, 0.27},
		{"kind_left_out", row(func(r *candidateModel) { r.Interruptible = types.BoolNull() }), terms{diskGB: 100, bid: bid}, 0.27},
		{"storage_as_quoted", row(func(r *candidateModel) {
			r.StoragePricePerGBMonth, r.StorageHourlyPrice = types.Float64Null(), types.Float64Value(0.05)
		}), terms{diskGB: 100}, 0.35},
		{"price_as_a_whole", row(func(r *candidateModel) {
			r.ComputeHourlyPrice, r.HourlyPrice, r.StorageHourlyPrice = types.Float64Null(), types.Float64Value(0.4), types.Float64Value(0.1)
		}), terms{diskGB: 50}, 0.31},
		{"no_price", row(func(r *candidateModel) { r.ComputeHourlyPrice = types.Float64Null() }), terms{diskGB: 100}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			usable, unusable := quotes([]candidateModel{tt.row}, tt.terms)
			switch {
			case tt.want == 0:
				if len(usable) != 0 || len(unusable) != 1 {
					t.Errorf("usable %v, unusable %v", usable, unusable)
				}
			case len(usable) != 1 || usable[0].hourly().Float64() != tt.want:
				t.Errorf("usable %+v, want one for %v", usable, tt.want)
			default:
				e := usable[0].contract(tt.terms).Instance(false, rate(tt.terms.ceiling))
				if e.Hourly.Float64() != tt.want {
					t.Errorf("estimate %v, want %v", e.Hourly, tt.want)
				}
			}
		})
	}
}

func TestExpected(t *testing.T) {
	t.Parallel()
	all := []quote{{offerID: 1, compute: 0.5}, {offerID: 2, compute: 0.3}}
	if got, fits := expected(all, nil); !fits || got.offerID != 1 {
		t.Errorf("without a limit %d", got.offerID)
	}
	if got, fits := expected(all, ptr(money.PerHour(0.4))); !fits || got.offerID != 2 {
		t.Errorf("within the limit %d", got.offerID)
	}
	if got, fits := expected(all, ptr(money.PerHour(0.1))); fits || got.offerID != 2 {
		t.Errorf("none within the limit: %d, want the cheapest", got.offerID)
	}
	if got, _ := expected(nil); got != nil {
		t.Errorf("of none %v", got)
	}
}

// TestUnmet_CountryGroups: a group stands for its members, whatever the place is
// called.
func TestUnmet_CountryGroups(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]bool{"Hesse, DE": true, "Oslo, NO": false, "Bavaria, Germany": true, "Texas, US": false} {
		is := traits{Country: countryOf(&wire.Instance{Geolocation: wire.Text(place)})}
		offer := offerModel{Countries: types.SetValueMust(types.StringType, []attr.Value{types.StringValue("EU")})}
		if got := len(offer.unmet(is)) == 0; got != want {
			t.Errorf("%s is in the EU: %v; want %v", place, got, want)
		}
	}
}

func TestUnmet(t *testing.T) {
	t.Parallel()
	is := traits{
		GPUName: "RTX 4090", GPUCount: 2, GPUMemoryMB: ptr(24564.0), CUDA: ptr(12.4), Country: "US",
		Datacenter: ptr(false), StaticIP: ptr(false), MachineID: 7,
	}
	text := func(values ...string) []attr.Value {
		var out []attr.Value
		for _, v := range values {
			out = append(out, types.StringValue(v))
		}
		return out
	}
	tests := []struct {
		name  string
		offer offerModel
		want  []string
	}{
		{name: "nothing_wished_but_the_count", offer: offerModel{}, want: []string{"gpu_count"}},
		{name: "satisfied", offer: offerModel{
			GPUNames: types.ListValueMust(types.StringType, text("H100", "4090")), GPUCount: types.Int64Value(2),
			MinGPUMemoryGB: types.Float64Value(24), Countries: types.SetValueMust(types.StringType, text("US")),
			Datacenter: types.BoolValue(false), StaticIP: types.BoolValue(false), MachineID: types.Int64Value(7),
			MinCUDAVersion: types.StringValue("12.4"),
		}},
		{name: "moves_are_not_looked_at", offer: offerModel{
			GPUCount: types.Int64Value(2), MinReliability: types.Float64Value(1), MinDownloadMbps: types.Float64Value(1e6), Verified: types.BoolValue(true),
		}},
		{name: "all_else", offer: offerModel{
			GPUNames: types.ListValueMust(types.StringType, text("H100")), GPUCount: types.Int64Value(1),
			MinGPUMemoryGB: types.Float64Value(48), Countries: types.SetValueMust(types.StringType, text("DE")),
			Datacenter: types.BoolValue(true), StaticIP: types.BoolValue(true), MachineID: types.Int64Value(8),
			MinCUDAVersion: types.StringValue("12.10"),
		}, want: []string{"gpu_names", "gpu_count", "min_gpu_memory_gb", "countries", "datacenter", "static_ip", "machine_id", "min_cuda_version"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.offer.unmet(is)); diff != "" {
				t.Errorf("unmet (-want +got):\n%s", diff)
			}
		})
	}
}

func TestContainerChange(t *testing.T) {
	t.Parallel()
	row := &wire.Instance{ID: 5, ImageUUID: "ubuntu:24.04", Onstart: "echo", TemplateHashID: "old", ExtraEnv: wire.EnvPairs{"A": "1"}}
	state := model{Image: types.StringValue("ubuntu:24.04"), Onstart: types.StringValue("echo")}
	tests := []struct {
		name string
		plan model
		env  map[string]string
		hash string
		want *wire.UpdateTemplateRequest
	}{
		{name: "nothing", plan: state, env: map[string]string{"A": "1"}},
		{
			name: "equal_after_import", env: map[string]string{"A": "1"},
			plan: model{
				Image: types.StringValue("docker.io/ubuntu:24.04"), Onstart: types.StringValue("echo\n"),
				Env: types.MapValueMust(types.StringType, map[string]attr.Value{"A": types.StringValue("1")}),
			},
		},
		{
			name: "image_without_a_tag", plan: model{Image: types.StringValue("debian"), Onstart: state.Onstart}, env: map[string]string{"A": "1"},
			want: &wire.UpdateTemplateRequest{ID: 5, Image: ptr("debian:latest")},
		},
		{
			name: "onstart_removed", plan: model{Image: state.Image}, env: map[string]string{"A": "1"},
			want: &wire.UpdateTemplateRequest{ID: 5, Onstart: ptr("")},
		},
		{
			name: "template_says_all_again", hash: "new", env: map[string]string{"A": "1"},
			plan: model{Image: state.Image, Onstart: state.Onstart, TemplateID: types.StringValue("new")},
			want: &wire.UpdateTemplateRequest{
				ID: 5, TemplateHashID: ptr("new"), Image: ptr("ubuntu:24.04"), Onstart: ptr("echo"), Env: &map[string]string{"A": "1"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, sends := containerChange(&tt.plan, &state, row, tt.env, tt.hash)
			if sends != (tt.want != nil) {
				t.Fatalf("sends %v: %+v", sends, got)
			}
			if tt.want != nil {
				tt.want.Recycle = tt.plan.DesiredStatus.ValueString() == desiredRunning
				if diff := cmp.Diff(*tt.want, got); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestFlatten_Sparse reads a row of which nearly everything is null.
func TestFlatten_Sparse(t *testing.T) {
	t.Parallel()
	var m model
	var diags diag.Diagnostics
	m.flatten(t.Context(), &wire.Instance{ID: 9}, time.Unix(0, 0), &diags)
	if diags.HasError() {
		t.Fatal(diags)
	}
	if m.ID.ValueString() != "9" || m.Status.ValueString() != statusLoading || !m.Image.IsNull() || !m.GPUName.IsNull() ||
		!m.MachineID.IsNull() || !m.HourlyPrice.IsNull() || m.SSH.IsNull() || m.TCPPorts.IsNull() || !m.CreatedAt.IsNull() {
		t.Errorf("flattened to %+v", m)
	}
}
