package runpod

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
)

func TestDecodeList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		ids        []string
		err        string // part of it
	}{
		{name: "items", body: `{"networkVolumes":[{"id":"a"},{"id":"b","more":1}]}`, ids: []string{"a", "b"}},
		{name: "none", body: `{"networkVolumes":[]}`},
		{name: "no key", body: `{}`, err: "has no"},
		{name: "another key", body: `{"pods":[]}`, err: "has no"},
		{name: "null", body: `{"networkVolumes":null}`, err: "has no"},
		{name: "null alone", body: `null`, err: "has no"},
		{name: "an object for the list", body: `{"networkVolumes":{}}`, err: "decode"},
		{name: "item without an id", body: `{"networkVolumes":[{"id":"a"},{"name":"b"}]}`, err: "networkVolumes[1] has no id"},
		{name: "refusal with 200", body: `{"errors":[{"message":"no"}],"data":null}`, err: "has no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := list[wire.NetworkVolume]{key: "networkVolumes", id: volumeID}
			err := json.Unmarshal([]byte(tt.body), &got)
			var ids []string
			for _, v := range got.items {
				ids = append(ids, v.ID)
			}
			if diff := cmp.Diff(tt.ids, ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want one with %q", err, tt.err)
			}
		})
	}
}

func TestDecodeObject(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want, body, err string }{
		{name: "asked for", want: "a", body: `{"id":"a"}`},
		{name: "created", body: `{"id":"a"}`},
		{name: "another", want: "a", body: `{"id":"b"}`, err: `about "b"`},
		{name: "no id", body: `{}`, err: "no id"},
		{name: "null", body: `null`, err: "no id"},
		{name: "wrong type", body: `{"id":1}`, err: "decode"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := object[wire.NetworkVolume]{want: tt.want, id: volumeID}
			err := json.Unmarshal([]byte(tt.body), &got)
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want one with %q", err, tt.err)
			}
			if err == nil && got.value.ID != "a" {
				t.Errorf("decoded %+v", got.value)
			}
		})
	}
}

func TestWithID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"7h9k2m": "/v2/pods/7h9k2m/action", "a b/c?d": "/v2/pods/a%20b%2Fc%3Fd/action", "..x": "/v2/pods/..x/action",
	} {
		op, err := withID(actionOp(), id)
		if err != nil || op.Path != want {
			t.Errorf("id %q: path %q, %v; want %q", id, op.Path, err, want)
		}
	}
	for _, id := range []string{"", ".", ".."} {
		if _, err := withID(actionOp(), id); !errors.Is(err, apierr.Invalid) {
			t.Errorf("id %q: %v, want it refused", id, err)
		}
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	config := func(baseURL, key string) Config {
		return Config{APIKey: key, BaseURL: baseURL, Clock: clocktest.NewLeaping(time.Unix(0, 0))}
	}
	for _, baseURL := range []string{"https://api.runpod.io", "https://api.runpod.io/v2/", "http://127.0.0.1:8080/", "http://[::1]:1/proxy/v2"} {
		if _, err := New(config(baseURL, "k")); err != nil {
			t.Errorf("%s: %v", baseURL, err)
		}
	}
	for _, baseURL := range []string{"", "api.runpod.io", "http://api.runpod.io", "https://user:secret@api.runpod.io", "https://rest.runpod.io/v1"} {
		if _, err := New(config(baseURL, "k")); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v, want one without the secret", baseURL, err)
		}
	}
	if _, err := New(config("https://api.runpod.io", "")); err == nil {
		t.Error("an empty key was accepted")
	}
}

func TestLastLine(t *testing.T) {
	t.Parallel()
	event := func(line string) string {
		return `data: {"ts":"2026-03-02T09:00:00Z","source":"system","line":"` + line + `"}` + "\n\n"
	}
	for name, tt := range map[string]struct{ stream, want string }{
		"nothing":       {"", ""},
		"events":        {"id: 1\n" + event("first") + ": keep alive\n\nid: 2\n" + event("second"), "second"},
		"empty line":    {event("first") + event(""), "first"},
		"cut off":       {event("first") + `data: {"ts":"2026-03-02T0`, "first"},
		"no space":      {`data:{"line":"x"}`, "x"},
		"no log at all": {"<html>\n", ""},
	} {
		if got := lastLine([]byte(tt.stream)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
