package simkit

import "slices"

// Entry is one request a platform received, in the order of arrival.
type Entry struct {
	// N counts from 1, over both platforms.
	N int `json:"n"`
	// Platform is "runpod" or "vastai".
	Platform string `json:"platform"`
	// Operation is the OpenAPI operationId, "" for a path that no operation has.
	Operation string `json:"operation"`
	// Method is the HTTP verb.
	Method string `json:"method"`
	// Path is the escaped path without the query, which may hold secrets.
	Path string `json:"path"`
	// Status is what the client saw; 0 while the request is under way and when
	// it never got an answer.
	Status int `json:"status"`
	// AtMS is when the request arrived: virtual time, milliseconds since 1970.
	AtMS int64 `json:"at_ms"`
}

// Journal returns every request after number since; since 0 returns them all.
func (k *Kit) Journal(since int) []Entry {
	k.mu.Lock()
	defer k.mu.Unlock()
	since = min(max(since, 0), len(k.journal))
	return slices.Clone(k.journal[since:])
}

// arrived records a request and returns its number.
func (k *Kit) arrived(e Entry) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	e.N = len(k.journal) + 1
	k.journal = append(k.journal, e)
	return e.N
}

// answered notes the status of request n. A reset in between leaves nothing to
// note, or another world's request under that number, told apart by e.
func (k *Kit) answered(n int, e Entry, status int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n > len(k.journal) {
		return
	}
	if was := &k.journal[n-1]; was.Method == e.Method && was.Path == e.Path && was.AtMS == e.AtMS {
		was.Status = status
	}
}
