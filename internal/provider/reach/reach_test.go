package reach_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/reach"
)

func TestMapped(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		configured []int
		mapped     map[int]int64
		want       map[string]int64
	}{
		"not mapped yet":        {[]int{22, 80}, nil, map[string]int64{"22": 0, "80": 0}},
		"some":                  {[]int{22, 80}, map[int]int64{22: 4022}, map[string]int64{"22": 4022, "80": 0}},
		"one of the image's":    {[]int{22}, map[int]int64{22: 4022, 5432: 4023}, map[string]int64{"22": 4022, "5432": 4023}},
		"the same number":       {[]int{70001}, map[int]int64{40001: 40001}, map[string]int64{"70001": 40001, "40001": 40001}},
		"beside others":         {[]int{22, 70000}, map[int]int64{22: 22, 40001: 40001, 53: 4053}, map[string]int64{"22": 22, "70000": 40001, "40001": 40001, "53": 4053}},
		"two of the same":       {[]int{70001, 70002}, map[int]int64{41: 41, 42: 42}, map[string]int64{"70001": 0, "70002": 0, "41": 41, "42": 42}},
		"the same, not mapped":  {[]int{70001}, nil, map[string]int64{"70001": 0}},
		"nothing is configured": {nil, nil, map[string]int64{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, reach.Mapped(tt.configured, tt.mapped)); diff != "" {
				t.Errorf("ports (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAttributes_Keys: of a machine that is down the ports that it had keep their
// keys; one that runs has those that it has.
func TestAttributes_Keys(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	var a reach.Attributes
	expect := func(when, ports string) {
		t.Helper()
		if got := a.TCPPorts.String(); got != ports {
			t.Errorf("%s: %s, want %s", when, got, ports)
		}
		if a.SSH.IsNull() || a.HTTPURLs.IsNull() {
			t.Errorf("%s: ssh %s, http_urls %s", when, a.SSH, a.HTTPURLs)
		}
	}
	a.ReadWays(t.Context(), reach.Ways{Runs: true, Ports: map[string]int64{"22": 4022, "5432": 4023}}, &diags)
	expect("running", `{"22":4022,"5432":4023}`)
	closed := a
	closed.CloseWays(t.Context(), &diags)
	a.ReadWays(t.Context(), reach.Ways{Ports: map[string]int64{"22": 0}}, &diags)
	expect("stopped", `{"22":<null>,"5432":<null>}`)
	if diff := cmp.Diff(closed, a); diff != "" {
		t.Errorf("a stop was planned otherwise (-planned +read):\n%s", diff)
	}
	a.ReadWays(t.Context(), reach.Ways{Runs: true, Ports: map[string]int64{"22": 4024}}, &diags)
	expect("running again", `{"22":4024}`)

	planned := a
	planned.ForgetPorts()
	if !planned.WaysOpen() || a.WaysOpen() {
		t.Error("WaysOpen does not tell what is known after apply")
	}
	planned.ReadWays(t.Context(), reach.Ways{Ports: map[string]int64{"80": 0}}, &diags)
	if got := planned.TCPPorts; got.String() != `{"80":<null>}` || !got.ElementType(t.Context()).Equal(types.Int64Type) {
		t.Errorf("after other ports: %s", got)
	}
	if diags.HasError() {
		t.Error(diags)
	}
}
