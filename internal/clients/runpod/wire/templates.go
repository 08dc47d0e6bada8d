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
	Category            string            `json:"category"`
	StartSSH            bool              `json:"startSsh"`
	StartJupyter        bool              `json:"startJupyter"`
	AllowedCUDAVersions []string          `json:"allowedCudaVersions"`
}

// TemplateRequest is the whole of a template, to create one or to make one so. Every
// field is sent: on an update "", 0 entries and null clear, but Mounts, which cannot be
// taken away.
type TemplateRequest struct {
	Name                string            `json:"name"`
	Image               string            `json:"image"`
	Args                string            `json:"args"`
	Disk                int               `json:"disk"`
	Env                 map[string]string `json:"env"`
	Ports               []string          `json:"ports"`
	Registry            *string           `json:"registry"`
	Mounts              TemplateMounts    `json:"mounts"`
	Serverless          bool              `json:"serverless"`
	Public              bool              `json:"public"`
	Category            string            `json:"category"`
	StartSSH            bool              `json:"startSsh"`
	StartJupyter        bool              `json:"startJupyter"`
	AllowedCUDAVersions []string          `json:"allowedCudaVersions"`
}

// TemplateMounts has the one kind of mount that a template can have.
type TemplateMounts struct {
	Persistent *PersistentMount `json:"persistent,omitempty"`
}
