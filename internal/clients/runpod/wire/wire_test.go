package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
)

func pointer[T any](v T) *T { return &v }

// TestRequests keeps absent, null and empty apart.
func TestRequests(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		request any
		want    string
	}{
		{"update of nothing", wire.UpdatePodRequest{}, `{}`},
		{
			"update that clears",
			wire.UpdatePodRequest{
				Args: pointer(""), Env: &map[string]string{}, Ports: &[]string{}, Registry: &wire.Nullable[string]{}, Locked: pointer(false),
			},
			`{"args":"","env":{},"ports":[],"registry":null,"locked":false}`,
		},
		{
			"update that sets",
			wire.UpdatePodRequest{Registry: &wire.Nullable[string]{Value: "r", Valid: true}, Mounts: &wire.Mounts{Network: []wire.NetworkMount{{VolumeID: "v", Path: "/d"}}}},
			`{"registry":"r","mounts":{"network":[{"volumeId":"v","path":"/d"}]}}`,
		},
		{
			"create of the least",
			wire.CreatePodRequest{Name: "p", GPU: &wire.CreatePodGPU{ID: "g", Count: 1}},
			`{"name":"p","gpu":{"id":"g","count":1}}`,
		},
		{"volume that grows", wire.UpdateNetworkVolumeRequest{Size: pointer(20)}, `{"size":20}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(tt.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPod reads the forms in which the API leaves things out.
func TestPod(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       wire.Pod
	}{
		{
			"nulls",
			`{"id":"a","mounts":{},"registry":null,"dataCenterId":null,"cudaVersion":null,"ssh":{"proxy":null,"direct":null},"template":null,"cost":0.0,"runtime":null,"startedAt":null,"globalNetworking":{"enabled":false}}`,
			wire.Pod{ID: "a"},
		},
		{"empty runtime", `{"id":"a","runtime":{}}`, wire.Pod{ID: "a", Runtime: &wire.PodRuntime{}}},
		{
			"unmapped port, status and field of a later version",
			`{"id":"a","status":"MIGRATING","later":{"x":1},"runtime":{"uptime":3,"gpus":[{"util":1}],"ports":[{"private":22,"public":null,"type":"tcp","ip":null}]}}`,
			wire.Pod{ID: "a", Status: "MIGRATING", Runtime: &wire.PodRuntime{Uptime: 3, Ports: []wire.PodRuntimePort{{Private: 22, Type: "tcp"}}}},
		},
		{
			"member of a cluster without a GPU", `{"id":"a","cpu":{"id":"cpu3c","vcpuCount":2,"memory":4},"cluster":{"id":"c","rank":0}}`,
			wire.Pod{ID: "a", CPU: &wire.PodCPU{ID: "cpu3c", VCPUCount: 2, Memory: 4}, Cluster: &wire.PodCluster{ID: "c"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got wire.Pod
			if err := json.Unmarshal([]byte(tt.body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pod (-want +got):\n%s", diff)
			}
		})
	}
}
