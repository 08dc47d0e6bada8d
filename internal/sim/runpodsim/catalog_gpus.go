package runpodsim

// scarcity is how well a type is stocked over the data centers at the start.
type scarcity int

const (
	unsold scarcity = iota
	limited
	moderate
	good
	excellent
)

// gpuModel is one row of the built-in catalog. Prices are USD per GPU-hour: the
// list of February 2026 where it has the type, otherwise of that order. A
// cloud in which a type is not sold carries a placeholder, as the service does.
type gpuModel struct {
	id, name, pool       string
	memory               int // GB
	secure, community    float64
	secureStock          scarcity
	communityStock       scarcity
	maxSecure, maxCommun int // GPUs in the largest machine
}

func gpuModels() []gpuModel {
	const geforce, rtx = "NVIDIA GeForce ", "NVIDIA "
	const pro6000 = "NVIDIA RTX PRO 6000 Blackwell "
	return []gpuModel{
		{"AMD Instinct MI300X OAM", "MI300X", "", 192, 2.19, 0.5, limited, unsold, 8, 0},
		{"NVIDIA A100 80GB PCIe", "A100 PCIe", "AMPERE_80", 80, 1.39, 1.19, excellent, good, 8, 8},
		{"NVIDIA A100-SXM4-40GB", "A100 SXM 40GB", "", 40, 0, 1.09, unsold, good, 0, 8},
		{"NVIDIA A100-SXM4-80GB", "A100 SXM", "AMPERE_80", 80, 1.49, 1.29, excellent, moderate, 8, 8},
		{"NVIDIA A30", "A30", "", 24, 0.5, 0.22, unsold, limited, 0, 4},
		{"NVIDIA A40", "A40", "AMPERE_48", 48, 0.4, 0.35, moderate, unsold, 10, 0},
		{"NVIDIA B200", "B200", "BLACKWELL_180", 180, 5.89, 5.98, limited, limited, 8, 8},
		{"NVIDIA B300 SXM6 AC", "B300", "", 288, 7.39, 6.94, limited, unsold, 8, 0},
		{geforce + "RTX 3070", "RTX 3070", "", 8, 0, 0.13, unsold, limited, 0, 4},
		{geforce + "RTX 3080", "RTX 3080", "", 10, 0, 0.17, unsold, limited, 0, 4},
		{geforce + "RTX 3080 Ti", "RTX 3080 Ti", "", 12, 0, 0.18, unsold, limited, 0, 4},
		{geforce + "RTX 3090", "RTX 3090", "AMPERE_24", 24, 0.46, 0.36, good, good, 4, 8},
		{geforce + "RTX 3090 Ti", "RTX 3090 Ti", "", 24, 0.46, 0.38, unsold, limited, 0, 4},
		{geforce + "RTX 4070 Ti", "RTX 4070 Ti", "", 12, 0.5, 0.19, unsold, limited, 0, 4},
		{geforce + "RTX 4080", "RTX 4080", "", 16, 0.5, 0.28, unsold, limited, 0, 4},
		{geforce + "RTX 4080 SUPER", "RTX 4080 SUPER", "", 16, 0.5, 0.29, unsold, limited, 0, 4},
		{geforce + "RTX 4090", "RTX 4090", "ADA_24", 24, 0.59, 0.49, excellent, excellent, 8, 8},
		{geforce + "RTX 5080", "RTX 5080", "", 16, 0.59, 0.39, unsold, limited, 0, 4},
		{geforce + "RTX 5090", "RTX 5090", "ADA_32_PRO", 32, 0.89, 0.69, good, good, 8, 8},
		{"NVIDIA H100 80GB HBM3", "H100 SXM", "ADA_80_PRO", 80, 2.69, 2.29, good, moderate, 8, 8},
		{"NVIDIA H100 NVL", "H100 NVL", "ADA_80_PRO", 94, 2.59, 2.19, moderate, limited, 8, 4},
		{"NVIDIA H100 PCIe", "H100 PCIe", "ADA_80_PRO", 80, 2.39, 1.99, good, moderate, 8, 4},
		{"NVIDIA H200", "H200 SXM", "HOPPER_141", 141, 3.59, 3.29, limited, unsold, 8, 0},
		{"NVIDIA H200 NVL", "H200 NVL", "", 143, 3.39, 0.5, limited, unsold, 8, 0},
		{"NVIDIA L4", "L4", "AMPERE_24", 24, 0.39, 0.32, excellent, moderate, 8, 4},
		{"NVIDIA L40", "L40", "ADA_48_PRO", 48, 0.82, 0.69, moderate, limited, 8, 4},
		{"NVIDIA L40S", "L40S", "ADA_48_PRO", 48, 0.86, 0.79, moderate, limited, 8, 4},
		{rtx + "RTX 2000 Ada Generation", "RTX 2000 Ada", "AMPERE_16", 16, 0.24, 0.5, moderate, unsold, 8, 0},
		{rtx + "RTX 4000 Ada Generation", "RTX 4000 Ada", "AMPERE_16", 20, 0.26, 0.2, moderate, limited, 8, 4},
		{rtx + "RTX 4000 SFF Ada Generation", "RTX 4000 Ada SFF", "", 20, 0.44, 0.18, unsold, limited, 0, 4},
		{rtx + "RTX 5000 Ada Generation", "RTX 5000 Ada", "", 32, 0.83, 0.49, unsold, limited, 0, 4},
		{rtx + "RTX 6000 Ada Generation", "RTX 6000 Ada", "ADA_48_PRO", 48, 0.77, 0.74, moderate, limited, 8, 4},
		{rtx + "RTX A2000", "RTX A2000", "", 6, 0.5, 0.12, unsold, limited, 0, 4},
		{rtx + "RTX A4000", "RTX A4000", "AMPERE_16", 16, 0.25, 0.17, good, moderate, 8, 4},
		{rtx + "RTX A4500", "RTX A4500", "AMPERE_16", 20, 0.25, 0.19, moderate, limited, 8, 4},
		{rtx + "RTX A5000", "RTX A5000", "AMPERE_24", 24, 0.27, 0.22, good, moderate, 8, 4},
		{rtx + "RTX A6000", "RTX A6000", "AMPERE_48", 48, 0.49, 0.44, good, good, 8, 4},
		{rtx + "RTX PRO 4500 Blackwell", "RTX PRO 4500", "", 32, 0.64, 0.34, limited, unsold, 8, 0},
		{pro6000 + "Max-Q Workstation Edition", "RTX PRO 6000 MaxQ", "", 96, 0.5, 1.64, unsold, limited, 0, 4},
		{pro6000 + "Server Edition", "RTX PRO 6000", "BLACKWELL_96", 96, 1.84, 1.69, moderate, limited, 8, 4},
		{pro6000 + "Server Edition MIG 1g.24gb", "PRO 6000 MIG 24GB", "", 24, 0.49, 0.5, unsold, unsold, 0, 0},
		{pro6000 + "Server Edition MIG 2g.48gb", "PRO 6000 MIG 48GB", "", 48, 1, 1, unsold, unsold, 0, 0},
		{pro6000 + "Workstation Edition", "RTX PRO 6000 WK", "BLACKWELL_96", 96, 1.79, 1.69, moderate, limited, 4, 4},
		{"Tesla V100-PCIE-16GB", "Tesla V100", "", 16, 0, 0.19, unsold, limited, 0, 4},
		{"Tesla V100-SXM2-16GB", "V100 SXM2", "", 16, 0, 0.23, unsold, limited, 0, 8},
		{"Tesla V100-SXM2-32GB", "V100 SXM2 32GB", "", 32, 0, 0.29, unsold, limited, 0, 8},
		{"unknown", "unknown", "", 0, 0, 0, unsold, unsold, 0, 0},
	}
}

// serverlessPrice is the rate of a serverless pool, USD per GPU-hour.
func serverlessPrice(pool string) (usd float64, ok bool) {
	usd, ok = map[string]float64{
		"AMPERE_16": 0.576, "AMPERE_24": 0.684, "ADA_24": 1.116, "ADA_32_PRO": 1.58, "AMPERE_48": 1.224,
		"ADA_48_PRO": 1.908, "AMPERE_80": 2.736, "ADA_80_PRO": 4.176, "BLACKWELL_96": 3.996,
		"HOPPER_141": 5.58, "BLACKWELL_180": 8.64,
	}[pool]
	return usd, ok
}

// cudaVersions are what hosts report, newest first. Older ones are known to the
// catalog and offered by nobody.
func cudaVersions() (offered, gone []string) {
	return []string{"13.0", "12.9", "12.8", "12.7", "12.6", "12.4"}, []string{"12.5", "12.3", "12.2", "12.1", "12.0", "11.8"}
}
