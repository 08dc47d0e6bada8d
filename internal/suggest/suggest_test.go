package suggest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/suggest"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	centers := []string{"EU-RO-1", "EU-SE-1", "US-KS-2", "US-KS-3", "US-TX-3", "CA-MTL-1", "CA-MTL-3"}
	fields := []string{"host_id", "machine_id", "gpu_ram", "num_gpus", "reliability", "dph_total"}
	for _, tt := range []struct {
		word  string
		among []string
		want  []string
	}{
		{"EU-RO-2", centers, []string{"EU-RO-1"}},
		{"eu-ro-1", centers, []string{"EU-RO-1", "EU-SE-1"}},
		{"USKS2", centers, []string{"US-KS-2", "US-KS-3"}},
		{"CA-MLT-1", centers, []string{"CA-MTL-1", "CA-MTL-3"}},
		{"Frankfurt", centers, nil},
		{"reliabity", fields, []string{"reliability"}},
		{"gpu_rma", fields, []string{"gpu_ram"}},
		{"no_such_field", fields, nil},
		{"", fields, nil},
		{strings.Repeat("x", 100), fields, nil},
	} {
		if diff := cmp.Diff(tt.want, suggest.Nearest(tt.word, tt.among, 2)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.word, diff)
		}
	}
}
