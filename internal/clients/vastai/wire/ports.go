package wire

import (
	"bytes"
	"encoding/json"
)

// PortMap is where container ports are published: "22/tcp" → addresses.
type PortMap map[string][]PortBinding

// UnmarshalJSON accepts the map, null, and the bare list of ports that the
// service's document has in one place; a list says nothing about addresses and
// reads as none.
func (m *PortMap) UnmarshalJSON(data []byte) error {
	*m = nil
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		return nil
	}
	return json.Unmarshal(data, (*map[string][]PortBinding)(m))
}
