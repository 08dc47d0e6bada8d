package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// SSHKeyList are the keys of an instance. The service sends the list as text: JSON
// within a JSON string.
type SSHKeyList []SSHKey

// SameKey compares the type and the material of two public keys; a comment and the
// spaces between tell nothing apart.
func SameKey(a, b string) bool {
	first, second := strings.Fields(a), strings.Fields(b)
	return len(first) >= 2 && len(second) >= 2 && first[0] == second[0] && first[1] == second[1]
}

// UnmarshalJSON accepts the text, a list and null, and leaves deleted keys out.
func (l *SSHKeyList) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if bytes.HasPrefix(data, []byte(`"`)) {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		if data = bytes.TrimSpace([]byte(text)); len(data) == 0 {
			data = []byte("null")
		}
	}
	var keys []SSHKey
	if err := json.Unmarshal(data, &keys); err != nil {
		return fmt.Errorf("list of SSH keys: %w", err)
	}
	*l = make(SSHKeyList, 0, len(keys))
	for _, key := range keys {
		if key.DeletedAt == nil {
			*l = append(*l, key)
		}
	}
	return nil
}
