package transport

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxMessage is the most of a platform's text that an error repeats, in bytes.
	maxMessage = 2000
	// maxLogged is the most of a body that is logged, in bytes.
	maxLogged = 16 << 10
)

// masked stands where a secret was.
const masked = "[redacted]"

// Redact replaces every occurrence of the secrets in text.
func Redact(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, masked)
		}
	}
	return text
}

// shortest is how long a text must be to count as secret in a platform's words:
// shorter ones are part of any text.
const shortest = 4

// secretsOf are the secrets of a request, which a platform's refusal may repeat:
// environments, passwords and logins, these also word by word. The longest come
// first, so that none is left over of which another is a part.
func secretsOf(body []byte) []string {
	var value any
	if len(body) == 0 || json.Unmarshal(body, &value) != nil {
		return nil
	}
	var secrets []string
	add := func(text string) {
		if len(text) < shortest {
			return
		}
		secrets = append(secrets, text)
		// As it stands in a body that is logged.
		if quoted, err := json.Marshal(text); err == nil && len(quoted) > len(text)+2 {
			secrets = append(secrets, string(quoted[1:len(quoted)-1]))
		}
	}
	var walk func(value any, secret bool)
	walk = func(value any, secret bool) {
		switch value := value.(type) {
		case map[string]any:
			for key, below := range value {
				login := strings.Contains(strings.ToLower(key), "login")
				if text, ok := below.(string); ok && login {
					for _, word := range strings.Fields(text) {
						add(word)
					}
				}
				walk(below, secret || login || sensitiveKey(key))
			}
		case []any:
			for _, below := range value {
				walk(below, secret)
			}
		case string:
			if secret {
				add(value)
			}
		}
	}
	walk(value, false)
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return secrets
}

// sensitiveKey is [secretKey] without what is told in refusals more often than it
// is secret: commands and public keys.
func sensitiveKey(key string) bool {
	key = strings.ToLower(key)
	return slices.Contains(environmentKeys(), key) || slices.ContainsFunc([]string{"token", "password", "passwd", "secret"},
		func(part string) bool { return strings.Contains(key, part) })
}

func environmentKeys() []string { return []string{"env", "environment", "extra_env"} }

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
	text, err := json.Marshal(mask(value, false))
	if err != nil {
		return "", false
	}
	return string(text), true
}

func mask(value any, secret bool) any {
	switch value := value.(type) {
	case map[string]any:
		for key, below := range value {
			value[key] = mask(below, secret || secretKey(key))
		}
		return value
	case []any:
		for i, below := range value {
			value[i] = mask(below, secret)
		}
		return value
	case nil:
		return nil
	default:
		if secret {
			return masked
		}
		return value
	}
}

// secretKey reports whether a JSON key may stand for something secret: keys and
// tokens by their names, and what users put secrets into, which is the
// environment, start scripts and arguments.
func secretKey(key string) bool {
	key = strings.ToLower(key)
	if slices.Contains(environmentKeys(), key) {
		return true
	}
	return slices.ContainsFunc(
		[]string{"key", "token", "password", "passwd", "secret", "login", "credential", "authorization", "onstart", "args", "cmd", "entrypoint"},
		func(part string) bool { return strings.Contains(key, part) },
	)
}
