package vastaisim

// gpuModel is one GPU model of the built-in market.
type gpuModel struct {
	name      string
	arch      string // "nvidia" or "amd"
	memories  []int  // MB per GPU as the platform reports it; the first is the usual one
	cap       int    // compute capability × 100
	bandwidth float64
	tflops    float64 // FP32, one GPU
	dlperf    float64 // score of one GPU
	watts     float64
	low       float64 // USD/h per GPU, cheapest to be expected
	average   float64
	high      float64
	machines  int   // how many machines of the built-in market have it
	sizes     []int // GPUs per machine to draw from
	server    bool  // datacenter card: rarely in a gaming PC
}

// gpuModels is the built-in catalogue. Prices follow the price list of
// February 2026 where it names the model, else the observed market of that
// summer.
func gpuModels() []gpuModel {
	consumer := []int{1, 1, 1, 2, 2, 4}
	farm := []int{1, 1, 2, 2, 4, 4, 8}
	server := []int{1, 2, 4, 8, 8}
	return []gpuModel{
		{"RTX 5090", "nvidia", []int{32607}, 1200, 1555.4, 104.8, 205.4, 575, 0.38, 0.65, 1.08, 18, farm, false},
		{"RTX 4090", "nvidia", []int{24564, 24564, 24564, 24564, 49140}, 890, 922.1, 82.6, 104.2, 450, 0.29, 0.45, 0.78, 26, farm, false},
		{"RTX 4090D", "nvidia", []int{24564, 49140}, 890, 918.4, 73.5, 92.6, 425, 0.28, 0.41, 0.70, 3, consumer, false},
		{"RTX 5080", "nvidia", []int{16303}, 1200, 845.2, 56.3, 111.8, 360, 0.16, 0.24, 0.48, 6, consumer, false},
		{"RTX 5070 Ti", "nvidia", []int{16303}, 1200, 776.3, 43.9, 88.1, 300, 0.11, 0.17, 0.33, 6, consumer, false},
		{"RTX 5060 Ti", "nvidia", []int{16311, 8151}, 1200, 388.7, 23.7, 52.4, 180, 0.064, 0.10, 0.21, 7, consumer, false},
		{"RTX 4080", "nvidia", []int{16376}, 890, 621.3, 48.7, 71.9, 320, 0.15, 0.23, 0.42, 6, consumer, false},
		{"RTX 4070S Ti", "nvidia", []int{16376}, 890, 583.6, 44.1, 60.2, 285, 0.10, 0.16, 0.31, 4, consumer, false},
		{"RTX 4060 Ti", "nvidia", []int{16380, 8188}, 890, 252.8, 22.1, 33.7, 160, 0.055, 0.09, 0.19, 5, consumer, false},
		{"RTX 3090", "nvidia", []int{24576}, 860, 788.6, 35.6, 51.3, 350, 0.18, 0.35, 0.60, 16, farm, false},
		{"RTX 3090 Ti", "nvidia", []int{24564}, 860, 852.4, 40.0, 58.8, 450, 0.20, 0.31, 0.56, 3, consumer, false},
		{"RTX 3080", "nvidia", []int{10240, 12288, 20480}, 860, 641.7, 29.8, 40.1, 320, 0.09, 0.15, 0.30, 6, consumer, false},
		{"RTX 3070", "nvidia", []int{8192}, 860, 383.6, 20.3, 27.5, 220, 0.057, 0.09, 0.17, 5, consumer, false},
		{"RTX 3060", "nvidia", []int{12288}, 860, 301.4, 12.7, 19.7, 170, 0.047, 0.07, 0.14, 7, farm, false},
		{"RTX 2080 Ti", "nvidia", []int{11264, 22528}, 750, 516.8, 13.4, 22.6, 250, 0.07, 0.11, 0.21, 4, consumer, false},
		{"RTX A6000", "nvidia", []int{49140}, 860, 651.7, 38.7, 52.8, 300, 0.40, 0.52, 0.70, 6, farm, true},
		{"RTX A5000", "nvidia", []int{24564}, 860, 628.8, 27.8, 38.9, 230, 0.17, 0.26, 0.45, 5, farm, true},
		{"RTX A4000", "nvidia", []int{16376}, 860, 375.2, 19.2, 26.3, 140, 0.08, 0.13, 0.24, 5, farm, true},
		{"RTX 6000Ada", "nvidia", []int{49140}, 890, 808.1, 91.1, 98.7, 300, 0.52, 0.74, 1.05, 4, farm, true},
		{"Q RTX 8000", "nvidia", []int{46080}, 750, 549.8, 16.3, 25.4, 260, 0.22, 0.30, 0.46, 2, consumer, true},
		{"A100 PCIE", "nvidia", []int{81920, 40960}, 800, 1402.6, 19.5, 121.3, 300, 0.80, 1.05, 1.40, 6, server, true},
		{"A100 SXM4", "nvidia", []int{81920, 81920, 40960}, 800, 1612.4, 19.5, 134.5, 400, 0.84, 1.15, 1.49, 8, server, true},
		{"A40", "nvidia", []int{46068}, 860, 613.8, 37.4, 48.6, 300, 0.33, 0.44, 0.66, 4, server, true},
		{"A10", "nvidia", []int{23028}, 860, 468.3, 31.2, 35.9, 150, 0.15, 0.21, 0.36, 3, consumer, true},
		{"L4", "nvidia", []int{23034}, 890, 251.9, 30.3, 31.2, 72, 0.35, 0.41, 0.50, 5, farm, true},
		{"L40", "nvidia", []int{46068}, 890, 697.5, 90.5, 84.4, 300, 0.45, 0.61, 0.92, 3, server, true},
		{"L40S", "nvidia", []int{46068}, 890, 703.4, 91.6, 103.6, 350, 0.47, 0.66, 1.04, 3, server, true},
		{"H100 PCIE", "nvidia", []int{81559}, 900, 1703.6, 51.2, 254.1, 350, 1.47, 1.96, 2.75, 4, server, true},
		{"H100 SXM", "nvidia", []int{81559}, 900, 2890.6, 53.5, 352.5, 700, 1.55, 2.21, 2.94, 7, server, true},
		{"H100 NVL", "nvidia", []int{95830}, 900, 2944.2, 48.3, 318.0, 400, 1.50, 2.10, 2.90, 3, server, true},
		{"H200", "nvidia", []int{143771}, 900, 3913.2, 53.5, 378.4, 700, 2.25, 2.95, 4.10, 2, server, true},
		{"B200", "nvidia", []int{183359}, 1000, 6105.7, 74.5, 592.7, 1000, 3.55, 4.60, 6.40, 2, server, true},
		{"Tesla V100", "nvidia", []int{16384, 32768}, 700, 772.4, 15.7, 36.2, 300, 0.10, 0.18, 0.33, 4, server, true},
		{"Tesla T4", "nvidia", []int{15360}, 750, 239.4, 8.1, 13.6, 70, 0.09, 0.14, 0.22, 3, consumer, true},
		{"Tesla P100", "nvidia", []int{16384}, 600, 549.1, 9.5, 12.9, 250, 0.06, 0.10, 0.18, 2, consumer, true},
		{"GH200 SXM", "nvidia", []int{97871}, 900, 3321.9, 66.9, 401.2, 900, 1.20, 1.60, 2.20, 1, []int{1}, true},
		{"RX 7900 XTX", "amd", []int{24560}, 1100, 822.3, 61.4, 30.2, 355, 0.14, 0.20, 0.34, 2, consumer, false},
	}
}
