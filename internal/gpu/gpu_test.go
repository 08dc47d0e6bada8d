package gpu_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"4090":     "RTX 4090",
		"4080S":    "RTX 4080 SUPER",
		"4070S Ti": "RTX 4070 Ti SUPER",
		"NVIDIA RTX PRO 4500 Blackwell Server Edition": "RTX PRO 4500 Server",
		"RTX PRO 4500 SE":                    "RTX PRO 4500 Server",
		"rtx4090":                            "RTX 4090",
		"RTX_4090":                           "RTX 4090",
		" RTX  4090 ":                        "RTX 4090",
		"GeForce RTX 4090":                   "RTX 4090",
		"NVIDIA GeForce RTX 4090":            "RTX 4090",
		"RTX 4090 24GB":                      "RTX 4090",
		"rtx 4090 48 gb":                     "RTX 4090 48GB",
		"RTX 4090-48G":                       "RTX 4090 48GB",
		"RTX 4090D":                          "RTX 4090D",
		"NVIDIA GeForce RTX 4090 Laptop GPU": "RTX 4090 Laptop",
		"H100 SXM":                           "H100 SXM",
		"h100-sxm5":                          "H100 SXM",
		"NVIDIA H100 80GB HBM3":              "H100 SXM",
		"H100 PCIE":                          "H100 PCIe",
		"H100 94GB":                          "H100 NVL",
		"H200":                               "H200 SXM",
		"A100 80GB SXM":                      "A100 SXM 80GB",
		"A100 SXM 80GB":                      "A100 SXM 80GB",
		"NVIDIA A100-SXM4-40GB":              "A100 SXM 40GB",
		"NVIDIA A100 80GB PCIe":              "A100 PCIe 80GB",
		"a100sxm80gb":                        "A100 SXM 80GB",
		"RTX_6000Ada":                        "RTX 6000 Ada",
		"RTX 6000 Ada Generation":            "RTX 6000 Ada",
		"Q RTX 6000":                         "Quadro RTX 6000",
		"RTX 4070S Ti":                       "RTX 4070 Ti SUPER",
		"A6000":                              "RTX A6000",
		"Tesla T4":                           "T4",
		"NVIDIA  RTX A4500":                  "RTX A4500",
		"InstinctMI300X":                     "MI300X",
		"AMD Instinct MI300X OAM":            "MI300X",
		"Radeon RX 7900 XTX":                 "RX 7900 XTX",
		"GH200 480GB":                        "GH200",
		"NVIDIA H200 NVL 143GB":              "H200 NVL",
		"NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb": "RTX PRO 6000 Server MIG 24GB",
		"RTX PRO 6000 WK": "RTX PRO 6000 Workstation",
		"RTX PRO 6000":    "RTX PRO 6000",
		// As drivers name them.
		"NVIDIA RTX 4500 Ada Generation":                      "RTX 4500 Ada",
		"NVIDIA RTX PRO 4000 Blackwell SFF Edition":           "RTX PRO 4000 SFF",
		"NVIDIA RTX PRO 4000 Blackwell":                       "RTX PRO 4000",
		"NVIDIA RTX PRO 2000 Blackwell":                       "RTX PRO 2000",
		"NVIDIA RTX PRO 4000 Blackwell Generation Laptop GPU": "RTX PRO 4000 Mobile",
		"AMD Instinct MI325X OAM":                             "MI325X",
		"AMD Instinct MI350X":                                 "MI350X",
		"Tesla V100-SXM3-32GB":                                "V100 SXM3",
		"Tesla V100-SXM2-32GB":                                "V100 SXM2 32GB",
		"Tesla P100-PCIE-16GB":                                "P100 PCIe",
		"Tesla P100-PCIE-12GB":                                "P100 PCIe 12GB",
		"Tesla P100-SXM2-16GB":                                "P100 SXM2",
		"Tesla T10":                                           "T10",
		// Editions and short forms.
		"RTX PRO 6000 Server Edition":        "RTX PRO 6000 Server",
		"RTX PRO 6000 Workstation Edition":   "RTX PRO 6000 Workstation",
		"RTX PRO 6000 Blackwell Max-Q":       "RTX PRO 6000 Max-Q",
		"RTX PRO 6000 Blackwell Workstation": "RTX PRO 6000 Workstation",
		"RTX PRO 6000 Blackwell Server":      "RTX PRO 6000 Server",
		"4070TiS":                            "RTX 4070 Ti SUPER",
		"4070 Ti S":                          "RTX 4070 Ti SUPER",
		"RTX 4500":                           "RTX 4500 Ada",
		"A5000 Ada":                          "RTX 5000 Ada",
		"A4500 Ada":                          "RTX 4500 Ada",
		"B200 192GB":                         "B200",
		"GB200":                              "GB200",
		"H20-3e":                             "H20 141GB",
		"Radeon 7900 XTX":                    "RX 7900 XTX",
		"Radeon RX 6700":                     "RX 6700",
		// Further models.
		"MI300A": "MI300A", "MI308X": "MI308X", "B100": "B100", "L2": "L2", "K40": "K40", "Tesla K20": "K20", "A400": "RTX A400",
		"RTX 5060 laptop": "RTX 5060 Laptop", "NVIDIA GeForce RTX 5050 Laptop GPU": "RTX 5050 Laptop", "3070 Ti Laptop": "RTX 3070 Ti Laptop",
		// What is printed is accepted back: any size off the tables, and models off them.
		"RTX 3060 Laptop 12GB":         "RTX 3060 Laptop 12GB",
		"CMP 170HX 64GB":               "CMP 170HX 64GB",
		"V100 16GB":                    "V100 16GB",
		"RTX 3090 48GB":                "RTX 3090 48GB",
		"RTX 4090 23GB":                "RTX 4090",
		"RTX 6090 48GB":                "RTX 6090 48GB",
		"NVIDIA GeForce RTX 6090 48GB": "RTX 6090 48GB",
	} {
		got, err := gpu.Canonical(name)
		if err != nil || got != want {
			t.Errorf("Canonical(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestCanonical_Ambiguous(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"H100":     {"H100 NVL", "H100 PCIe", "H100 SXM"},
		"A100-80G": {"A100 PCIe 80GB", "A100 SXM 80GB"},
		"A10040GB": {"A100 PCIe 40GB", "A100 SXM 40GB"},
		"A100 SXM": {"A100 SXM 40GB", "A100 SXM 80GB"},
		"RTX 6000": {"Quadro RTX 6000", "RTX 6000 Ada"},
		"V100 SXM": {"V100 SXM2 16GB", "V100 SXM2 32GB", "V100 SXM3"},
	} {
		got, err := gpu.Canonical(name)
		var ambiguous *gpu.AmbiguousError
		if !errors.As(err, &ambiguous) {
			t.Errorf("Canonical(%q) = %q, %v; want an *AmbiguousError", name, got, err)
			continue
		}
		if diff := cmp.Diff(want, ambiguous.Variants); diff != "" {
			t.Errorf("variants of %q (-want +got):\n%s", name, diff)
		}
		if !strings.Contains(err.Error(), want[0]) || !strings.Contains(err.Error(), name) {
			t.Errorf("the error of %q does not name it and its variants: %s", name, err)
		}
	}
}

func TestCanonical_Unknown(t *testing.T) {
	t.Parallel()
	for name, nearest := range map[string]string{
		"RTX 4900":    "RTX 4090",
		"RTX 4009":    "RTX 4090",
		"RTX 4099":    "RTX 4090",
		"H100 SMX":    "H100 SXM",
		"RTX 5090 Ti": "RTX 5090",
		"RTX 4909":    "RTX 4090",
		"4909":        "RTX 4090",
		"L40X":        "L40",
		"unknown":     "",
		"":            "",
		"24GB":        "",
	} {
		got, err := gpu.Canonical(name)
		var unknown *gpu.UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("Canonical(%q) = %q, %v; want an *UnknownError", name, got, err)
			continue
		}
		if nearest == "" && len(unknown.Nearest) > 0 || nearest != "" && !slices.Contains(unknown.Nearest, nearest) {
			t.Errorf("nearest to %q: %q; want %q among them", name, unknown.Nearest, nearest)
		}
		if _, err := gpu.Accepted(name); !errors.As(err, &unknown) {
			t.Errorf("Accepted(%q): %v; want an *UnknownError", name, err)
		}
	}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		wish         string
		match, other []string
	}{
		{"RTX 4090", []string{"RTX 4090", "RTX 4090 48GB"}, []string{"RTX 4090D", "RTX 4090 Laptop", "RTX 3090"}},
		{"RTX 4090 24GB", []string{"RTX 4090"}, []string{"RTX 4090 48GB"}},
		{"RTX 4090 48GB", []string{"RTX 4090 48GB"}, []string{"RTX 4090"}},
		{"H100", []string{"H100 NVL", "H100 PCIe", "H100 SXM"}, []string{"H200 SXM", "H800 SXM"}},
		{"H100 SXM", []string{"H100 SXM"}, []string{"H100 PCIe", "H100 NVL"}},
		{"A100 SXM", []string{"A100 SXM 40GB", "A100 SXM 80GB", "A100 SXM 64GB"}, []string{"A100 PCIe 80GB"}},
		{"A100 80GB", []string{"A100 SXM 80GB", "A100 PCIe 80GB"}, []string{"A100 SXM 40GB"}},
		{"V100", []string{"V100 16GB", "V100 FHHL", "V100 SXM2 32GB"}, []string{"GTX 1080"}},
		// Vast.ai lists a PRO 6000 without saying which: it may be any of them.
		{"RTX PRO 6000", []string{"RTX PRO 6000", "RTX PRO 6000 Server", "RTX PRO 6000 Max-Q"}, []string{"RTX PRO 6000 Server MIG 24GB"}},
		{"P100", []string{"P100", "P100 12GB", "P100 PCIe", "P100 SXM2"}, []string{"V100 16GB"}},
		{"P100 SXM2", []string{"P100 SXM2"}, []string{"P100", "P100 PCIe"}},
		{"V100 SXM2", []string{"V100 SXM2 16GB", "V100 SXM2 32GB"}, []string{"V100 SXM3", "V100 16GB"}},
		{"V100 16GB", []string{"V100 16GB", "V100 PCIe 16GB"}, []string{"V100 32GB", "V100 SXM3"}},
		{"RTX 3060 Laptop 12GB", []string{"RTX 3060 Laptop 12GB"}, []string{"RTX 3060 Laptop", "RTX 3060"}},
		{"RTX 3060 Laptop", []string{"RTX 3060 Laptop", "RTX 3060 Laptop 12GB"}, nil},
		{"RTX 6090 48GB", []string{"RTX 6090 48GB"}, []string{"RTX 6090 24GB", "RTX 4090 48GB"}},
		// A platform that says "H100" alone may mean any of them.
		{"H100 SXM", nil, []string{"H100 80GB"}},
		{"H100", []string{"H100 80GB"}, nil},
		{"RTX PRO 6000 WS", []string{"RTX PRO 6000 Workstation"}, []string{"RTX PRO 6000", "RTX PRO 6000 Server"}},
	} {
		wishes, err := gpu.Accepted(tt.wish)
		if err != nil {
			t.Errorf("Accepted(%q): %v", tt.wish, err)
			continue
		}
		for _, name := range tt.match {
			if !gpu.Matches(wishes, name) {
				t.Errorf("%q does not accept %q (wishes %q)", tt.wish, name, wishes)
			}
		}
		for _, name := range tt.other {
			if gpu.Matches(wishes, name) {
				t.Errorf("%q accepts %q (wishes %q)", tt.wish, name, wishes)
			}
		}
	}
}

