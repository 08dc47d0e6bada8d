package runpodsim

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
)

// optional tells an absent field, null and a value apart.
type optional[T any] struct {
	set   bool
	value *T
}

// UnmarshalJSON is called for a field that is there, null included.
func (o *optional[T]) UnmarshalJSON(data []byte) error {
	o.set = true
	return json.Unmarshal(data, &o.value)
}

// containerBody are the container fields of a request. Absent stays nil.
type containerBody struct {
	Image    *string            `json:"image"`
	Args     *string            `json:"args"`
	Disk     *int               `json:"disk"`
	Env      *map[string]string `json:"env"`
	Ports    *[]string          `json:"ports"`
	Registry optional[string]   `json:"registry"`
}

// touches tells whether any container field is there.
func (b containerBody) touches() bool {
	return b.Image != nil || b.Args != nil || b.Disk != nil || b.Env != nil || b.Ports != nil || b.Registry.set
}

type mountsBody struct {
	Persistent *persistentMount `json:"persistent"`
	Network    *[]networkMount  `json:"network"`
}

type gpuBody struct {
	ID                  string    `json:"id"`
	Count               *int      `json:"count"`
	AllowedCudaVersions *[]string `json:"allowedCudaVersions"`
	MinCudaVersion      *string   `json:"minCudaVersion"`
	MinRAMPerGPU        int       `json:"minRamPerGpu"`       // GB; 0 is none
	MinVCPUCountPerGPU  int       `json:"minVcpuCountPerGpu"` // 0 is none
}

type cpuBody struct {
	ID        string `json:"id"`
	VCPUCount int    `json:"vcpuCount"`
}

type createPodBody struct {
	containerBody
	Name             string     `json:"name"`
	Cloud            string     `json:"cloud"`
	GPU              *gpuBody   `json:"gpu"`
	CPU              *cpuBody   `json:"cpu"`
	DataCenterIDs    []string   `json:"dataCenterIds"`
	GlobalNetworking bool       `json:"globalNetworking"`
	Mounts           mountsBody `json:"mounts"`
	StartJupyter     *bool      `json:"startJupyter"`
	StartSSH         *bool      `json:"startSsh"`
	TemplateID       *string    `json:"templateId"`
}

type updatePodBody struct {
	containerBody
	Name             *string    `json:"name"`
	Locked           *bool      `json:"locked"`
	GlobalNetworking *bool      `json:"globalNetworking"`
	Mounts           mountsBody `json:"mounts"`
	TemplateID       *string    `json:"templateId"`
}

type actionBody struct {
	Action string `json:"action"`
}

// The rules that several nouns have in common, as the document's schemas have
// them: objects are closed.

func text() *rule   { return &rule{kind: isString} }
func filled() *rule { return &rule{kind: isString, minLength: 1} }
func flag() *rule   { return &rule{kind: isBoolean} }
func texts() *rule  { return &rule{kind: isArray, items: text()} }

// version is a CUDA version.
func version() *rule { return &rule{kind: isString, pattern: regexp.MustCompile(`^\d+\.\d+$`)} }

func versions() *rule { return &rule{kind: isArray, items: version()} }

func persistentRule() *rule {
	return &rule{
		kind: isObject, required: []string{"size", "path"},
		fields: map[string]*rule{"size": {kind: isInteger, min: bound(10)}, "path": text()},
	}
}

// containerRule is an object with the fields of a container and those of its own.
func containerRule(own map[string]*rule) *rule {
	all := map[string]*rule{
		"image": text(), "args": text(), "disk": {kind: isInteger, min: bound(1)},
		"env": {kind: isObject, values: text()}, "ports": texts(), "registry": {kind: isString, nullable: true},
	}
	maps.Copy(all, own)
	return &rule{kind: isObject, fields: all, branch: slices.Sorted(maps.Keys(own))}
}

// mountsRule are the mounts of a pod.
func mountsRule() *rule {
	network := &rule{kind: isArray, maxItems: 1, items: &rule{
		kind: isObject, required: []string{"volumeId", "path"},
		fields: map[string]*rule{"volumeId": text(), "path": text()},
	}}
	return &rule{kind: isObject, fields: map[string]*rule{"persistent": persistentRule(), "network": network}}
}

func createPodRule() *rule {
	floor := &rule{kind: isInteger, min: bound(1)}
	r := containerRule(map[string]*rule{
		"name": filled(), "cloud": {kind: isString, enum: []string{secure, community}},
		"cpu": {kind: isObject, required: []string{"id", "vcpuCount"}, fields: map[string]*rule{
			"id": filled(), "vcpuCount": {kind: isInteger, min: bound(2)},
		}},
		"dataCenterIds": texts(), "globalNetworking": flag(),
		"gpu": {kind: isObject, required: []string{"id"}, fields: map[string]*rule{
			"id": text(), "count": {kind: isInteger, min: bound(1)}, "allowedCudaVersions": versions(), "minCudaVersion": version(),
			"minRamPerGpu": floor, "minVcpuCountPerGpu": floor,
		}},
		"mounts": mountsRule(), "startJupyter": flag(), "startSsh": flag(), "templateId": filled(),
	})
	r.required = []string{"name"}
	r.extra = func(o map[string]any) []string {
		if _, from := o["templateId"]; from {
			return nil
		}
		if _, named := o["image"]; named {
			return nil
		}
		return []string{"$: missing property 'image'"}
	}
	return r
}

func updatePodRule() *rule {
	return containerRule(map[string]*rule{
		"globalNetworking": flag(), "locked": flag(), "mounts": mountsRule(), "name": filled(), "templateId": text(),
	})
}

func actionRule() *rule {
	return &rule{kind: isObject, required: []string{"action"}, fields: map[string]*rule{
		"action": {kind: isString, enum: []string{"start", "stop", "restart", "terminate"}},
	}}
}
