package wire

import "encoding/json"

// Nullable is a value or an explicit null. A *Nullable field with omitempty has
// three states: absent (nil), null (Valid false), a value.
type Nullable[T any] struct {
	Value T
	Valid bool
}

// MarshalJSON writes the value or null.
func (n Nullable[T]) MarshalJSON() ([]byte, error) {
	if !n.Valid {
		return []byte("null"), nil
	}
	return json.Marshal(n.Value)
}
