package wire

// Query is a search in the API's own grammar: field → operator → value, beside
// order, limit, type and allocated_storage.
type Query map[string]any

// Offer is one row of a search. Prices are USD/h for the whole slice, all its
// GPUs; what may be null is a pointer.
type Offer struct {
	ID        int64   `json:"id"`
	MachineID Int     `json:"machine_id"`
	HostID    Int     `json:"host_id"`
	BundleID  *Int    `json:"bundle_id"`
	GPUIDs    []int64 `json:"gpu_ids"`

	GPUName string `json:"gpu_name"`
	GPUArch Text   `json:"gpu_arch"`
	NumGPUs Int    `json:"num_gpus"`
	// GPURAM is MB per GPU.
	GPURAM Float `json:"gpu_ram"`
	// GPUTotalRAM is MB over all GPUs of the offer.
	GPUTotalRAM *Float `json:"gpu_total_ram"`
	// GPUFrac is the offer's share of the machine's GPUs, 0..1.
	GPUFrac          *Float `json:"gpu_frac"`
	GPULanes         *Float `json:"gpu_lanes"`
	GPUMemBW         *Float `json:"gpu_mem_bw"`
	GPUMaxPower      *Float `json:"gpu_max_power"`
	GPUMaxTemp       *Float `json:"gpu_max_temp"`
	GPUDisplayActive *Bool  `json:"gpu_display_active"`
	BWNVLink         *Float `json:"bw_nvlink"`
	ComputeCap       *Float `json:"compute_cap"`
	CUDAMaxGood      *Float `json:"cuda_max_good"`
	DriverVersion    Text   `json:"driver_version"`
	TotalFLOPS       *Float `json:"total_flops"`
	DLPerf           *Float `json:"dlperf"`
	DLPerfPerDPH     *Float `json:"dlperf_per_dphtotal"`
	FLOPSPerDPH      *Float `json:"flops_per_dphtotal"`
	Score            *Float `json:"score"`

	CPUName           Text   `json:"cpu_name"`
	CPUArch           Text   `json:"cpu_arch"`
	CPUCores          *Float `json:"cpu_cores"`
	CPUCoresEffective *Float `json:"cpu_cores_effective"`
	CPUGHz            *Float `json:"cpu_ghz"`
	// CPURAM is MB of the offer's own slice, unlike CPUCores, which is the machine's.
	CPURAM *Float `json:"cpu_ram"`
	HasAVX *Bool  `json:"has_avx"`

	// DiskSpace is GB free; DiskBW is MB/s.
	DiskSpace *Float `json:"disk_space"`
	DiskBW    *Float `json:"disk_bw"`
	DiskName  Text   `json:"disk_name"`

	// InetUp and InetDown are Mb/s; the costs USD per GB.
	InetUp          *Float `json:"inet_up"`
	InetDown        *Float `json:"inet_down"`
	InetUpCost      *Float `json:"inet_up_cost"`
	InetDownCost    *Float `json:"inet_down_cost"`
	DirectPortCount *Int   `json:"direct_port_count"`
	StaticIP        *Bool  `json:"static_ip"`
	PublicIPAddr    Text   `json:"public_ipaddr"`
	// Geolocation is "Texas, US", ", US" or null.
	Geolocation Text `json:"geolocation"`

	PCIGen    *Float `json:"pci_gen"`
	PCIeBW    *Float `json:"pcie_bw"`
	MoboName  Text   `json:"mobo_name"`
	OSVersion Text   `json:"os_version"`
	// Reliability is 0..1.
	Reliability  *Float `json:"reliability"`
	Reliability2 *Float `json:"reliability2"`
	// Verification is verified, unverified or deverified.
	Verification Text  `json:"verification"`
	HostingType  *Int  `json:"hosting_type"`
	External     *Bool `json:"external"`
	Rentable     *Bool `json:"rentable"`
	Rented       *Bool `json:"rented"`
	VMsEnabled   *Bool `json:"vms_enabled"`
	IsBid        *Bool `json:"is_bid"`

	// Duration is seconds until EndDate, Unix seconds.
	Duration  *Float `json:"duration"`
	StartDate *Float `json:"start_date"`
	EndDate   *Float `json:"end_date"`

	// DPHBase is USD/h for the GPUs, DPHTotal with the disk that was searched for.
	DPHBase  *Float `json:"dph_base"`
	DPHTotal *Float `json:"dph_total"`
	// StorageCost is USD per GB and month of 720 h.
	StorageCost      *Float `json:"storage_cost"`
	StorageTotalCost *Float `json:"storage_total_cost"`
	// MinBid is the lowest bid that wins now, USD/h; it may be above DPHBase.
	MinBid            *Float `json:"min_bid"`
	VRAMCostPerHour   *Float `json:"vram_costperhour"`
	CreditDiscountMax *Float `json:"credit_discount_max"`
	ClusterID         *Int   `json:"cluster_id"`
	ResourceType      Text   `json:"resource_type"`
}
