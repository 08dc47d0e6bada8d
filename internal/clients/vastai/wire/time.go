package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Time is a moment that comes as Unix seconds or as an RFC 3339 text, in UTC. Null
// leaves it as it is.
type Time struct{ time.Time }

// UnmarshalJSON accepts 1764230400, 1764230400.25, "1764230400",
// "2025-11-27T08:00:00Z" and null.
func (t *Time) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	var text string
	if json.Unmarshal(data, &text) == nil {
		// Some of the service's times have no zone; they are in UTC.
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
			if parsed, err := time.Parse(layout, text); err == nil {
				t.Time = parsed.UTC()
				return nil
			}
		}
	}
	seconds := Float(math.NaN())
	if err := seconds.UnmarshalJSON(data); err != nil {
		return fmt.Errorf("%s is not a time", data)
	}
	if f := float64(seconds); !math.IsNaN(f) {
		whole, part := math.Modf(f)
		t.Time = time.Unix(int64(whole), int64(part*1e9)).UTC()
	}
	return nil
}
