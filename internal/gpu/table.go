package gpu

// model is one GPU as it is sold, in one form factor. Its sizes differ in
// memory alone.
type model struct {
	name string
	// sizes are the memories it exists with, in GB.
	sizes []int
	// usual is the size that the bare name stands for; 0 when none is usual and
	// every canonical name carries its memory. A model of one size has that one.
	usual int
	// vast are the names Vast.ai lists it under, whatever the size.
	vast []string
	// runpod are the ids of RunPod's catalog by size, the first being the one to
	// ask for.
	runpod map[int][]string
	// display are RunPod's display names, where they are none of the others.
	display []string
	// aliases are further names people use, without a memory.
	aliases []string
	// whole are further names whose memory is part of the name, by size.
	whole map[int][]string
}

// families are names that leave the form factor or the generation open, with
// the models they may mean.
func families() map[string][]string {
	return map[string][]string{
		"A100":     {"A100 PCIe", "A100 SXM"},
		"A800":     {"A800 PCIe", "A800 SXM"},
		"H100":     {"H100 NVL", "H100 PCIe", "H100 SXM"},
		"H800":     {"H800 PCIe", "H800 SXM"},
		"V100":     {"V100", "V100 FHHL", "V100 PCIe", "V100 SXM2", "V100 SXM3"},
		"V100 SXM": {"V100 SXM2", "V100 SXM3"},
		"RTX 4000": {"Quadro RTX 4000", "RTX 4000 Ada", "RTX 4000 SFF Ada"},
		"RTX 5000": {"Quadro RTX 5000", "RTX 5000 Ada"},
		"RTX 6000": {"Quadro RTX 6000", "RTX 6000 Ada"},
		"TITAN X":  {"GTX TITAN X", "TITAN X Pascal"},

		"RTX PRO 6000 Blackwell": {"RTX PRO 6000 Max-Q", "RTX PRO 6000 Server", "RTX PRO 6000 Workstation"},
		"RTX 6000 Blackwell":     {"RTX PRO 6000 Max-Q", "RTX PRO 6000 Server", "RTX PRO 6000 Workstation"},
		"PRO 6000 MIG":           {"RTX PRO 6000 Server MIG"},
	}
}

// open are models that a marketplace lists without saying which variant is
// built in. A wish for one accepts the variants that it may be.
func open() map[string][]string {
	return map[string][]string{
		"V100":         {"V100 FHHL", "V100 PCIe", "V100 SXM2", "V100 SXM3"},
		"P100":         {"P100 PCIe", "P100 SXM2"},
		"RTX PRO 6000": {"RTX PRO 6000 Server", "RTX PRO 6000 Workstation", "RTX PRO 6000 Max-Q"},
	}
}

// arm are the models that are built together with an ARM processor only.
func arm() []string { return []string{"GB10", "GB200", "GB300", "GH200"} }

// models is the whole catalogue. The names are those of RunPod's catalog
// (GET /v2/catalog/gpus and its published table of types) and of Vast.ai's own
// list of GPU names; sizes are the manufacturers'.
func models() []model {
	var all []model
	for _, group := range [][]model{dataCenter(), professional(), geForce(), older(), amd()} {
		all = append(all, group...)
	}
	return all
}

