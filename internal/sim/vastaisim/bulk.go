package vastaisim

import (
	"net/http"
)

// maxBulk is how many ids the vendor's command line puts into one call.
const maxBulk = 64

// onEach makes a call for each id of a list that is an instance of the account.
// One that goes through is enough; found is how many there were.
func (s *Sim) onEach(c *call, ids []any, handle handler) (answer any, found int, bad *refusal) {
	for _, value := range ids {
		id, _ := coerceNumber(value)
		if s.instance(int64(id)) == nil {
			continue
		}
		found++
		given, refusal := handle(&call{ids: []string{key(int64(id))}, query: c.query, body: c.body})
		if refusal != nil {
			bad = refusal
			continue
		}
		answer = given
	}
	if answer != nil {
		bad = nil
	}
	return answer, found, bad
}

// createInstances rents many offers with one configuration. It is refused when
// none could be rented.
func (s *Sim) createInstances(c *call) (any, *refusal) {
	ids, given := c.body["ids"].([]any)
	switch {
	case !given:
		return nil, invalidArgs("error missings offer 'ids' parameter")
	case len(ids) == 0:
		return nil, invalidArgs("no ask ids provided")
	case len(ids) > maxBulk:
		return nil, invalidArgs("too many ask ids provided; max is %d", maxBulk)
	}
	results, created, failed := []row{}, []int64{}, []int64{}
	for _, value := range ids {
		ask, _ := coerceNumber(value)
		answer, bad := s.createInstance(&call{ids: []string{key(int64(ask))}, body: c.body})
		if bad != nil {
			failed = append(failed, int64(ask))
			results = append(results, row{"ask_id": int64(ask), "success": false, "error": bad.body["error"], "msg": bad.body["msg"]})
			continue
		}
		made, _ := answer.(row)
		id, _ := made["new_contract"].(int64)
		created = append(created, id)
		results = append(results, row{"ask_id": int64(ask), "success": true, "new_contract": id, "state": s.instance(id).intended})
	}
	if len(created) == 0 {
		return nil, invalidArgs("no instance could be created").with("results", results).with("failed", failed)
	}
	return row{"success": true, "results": results, "created": created, "failed": failed, "elapsed": num(0)}, nil
}

// destroyInstances is what the command line sends for "destroy instances".
func (s *Sim) destroyInstances(c *call) (any, *refusal) {
	ids, _ := c.body["instance_ids"].([]any)
	if len(ids) == 0 {
		return nil, invalidArgs("instance_ids array is required")
	}
	answer, found, bad := s.onEach(c, ids, s.destroyInstance)
	if found == 0 {
		return nil, refused(http.StatusNotFound, "instances_not_found", "Instances %v not found.", ids)
	}
	return answer, bad
}

// manageInstances is what it sends for "start instances" and "stop instances".
func (s *Sim) manageInstances(c *call) (any, *refusal) {
	ids, _ := c.body["ids"].([]any)
	switch {
	case len(ids) == 0:
		return nil, invalidArgs("ids list required")
	case len(ids) > maxBulk:
		return nil, invalidArgs("chunk length of %d > %d", len(ids), maxBulk)
	}
	answer, found, bad := s.onEach(c, ids, s.manageInstance)
	if found == 0 {
		return nil, refused(http.StatusNotFound, "invalid_args", "Invalid instance ID list ids.")
	}
	return answer, bad
}

// launchInstance searches and rents the best offer in one call: "launch instance".
func (s *Sim) launchInstance(c *call) (any, *refusal) {
	found, bad := s.searchAsks(c)
	if bad != nil {
		return nil, bad
	}
	answer, _ := found.(row)
	offers, _ := answer["offers"].([]row)
	if len(offers) == 0 {
		return nil, refused(http.StatusNotFound, "no_such_ask", "No offer matches the query.")
	}
	return s.createInstance(&call{ids: []string{key(int64(offers[0].float("id", 0)))}, body: c.body})
}
