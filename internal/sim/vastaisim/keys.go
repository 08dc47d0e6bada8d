package vastaisim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// sshKey is a public key of the account or of an instance.
type sshKey struct {
	id      int64
	text    string
	created time.Time
}

// keyNoun is the account's SSH keys.
func (s *Sim) keyNoun() noun {
	const path = "/api/v0/ssh"
	return noun{
		Key: "ssh_keys", State: func() any { return simkit.Rows(s.keys, (*sshKey).row) }, Reset: s.keys.Clear,
		Routes: []route{
			onList(http.MethodGet, path, "getSshKeysUser", s.listKeys),
			on(http.MethodPost, path, "createSshKey", s.createKey),
			on(http.MethodPut, path+"/{id}", "updateSshKey", s.updateKey),
			on(http.MethodDelete, path+"/{id}", "deleteSshKey", s.deleteKey),
		},
	}
}

// row is the key as the live service shows it: with the time as a number.
func (k *sshKey) row() row {
	return row{"id": k.id, "user_id": userID, "public_key": k.text, "created_at": unix(k.created), "deleted_at": nil}
}

// listedKey is the key in the account's list, whose document has another name for the
// text and a text for the time.
func (s *Sim) listedKey(k *sshKey) row {
	shown := k.row()
	if s.opt.KeyListAsDocumented {
		delete(shown, "public_key")
		shown["key"], shown["created_at"] = k.text, k.created.UTC().Format(time.RFC3339)
	}
	return shown
}

// keyExists is the refusal of a key that the account has under another number.
func (s *Sim) keyExists(text string, but *sshKey) *refusal {
	if s.keys.Used(func(k *sshKey) bool { return k != but && k.text == text }) {
		return refused(http.StatusBadRequest, "invalid_request", "The SSH key already exists on this account")
	}
	return nil
}

// ofTeam refuses what a team does not have.
func (s *Sim) ofTeam() *refusal {
	if s.opt.Team {
		return refused(http.StatusForbidden, "team_ssh_keys_not_supported", "SSH keys are not supported for teams")
	}
	return nil
}

var publicKey = regexp.MustCompile(`^(ssh|ecdsa|sk)-\S+ \S+`)

// readKey is the key in a body; bad tells why there is none.
func readKey(body row) (text string, bad *refusal) {
	f := &fields{row: body}
	given := f.string("ssh_key")
	switch {
	case f.bad != nil:
		return "", f.bad
	case given == nil || strings.TrimSpace(*given) == "":
		return "", refused(http.StatusBadRequest, "no_ssh_key", "No ssh key provided")
	case !publicKey.MatchString(strings.TrimSpace(*given)):
		return "", refused(http.StatusBadRequest, "invalid_request", "Invalid ssh key")
	}
	return strings.TrimSpace(*given), nil
}

func (s *Sim) newKey(text string) sshKey {
	return sshKey{id: s.step(&s.keyID), text: text, created: s.now}
}

func hasText(keys []sshKey, text string) bool {
	return slices.ContainsFunc(keys, func(k sshKey) bool { return k.text == text })
}

func (s *Sim) listKeys(*call) (any, *refusal) {
	if bad := s.ofTeam(); bad != nil {
		return nil, bad
	}
	if s.keys.Len() == 0 && !s.opt.EmptyKeyList {
		return nil, refused(http.StatusNotFound, "not_found", "No SSH keys found for the user.")
	}
	return simkit.Rows(s.keys, s.listedKey), nil
}

// createKey adds a key for instances to come.
func (s *Sim) createKey(c *call) (any, *refusal) {
	if bad := s.ofTeam(); bad != nil {
		return nil, bad
	}
	text, bad := readKey(c.body)
	if bad != nil {
		return nil, bad
	}
	if bad := s.keyExists(text, nil); bad != nil {
		return nil, bad
	}
	k := s.newKey(text)
	s.keys.Add(&k)
	return row{"success": true, "key": k.row()}, nil
}

// keyOf is the account's key that a path names; missing is the answer when there is
// no such key.
func (s *Sim) keyOf(c *call, missing *refusal) (*sshKey, *refusal) {
	if bad := s.ofTeam(); bad != nil {
		return nil, bad
	}
	id, ok := c.number(0)
	if !ok {
		return nil, refused(http.StatusBadRequest, "invalid_request", "Invalid request parameters")
	}
	if k := s.keys.Get(key(id)); k != nil {
		return k, nil
	}
	return nil, missing
}

func (s *Sim) updateKey(c *call) (any, *refusal) {
	k, bad := s.keyOf(c, refused(http.StatusNotFound, "not_found", "The SSH key does not exist on this account"))
	if bad != nil {
		return nil, bad
	}
	text, bad := readKey(c.body)
	if bad != nil {
		return nil, bad
	}
	if bad := s.keyExists(text, k); bad != nil {
		return nil, bad
	}
	k.text = text
	return row{"success": true, "key": k.row()}, nil
}

func (s *Sim) deleteKey(c *call) (any, *refusal) {
	k, bad := s.keyOf(c, refused(http.StatusBadRequest, "no_ssh_key", "No ssh key provided"))
	if bad != nil {
		return nil, bad
	}
	s.keys.Remove(k)
	return success(), nil
}

// listInstanceKeys answers with JSON inside a JSON string.
func (s *Sim) listInstanceKeys(c *call) (any, *refusal) {
	i, bad := s.instanceOf(c, noSuchInstance())
	if bad != nil {
		return nil, bad
	}
	list := []row{}
	for _, k := range i.keys {
		list = append(list, k.row())
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, refused(http.StatusInternalServerError, "server_error", "Something went wrong on the server")
	}
	return row{"success": true, "ssh_keys": string(text)}, nil
}

// attachKey takes the text of a key. A key of the account keeps its id.
func (s *Sim) attachKey(c *call) (any, *refusal) {
	i, bad := s.instanceOf(c, noSuchInstance())
	if bad != nil {
		return nil, bad
	}
	text, bad := readKey(c.body)
	if bad != nil {
		return nil, bad
	}
	if hasText(i.keys, text) {
		return nil, refused(http.StatusBadRequest, "invalid_request", "SSH key already associated with instance.")
	}
	k := s.newKey(text)
	if own := s.keys.Find(func(o *sshKey) bool { return o.text == text }); own != nil {
		k = *own
	}
	i.keys = append(i.keys, k)
	return row{"success": true, "msg": "SSH key added to instance."}, nil
}

// detachKey takes the number of a key.
func (s *Sim) detachKey(c *call) (any, *refusal) {
	i, bad := s.instanceOf(c, refused(http.StatusNotFound, "no_such_instance", "Instance not found."))
	if bad != nil {
		return nil, bad
	}
	id, ok := c.number(1)
	if !ok {
		return nil, refused(http.StatusBadRequest, "invalid_request", "Invalid request parameters")
	}
	before := len(i.keys)
	i.keys = slices.DeleteFunc(i.keys, func(k sshKey) bool { return k.id == id })
	if len(i.keys) == before {
		return nil, refused(http.StatusNotFound, "no_such_ssh_key", "SSH key not found.")
	}
	return row{"success": true, "msg": "SSH key removed from instance."}, nil
}
