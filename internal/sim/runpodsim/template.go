package runpodsim

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// template is a container preset, the account's own or of the public catalog.
type template struct {
	templateOut
	source   string    // of the catalog: "official", "verified", "community"; "" is own
	released time.Time // until when it stays in use after its last pod went
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

// templateNoun is the account's templates; the public ones belong to the catalog.
func (s *Sim) templateNoun() noun {
	fields := map[string]*rule{
		"name": filled(), "allowedCudaVersions": versions(), "public": flag(),
		"mounts":     {kind: isObject, fields: map[string]*rule{"persistent": persistentRule()}},
		"category":   {kind: isString, enum: []string{"CPU", "NVIDIA", "AMD"}},
		"serverless": flag(), "startJupyter": flag(), "startSsh": flag(),
	}
	create, update := containerRule(fields), containerRule(fields)
	create.required = []string{"name", "image"}
	const path = "/v2/templates"
	return noun{
		Key: "templates", State: func() any { return s.templatesOf("") },
		Reset: func() {
			s.templates.Clear()
			for _, t := range publicTemplates() {
				s.templates.Add(t)
			}
		},
		Routes: []route{
			onList(path, "listTemplates", s.listTemplates),
			on(http.MethodPost, path, "createTemplate", body(create, s.createTemplate)),
			on(http.MethodGet, path+"/{id}", "getTemplate", s.getTemplate),
			on(http.MethodPatch, path+"/{id}", "updateTemplate", body(update, s.updateTemplate)),
			on(http.MethodDelete, path+"/{id}", "deleteTemplate", s.deleteTemplate),
			onList("/v2/catalog/templates", "listPublicTemplates", s.listPublicTemplates),
		},
	}
}

// container is what a pod takes over from a template.
func (t *template) container() container {
	return container{
		image: t.Image, args: t.Args, disk: t.Disk, env: maps.Clone(t.Env), ports: slices.Clone(t.Ports), registry: t.Registry,
	}
}

// publicTemplates are a few entries of the public catalog.
func publicTemplates() []*template {
	entry := func(id, name, image, source string, serverless bool, ports ...string) *template {
		if ports == nil {
			ports = []string{}
		}
		return &template{source: source, templateOut: templateOut{
			ID: id, Name: name, Serverless: serverless, Public: true, Category: "NVIDIA", StartSSH: true, StartJupyter: true,
			containerOut:        containerOut{Image: image, Disk: 20, Env: map[string]string{}, Ports: ports},
			AllowedCudaVersions: []string{},
		}}
	}
	return []*template{
		entry("runpodtorch", "PyTorch 2.8", "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404", "official", false, "8888/http", "22/tcp"),
		entry("runpodubuntu", "Ubuntu 24.04", "runpod/base:1.0.2-ubuntu2404", "official", false, "22/tcp"),
		entry("workercomfy", "ComfyUI worker", "runpod/worker-comfyui:5.5.0-base", "official", true),
		entry("verifiedvllm", "vLLM", "vllm/vllm-openai:v0.11.0", "verified", false, "8000/http"),
		entry("communityweb", "Text generation web UI", "atinoda/text-generation-webui:default", "community", false, "7860/http"),
	}
}

// ownTemplate is a template that may be changed.
func (s *Sim) ownTemplate(id string) *template {
	if t := s.templates.Get(id); t != nil && t.source == "" {
		return t
	}
	return nil
}

func (s *Sim) templatesOf(source string) []templateOut {
	list := []templateOut{}
	for _, t := range s.templates.All() {
		if t.source == source {
			list = append(list, t.templateOut)
		}
	}
	return list
}

func (s *Sim) listTemplates(*call) (int, any, *problem) {
	return http.StatusOK, map[string]any{"templates": s.templatesOf("")}, nil
}

func (s *Sim) listPublicTemplates(c *call) (int, any, *problem) {
	q := &query{values: c.query}
	source := q.list("source", "official", "verified", "community")
	switch {
	case len(q.errs) > 0:
		return 0, nil, invalid(q.errs)
	case len(source) == 0:
		source = []string{"official"}
	}
	return http.StatusOK, map[string]any{"templates": s.templatesOf(source[0])}, nil
}

func (s *Sim) getTemplate(c *call) (int, any, *problem) {
	t := s.templates.Get(c.id)
	if t == nil {
		return 0, nil, notFound("template")
	}
	return http.StatusOK, t.templateOut, nil
}

func (s *Sim) createTemplate(_ *call, in templateBody) (int, any, *problem) {
	t := &template{templateOut: templateOut{
		ID: simkit.RandomID(s.rnd, 10), Category: "NVIDIA", StartSSH: true, StartJupyter: true, AllowedCudaVersions: []string{},
		containerOut: containerOut{Disk: s.options.DefaultDiskGB, Env: map[string]string{}, Ports: []string{}},
	}}
	if p := s.change(t, in); p != nil {
		return 0, nil, p
	}
	s.templates.Add(t)
	return http.StatusCreated, t.templateOut, nil
}

func (s *Sim) updateTemplate(c *call, in templateBody) (int, any, *problem) {
	t := s.ownTemplate(c.id)
	if t == nil {
		return 0, nil, notFound("template")
	}
	if p := s.change(t, in); p != nil {
		return 0, nil, p
	}
	return http.StatusOK, t.templateOut, nil
}

// change puts the fields of a body into a template. Names are unique in the
// account.
func (s *Sim) change(t *template, in templateBody) *problem {
	if in.Name != nil && !s.options.TwinTemplates && s.templates.Used(func(o *template) bool { return o != t && o.source == "" && o.Name == *in.Name }) {
		return badRequest("a template named %q exists already", *in.Name)
	}
	next := t.container()
	if p := s.apply(&next, in.containerBody, false); p != nil {
		return p
	}
	t.containerOut = next.out()
	if in.Mounts.Persistent != nil {
		mount := *in.Mounts.Persistent
		t.Mounts.Persistent = &mount
	}
	set(&t.Name, in.Name)
	set(&t.Serverless, in.Serverless)
	set(&t.Public, in.Public)
	set(&t.Category, in.Category)
	set(&t.StartSSH, in.StartSSH)
	set(&t.StartJupyter, in.StartJupyter)
	set(&t.AllowedCudaVersions, in.AllowedCudaVersions)
	return nil
}

// set takes a value over when there is one.
func set[T any](into, value *T) {
	if value != nil {
		*into = *value
	}
}

func (s *Sim) deleteTemplate(c *call) (int, any, *problem) {
	t := s.ownTemplate(c.id)
	if t == nil {
		return 0, nil, notFound("template")
	}
	if s.now.Before(t.released) || s.pods.Used(func(p *pod) bool { return p.template != nil && *p.template == t.ID }) {
		return 0, nil, badRequest("template %s is in use by a pod", t.ID)
	}
	s.templates.Remove(t)
	return http.StatusNoContent, nil, nil
}
