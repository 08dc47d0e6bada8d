package vastaisim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// handler answers a request; a refusal that is not nil counts alone.
type handler func(*call) (any, *refusal)

// route is one operation.
type route struct {
	method    string
	segments  []string // "{}" matches any
	operation string
	list      bool
	access    access
	threshold float64 // smallest interval between two calls, seconds; 0 is none
	handle    handler
}

// newRoutes lists the operations under their names in the published document;
// updateInstanceTemplate, launchInstance, manageInstances, destroyInstances,
// showInstanceFilters and showInstancesV0 are not in it. Thresholds are those that its examples print.
func (s *Sim) newRoutes() []route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	table := []struct {
		method, path, operation string
		threshold               float64
		handle                  handler
	}{
		{post, "/api/v0/bundles", "searchOffers", 0, s.searchBundles},
		{put, "/api/v0/search/asks", "searchOffers", 0, s.searchAsks},
		{put, "/api/v0/asks/{}", "createInstance", 4.5, s.createInstance},
		{put, "/api/v0/launch_instance", "launchInstance", 4.5, s.launchInstance},
		{get, "/api/v0/instances", "showInstancesV0", 0, retired},
		{put, "/api/v0/instances", "manageInstances", 1, s.manageInstances},
		{del, "/api/v0/instances", "destroyInstances", 3, s.destroyInstances},
		{get, "/api/v1/instances", "showInstances", 1, s.listInstances},
		{get, "/api/v0/instances/filters", "showInstanceFilters", 0, s.instanceFilters},
		{get, "/api/v0/instances/{}", "showInstance", 2, s.showInstance},
		{put, "/api/v0/instances/{}", "manageInstance", 1, s.manageInstance},
		{del, "/api/v0/instances/{}", "destroyInstance", 3, s.destroyInstance},
		{put, "/api/v0/instances/reboot/{}", "rebootInstance", 1, s.rebootInstance},
		{put, "/api/v0/instances/recycle/{}", "recycleInstance", 1, s.recycleInstance},
		{put, "/api/v0/instances/bid_price/{}", "changeBid", 5.5, s.changeBid},
		{put, "/api/v0/instances/update_template/{}", "updateInstanceTemplate", 0, s.updateInstance},
		{get, "/api/v0/instances/{}/ssh", "showSshKeys", 0, s.listInstanceKeys},
		{post, "/api/v0/instances/{}/ssh", "attachSshKey", 0, s.attachKey},
		{del, "/api/v0/instances/{}/ssh/{}", "detachSshKey", 2, s.detachKey},
		{get, "/api/v0/ssh", "getSshKeysUser", 0, s.listKeys},
		{post, "/api/v0/ssh", "createSshKey", 1, s.createKey},
		{put, "/api/v0/ssh/{}", "updateSshKey", 1, s.updateKey},
		{del, "/api/v0/ssh/{}", "deleteSshKey", 0, s.deleteKey},
		{get, "/api/v0/users/current", "showUser", 0, s.showUser},
		{get, "/api/v0/template", "searchTemplates", 3, s.searchTemplates},
		{post, "/api/v0/template", "createTemplate", 0, s.createTemplate},
		{put, "/api/v0/template", "editTemplate", 0, s.editTemplate},
		{del, "/api/v0/template", "deleteTemplate", 0, s.deleteTemplate},
		{get, "/api/v0/volumes", "listVolumes", 5.5, s.listVolumes},
		{put, "/api/v0/volumes", "rentVolume", 0, s.rentVolume},
		{del, "/api/v0/volumes", "deleteVolume", 5.5, s.deleteVolume},
		{post, "/api/v0/volumes/search", "searchVolumes", 5.5, s.searchVolumes},
	}
	lists := []string{
		"searchOffers", "showInstances", "showInstancesV0", "showInstanceFilters", "showSshKeys", "getSshKeysUser",
		"searchTemplates", "listVolumes", "searchVolumes",
	}
	accesses := map[string]access{"searchOffers": open, "listVolumes": framework}
	routes := make([]route, 0, len(table))
	for _, t := range table {
		who, special := accesses[t.operation]
		if !special {
			who = keyed
		}
		routes = append(routes, route{
			method: t.method, segments: strings.Split(t.path[1:], "/"), operation: t.operation,
			list: slices.Contains(lists, t.operation), access: who, threshold: t.threshold, handle: t.handle,
		})
	}
	return routes
}

// find is the route of a request with the ids of its path. A slash at the end
// makes no difference, literal segments go before ids. known tells whether the
// path exists, with whatever verb.
func (s *Sim) find(r *http.Request) (found *route, ids []string, known bool) {
	segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	best := -1
	for i := range s.routes {
		candidate := &s.routes[i]
		values, ok := candidate.match(segments)
		if !ok {
			continue
		}
		literal := len(segments) - len(values)
		if literal > best {
			best, found, ids, known = literal, nil, nil, true
		}
		if literal == best && candidate.method == r.Method {
			found, ids = candidate, values
		}
	}
	return found, ids, known
}

func (r *route) match(segments []string) (ids []string, ok bool) {
	if len(segments) != len(r.segments) {
		return nil, false
	}
	for i, want := range r.segments {
		switch {
		case want == "{}":
			ids = append(ids, segments[i])
		case segments[i] != want:
			return nil, false
		}
	}
	return ids, true
}

// number is the nth id of the path; ok is false when it is no number.
func (c *call) number(n int) (id int64, ok bool) {
	id, err := strconv.ParseInt(c.ids[n], 10, 64)
	return id, err == nil
}

func (s *Sim) resolve(r *http.Request) string {
	if found, _, _ := s.find(r); found != nil {
		return found.operation
	}
	return ""
}

func (s *Sim) isList(operation string) bool {
	return slices.ContainsFunc(s.routes, func(r route) bool { return r.list && r.operation == operation })
}

func (s *Sim) operations() []string {
	var names []string
	for _, r := range s.routes {
		names = append(names, r.operation)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
