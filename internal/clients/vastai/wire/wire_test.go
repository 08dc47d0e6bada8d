package wire_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// TestInstanceOddities: each form that a field has been seen in decodes, and none
// of them makes a zero out of what is unknown.
func TestInstanceOddities(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		look       func(*wire.Instance) any
		want       any
	}{
		{"whole number as float", `{"num_gpus":2.0}`, func(i *wire.Instance) any { return i.NumGPUs }, wire.Int(2)},
		{"number as text", `{"machine_id":"33307"}`, func(i *wire.Instance) any { return i.MachineID }, wire.Int(33307)},
		{"null number", `{"dph_total":null}`, func(i *wire.Instance) any { return i.DPHTotal == nil }, true},
		{"zero is a number", `{"dph_total":0}`, func(i *wire.Instance) any { return float64(*i.DPHTotal) }, 0.0},
		{"truth as number", `{"static_ip":1}`, func(i *wire.Instance) any { return bool(*i.StaticIP) }, true},
		{"address with blanks", `{"public_ipaddr":" 203.0.113.28 \n"}`, func(i *wire.Instance) any { return i.PublicIPAddr }, wire.Text("203.0.113.28")},
		{"null text", `{"label":null}`, func(i *wire.Instance) any { return i.Label }, wire.Text("")},
		{
			"environment in pairs", `{"extra_env":[["A","1"],["-p 80:80","1"],["B",2]]}`,
			func(i *wire.Instance) any { return i.ExtraEnv },
			wire.EnvPairs{"A": "1", "-p 80:80": "1", "B": "2"},
		},
		{"environment as object", `{"extra_env":{"A":"1"}}`, func(i *wire.Instance) any { return i.ExtraEnv }, wire.EnvPairs{"A": "1"}},
		{
			"ports", `{"ports":{"22/tcp":[{"HostIp":"0.0.0.0","HostPort":"20000"}],"80/tcp":null}}`, func(i *wire.Instance) any { return i.Ports },
			wire.PortMap{"22/tcp": {{HostIP: "0.0.0.0", HostPort: "20000"}}, "80/tcp": nil},
		},
		{"ports of a stopped instance", `{"ports":null}`, func(i *wire.Instance) any { return i.Ports == nil }, true},
		{"ports as the document's list", `{"ports":[8080]}`, func(i *wire.Instance) any { return i.Ports == nil }, true},
		{"host port as number", `{"ports":{"22/tcp":[{"HostPort":20000}]}}`, func(i *wire.Instance) any { return i.Ports["22/tcp"][0].HostPort }, wire.Text("20000")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var i wire.Instance
			if err := json.Unmarshal([]byte(tt.text), &i); err != nil {
				t.Fatal(err)
			}
			if got := tt.look(&i); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}

// TestNonsense: what is no value of its type is an error, not a zero.
func TestNonsense(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"num_gpus":"many"}`, `{"num_gpus":1e300}`, `{"dph_total":"NaN"}`, `{"static_ip":"perhaps"}`, `{"label":{}}`, `{"ports":"22"}`,
		`{"extra_env":"-e A=1"}`, `{"id":"x"}`,
	} {
		var i wire.Instance
		if err := json.Unmarshal([]byte(text), &i); err == nil {
			t.Errorf("%s decodes to %+v", text, i)
		}
	}
}

// TestCreateRequest: what is unset is left out, so that a template's value holds.
func TestCreateRequest(t *testing.T) {
	t.Parallel()
	hash := "abc"
	got, err := json.Marshal(wire.CreateInstanceRequest{
		ClientID: "me", TemplateHashID: &hash, Disk: 16, Env: map[string]string{}, CancelUnavail: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"client_id":"me","template_hash_id":"abc","disk":16,"env":{},"cancel_unavail":true}`; string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestTime: the documents have texts, the live service has numbers.
func TestTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`1764230400`: "2025-11-27T08:00:00Z", `1764230400.5`: "2025-11-27T08:00:00.5Z", `"1764230400"`: "2025-11-27T08:00:00Z",
		`"2025-11-27T09:00:00+01:00"`: "2025-11-27T08:00:00Z", `"2025-11-27T08:00:00.25"`: "2025-11-27T08:00:00.25Z",
		`null`: "0001-01-01T00:00:00Z", `"soon"`: "", `{}`: "",
	} {
		var got wire.Time
		err := json.Unmarshal([]byte(text), &got)
		if is := got.Format(time.RFC3339Nano); (err == nil) != (want != "") || err == nil && is != want {
			t.Errorf("%s: %s, %v; want %q", text, is, err, want)
		}
	}
}

func TestSameKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"ssh-ed25519 AAAA me", "ssh-ed25519 AAAA", true},
		{" ssh-ed25519   AAAA you@there\n", "ssh-ed25519 AAAA me", true},
		{"ssh-ed25519 AAAA", "ssh-ed25519 AAAB", false},
		{"ssh-rsa AAAA", "ssh-ed25519 AAAA", false},
		{"AAAA", "AAAA", false},
	} {
		if got := wire.SameKey(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %v", tt.a, tt.b, got)
		}
	}
}
