package vastaisim

import (
	"fmt"
	"net/http"
	"strconv"
)

// maxBulk is how many ids the vendor's command line puts into one call.
const maxBulk = 64

// onEach makes a call for each id in a field of the body, as far as the first
// refusal. What the service answers to the calls on many objects is not
// published; here it is what one of them answers.
func onEach(c *call, key string, handle handler) (any, *refusal) {
	ids, ok := c.body[key].([]any)
	if !ok || len(ids) == 0 || len(ids) > maxBulk {
		return nil, invalidArgs("error 400/3467: Invalid args: '%s' has to be a list of 1 to %d ids", key, maxBulk)
	}
	var answer any
	for _, value := range ids {
		id := fmt.Sprint(value)
		if n, ok := number(value); ok {
			id = strconv.FormatFloat(n, 'f', -1, 64)
		}
		var bad *refusal
		one := &call{ids: []string{id}, query: c.query, body: c.body}
		if answer, bad = handle(one); bad != nil {
			return nil, bad
		}
	}
	return answer, nil
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

// destroyInstances and manageInstances are what the command line sends for
// "destroy instances", "start instances" and "stop instances".
func (s *Sim) destroyInstances(c *call) (any, *refusal) {
	return onEach(c, "instance_ids", s.destroyInstance)
}

func (s *Sim) manageInstances(c *call) (any, *refusal) {
	return onEach(c, "ids", s.manageInstance)
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
	return s.createInstance(&call{ids: []string{strconv.FormatFloat(offers[0].float("id", 0), 'f', -1, 64)}, body: c.body})
}
