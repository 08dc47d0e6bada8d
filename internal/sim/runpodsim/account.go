package runpodsim

import (
	"net/http"
	"slices"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

func (s *Sim) getKeys(*call) (int, any, *problem) {
	return http.StatusOK, map[string]any{"keys": s.keys}, nil
}

// putKeys replaces the whole list. Running pods keep what they have.
func (s *Sim) putKeys(_ *call, in keysBody) (int, any, *problem) {
	s.keys = append([]string{}, in.Keys...)
	return http.StatusOK, map[string]any{"keys": s.keys}, nil
}

func (s *Sim) registry(id string) *registryOut {
	i := slices.IndexFunc(s.registries, func(r *registryOut) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return s.registries[i]
}

func (s *Sim) listRegistries(*call) (int, any, *problem) {
	list := []registryOut{}
	for _, r := range s.registries {
		list = append(list, *r)
	}
	return http.StatusOK, map[string]any{"registries": list}, nil
}

// createRegistry keeps the name; user and password are write-only.
func (s *Sim) createRegistry(_ *call, in registryBody) (int, any, *problem) {
	r := &registryOut{ID: simkit.RandomID(s.rnd, 10), Name: in.Name}
	s.registries = append(s.registries, r)
	return http.StatusCreated, r, nil
}

func (s *Sim) getRegistry(c *call) (int, any, *problem) {
	r := s.registry(c.id)
	if r == nil {
		return 0, nil, notFound("resource")
	}
	return http.StatusOK, r, nil
}

// deleteRegistry is refused while a pod uses the credential; templates lose it
// silently.
func (s *Sim) deleteRegistry(c *call) (int, any, *problem) {
	r := s.registry(c.id)
	if r == nil {
		return 0, nil, notFound("resource")
	}
	uses := func(registry *string) bool { return registry != nil && *registry == r.ID }
	if slices.ContainsFunc(s.pods, func(p *pod) bool { return uses(p.registry) }) {
		return 0, nil, badRequest("the credential is in use by a pod")
	}
	for _, t := range s.templates {
		if uses(t.Registry) {
			t.Registry = nil
		}
	}
	s.registries = slices.DeleteFunc(s.registries, func(o *registryOut) bool { return o == r })
	return http.StatusNoContent, nil, nil
}
