package pod

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
)

func runningPod() *wire.Pod {
	public, ip, center, cuda := 34446, "195.26.233.3", "US-KS-2", "12.8"
	started := time.Date(2026, time.June, 1, 12, 2, 0, 0, time.UTC)
	return &wire.Pod{
		ID: "p1", Name: "trainer", Status: wire.PodRunning, Image: "i:1", Disk: 20,
		Env: map[string]string{"A": "1", "THEIRS": "x"}, Ports: []string{"8888/http", "22/tcp"},
		GPU: &wire.PodGPU{ID: "NVIDIA GeForce RTX 4090", Count: 2, VCPUCount: 24, Memory: 96}, Cloud: wire.CloudSecure,
		DataCenterID: &center, CUDAVersion: &cuda, Cost: 1.18,
		SSH: wire.PodSSH{
			Proxy:  &wire.SSHEndpoint{Host: "ssh.runpod.io", Port: 22, Username: "p1-x", Command: "ssh p1-x@ssh.runpod.io"},
			Direct: &wire.SSHEndpoint{Host: ip, Port: public, Username: "root", Command: "ssh root@" + ip},
		},
		Runtime: &wire.PodRuntime{Uptime: 60, Ports: []wire.PodRuntimePort{
			{Private: 22, Public: &public, Type: "tcp", IP: &ip}, {Private: 8888, Type: "http"},
		}},
		CreatedAt: started.Add(-time.Minute), StartedAt: &started,
	}
}

func flattened(t *testing.T, m model, p *wire.Pod) model {
	t.Helper()
	if diags := m.flatten(t.Context(), p); diags.HasError() {
		t.Fatalf("flatten: %v", diags)
	}
	return m
}

func TestFlatten(t *testing.T) {
	t.Parallel()
	env := func(keys ...string) types.Map {
		values := map[string]attr.Value{}
		for _, key := range keys {
			values[key] = types.StringValue("old")
		}
		return types.MapValueMust(types.StringType, values)
	}
	tests := []struct {
		name   string
		state  func(*model)
		pod    func(*wire.Pod)
		get    func(model) attr.Value
		expect string
	}{
		{name: "ssh is direct", get: func(m model) attr.Value { return m.SSH.Attributes()["user"] }, expect: `"root"`},
		{
			name: "ssh through the proxy", pod: func(p *wire.Pod) { p.SSH.Direct = nil },
			get: func(m model) attr.Value { return m.SSH.Attributes()["host"] }, expect: `"ssh.runpod.io"`,
		},
		{
			name: "no ssh while stopped", pod: func(p *wire.Pod) { p.Status = wire.PodExited },
			get: func(m model) attr.Value { return m.SSH }, expect: `{"command":<null>,"host":<null>,"port":<null>,"user":<null>}`,
		},
		{
			name: "urls while stopped", pod: func(p *wire.Pod) { p.Status = wire.PodExited },
			get: func(m model) attr.Value { return m.HTTPURLs }, expect: `{"8888":"https://p1-8888.proxy.runpod.net"}`,
		},
		{
			name: "ports while stopped", pod: func(p *wire.Pod) { p.Status = wire.PodExited },
			get: func(m model) attr.Value { return m.TCPPorts }, expect: `{"22":<null>}`,
		},
		{name: "urls", get: func(m model) attr.Value { return m.HTTPURLs }, expect: `{"8888":"https://p1-8888.proxy.runpod.net"}`},
		{name: "ports", get: func(m model) attr.Value { return m.TCPPorts }, expect: `{"22":34446}`},
		{
			name: "ports not mapped yet", pod: func(p *wire.Pod) { p.Runtime.Ports[0].Public = nil },
			get: func(m model) attr.Value { return m.TCPPorts }, expect: `{"22":<null>}`,
		},
		{
			name: "no runtime", pod: func(p *wire.Pod) { p.Runtime = nil },
			get: func(m model) attr.Value { return m.PublicIP }, expect: "<null>",
		},
		{name: "env of an import", get: func(m model) attr.Value { return m.Env }, expect: "<null>"},
		{
			name: "env keeps to its keys", state: func(m *model) { m.Env = env("A", "GONE") },
			get: func(m model) attr.Value { return m.Env }, expect: `{"A":"1"}`,
		},
		{name: "args unset", get: func(m model) attr.Value { return m.Args }, expect: "<null>"},
		{name: "gpu of an import", get: func(m model) attr.Value { return m.GPU.Attributes()["types"] }, expect: `["NVIDIA GeForce RTX 4090"]`},
		{
			name: "started without its gpus", state: func(m *model) { m.GPUType = types.StringValue("before") },
			pod: func(p *wire.Pod) { p.GPU = nil }, get: func(m model) attr.Value { return m.GPUType }, expect: `"before"`,
		},
		{
			name: "stopped elsewhere", state: func(m *model) { m.DesiredStatus = types.StringValue("running") },
			pod: func(p *wire.Pod) { p.Status = wire.PodExited },
			get: func(m model) attr.Value { return m.DesiredStatus }, expect: `"stopped"`,
		},
		{
			name: "starting is no drift", state: func(m *model) { m.DesiredStatus = types.StringValue("stopped") },
			pod: func(p *wire.Pod) { p.Status = wire.PodStarting },
			get: func(m model) attr.Value { return m.DesiredStatus }, expect: `"stopped"`,
		},
		{
			name: "global networking lags", state: func(m *model) { m.GlobalNetworking = types.BoolValue(true) },
			get: func(m model) attr.Value { return m.GlobalNetworking }, expect: "true",
		},
		{
			name: "no ports, configured so", state: func(m *model) { m.Ports = types.SetValueMust(types.StringType, nil) },
			pod: func(p *wire.Pod) { p.Ports = nil },
			get: func(m model) attr.Value { return m.Ports }, expect: "[]",
		},
		{
			name: "no ports", pod: func(p *wire.Pod) { p.Ports = nil },
			get: func(m model) attr.Value { return m.Ports }, expect: "<null>",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, p := imported(t.Context()), runningPod()
			if tt.state != nil {
				tt.state(&m)
			}
			if tt.pod != nil {
				tt.pod(p)
			}
			if got := tt.get(flattened(t, m, p)).String(); got != tt.expect {
				t.Errorf("got %s, want %s", got, tt.expect)
			}
		})
	}
}

