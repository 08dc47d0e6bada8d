// Package wire has the request and response bodies of the RunPod REST API v2, as
// they travel. Requests keep absent, null and empty apart: a nil pointer is left
// out, and what may be cleared has a type that can say so.
package wire

import "time"

// Values of the enums of the API.
const (
	CloudSecure    = "SECURE"
	CloudCommunity = "COMMUNITY"

	PodProvisioning = "PROVISIONING"
	PodStarting     = "STARTING"
	PodRunning      = "RUNNING"
	PodExited       = "EXITED"
	PodError        = "ERROR"
	PodTerminated   = "TERMINATED"

	VolumeStandard        = "STANDARD"
	VolumeHighPerformance = "HIGH_PERFORMANCE"
)

// Pod is a pod as the API answers it.
type Pod struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Status   string            `json:"status"`
	Actions  []string          `json:"actions"`
	Image    string            `json:"image"`
	Args     string            `json:"args"`
	Disk     int               `json:"disk"`
	Env      map[string]string `json:"env"`
	Ports    []string          `json:"ports"`
	Registry *string           `json:"registry"`
	Mounts   Mounts            `json:"mounts"`
	GPU      *PodGPU           `json:"gpu"`
	CPU      *PodCPU           `json:"cpu"`
	Cloud    string            `json:"cloud"`
	// DataCenterID is where it runs; nil until known.
	DataCenterID *string `json:"dataCenterId"`
	// CUDAVersion is what the host reports; nil when unknown or on CPU pods.
	CUDAVersion *string     `json:"cudaVersion"`
	SSH         PodSSH      `json:"ssh"`
	Cluster     *PodCluster `json:"cluster"`
	Template    *string     `json:"template"`
	// Cost is USD per hour for compute alone; 0 while stopped.
	Cost             float64          `json:"cost"`
	Locked           bool             `json:"locked"`
	Runtime          *PodRuntime      `json:"runtime"`
	CreatedAt        time.Time        `json:"createdAt"`
	StartedAt        *time.Time       `json:"startedAt"`
	GlobalNetworking GlobalNetworking `json:"globalNetworking"`
}

// PodGPU is the GPU of a pod. VCPUCount and Memory, in GB, are those of the whole
// pod; 0 where the API does not tell.
type PodGPU struct {
	ID        string `json:"id"`
	Count     int    `json:"count"`
	VCPUCount int    `json:"vcpuCount"`
	Memory    int    `json:"memory"`
}

// PodCPU is the CPU of a pod without GPUs; Memory in GB.
type PodCPU struct {
	ID        string `json:"id"`
	VCPUCount int    `json:"vcpuCount"`
	Memory    int    `json:"memory"`
}

// PodSSH are the ways in. Proxy exists even where no SSH server runs.
type PodSSH struct {
	Proxy  *SSHEndpoint `json:"proxy"`
	Direct *SSHEndpoint `json:"direct"`
}

// SSHEndpoint is one way in.
type SSHEndpoint struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Username string `json:"username"`
	Command  string `json:"command"`
}

// PodCluster is set on members of a cluster.
type PodCluster struct {
	ID string `json:"id"`
}

// PodRuntime is null, or empty, unless the pod runs.
type PodRuntime struct {
	Uptime float64          `json:"uptime"`
	Ports  []PodRuntimePort `json:"ports"`
}

// PodRuntimePort maps a container port; Public and IP are nil until mapped.
type PodRuntimePort struct {
	Private int     `json:"private"`
	Public  *int    `json:"public"`
	Type    string  `json:"type"`
	IP      *string `json:"ip"`
}

// GlobalNetworking follows the assigned address, not the wish: it may read false
// for a while after it was asked for.
type GlobalNetworking struct {
	Enabled     bool   `json:"enabled"`
	IP          string `json:"ip"`
	InternalDNS string `json:"internalDns"`
}

// Mounts has one kind of mount at most.
type Mounts struct {
	Persistent *PersistentMount `json:"persistent,omitempty"`
	Network    []NetworkMount   `json:"network,omitempty"`
}

// PersistentMount is a volume disk on the pod's host; Size in GB, 10 or more.
type PersistentMount struct {
	Size int    `json:"size"`
	Path string `json:"path"`
}

// NetworkMount is a network volume; there is one at most.
type NetworkMount struct {
	VolumeID string `json:"volumeId"`
	Path     string `json:"path"`
}

// CreatePodRequest asks for a pod with one type of GPU or CPU.
type CreatePodRequest struct {
	Name             string            `json:"name"`
	Image            *string           `json:"image,omitempty"`
	TemplateID       *string           `json:"templateId,omitempty"`
	GPU              *CreatePodGPU     `json:"gpu,omitempty"`
	CPU              *CreatePodCPU     `json:"cpu,omitempty"`
	Cloud            string            `json:"cloud,omitempty"`
	DataCenterIDs    []string          `json:"dataCenterIds,omitempty"`
	Args             *string           `json:"args,omitempty"`
	Disk             *int              `json:"disk,omitempty"`
	Env              map[string]string `json:"env,omitempty"`
	Ports            []string          `json:"ports,omitempty"`
	Registry         *string           `json:"registry,omitempty"`
	Mounts           *Mounts           `json:"mounts,omitempty"`
	GlobalNetworking *bool             `json:"globalNetworking,omitempty"`
	StartSSH         *bool             `json:"startSsh,omitempty"`
	StartJupyter     *bool             `json:"startJupyter,omitempty"`
}

// CreatePodGPU always carries its count: without it creates were refused for
// lack of capacity although the document has a default.
type CreatePodGPU struct {
	ID                  string   `json:"id"`
	Count               int      `json:"count"`
	AllowedCUDAVersions []string `json:"allowedCudaVersions,omitempty"`
	MinCUDAVersion      *string  `json:"minCudaVersion,omitempty"`
	// MinRAMPerGPU is in GB; MinVCPUCountPerGPU counts vCPUs. Both bound the host.
	MinRAMPerGPU       *int `json:"minRamPerGpu,omitempty"`
	MinVCPUCountPerGPU *int `json:"minVcpuCountPerGpu,omitempty"`
}

// CreatePodCPU asks for a flavor; VCPUCount is a power of two from 2.
type CreatePodCPU struct {
	ID        string `json:"id"`
	VCPUCount int    `json:"vcpuCount"`
}

// UpdatePodRequest changes a pod; what is nil stays. Env and Ports are pointers
// because an empty one clears. All but Name, Locked and GlobalNetworking reset a
// running container.
type UpdatePodRequest struct {
	Name             *string            `json:"name,omitempty"`
	Image            *string            `json:"image,omitempty"`
	Args             *string            `json:"args,omitempty"`
	Disk             *int               `json:"disk,omitempty"`
	Env              *map[string]string `json:"env,omitempty"`
	Ports            *[]string          `json:"ports,omitempty"`
	Registry         *Nullable[string]  `json:"registry,omitempty"`
	Mounts           *Mounts            `json:"mounts,omitempty"`
	Locked           *bool              `json:"locked,omitempty"`
	GlobalNetworking *bool              `json:"globalNetworking,omitempty"`
}

// PodActionRequest moves a pod: "start" or "stop".
type PodActionRequest struct {
	Action string `json:"action"`
}
