package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// SSHKeyList are the keys of an instance. The service sends the list as text: JSON
// within a JSON string.
type SSHKeyList []SSHKey

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