func dataCenter() []model {
	return []model{
		{name: "B300", sizes: []int{288}, vast: []string{"B300", "B300 SXM6"}, runpod: map[int][]string{288: {"NVIDIA B300 SXM6 AC"}}, aliases: []string{"B300 SXM"}},
		{name: "B200", sizes: []int{180}, vast: []string{"B200"}, runpod: map[int][]string{180: {"NVIDIA B200"}}, aliases: []string{"B200 SXM", "B200 SXM6"}},
		{name: "B100", sizes: []int{192}, vast: []string{"B100"}, aliases: []string{"B100 SXM", "B100 SXM6"}},
		{name: "GB200", sizes: []int{192}, vast: []string{"GB200"}},
		{name: "GB300", sizes: []int{288}, vast: []string{"GB300"}},
		{name: "GB10", sizes: []int{128}, vast: []string{"GB10"}, aliases: []string{"DGX Spark"}},
		{
			name: "GH200", sizes: []int{96, 144}, usual: 96, vast: []string{"GH200 SXM", "GH200"},
			aliases: []string{"GH200 Superchip", "Grace Hopper"}, whole: map[int][]string{96: {"GH200 480GB"}},
		},
		{
			name: "H200 SXM", sizes: []int{141}, vast: []string{"H200", "H200 SXM"},
			runpod: map[int][]string{141: {"NVIDIA H200"}}, aliases: []string{"H200 SXM5", "H200 HBM3e"},
		},
		{name: "H200 NVL", sizes: []int{141}, vast: []string{"H200 NVL"}, runpod: map[int][]string{141: {"NVIDIA H200 NVL"}}},
		{
			name: "H100 SXM", sizes: []int{80, 96}, usual: 80, vast: []string{"H100 SXM", "H100 SXM5"},
			runpod: map[int][]string{80: {"NVIDIA H100 80GB HBM3"}}, aliases: []string{"H100 SXM5", "H100 HBM3"},
		},
		{name: "H100 NVL", sizes: []int{94}, vast: []string{"H100 NVL"}, runpod: map[int][]string{94: {"NVIDIA H100 NVL"}}},
		{name: "H100 PCIe", sizes: []int{80, 96}, usual: 80, vast: []string{"H100 PCIE"}, runpod: map[int][]string{80: {"NVIDIA H100 PCIe"}}},
		{name: "H800 PCIe", sizes: []int{80}, vast: []string{"H800 PCIE"}},
		{name: "H800 SXM", sizes: []int{80}, vast: []string{"H800 SXM", "H800"}, aliases: []string{"H800 SXM5"}},
		{name: "H20", sizes: []int{96, 141}, usual: 96, vast: []string{"H20"}, whole: map[int][]string{141: {"H20-3e"}}},
		{
			name: "A100 SXM", sizes: []int{40, 80}, vast: []string{"A100 SXM4", "A100 SXM"},
			runpod:  map[int][]string{40: {"NVIDIA A100-SXM4-40GB"}, 80: {"NVIDIA A100-SXM4-80GB"}},
			aliases: []string{"A100 SXM4"},
		},
		{
			name: "A100 PCIe", sizes: []int{40, 80}, vast: []string{"A100 PCIE"},
			runpod: map[int][]string{40: {"NVIDIA A100-PCIE-40GB"}, 80: {"NVIDIA A100 80GB PCIe"}},
		},
		{name: "A100X", sizes: []int{80}, vast: []string{"A100X"}},
		{name: "A800 PCIe", sizes: []int{40, 80}, vast: []string{"A800 PCIE"}},
		{name: "A800 SXM", sizes: []int{80}, vast: []string{"A800 SXM4", "A800 SXM"}, aliases: []string{"A800 SXM4"}},
		{name: "A40", sizes: []int{48}, vast: []string{"A40"}, runpod: map[int][]string{48: {"NVIDIA A40"}}},
		{name: "A30", sizes: []int{24}, vast: []string{"A30"}, runpod: map[int][]string{24: {"NVIDIA A30"}}},
		{name: "A16", sizes: []int{16}, vast: []string{"A16"}},
		{name: "A10", sizes: []int{24}, vast: []string{"A10"}},
		{name: "A10G", sizes: []int{24}, vast: []string{"A10g", "A10G"}},
		{name: "A2", sizes: []int{16}, vast: []string{"A2"}},
		{name: "L40S", sizes: []int{48}, vast: []string{"L40S"}, runpod: map[int][]string{48: {"NVIDIA L40S"}}},
		{name: "L40", sizes: []int{48}, vast: []string{"L40"}, runpod: map[int][]string{48: {"NVIDIA L40"}}},
		{name: "L20", sizes: []int{48}, vast: []string{"L20"}},
		{name: "L4", sizes: []int{24}, vast: []string{"L4"}, runpod: map[int][]string{24: {"NVIDIA L4"}}},
		{name: "L2", sizes: []int{24}, vast: []string{"L2"}},
		{name: "T10", sizes: []int{16}, vast: []string{"Tesla T10", "T10"}},
		{name: "T4", sizes: []int{16}, vast: []string{"Tesla T4", "T4"}},
		{name: "V100", sizes: []int{16, 32}, vast: []string{"Tesla V100", "V100"}},
		{
			name: "V100 SXM2", sizes: []int{16, 32}, vast: []string{"V100 SXM2", "Tesla V100 SXM2"},
			runpod: map[int][]string{16: {"Tesla V100-SXM2-16GB"}, 32: {"Tesla V100-SXM2-32GB"}},
		},
		{name: "V100 SXM3", sizes: []int{32}},
		{name: "V100 PCIe", sizes: []int{16, 32}, vast: []string{"V100 PCIE"}, runpod: map[int][]string{16: {"Tesla V100-PCIE-16GB"}, 32: {"Tesla V100-PCIE-32GB"}}},
		{name: "V100 FHHL", sizes: []int{16}, runpod: map[int][]string{16: {"Tesla V100-FHHL-16GB"}}},
		{name: "P100", sizes: []int{12, 16}, usual: 16, vast: []string{"Tesla P100"}},
		{name: "P100 PCIe", sizes: []int{12, 16}, usual: 16},
		{name: "P100 SXM2", sizes: []int{16}},
		{name: "P40", sizes: []int{24}, vast: []string{"Tesla P40"}},
		{name: "P6", sizes: []int{16}, vast: []string{"Tesla P6"}},
		{name: "P4", sizes: []int{8}, vast: []string{"Tesla P4"}},
		{name: "M40", sizes: []int{12, 24}, vast: []string{"Tesla M40"}},
		{name: "M60", sizes: []int{8}, vast: []string{"Tesla M60"}},
		{name: "K80", sizes: []int{12}, vast: []string{"Tesla K80"}, runpod: map[int][]string{12: {"Tesla K80"}}},
		{name: "K40", sizes: []int{12}, vast: []string{"Tesla K40"}},
		{name: "K20", sizes: []int{5}, vast: []string{"Tesla K20"}},
		{name: "K20c", sizes: []int{5}, vast: []string{"Tesla K20c"}},
	}
}

