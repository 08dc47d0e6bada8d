package wire

// NetworkVolume is a network volume; Size in GB.
type NetworkVolume struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Size       int    `json:"size"`
	DataCenter string `json:"dataCenter"`
	Type       string `json:"type"`
}

// CreateNetworkVolumeRequest asks for a volume of 10 to 4096 GB.
type CreateNetworkVolumeRequest struct {
	Name       string  `json:"name"`
	Size       int     `json:"size"`
	DataCenter string  `json:"dataCenter"`
	Type       *string `json:"type,omitempty"`
}

// UpdateNetworkVolumeRequest changes what is not nil, one at least; Size only grows.
type UpdateNetworkVolumeRequest struct {
	Name *string `json:"name,omitempty"`
	Size *int    `json:"size,omitempty"`
}
