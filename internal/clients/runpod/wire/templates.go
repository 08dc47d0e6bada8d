package wire

// Template is a pod or serverless template.
type Template struct {
	ID                  string            `json:"id"`
	Name                string            `json:"name"`
	Image               string            `json:"image"`
	Args                string            `json:"args"`
	Disk                int               `json:"disk"`
	Env                 map[string]string `json:"env"`
	Ports               []string          `json:"ports"`
	Registry            *string           `json:"registry"`
	Mounts              Mounts            `json:"mounts"`
	Serverless          bool              `json:"serverless"`
	Public              bool              `json:"public"`
	StartSSH            bool              `json:"startSsh"`
	StartJupyter        bool              `json:"startJupyter"`
	AllowedCUDAVersions []string          `json:"allowedCudaVersions"`
}