// TestChanges: an update sends what differs on the platform and nothing else.
func TestChanges(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	tests := []struct {
		name   string
		plan   func(*model)
		env    map[string]string
		want   wire.UpdatePodRequest
		resets bool
	}{
		{name: "nothing"},
		{name: "name", plan: func(m *model) { m.Name = types.StringValue("n") }, want: wire.UpdatePodRequest{Name: text("n")}},
		{name: "unknown", plan: func(m *model) {
			m.Image, m.Args, m.Ports = types.StringUnknown(), types.StringUnknown(), types.SetUnknown(types.StringType)
		}},
		{name: "args", plan: func(m *model) { m.Args = types.StringValue("go") }, want: wire.UpdatePodRequest{Args: text("go")}, resets: true},
		{name: "no ports", plan: func(m *model) { m.Ports = types.SetNull(types.StringType) }, want: wire.UpdatePodRequest{Ports: &[]string{}}, resets: true},
		{
			name: "registry", plan: func(m *model) { m.RegistryID = types.StringValue("r") },
			want: wire.UpdatePodRequest{Registry: &wire.Nullable[string]{Value: "r", Valid: true}}, resets: true,
		},
		{
			name: "env", env: map[string]string{"A": "2"},
			want: wire.UpdatePodRequest{Env: &map[string]string{"A": "2"}}, resets: true,
		},
		{
			name: "global networking", plan: func(m *model) { m.GlobalNetworking = types.BoolValue(true) },
			want: wire.UpdatePodRequest{GlobalNetworking: new(true)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := runningPod()
			state := flattened(t, imported(t.Context()), now)
			plan := state
			if tt.plan != nil {
				tt.plan(&plan)
			}
			env := now.Env
			if tt.env != nil {
				env = tt.env
			}
			got := plan.changes(parts{}, &state, now, env)
			if diff := cmp.Diff(tt.want, got.request); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			if sends := !cmp.Equal(tt.want, wire.UpdatePodRequest{}); got.any != sends || got.resets != tt.resets {
				t.Errorf("any %v, resets %v; want %v, %v", got.any, got.resets, sends, tt.resets)
			}
		})
	}
}

// TestExpand_HostMinimums: what the gpu block asks of the host travels under
// RunPod's names, and is left out where it is not asked for.
func TestExpand_HostMinimums(t *testing.T) {
	t.Parallel()
	for want, gpu := range map[string]*gpuModel{
		`{"id":"","count":1}`: {Count: types.Int64Value(1)},
		`{"id":"","count":1,"minRamPerGpu":32,"minVcpuCountPerGpu":8}`: {
			Count: types.Int64Value(1), MinRAMPerGPUGB: types.Int64Value(32), MinVCPUsPerGPU: types.Int64Value(8),
		},
	} {
		m := imported(t.Context())
		got, err := json.Marshal(m.expand(parts{gpu: gpu}, nil).GPU)
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		pod     func(*wire.Pod)
		changed bool
		done    bool
		says    string
	}{
		{name: "reachable", changed: true, done: true, says: "RUNNING"},
		{name: "old container", says: "old container"},
		{name: "port missing", changed: true, pod: func(p *wire.Pod) { p.Runtime.Ports = nil }, says: "not mapped yet: 22/tcp"},
		{name: "no runtime", changed: true, pod: func(p *wire.Pod) { p.Runtime = &wire.PodRuntime{} }, says: "not mapped yet: 22/tcp"},
		{name: "symmetric port missing", changed: true, pod: func(p *wire.Pod) { p.Ports = append(p.Ports, "70001/tcp") }, says: "the same number inside and outside"},
		{name: "error", changed: true, pod: func(p *wire.Pod) { p.Status = wire.PodError }, says: "cannot be started"},
		{name: "exited", changed: true, pod: func(p *wire.Pod) { p.Status = wire.PodExited }, says: "ended"},
		{name: "a status from the future", changed: true, pod: func(p *wire.Pod) { p.Status = "MIGRATING" }, says: "MIGRATING"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := runningPod()
			if tt.pod != nil {
				tt.pod(p)
			}
			got := verdict(p, tt.changed)
			if got.Done != tt.done || !strings.Contains(got.State+got.Failed, tt.says) {
				t.Errorf("verdict %+v, want done %v and %q", got, tt.done, tt.says)
			}
		})
	}
}

func TestIsNew(t *testing.T) {
	t.Parallel()
	was := runningPod()
	same, later, young, starting := runningPod(), runningPod(), runningPod(), runningPod()
	started := was.StartedAt.Add(time.Hour)
	later.StartedAt = &started
	young.Runtime.Uptime = 3
	starting.Status = wire.PodStarting
	for name, tt := range map[string]struct {
		pod  *wire.Pod
		want bool
	}{"same": {same, false}, "started later": {later, true}, "younger": {young, true}, "starting": {starting, true}} {
		if got := isNew(tt.pod, was, 5*time.Second); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
