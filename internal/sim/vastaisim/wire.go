package vastaisim

import (
	"encoding/json"
	"maps"
	"math"
	"strconv"
	"time"
)

// hoursPerMonth is the platform's month: prices per month are divided by it.
const hoursPerMonth = 720

// row is one object as it goes over the wire: an offer, an instance, a volume.
type row map[string]any

func (r row) clone() row { return maps.Clone(r) }

// num is a float that keeps its decimal point when it is whole, as the
// service's own JSON does: 5 is written 5.0.
type num float64

// MarshalJSON writes the shortest form that reads back the same.
func (n num) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return []byte("null"), nil
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendFloat(nil, f, 'f', 1, 64), nil
	}
	return json.Marshal(f)
}

// number reads any JSON or internal numeric value; ok is false for everything
// else, numeric strings included.
func number(v any) (f float64, ok bool) {
	switch n := v.(type) {
	case num:
		return float64(n), true
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	default:
		return 0, false
	}
}

// float reads a numeric key of r, or fallback when it is absent or null.
func (r row) float(key string, fallback float64) float64 {
	if f, ok := number(r[key]); ok {
		return f
	}
	return fallback
}

// text reads a string key of r, "" when it is absent or null.
func (r row) text(key string) string {
	s, _ := r[key].(string)
	return s
}

// truth reads a boolean key of r, false when it is absent or null.
func (r row) truth(key string) bool {
	b, _ := r[key].(bool)
	return b
}

// unix is t in the platform's form: seconds since the epoch with a fraction.
func unix(t time.Time) num { return num(float64(t.UnixMicro()) / 1e6) }

// fromUnix is the inverse of unix.
func fromUnix(seconds float64) time.Time { return time.UnixMicro(int64(seconds * 1e6)).UTC() }
