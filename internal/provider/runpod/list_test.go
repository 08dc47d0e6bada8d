package runpod_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest"
)

// TestListResources lists in process: the CLIs that the tests run on have no query.
func TestListResources(t *testing.T) {
	t.Parallel()
	tests := []struct{ resource, path, body string }{
		{"gpumarket_runpod_pod", "/v2/pods", `{"name":"NAME","image":"i:1","cpu":{"id":"cpu3c","vcpuCount":2}}`},
		{"gpumarket_runpod_network_volume", "/v2/network-volumes", `{"name":"NAME","size":20,"dataCenter":"US-KS-2"}`},
	}
	for _, tt := range tests {
		t.Run(tt.resource, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			want := []string{"one", "two", "three"}
			for _, name := range want {
				env.Console(t, http.MethodPost, env.RunPodURL+tt.path, strings.Replace(tt.body, "NAME", name, 1))
			}
			w := env.Protocol(t)
			query := func(limit int) string {
				return fmt.Sprintf("list %q \"all\" {\n  include_resource = true\n  limit = %d\n}\n", tt.resource, limit)
			}
			address := "list." + tt.resource + ".all"
			var names []string
			for _, found := range w.List(query(10))[address] {
				names = append(names, found.Name)
				if found.Object == nil {
					t.Errorf("%s: no object", found.Name)
				}
			}
			if !slices.Equal(names, want) {
				t.Errorf("listed %q, want %q", names, want)
			}
			if n := len(w.List(query(2))[address]); n != 2 {
				t.Errorf("%d of at most 2", n)
			}
		})
	}
}
