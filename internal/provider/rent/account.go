package rent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Account tells the accounts of a platform apart without naming a key. A nil one is
// of a platform that is not configured.
type Account struct {
	service, key string
	// ask is the platform's own id of the account, nil where it has none.
	ask func(ctx context.Context) (string, error)

	mu sync.Mutex
	id string
}

// NewAccount returns the account that a key opens at a base URL. ask returns the
// platform's own id of the account and is called at most once with success; it is
// nil for a platform that does not tell.
func NewAccount(baseURL, key string, ask func(ctx context.Context) (string, error)) *Account {
	service := normalised(baseURL)
	return &Account{service: digest(service), key: digest(service, key), ask: ask}
}

// Service tells installations of a platform apart: a digest of the base URL, in
// which a trailing slash, the case of the host and the default port do not count.
func (a *Account) Service() string {
	if a == nil {
		return ""
	}
	return a.service
}

// Key is a digest of service and key: it costs no request, and it changes with
// the key.
func (a *Account) Key() string {
	if a == nil {
		return ""
	}
	return a.key
}

// idTakes bounds the question for the account's id: without an answer the key
// has to do.
const idTakes = 20 * time.Second

// ID is the account whatever the key: a digest of service and platform's own id,
// asked for the first time that it is needed. Where the platform does not tell it
// is [Account.Key].
func (a *Account) ID(ctx context.Context) string {
	if a == nil || a.ask == nil {
		return a.Key()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.id == "" {
		ctx, cancel := context.WithTimeout(ctx, idTakes)
		defer cancel()
		id, err := a.ask(ctx)
		if err != nil || id == "" {
			return a.key
		}
		a.id = digest(a.service, "id", id)
	}
	return a.id
}

func normalised(baseURL string) string {
	u, err := url.Parse(strings.TrimSpace(baseURL))
	if err != nil {
		return baseURL
	}
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if port != "" && port != map[string]string{"http": "80", "https": "443"}[scheme] {
		host = net.JoinHostPort(host, port)
	}
	return scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/")
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}