func TestFromPlatforms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		mb   float64
		want string
	}{
		{"RTX 4090", 24564, "RTX 4090"},
		{"RTX 4090", 23028, "RTX 4090"},
		{"RTX 4090", 49140, "RTX 4090 48GB"},
		{"A100 SXM4", 40960, "A100 SXM 40GB"},
		{"A100 SXM4", 81920, "A100 SXM 80GB"},
		{"RTX 3080", 12288, "RTX 3080 12GB"},
		{"RTX 2080 Ti", 22528, "RTX 2080 Ti 22GB"},
		{"Tesla T4", 15360, "T4"},
		{"Tesla V100", 32768, "V100 32GB"},
		{"Titan X", 12196, "TITAN X Pascal"},
		{"H100 NVL", 95830, "H100 NVL"},
		{"H200", 143771, "H200 SXM"},
		{"RTX 3060", 20480, "RTX 3060 20GB"},
		{"RTX_9090", 65536, "RTX 9090 64GB"},
	} {
		if got := gpu.FromVast(tt.name, tt.mb); got != tt.want {
			t.Errorf("FromVast(%q, %v) = %q; want %q", tt.name, tt.mb, got, tt.want)
		}
	}
	for _, tt := range []struct {
		id   string
		gb   int
		want string
	}{
		{"NVIDIA A100-SXM4-80GB", 80, "A100 SXM 80GB"},
		{"NVIDIA A100-SXM4-80GB", 0, "A100 SXM 80GB"},
		{"NVIDIA H200 NVL", 143, "H200 NVL"},
		{"Tesla V100-SXM2-32GB", 32, "V100 SXM2 32GB"},
		{"NVIDIA GeForce RTX 3060", 12, "RTX 3060"},
		{"NVIDIA GeForce RTX 6090", 48, "RTX 6090 48GB"},
		{"NVIDIA RTX 7000 Zeta 96GB", 0, "RTX 7000 Zeta 96GB"},
		{"unknown", 0, "unknown"},
	} {
		if got := gpu.FromRunPod(tt.id, tt.gb); got != tt.want {
			t.Errorf("FromRunPod(%q, %d) = %q; want %q", tt.id, tt.gb, got, tt.want)
		}
	}
}

