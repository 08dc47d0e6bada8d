package vastaisim

import (
	"fmt"
	"net/http"
)

// fields reads a request body. Absent and null are the same. The first value of
// a wrong type is kept as the refusal.
type fields struct {
	row
	bad *refusal
}

func (f *fields) fail(key, want string) {
	if f.bad == nil {
		f.bad = refused(http.StatusBadRequest, "invalid_args", "error 400/3467: Invalid args: '%s' must be %s", key, want)
	}
}

func (f *fields) string(key string) *string {
	switch v := f.row[key].(type) {
	case nil:
	case string:
		return &v
	default:
		f.fail(key, "a string")
	}
	return nil
}

func (f *fields) number(key string) *float64 {
	if f.row[key] == nil {
		return nil
	}
	if v, ok := number(f.row[key]); ok {
		return &v
	}
	f.fail(key, "a number")
	return nil
}

func (f *fields) bool(key string) *bool {
	switch v := f.row[key].(type) {
	case nil:
	case bool:
		return &v
	default:
		f.fail(key, "a boolean")
	}
	return nil
}

func (f *fields) object(key string) row {
	switch v := f.row[key].(type) {
	case nil:
	case map[string]any:
		return v
	default:
		f.fail(key, "an object")
	}
	return nil
}

// args reads a list of strings, or a text that is split as a shell would.
func (f *fields) args(key string) []string {
	switch v := f.row[key].(type) {
	case nil:
		return nil
	case string:
		return words(v)
	case []any:
		list := []string{}
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				f.fail(key, "a list of strings")
				return nil
			}
			list = append(list, text)
		}
		return list
	default:
		f.fail(key, "a list of strings")
		return nil
	}
}

// env reads an environment. Docker flags in a string are accepted and have no
// effect, as the vendor's guide warns; nil means that there was none.
func (f *fields) env(key string) map[string]string {
	object, ok := f.row[key].(map[string]any)
	if !ok {
		if f.row[key] != nil {
			f.string(key)
		}
		return nil
	}
	env := make(map[string]string, len(object))
	for name, value := range object {
		switch v := value.(type) {
		case string:
			env[name] = v
		case nil:
			env[name] = ""
		case map[string]any, []any:
			f.fail(key, fmt.Sprintf("a map of strings, %q is none", name))
		default:
			env[name] = pythonic(v)
		}
	}
	return env
}

func orElse[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}
