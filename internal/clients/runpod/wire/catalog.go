package wire

// Levels of availability.
const (
	AvailabilityNone   = "NONE"
	AvailabilityLow    = "LOW"
	AvailabilityMedium = "MEDIUM"
	AvailabilityHigh   = "HIGH"
)

// GPUType is one GPU type of the catalog. A price counts only where the flag
// Secure or Community beside it is true: elsewhere it is a placeholder.
type GPUType struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	Pool         *string `json:"pool"`
	Manufacturer string  `json:"manufacturer"`
	// Memory is GB per GPU.
	Memory    int         `json:"memory"`
	Secure    bool        `json:"secure"`
	Community bool        `json:"community"`
	Price     GPUPrice    `json:"price"`
	MaxCount  GPUMaxCount `json:"maxCount"`
	// Availability, DataCenters and CUDAVersions are absent unless asked for.
	Availability string                   `json:"availability,omitempty"`
	DataCenters  []DataCenterAvailability `json:"dataCenters,omitempty"`
	CUDAVersions []CUDAAvailability       `json:"cudaVersions,omitempty"`
}

// GPUPrice is USD per hour for one GPU.
type GPUPrice struct {
	Secure     float64  `json:"secure"`
	Community  float64  `json:"community"`
	Serverless *float64 `json:"serverless,omitempty"`
}

// GPUMaxCount is the largest machine, not stock.
type GPUMaxCount struct {
	Secure    int `json:"secure"`
	Community int `json:"community"`
}

// DataCenterAvailability is the stock in one data center.
type DataCenterAvailability struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Availability string `json:"availability"`
}

// CUDAAvailability tells whether hosts with a CUDA version are in stock.
type CUDAAvailability struct {
	Version   string `json:"version"`
	Available bool   `json:"available"`
}

// CPUType is one CPU flavor of the catalog, sold in Secure Cloud.
type CPUType struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Group string `json:"group"`
	VCPU  struct {
		Min int `json:"min"`
		Max int `json:"max"`
	} `json:"vcpu"`
	RAMGBPerVCPU float64                  `json:"ramGbPerVcpu"`
	Price        CPUPrice                 `json:"price"`
	Availability string                   `json:"availability,omitempty"`
	DataCenters  []DataCenterAvailability `json:"dataCenters,omitempty"`
}

// CPUPrice is USD per vCPU and hour.
type CPUPrice struct {
	SecurePerVCPU     float64  `json:"securePerVcpu"`
	ServerlessPerVCPU *float64 `json:"serverlessPerVcpu,omitempty"`
}

// DataCenter is one data center; NetworkVolumeTypes empty means that it hosts no
// network volumes.
type DataCenter struct {
	ID                 string   `json:"id"`
	Name               string   `json:"name"`
	Region             string   `json:"region"`
	GlobalNetwork      bool     `json:"globalNetwork"`
	NetworkVolumeTypes []string `json:"networkVolumeTypes"`
	Compliance         []string `json:"compliance"`
}
