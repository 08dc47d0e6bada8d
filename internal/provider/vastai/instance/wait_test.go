package instance

import (
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

func TestWatch_JudgeRunning(t *testing.T) {
	t.Parallel()
	row := func(change func(*wire.Instance)) *wire.Instance {
		i := &wire.Instance{
			IntendedStatus: "running", CurState: "running", ActualStatus: "running", ImageRuntype: "ssh_proxy",
			SSHHost: "ssh1.vast.ai", SSHPort: ptr(wire.Int(10)), PublicIPAddr: "203.0.113.1",
			Ports: map[string][]wire.PortBinding{"8080/tcp": {{HostPort: "30000"}}},
		}
		change(i)
		return i
	}
	tests := []struct {
		name   string
		watch  watch
		row    *wire.Instance
		stands time.Duration // for how long it has been like this
		done   bool
		failed bool
		state  string
	}{
		{name: "not_listed", state: "not listed yet"},
		{name: "up", row: row(func(*wire.Instance) {}), done: true, state: "running"},
		{
			name: "port_missing", watch: watch{ports: []port{{8080, tcp}, {5000, udp}}}, row: row(func(*wire.Instance) {}),
			state: "running, port 5000/udp not mapped yet",
		},
		{name: "ssh_missing", row: row(func(i *wire.Instance) { i.SSHHost = "" }), state: "running, SSH not reachable yet"},
		{
			name: "direct_ssh_missing", row: row(func(i *wire.Instance) { i.ImageRuntype = "ssh_direc ssh_proxy" }),
			state: "running, SSH not mapped yet",
		},
		{name: "no_ssh_wanted", row: row(func(i *wire.Instance) { i.ImageRuntype, i.SSHHost = "args", "" }), done: true, state: "running"},
		{
			name: "old_container", watch: watch{restarting: true}, row: row(func(*wire.Instance) {}), stands: time.Second,
			state: "running, not restarted yet",
		},
		{name: "restarted_unseen", watch: watch{restarting: true}, row: row(func(*wire.Instance) {}), stands: restarts, done: true, state: "running"},
		{
			name: "given_up", watch: watch{firstBoot: true}, failed: true, state: "stopped: manifest unknown",
			row: row(func(i *wire.Instance) {
				i.IntendedStatus, i.CurState, i.ActualStatus, i.StatusMsg = "stopped", "stopped", "loading", "manifest unknown"
			}),
		},
		{
			name: "stopped_before_a_start", state: "stopped",
			row: row(func(i *wire.Instance) { i.IntendedStatus, i.CurState, i.ActualStatus = "stopped", "stopped", "exited" }),
		},
		{
			name: "crashed_at_first", watch: watch{firstBoot: true}, failed: true, state: "exited",
			row: row(func(i *wire.Instance) { i.ActualStatus = "exited" }),
		},
		{name: "exited_for_a_moment", state: "exited", row: row(func(i *wire.Instance) { i.ActualStatus = "exited" })},
		{name: "exited_for_long", failed: true, stands: stuck, state: "exited", row: row(func(i *wire.Instance) { i.ActualStatus = "exited" })},
		{
			name: "daemon_error", state: "loading: Error response from daemon: no space", stands: time.Second,
			row: row(func(i *wire.Instance) {
				i.ActualStatus, i.StatusMsg = "loading", "Error response from daemon: no space"
			}),
		},
		{
			name: "daemon_error_that_stands", failed: true, stands: stuck, state: "loading: Error response from daemon: no space",
			row: row(func(i *wire.Instance) {
				i.ActualStatus, i.StatusMsg = "loading", "Error response from daemon: no space"
			}),
		},
		{name: "outbid_waits", state: "outbid", stands: time.Hour, row: row(func(i *wire.Instance) { i.CurState, i.IsBid = "stopped", ptr(wire.Bool(true)) })},
		{name: "destroyed", failed: true, state: "gone", row: row(func(i *wire.Instance) { i.CurState = "unloaded" })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := tt.watch
			w.began = time.Unix(1000, 0)
			w.now = w.began
			first := w.judgeRunning(tt.row)
			w.now = w.began.Add(tt.stands)
			got := w.judgeRunning(tt.row)
			if got.Done != tt.done || (got.Failed != "") != tt.failed || got.State != tt.state {
				t.Errorf("judged %+v, then %+v", first, got)
			}
		})
	}
}
