package runpodsim

import (
	"net/http"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

type registryOut struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type registryBody struct {
	Name     string `json:"name"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// registryNoun is the credentials for private images.
func (s *Sim) registryNoun() noun {
	create := &rule{kind: isObject, required: []string{"name", "username", "password"}, fields: map[string]*rule{
		"name": filled(), "username": filled(), "password": filled(),
	}}
	const path = "/v2/registries"
	return noun{
		Key: "registries", State: func() any { return s.registries.All() }, Reset: s.registries.Clear,
		Routes: []route{
			onList(path, "listRegistries", s.listRegistries),
			on(http.MethodPost, path, "createRegistry", body(create, s.createRegistry)),
			on(http.MethodGet, path+"/{id}", "getRegistry", s.getRegistry),
			on(http.MethodDelete, path+"/{id}", "deleteRegistry", s.deleteRegistry),
		},
	}
}

func (s *Sim) listRegistries(*call) (int, any, *problem) {
	return http.StatusOK, map[string]any{"registries": simkit.Rows(s.registries, func(r *registryOut) registryOut { return *r })}, nil
}

// createRegistry keeps the name; user and password are write-only.
func (s *Sim) createRegistry(_ *call, in registryBody) (int, any, *problem) {
	r := &registryOut{ID: simkit.RandomID(s.rnd, 10), Name: in.Name}
	s.registries.Add(r)
	return http.StatusCreated, r, nil
}

func (s *Sim) getRegistry(c *call) (int, any, *problem) {
	r := s.registries.Get(c.id)
	if r == nil {
		return 0, nil, notFound("resource")
	}
	return http.StatusOK, r, nil
}

// deleteRegistry is refused while a pod uses the credential; templates lose it
// silently.
func (s *Sim) deleteRegistry(c *call) (int, any, *problem) {
	r := s.registries.Get(c.id)
	if r == nil {
		return 0, nil, notFound("resource")
	}
	uses := func(registry *string) bool { return registry != nil && *registry == r.ID }
	if s.pods.Used(func(p *pod) bool { return uses(p.registry) }) {
		return 0, nil, badRequest("the credential is in use by a pod")
	}
	for _, t := range s.templates.Where(func(t *template) bool { return uses(t.Registry) }) {
		t.Registry = nil
	}
	s.registries.Remove(r)
	return http.StatusNoContent, nil, nil
}
