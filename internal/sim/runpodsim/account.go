package runpodsim

import (
	"net/http"
	"regexp"
	"slices"
)

type keysBody struct {
	Keys []string `json:"keys"`
}

// keyNoun is the account's SSH keys, one list that is read and written whole.
func (s *Sim) keyNoun() noun {
	replace := &rule{kind: isObject, required: []string{"keys"}, fields: map[string]*rule{
		"keys": {kind: isArray, items: &rule{
			kind: isString, pattern: regexp.MustCompile(`^(ssh|ecdsa|sk)-[^\s]+ [^\s]+([ \t][^\n\r]*)?$`),
		}},
	}}
	const path = "/v2/account/ssh-keys"
	read := on(http.MethodGet, path, "getSshKeys", s.getKeys)
	read.List = true
	return noun{
		Key: "ssh_keys", State: func() any { return slices.Clone(s.keys) }, Reset: func() { s.keys = []string{} },
		Routes: []route{read, on(http.MethodPut, path, "updateSshKeys", body(replace, s.putKeys))},
	}
}

func (s *Sim) getKeys(*call) (int, any, *problem) {
	return http.StatusOK, map[string]any{"keys": s.keys}, nil
}

// putKeys replaces the whole list. Running pods keep what they have.
func (s *Sim) putKeys(_ *call, in keysBody) (int, any, *problem) {
	s.keys = append([]string{}, in.Keys...)
	return http.StatusOK, map[string]any{"keys": s.keys}, nil
}