func professional() []model {
	return []model{
		{name: "RTX PRO 6000", sizes: []int{96}, vast: []string{"RTX PRO 6000"}, aliases: []string{"PRO 6000"}},
		{
			name: "RTX PRO 6000 Server", sizes: []int{96}, vast: []string{"RTX PRO 6000 S"},
			runpod:  map[int][]string{96: {"NVIDIA RTX PRO 6000 Blackwell Server Edition"}},
			aliases: []string{"RTX PRO 6000 SE", "PRO 6000 Server"},
		},
		{
			name: "RTX PRO 6000 Server MIG", sizes: []int{24, 48},
			runpod: map[int][]string{
				24: {"NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb"},
				48: {"NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 2g.48gb"},
			},
			display: []string{"PRO 6000 MIG"}, aliases: []string{"RTX PRO 6000 MIG"},
		},
		{
			name: "RTX PRO 6000 Workstation", sizes: []int{96}, vast: []string{"RTX PRO 6000 WS"},
			runpod:  map[int][]string{96: {"NVIDIA RTX PRO 6000 Blackwell Workstation Edition"}},
			display: []string{"RTX PRO 6000 WK"}, aliases: []string{"PRO 6000 WS"},
		},
		{
			name: "RTX PRO 6000 Max-Q", sizes: []int{96}, vast: []string{"RTX PRO 6000 Max-Q"},
			runpod:  map[int][]string{96: {"NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition"}},
			aliases: []string{"RTX PRO 6000 MaxQ Workstation", "PRO 6000 Max-Q"},
		},
		{name: "RTX PRO 5000", sizes: []int{48, 72}, usual: 48, vast: []string{"RTX PRO 5000"}, runpod: map[int][]string{48: {"NVIDIA RTX PRO 5000 Blackwell"}}, aliases: []string{"PRO 5000"}},
		{name: "RTX PRO 4500", sizes: []int{32}, vast: []string{"RTX PRO 4500"}, runpod: map[int][]string{32: {"NVIDIA RTX PRO 4500 Blackwell"}}, aliases: []string{"PRO 4500"}},
		{
			name: "RTX PRO 4500 Server", sizes: []int{32}, runpod: map[int][]string{32: {"NVIDIA RTX PRO 4500 Blackwell Server Edition"}},
			display: []string{"RTX PRO 4500 SE"}, aliases: []string{"PRO 4500 Server"},
		},
		{name: "RTX PRO 4000", sizes: []int{24}, vast: []string{"RTX PRO 4000"}, runpod: map[int][]string{24: {"NVIDIA RTX PRO 4000 Blackwell"}}, aliases: []string{"PRO 4000"}},
		{name: "RTX PRO 4000 SFF", sizes: []int{24}, vast: []string{"RTX PRO 4000 SFF"}},
		{name: "RTX PRO 4000 Mobile", sizes: []int{16}, vast: []string{"RTX PRO 4000 Mobile"}, aliases: []string{"RTX PRO 4000 Laptop", "RTX PRO 4000 Blackwell Generation Laptop"}},
		{name: "RTX PRO 2000", sizes: []int{16}, vast: []string{"RTX PRO 2000"}, aliases: []string{"PRO 2000"}},
		{name: "RTX 6000 Ada", sizes: []int{48}, vast: []string{"RTX 6000Ada"}, runpod: map[int][]string{48: {"NVIDIA RTX 6000 Ada Generation"}}, aliases: []string{"A6000 Ada", "L6000 Ada"}},
		{name: "RTX 5880 Ada", sizes: []int{48}, vast: []string{"RTX 5880Ada"}, aliases: []string{"RTX 5880"}},
		{name: "RTX 5000 Ada", sizes: []int{32}, vast: []string{"RTX 5000Ada"}, runpod: map[int][]string{32: {"NVIDIA RTX 5000 Ada Generation"}}, aliases: []string{"A5000 Ada"}},
		{name: "RTX 4500 Ada", sizes: []int{24}, vast: []string{"RTX 4500Ada"}, aliases: []string{"RTX 4500", "A4500 Ada"}},
		{name: "RTX 4000 Ada", sizes: []int{20}, vast: []string{"RTX 4000Ada"}, runpod: map[int][]string{20: {"NVIDIA RTX 4000 Ada Generation"}}, aliases: []string{"A4000 Ada"}},
		{
			name: "RTX 4000 SFF Ada", sizes: []int{20}, vast: []string{"RTX 4000 SFF Ada"},
			runpod: map[int][]string{20: {"NVIDIA RTX 4000 SFF Ada Generation"}}, display: []string{"RTX 4000 Ada SFF"},
		},
		{name: "RTX 2000 Ada", sizes: []int{16}, vast: []string{"RTX 2000Ada"}, runpod: map[int][]string{16: {"NVIDIA RTX 2000 Ada Generation"}}, aliases: []string{"RTX 2000", "A2000 Ada"}},
		{name: "RTX A6000", sizes: []int{48}, vast: []string{"RTX A6000"}, runpod: map[int][]string{48: {"NVIDIA RTX A6000"}}},
		{name: "RTX A5500", sizes: []int{24}, vast: []string{"RTX A5500"}},
		{name: "RTX A5000", sizes: []int{24}, vast: []string{"RTX A5000"}, runpod: map[int][]string{24: {"NVIDIA RTX A5000"}}},
		{name: "RTX A4500", sizes: []int{20}, vast: []string{"RTX A4500"}, runpod: map[int][]string{20: {"NVIDIA RTX A4500", "NVIDIA  RTX A4500"}}},
		{name: "RTX A4000", sizes: []int{16}, vast: []string{"RTX A4000"}, runpod: map[int][]string{16: {"NVIDIA RTX A4000"}}},
		{name: "RTX A2000", sizes: []int{6, 12}, usual: 6, vast: []string{"RTX A2000"}, runpod: map[int][]string{6: {"NVIDIA RTX A2000"}}},
		{name: "RTX A400", sizes: []int{4}, vast: []string{"RTX A400"}},
		{name: "RTX A1000", sizes: []int{8}, vast: []string{"RTX A1000"}},
		{name: "Quadro RTX 8000", sizes: []int{48}, vast: []string{"Q RTX 8000"}, aliases: []string{"RTX 8000"}},
		{name: "Quadro RTX 6000", sizes: []int{24}, vast: []string{"Q RTX 6000"}},
		{name: "Quadro RTX 5000", sizes: []int{16}, vast: []string{"Q RTX 5000"}},
		{name: "Quadro RTX 4000", sizes: []int{8}, vast: []string{"Q RTX 4000"}},
		{name: "Quadro GV100", sizes: []int{32}, vast: []string{"Quadro GV100"}, aliases: []string{"GV100"}},
		{name: "Quadro GP100", sizes: []int{16}, vast: []string{"Quadro GP100"}, aliases: []string{"GP100"}},
		{name: "Quadro P6000", sizes: []int{24}, vast: []string{"Quadro P6000"}, aliases: []string{"P6000"}},
		{name: "Quadro P5000", sizes: []int{16}, vast: []string{"Quadro P5000"}, aliases: []string{"P5000"}},
		{name: "Quadro P4000", sizes: []int{8}, vast: []string{"Quadro P4000"}, aliases: []string{"P4000"}},
		{name: "Quadro P2000", sizes: []int{5}, vast: []string{"Quadro P2000"}, aliases: []string{"P2000"}},
		{name: "Quadro K2200", sizes: []int{4}, vast: []string{"Quadro K2200"}, aliases: []string{"K2200"}},
		{name: "Quadro K620", sizes: []int{2}, vast: []string{"Quadro K620"}, aliases: []string{"K620"}},
	}
}
