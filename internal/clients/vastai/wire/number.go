// Package wire has the request and response bodies of the Vast.ai API, as they
// travel. Decoding is tolerant, as the service demands: numbers come as 5, 5.0 or
// "5", most of them may be null, and unknown keys are ignored.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Float is a number that may come as a string. Null leaves it as it is.
type Float float64

// UnmarshalJSON accepts 5, 5.0, "5" and null.
func (f *Float) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if string(data) == "null" {
		return nil
	}
	text := string(data)
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		if text = strings.TrimSpace(text); text == "" {
			return nil
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%s is not a number", data)
	}
	*f = Float(v)
	return nil
}

// Int is a whole number that may come as 5.0 or "5". Null leaves it as it is.
type Int int64

// UnmarshalJSON accepts 5, 5.0, "5" and null.
func (i *Int) UnmarshalJSON(data []byte) error {
	var whole int64
	if json.Unmarshal(data, &whole) == nil {
		if string(bytes.TrimSpace(data)) != "null" {
			*i = Int(whole)
		}
		return nil
	}
	f := Float(*i)
	if err := f.UnmarshalJSON(data); err != nil {
		return err
	}
	if math.Abs(float64(f)) > 1<<53 {
		return fmt.Errorf("%s is out of range", data)
	}
	*i = Int(f)
	return nil
}

// Bool is a truth value that may come as 0 or 1. Null leaves it as it is.
type Bool bool

// UnmarshalJSON accepts true, 1, 1.0, "true" and null.
func (b *Bool) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(bytes.TrimSpace(data)), `"`)
	switch strings.ToLower(text) {
	case "null":
	case "true", "1", "1.0":
		*b = true
	case "false", "0", "0.0", "":
		*b = false
	default:
		return fmt.Errorf("%s is not a boolean value", data)
	}
	return nil
}

// Text is a string that may come as a number (os_version) or with whitespace
// around it. Null leaves it as it is.
type Text string

// UnmarshalJSON accepts strings, numbers and null, and trims.
func (t *Text) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if string(data) == "null" {
		return nil
	}
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = Text(strings.TrimSpace(s))
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("%s is neither a string nor a number", data)
	}
	*t = Text(n.String())
	return nil
}
