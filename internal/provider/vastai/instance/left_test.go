package instance

import (
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// TestUnveil_OutbidShowsStopped: an outbid instance that ought to run is outbid also
// when the platform shows all its states stopped, and what was stopped is stopped.
func TestUnveil_OutbidShowsStopped(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, desired string
		change        func(i *wire.Instance)
		want          string
	}{
		{"outbid", desiredRunning, func(*wire.Instance) {}, statusOutbid},
		{"stopped by its owner", desiredStopped, func(*wire.Instance) {}, statusStopped},
		{"its bid wins", desiredRunning, func(i *wire.Instance) { i.DPHBase = ptr(wire.Float(0.5)) }, statusStopped},
		{"on demand", desiredRunning, func(i *wire.Instance) { i.IsBid = nil }, statusStopped},
		{"no minimum", desiredRunning, func(i *wire.Instance) { i.MinBid = nil }, statusStopped},
		{"imported", "", func(*wire.Instance) {}, statusStopped},
	}
	for _, tt := range tests {
		i := &wire.Instance{
			ID: 1, IsBid: ptr(wire.Bool(true)), MinBid: ptr(wire.Float(0.4)), DPHBase: ptr(wire.Float(0.3)),
			IntendedStatus: wire.StatusStopped, CurState: wire.StatusStopped, ActualStatus: wire.StatusStopped,
		}
		tt.change(i)
		unveil(i, tt.desired)
		if got := statusOf(i, time.Unix(0, 0)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	unveil(nil, desiredRunning)
}
