package transport

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

const (
	// shortest is how long a text must be to count as secret in a platform's words:
	// shorter ones are part of any text.
	shortest = 4
	// shortestElsewhere is the same for what another request held, and for one line
	// of a longer secret.
	shortestElsewhere = 8
	// keyLength is how many bytes secrets are looked up by.
	keyLength = shortest
)

// secrets are texts that must not be told. The zero value holds none.
type secrets struct {
	known map[string]bool
	// literal has the texts as they are, bare their skeletons, by the bytes with
	// which they begin.
	literal, bare map[string][]string
}

// add takes up a secret of at least the given length, and the lines of a longer
// one, which a platform may repeat one by one.
func (s *secrets) add(text string, least int) {
	if len(text) < max(least, shortest) || s.known[text] {
		return
	}
	if s.known == nil {
		s.known, s.literal, s.bare = map[string]bool{}, map[string][]string{}, map[string][]string{}
	}
	s.known[text] = true
	index(s.literal, text)
	if bare := skeletonOf(text).text; len(bare) >= keyLength {
		index(s.bare, string(bare))
	} else {
		// Hardly anything but quotes and blanks: only exact copies can be told.
		for escaped := quoted(text); len(escaped) < 8*len(text); escaped = quoted(escaped) {
			index(s.literal, escaped)
			if again := quoted(escaped); again == escaped {
				break
			}
		}
	}
	if lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }); len(lines) > 1 {
		for _, line := range lines {
			s.add(strings.TrimSpace(line), shortestElsewhere)
		}
	}
}

// quoted is the text as it stands in JSON, without the quotes around it.
func quoted(text string) string {
	escaped, err := json.Marshal(text)
	if err != nil || len(escaped) < 2 {
		return text
	}
	return string(escaped[1 : len(escaped)-1])
}

func index(by map[string][]string, text string) {
	key := text[:keyLength]
	if !slices.Contains(by[key], text) {
		by[key] = append(by[key], text)
	}
}

// span is a part of a text: [from, to).
type span struct{ from, to int }

// redact masks every place where a secret stands, however it is encoded there.
func (s *secrets) redact(text string) string {
	if len(s.known) == 0 {
		return text
	}
	spans := find(s.literal, text, func(from, to int) span { return span{from, to} })
	bare := skeletonOf(text)
	spans = append(spans, find(s.bare, string(bare.text), func(from, to int) span { return span{bare.from[from], bare.to[to-1]} })...)
	if len(spans) == 0 {
		return text
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	done := 0
	for i := 0; i < len(spans); {
		// Secrets that overlap, or follow one another, are masked as one.
		whole := spans[i]
		for i++; i < len(spans) && spans[i].from <= whole.to; i++ {
			whole.to = max(whole.to, spans[i].to)
		}
		out.WriteString(text[done:whole.from] + masked)
		done = whole.to
	}
	out.WriteString(text[done:])
	return out.String()
}

// find is every place at which one of the texts stands. A secret that the text
// breaks off counts, once enough of it is there.
func find(by map[string][]string, text string, at func(from, to int) span) []span {
	var spans []span
	for i := 0; i+keyLength <= len(text); i++ {
		rest := text[i:]
		for _, secret := range by[rest[:keyLength]] {
			switch {
			case strings.HasPrefix(rest, secret):
				spans = append(spans, at(i, i+len(secret)))
			case len(rest) >= shortestElsewhere && strings.HasPrefix(secret, rest):
				spans = append(spans, at(i, len(text)))
			}
		}
	}
	return spans
}

// memory has the secrets that a transport has met. A platform repeats them not only
// in the answer to the request that held them.
type memory struct {
	mu    sync.Mutex
	known secrets
	// sent are bodies of requests that were not searched for secrets yet: that is
	// done when something has to be told.
	sent [][]byte
}

// maxUnsearched bounds how many bodies wait to be searched.
const maxUnsearched = 1000

// sending keeps the body of a request.
func (m *memory) sending(body []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, body)
	if len(m.sent) >= maxUnsearched {
		m.search()
	}
}

func (m *memory) hide(texts []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, text := range texts {
		m.known.add(text, shortest)
	}
}

func (m *memory) redact(text string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.search()
	return m.known.redact(text)
}

// search looks through what was sent. The lock is held.
func (m *memory) search() {
	for _, body := range m.sent {
		for _, text := range secretsOf(body) {
			m.known.add(text, shortestElsewhere)
		}
	}
	m.sent = nil
}
