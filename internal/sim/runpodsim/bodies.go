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

type templateBody struct {
	containerBody
	Name                *string    `json:"name"`
	Mounts              mountsBody `json:"mounts"`
	Serverless          *bool      `json:"serverless"`
	Public              *bool      `json:"public"`
	Category            *string    `json:"category"`
	StartSSH            *bool      `json:"startSsh"`
	StartJupyter        *bool      `json:"startJupyter"`
	AllowedCudaVersions *[]string  `json:"allowedCudaVersions"`
}

type volumeBody struct {
	Name       *string `json:"name"`
	Size       *int    `json:"size"`
	DataCenter string  `json:"dataCenter"`
	Type       string  `json:"type"`
}

type registryBody struct {
	Name     string `json:"name"`
	Username string `json:"username"`
	Password string `json:"password"`
}

type actionBody struct {
	Action string `json:"action"`
}

type keysBody struct {
	Keys []string `json:"keys"`
}

// schemas are the request bodies, closed as the document closes them.
type schemas struct {
	createPod, updatePod, action, keys         *rule
	createTemplate, updateTemplate             *rule
	createVolume, updateVolume, createRegistry *rule
}

func newSchemas() schemas {
	text, filled := &rule{kind: isString}, &rule{kind: isString, minLength: 1}
	flag := &rule{kind: isBoolean}
	texts := &rule{kind: isArray, items: text}
	version := &rule{kind: isString, pattern: regexp.MustCompile(`^\d+\.\d+$`)}
	versions := &rule{kind: isArray, items: version}
	persistent := &rule{
		kind: isObject, required: []string{"size", "path"},
		fields: map[string]*rule{"size": {kind: isInteger, min: bound(10)}, "path": text},
	}
	network := &rule{kind: isArray, maxItems: 1, items: &rule{
		kind: isObject, required: []string{"volumeId", "path"},
		fields: map[string]*rule{"volumeId": text, "path": text},
	}}
	mounts := &rule{kind: isObject, fields: map[string]*rule{"persistent": persistent, "network": network}}
	templateMounts := &rule{kind: isObject, fields: map[string]*rule{"persistent": persistent}}
	container := map[string]*rule{
		"image": text, "args": text, "disk": {kind: isInteger, min: bound(1)},
		"env": {kind: isObject, values: text}, "ports": texts, "registry": {kind: isString, nullable: true},
	}
	with := func(own map[string]*rule) *rule {
		all := maps.Clone(container)
		maps.Copy(all, own)
		return &rule{kind: isObject, fields: all, branch: slices.Sorted(maps.Keys(own))}
	}

	createPod := with(map[string]*rule{
		"name": filled, "cloud": {kind: isString, enum: []string{secure, community}},
		"cpu": {kind: isObject, required: []string{"id", "vcpuCount"}, fields: map[string]*rule{
			"id": filled, "vcpuCount": {kind: isInteger, min: bound(2)},
		}},
		"dataCenterIds": texts, "globalNetworking": flag,
		"gpu": {kind: isObject, required: []string{"id"}, fields: map[string]*rule{
			"id": text, "count": {kind: isInteger, min: bound(1)},
			"allowedCudaVersions": versions, "minCudaVersion": version,
		}},
		"mounts": mounts, "startJupyter": flag, "startSsh": flag, "templateId": filled,
	})
	createPod.required = []string{"name"}
	createPod.extra = func(o map[string]any) []string {
		if _, from := o["templateId"]; from {
			return nil
		}
		if _, named := o["image"]; named {
			return nil
		}
		return []string{"$: missing property 'image'"}
	}

	templateOwn := map[string]*rule{
		"name": filled, "allowedCudaVersions": versions, "mounts": templateMounts, "public": flag,
		"category":   {kind: isString, enum: []string{"CPU", "NVIDIA", "AMD"}},
		"serverless": flag, "startJupyter": flag, "startSsh": flag,
	}
	createTemplate := with(templateOwn)
	createTemplate.required = []string{"name", "image"}

	volumeSize := &rule{kind: isInteger, min: bound(10), max: bound(4096)}
	return schemas{
		createPod: createPod,
		updatePod: with(map[string]*rule{
			"globalNetworking": flag, "locked": flag, "mounts": mounts, "name": filled, "templateId": text,
		}),
		action: &rule{kind: isObject, required: []string{"action"}, fields: map[string]*rule{
			"action": {kind: isString, enum: []string{"start", "stop", "restart", "terminate"}},
		}},
		keys: &rule{kind: isObject, required: []string{"keys"}, fields: map[string]*rule{
			"keys": {kind: isArray, items: &rule{
				kind: isString, pattern: regexp.MustCompile(`^(ssh|ecdsa|sk)-[^\s]+ [^\s]+([ \t][^\n\r]*)?$`),
			}},
		}},
		createTemplate: createTemplate,
		updateTemplate: with(templateOwn),
		createVolume: &rule{kind: isObject, required: []string{"name", "size", "dataCenter"}, fields: map[string]*rule{
			"dataCenter": filled, "name": filled, "size": volumeSize,
			"type": {kind: isString, enum: []string{standard, highPerformance}},
		}},
		updateVolume: &rule{kind: isObject, minProps: 1, fields: map[string]*rule{"name": filled, "size": volumeSize}},
		createRegistry: &rule{kind: isObject, required: []string{"name", "username", "password"}, fields: map[string]*rule{
			"name": filled, "username": filled, "password": filled,
		}},
	}
}
