package wire

import (
	"encoding/json"
	"strconv"
)

// EnvPairs is an environment that comes as a list of pairs, or as an object.
type EnvPairs map[string]string

// UnmarshalJSON accepts [["A","1"],…], {"A":"1"} and null.
func (e *EnvPairs) UnmarshalJSON(data []byte) error {
	var pairs [][]value
	if json.Unmarshal(data, &pairs) == nil {
		out := make(EnvPairs, len(pairs))
		for _, pair := range pairs {
			switch len(pair) {
			case 0:
			case 1:
				out[string(pair[0])] = ""
			default:
				out[string(pair[0])] = string(pair[1])
			}
		}
		*e = out
		return nil
	}
	var object map[string]value
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	out := make(EnvPairs, len(object))
	for name, value := range object {
		out[name] = string(value)
	}
	*e = out
	return nil
}

// value is a string that may come as a number. Unlike a [Text] it is not trimmed:
// it is somebody's value, to be sent back as it is.
type value string

// UnmarshalJSON accepts strings, numbers, truth values and null.
func (v *value) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*v = value(s) // null is ""
		return nil
	}
	var n json.Number
	if json.Unmarshal(data, &n) == nil {
		*v = value(n.String())
		return nil
	}
	var b bool
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	*v = value(strconv.FormatBool(b))
	return nil
}