func TestPlatformNames(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"H100 SXM", "H100 SXM5", "RTX 4090"}, gpu.VastNames([]string{"H100 SXM", "RTX 4090", "RTX 4090 48GB"})); diff != "" {
		t.Errorf("VastNames (-want +got):\n%s", diff)
	}
	want := []string{"NVIDIA GeForce RTX 4090", "NVIDIA A100-SXM4-40GB", "NVIDIA A100-SXM4-80GB", "NVIDIA A100 80GB PCIe"}
	if diff := cmp.Diff(want, gpu.RunPodIDs([]string{"RTX 4090", "A100 SXM", "A100 PCIe 80GB", "no such wish"})); diff != "" {
		t.Errorf("RunPodIDs (-want +got):\n%s", diff)
	}
	if got := gpu.RunPodIDs([]string{"RTX 4090 48GB"}); len(got) > 0 {
		t.Errorf("RunPod sells no RTX 4090 of 48 GB, got %q", got)
	}
	if diff := cmp.Diff([]string{"RTX 6090", "CMP 170HX"}, gpu.VastNames([]string{"RTX 6090 48GB", "CMP 170HX 64GB"})); diff != "" {
		t.Errorf("VastNames of what is off the tables (-want +got):\n%s", diff)
	}
	if gb, ok := gpu.MemoryGB("H100 NVL"); !ok || gb != 94 {
		t.Errorf("MemoryGB(H100 NVL) = %d, %v; want 94", gb, ok)
	}
	if !gpu.NeedsARM([]string{"RTX 4090", "GH200"}) || gpu.NeedsARM([]string{"H100 SXM"}) {
		t.Error("of GH200 and H100 SXM it is GH200 that comes with an ARM processor")
	}
}

// TestUnlisted: a name off the tables is told with what it looks like.
func TestUnlisted(t *testing.T) {
	t.Parallel()
	for wish, want := range map[string]string{"RTX 4909 24GB": "RTX 4090", "RTX 4090": "", "CMP 170HX 64GB": "", "V100": ""} {
		unknown, off := gpu.Unlisted(wish)
		if off != (want != "") || off && !slices.Contains(unknown.Nearest, want) {
			t.Errorf("Unlisted(%q) = %v, %v; want %q", wish, unknown, off, want)
		}
	}
}

func TestAllAccepted(t *testing.T) {
	t.Parallel()
	wishes, unknown := gpu.AllAccepted([]string{"4090", "RTX 4909", "RTX 4090", "RTX 6090 48GB"})
	if diff := cmp.Diff([]string{"RTX 4090", "RTX 6090 48GB"}, wishes); diff != "" || len(unknown) != 1 {
		t.Errorf("unknown %v, wishes (-want +got):\n%s", unknown, diff)
	}
}
