package wire

import "encoding/json"

// EnvPairs is an environment that comes as a list of pairs, or as an object.
type EnvPairs map[string]string

// UnmarshalJSON accepts [["A","1"],…], {"A":"1"} and null.
func (e *EnvPairs) UnmarshalJSON(data []byte) error {
	var pairs [][]Text
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
	var object map[string]Text
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
