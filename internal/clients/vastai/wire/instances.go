package wire

// States of an instance.
const (
	StatusRunning = "running"
	StatusStopped = "stopped"
	StatusExited  = "exited"
	StatusLoading = "loading"
	StatusCreated = "created"
	StatusUnknown = "unknown"
	StatusOffline = "offline"
	// StateUnloaded is cur_state of a destroyed contract.
	StateUnloaded = "unloaded"
)

// Instance is one rental. Nearly everything may be null.
type Instance struct {
	ID        int64 `json:"id"`
	MachineID Int   `json:"machine_id"`
	HostID    Int   `json:"host_id"`
	Label     Text  `json:"label"`

	// ActualStatus is the container's state as the host reports it, "" while null.
	ActualStatus Text `json:"actual_status"`
	// IntendedStatus is what was asked for: running, stopped, frozen.
	IntendedStatus Text `json:"intended_status"`
	// CurState is whether the GPUs are held: running, stopped, unloaded.
	CurState  Text `json:"cur_state"`
	NextState Text `json:"next_state"`
	StatusMsg Text `json:"status_msg"`

	// StartDate and EndDate are Unix seconds.
	StartDate *Float `json:"start_date"`
	EndDate   *Float `json:"end_date"`
	// Duration is the seconds left until EndDate, below 0 after it.
	Duration *Float `json:"duration"`

	TemplateID     *Int `json:"template_id"`
	TemplateHashID Text `json:"template_hash_id"`
	// ImageUUID is the image reference as launched; it may differ textually from
	// what was asked for.
	ImageUUID    Text     `json:"image_uuid"`
	ImageArgs    []string `json:"image_args"`
	ImageRuntype Text     `json:"image_runtype"`
	// ExtraEnv holds the environment and, under names like "-p 8080:8080", the ports.
	ExtraEnv     EnvPairs `json:"extra_env"`
	Onstart      Text     `json:"onstart"`
	JupyterToken Text     `json:"jupyter_token"`

	SSHHost      Text `json:"ssh_host"`
	SSHPort      *Int `json:"ssh_port"`
	PublicIPAddr Text `json:"public_ipaddr"`
	// Ports is null unless running: "22/tcp" → host ports, twice (IPv4 and IPv6).
	Ports       PortMap `json:"ports"`
	StaticIP    *Bool   `json:"static_ip"`
	Geolocation Text    `json:"geolocation"`
	CountryCode Text    `json:"country_code"`

	GPUName     string `json:"gpu_name"`
	NumGPUs     Int    `json:"num_gpus"`
	GPURAM      *Float `json:"gpu_ram"`
	CUDAMaxGood *Float `json:"cuda_max_good"`
	// DiskSpace is GB and may differ a little from what was asked for.
	DiskSpace    *Float `json:"disk_space"`
	Reliability2 *Float `json:"reliability2"`
	Verification Text   `json:"verification"`
	HostingType  *Int   `json:"hosting_type"`

	CPUCoresEffective *Float `json:"cpu_cores_effective"`
	CPUCores          *Float `json:"cpu_cores"`
	CPURAM            *Float `json:"cpu_ram"`
	InetUp            *Float `json:"inet_up"`
	InetDown          *Float `json:"inet_down"`
	DiskBW            *Float `json:"disk_bw"`
	DirectPortCount   *Int   `json:"direct_port_count"`

	IsBid  *Bool  `json:"is_bid"`
	MinBid *Float `json:"min_bid"`
	// DPHBase is the price, or the bid, of the GPUs in USD/h; DPHTotal with storage.
	// Both show the running price of a stopped instance too.
	DPHBase     *Float `json:"dph_base"`
	DPHTotal    *Float `json:"dph_total"`
	StorageCost *Float `json:"storage_cost"`
	// Accruing is what is billed now: the disk alone while stopped.
	Accruing *PriceBlock `json:"instance"`
	// VolumeInfo are the local volumes attached.
	VolumeInfo []VolumeInfo `json:"volume_info"`
}

// PriceBlock is a price with its parts, USD/h.
type PriceBlock struct {
	GPUCostPerHour *Float `json:"gpuCostPerHour"`
	DiskHour       *Float `json:"diskHour"`
	TotalHour      *Float `json:"totalHour"`
}

// PortBinding is one address a container port is published at.
type PortBinding struct {
	HostIP   string `json:"HostIp"`
	HostPort Text   `json:"HostPort"`
}

// VolumeInfo is a volume attached to an instance.
type VolumeInfo struct {
	ID *Int `json:"id"`
}

// CreateInstanceRequest rents an offer. What is nil or empty is left out, so that
// a template's value holds.
type CreateInstanceRequest struct {
	ClientID       string  `json:"client_id"`
	Image          *string `json:"image,omitempty"`
	TemplateHashID *string `json:"template_hash_id,omitempty"`
	// Disk is GB, immutable afterwards.
	Disk  float64 `json:"disk"`
	Label *string `json:"label,omitempty"`
	// Env is the environment and the ports ("-p 8080:8080": "1"), always sent.
	Env map[string]string `json:"env"`
	// Price is the bid in USD/h for the whole slice; nil rents on demand.
	Price   *float64 `json:"price,omitempty"`
	Runtype *string  `json:"runtype,omitempty"`
	// TargetState is running or stopped.
	TargetState *string `json:"target_state,omitempty"`
	// CancelUnavail makes a rental that cannot start fail instead of leaving a
	// stopped instance; always sent.
	CancelUnavail bool         `json:"cancel_unavail"`
	Onstart       *string      `json:"onstart,omitempty"`
	Args          []string     `json:"args,omitempty"`
	ImageLogin    *string      `json:"image_login,omitempty"`
	VolumeInfo    *MountVolume `json:"volume_info,omitempty"`
}

// MountVolume attaches an existing local volume of the same machine.
type MountVolume struct {
	CreateNew bool   `json:"create_new"`
	VolumeID  int64  `json:"volume_id"`
	MountPath string `json:"mount_path"`
}

// UpdateTemplateRequest changes the container of an instance and recreates it on
// the same machine; what is nil stays. The call is not in the OpenAPI document.
type UpdateTemplateRequest struct {
	ID             int64              `json:"id"`
	TemplateID     *int64             `json:"template_id,omitempty"`
	TemplateHashID *string            `json:"template_hash_id,omitempty"`
	Image          *string            `json:"image,omitempty"`
	Args           *[]string          `json:"args,omitempty"`
	Env            *map[string]string `json:"env,omitempty"`
	Onstart        *string            `json:"onstart,omitempty"`
	// Recycle recreates the container at once. The backend's document says that it is
	// not recreated otherwise; other sources say that it always is.
	Recycle bool `json:"recycle,omitempty"`
}
