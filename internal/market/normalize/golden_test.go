package normalize_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	runpod "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market/normalize"
)

var update = flag.Bool("update", false, "write what comes out as what is wanted")

// golden is one in.json: rows as the platforms send them, and how they are asked for.
type golden struct {
	DiskGB        float64          `json:"disk_gb"`
	Interruptible bool             `json:"interruptible"`
	Count         int              `json:"count"`
	Vastai        []vastai.Offer   `json:"vastai"`
	RunPod        []runpod.GPUType `json:"runpod"`
}

func (g golden) offers() []market.Offer {
	offers := normalize.VastaiAll(g.Vastai, g.DiskGB, g.Interruptible)
	for _, t := range g.RunPod {
		for _, cloud := range []string{runpod.CloudSecure, runpod.CloudCommunity} {
			if o, sold := normalize.RunPod(t, cloud, g.Count, g.DiskGB); sold {
				offers = append(offers, o)
			}
		}
	}
	return offers
}

// TestGolden holds the offers of each testdata/<case>/in.json against its want.json;
// -update writes the latter.
func TestGolden(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/*/in.json")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no inputs: %v", err)
	}
	for _, input := range inputs {
		t.Run(filepath.Base(filepath.Dir(input)), func(t *testing.T) {
			t.Parallel()
			var in golden
			decode(t, input, &in)
			got, err := json.MarshalIndent(in.offers(), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			file := filepath.Join(filepath.Dir(input), "want.json")
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func decode(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
