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
