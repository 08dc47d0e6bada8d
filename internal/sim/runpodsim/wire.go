package runpodsim

import "time"

// Values of the enums of the API.
const (
	secure    = "SECURE"
	community = "COMMUNITY"

	standard        = "STANDARD"
	highPerformance = "HIGH_PERFORMANCE"

	provisioning = "PROVISIONING"
	starting     = "STARTING"
	running      = "RUNNING"
	exited       = "EXITED"
	failed       = "ERROR"
)

type persistentMount struct {
	Size int    `json:"size"`
	Path string `json:"path"`
}

type networkMount struct {
	VolumeID string `json:"volumeId"`
	Path     string `json:"path"`
}

type mountsOut struct {
	Persistent *persistentMount `json:"persistent,omitempty"`
	Network    []networkMount   `json:"network,omitempty"`
}

// containerOut are the container fields of an answer: all of them, always.
type containerOut struct {
	Image    string            `json:"image"`
	Args     string            `json:"args"`
	Disk     int               `json:"disk"`
	Env      map[string]string `json:"env"`
	Ports    []string          `json:"ports"`
	Registry *string           `json:"registry"`
}

// gpuOut is what a pod has: vCPUs and memory (GB) of all its GPUs together.
type gpuOut struct {
	ID        string `json:"id"`
	Count     int    `json:"count"`
	VCPUCount int    `json:"vcpuCount"`
	Memory    int    `json:"memory"`
}

type cpuOut struct {
	ID        string `json:"id"`
	VCPUCount int    `json:"vcpuCount"`
	Memory    int    `json:"memory"`
}

type sshEndpoint struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Username string `json:"username"`
	Command  string `json:"command"`
}

type sshOut struct {
	Proxy  *sshEndpoint `json:"proxy"`
	Direct *sshEndpoint `json:"direct"`
}

type globalNetworkOut struct {
	Enabled     bool   `json:"enabled"`
	IP          string `json:"ip,omitempty"`
	InternalDNS string `json:"internalDns,omitempty"`
}

type utilOut struct {
	Util int `json:"util"`
}

type gpuUtilOut struct {
	Util       int `json:"util"`
	MemoryUtil int `json:"memoryUtil"`
}

type portOut struct {
	Private int     `json:"private"`
	Public  *int    `json:"public"`
	Type    string  `json:"type"`
	IP      *string `json:"ip"`
}

type runtimeOut struct {
	Uptime int          `json:"uptime"`
	GPUs   []gpuUtilOut `json:"gpus,omitempty"`
	CPU    utilOut      `json:"cpu"`
	Memory utilOut      `json:"memory"`
	Ports  []portOut    `json:"ports,omitempty"`
}

type podOut struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Status  string   `json:"status"`
	Actions []string `json:"actions"`
	containerOut
	Mounts           mountsOut        `json:"mounts"`
	GPU              *gpuOut          `json:"gpu,omitempty"`
	CPU              *cpuOut          `json:"cpu,omitempty"`
	Cloud            string           `json:"cloud"`
	DataCenterID     *string          `json:"dataCenterId"`
	CudaVersion      *string          `json:"cudaVersion"`
	SSH              sshOut           `json:"ssh"`
	Template         *string          `json:"template"`
	Cost             float64          `json:"cost"`
	Locked           bool             `json:"locked"`
	GlobalNetworking globalNetworkOut `json:"globalNetworking"`
	Runtime          any              `json:"runtime"` // *runtimeOut, null or {}
	CreatedAt        time.Time        `json:"createdAt"`
	StartedAt        *time.Time       `json:"startedAt"`
}

type templateOut struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	containerOut
	Mounts              mountsOut `json:"mounts"`
	Serverless          bool      `json:"serverless"`
	Public              bool      `json:"public"`
	Category            string    `json:"category"`
	StartSSH            bool      `json:"startSsh"`
	StartJupyter        bool      `json:"startJupyter"`
	AllowedCudaVersions []string  `json:"allowedCudaVersions"`
}

type volumeOut struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Size       int    `json:"size"`
	DataCenter string `json:"dataCenter"`
	Type       string `json:"type"`
}

type priceOut struct {
	Secure     float64  `json:"secure"`
	Community  float64  `json:"community"`
	Serverless *float64 `json:"serverless,omitempty"`
}

type maxCountOut struct {
	Secure    int `json:"secure"`
	Community int `json:"community"`
}

type placeOut struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Availability string `json:"availability"`
}

type cudaOut struct {
	Version   string `json:"version"`
	Available bool   `json:"available"`
}

type gpuTypeOut struct {
	ID           string      `json:"id"`
	Name         string      `json:"name"`
	Pool         *string     `json:"pool"`
	Manufacturer string      `json:"manufacturer"`
	Memory       int         `json:"memory"`
	Secure       bool        `json:"secure"`
	Community    bool        `json:"community"`
	Price        priceOut    `json:"price"`
	MaxCount     maxCountOut `json:"maxCount"`
	Availability string      `json:"availability,omitempty"`
	DataCenters  []placeOut  `json:"dataCenters,omitempty"`
	CudaVersions []cudaOut   `json:"cudaVersions,omitempty"`
}

type vcpuOut struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

type cpuPriceOut struct {
	SecurePerVCPU     float64 `json:"securePerVcpu"`
	ServerlessPerVCPU float64 `json:"serverlessPerVcpu"`
}

type cpuTypeOut struct {
	ID           string      `json:"id"`
	Name         string      `json:"name"`
	Group        string      `json:"group"`
	VCPU         vcpuOut     `json:"vcpu"`
	RAMGBPerVCPU float64     `json:"ramGbPerVcpu"`
	Price        cpuPriceOut `json:"price"`
	Availability string      `json:"availability,omitempty"`
	DataCenters  []placeOut  `json:"dataCenters,omitempty"`
}

type dataCenterOut struct {
	ID                 string     `json:"id"`
	Name               string     `json:"name"`
	Region             string     `json:"region"`
	GlobalNetwork      bool       `json:"globalNetwork"`
	NetworkVolumeTypes []string   `json:"networkVolumeTypes"`
	Compliance         []string   `json:"compliance"`
	GPUAvailability    []placeOut `json:"gpuAvailability,omitempty"`
	CPUAvailability    []placeOut `json:"cpuAvailability,omitempty"`
}
