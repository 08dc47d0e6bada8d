package transport

import (
	"strconv"
	"strings"
	"time"
)

// limit is one member of a RateLimit or RateLimit-Policy header: a window's name
// and its integer parameters.
type limit struct {
	name   string
	params map[string]int
}

// duration is a parameter in seconds.
func (l limit) duration(param string) (time.Duration, bool) {
	seconds, ok := l.params[param]
	return time.Duration(min(seconds, maxSeconds)) * time.Second, ok
}

// parseLimits reads structured-field lists such as
//
//	"minute";r=0;t=12, "hour";r=2800;t=1812
//
// in which members and parameters come in any order, parameters may be missing or
// unknown, and a name may be a string or a token. What it cannot read it leaves
// out; numbers below zero count as zero.
func parseLimits(values []string) []limit {
	var limits []limit
	for _, member := range splitOutsideQuotes(strings.Join(values, ","), ',') {
		parts := splitOutsideQuotes(member, ';')
		l := limit{name: unquote(parts[0]), params: map[string]int{}}
		if l.name == "" {
			continue
		}
		for _, part := range parts[1:] {
			key, text, _ := strings.Cut(part, "=")
			if n, err := strconv.Atoi(unquote(text)); err == nil {
				l.params[strings.ToLower(strings.TrimSpace(key))] = max(0, n)
			}
		}
		limits = append(limits, l)
	}
	return limits
}

// splitOutsideQuotes returns at least one part.
func splitOutsideQuotes(text string, separator byte) []string {
	var parts []string
	begin, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && text[i] == '\\':
			i++
		case text[i] == '"':
			quoted = !quoted
		case text[i] == separator && !quoted:
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	return append(parts, text[begin:])
}

func unquote(text string) string {
	return strings.Trim(text, "\" \t")
}
