package transport

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxMessage is the most of a platform's text that an error repeats, in bytes.
	maxMessage = 1000
	// maxSearched is how much more of a text is searched for secrets than is told.
	maxSearched = 16 << 10
	// maxLogged is the most of a body that is logged, in bytes.
	maxLogged = 16 << 10
)

// masked stands where a secret was.
const masked = "[redacted]"

// secretsOf are the secrets of a request, which a platform may repeat:
// environments, passwords and logins, these and environments that are one text also
// word by word.
func secretsOf(body []byte) []string {
	var value any
	if len(body) == 0 || json.Unmarshal(body, &value) != nil {
		return nil
	}
	var found []string
	var walk func(value any, secret, words bool)
	walk = func(value any, secret, words bool) {
		switch value := value.(type) {
		case map[string]any:
			for key, below := range value {
				login, env := strings.Contains(strings.ToLower(key), "login"), environmentKey(key)
				_, text := below.(string)
				walk(below, secret || login || sensitiveKey(key), login || env && text)
			}
		case []any:
			for _, below := range value {
				walk(below, secret, words)
			}
		case string:
			if !secret {
				return
			}
			found = append(found, value)
			if !words {
				return
			}
			for _, word := range strings.Fields(value) {
				if _, assigned, ok := strings.Cut(word, "="); ok {
					word = assigned
				}
				found = append(found, word)
			}
		}
	}
	walk(value, false, false)
	return found
}

// sensitiveKey is [secretKey] without what is told in refusals more often than it
// is secret: commands and public keys.
func sensitiveKey(key string) bool {
	key = strings.ToLower(key)
	return environmentKey(key) || slices.ContainsFunc([]string{"token", "password", "passwd", "secret"},
		func(part string) bool { return strings.Contains(key, part) })
}

func environmentKey(key string) bool {
	return slices.Contains([]string{"env", "environment", "extra_env"}, strings.ToLower(key))
}

// assigned are secrets that only their names tell, in a text that is no JSON or was
// escaped by who wrote it: HF_TOKEN=…, \"password\": \"…\".
var assigned = regexp.MustCompile(`(?i)([\w-]*(?:token|secret|passw|api_?key|credential)[\w-]*(?:=|\\*["']\s*:\s*\\*["']))[^\s"'\\,;}]+`)

// maxFragments bounds the attempts to read JSON in a text.
const maxFragments = 50

// redactText masks in a platform's words what stands there below keys that may hold
// a secret, as JSON or as an assignment.
func redactText(text string) string {
	var out strings.Builder
	for range maxFragments {
		begin := strings.IndexAny(text, "{[")
		if begin < 0 {
			break
		}
		out.WriteString(text[:begin])
		text = text[begin:]
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var value any
		if decoder.Decode(&value) != nil {
			out.WriteString(text[:1])
			text = text[1:]
			continue
		}
		fragment := text[:decoder.InputOffset()]
		text = text[len(fragment):]
		if clean, changed := mask(value, false, sensitiveKey); changed {
			fragment = encoded(clean)
		}
		out.WriteString(fragment)
	}
	out.WriteString(text)
	return assigned.ReplaceAllString(out.String(), "${1}"+masked)
}

// encoded is a decoded value as JSON again; what HTML would escape stays readable.
func encoded(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return masked
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// Cap shortens text to at most n bytes, on a character's boundary, and says so.
func Cap(text string, n int) string {
	const mark = "…"
	if len(text) <= n {
		return text
	}
	cut := max(0, n-len(mark))
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + mark
}

// redactJSON is a body fit for a log: the values below keys that may hold a secret
// are masked. What is not JSON is not fit.
func redactJSON(body []byte) (string, bool) {
	var value any
	if len(body) == 0 || json.Unmarshal(body, &value) != nil {
		return "", false
	}
	value, _ = mask(value, false, secretKey)
	return encoded(value), true
}

// mask masks what stands below the keys that may hold a secret, in JSON that is a
// text in other JSON too, and tells whether there was any.
func mask(value any, secret bool, holds func(key string) bool) (clean any, changed bool) {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			clean, masked := mask(below, secret || holds(key), holds)
			value[key], changed = clean, changed || masked
		}
		return value, changed
	case []any:
		for i, below := range value {
			clean, masked := mask(below, secret, holds)
			value[i], changed = clean, changed || masked
		}
		return value, changed
	case nil:
		return nil, false
	case string:
		var inner any
		if !secret && strings.ContainsAny(value, "{[") && json.Unmarshal([]byte(value), &inner) == nil {
			if clean, changed := mask(inner, false, holds); changed {
				return encoded(clean), true
			}
		}
	}
	if secret {
		return masked, true
	}
	return value, false
}

// secretKey reports whether a JSON key may stand for something secret: keys and
// tokens by their names, and what users put secrets into, which is the
// environment, start scripts and arguments.
func secretKey(key string) bool {
	key = strings.ToLower(key)
	return environmentKey(key) || slices.ContainsFunc(
		[]string{"key", "token", "password", "passwd", "secret", "login", "credential", "authorization", "onstart", "args", "cmd", "entrypoint"},
		func(part string) bool { return strings.Contains(key, part) },
	)
}
