package rent

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// TestAccount_Spelling: how a base URL is written does not change the account.
func TestAccount_Spelling(t *testing.T) {
	t.Parallel()
	plain := NewAccount("https://api.example/v2", "k", nil)
	for _, same := range []string{"https://api.example/v2/", "HTTPS://API.Example:443/v2//", " https://api.example/v2 "} {
		if a := NewAccount(same, "k", nil); a.Service() != plain.Service() || a.Key() != plain.Key() {
			t.Errorf("%q is another account than %q", same, "https://api.example/v2")
		}
	}
	for _, other := range []string{"https://api.example", "https://api.example:8443/v2", "http://api.example/v2", "https://api2.example/v2"} {
		if a := NewAccount(other, "k", nil); a.Service() == plain.Service() || a.Key() == plain.Key() {
			t.Errorf("%q is the same account", other)
		}
	}
	if rotated := NewAccount("https://api.example/v2", "new", nil); rotated.Service() != plain.Service() || rotated.Key() == plain.Key() {
		t.Error("the key decides about the service, or does not count")
	}
	if secret := NewAccount("https://api.example", "secret-canary", nil); strings.Contains(secret.Key()+secret.ID(t.Context()), "canary") {
		t.Error("the name of an account contains its key")
	}
	var none *Account
	if none.Service()+none.Key()+none.ID(t.Context()) != "" {
		t.Error("a platform that is not configured has an account")
	}
}

// TestAccount_ID: the platform is asked when its id is needed, until it answers once.
func TestAccount_ID(t *testing.T) {
	t.Parallel()
	asked, fails := 0, true
	a := NewAccount("https://api.example", "k", func(context.Context) (string, error) {
		asked++
		if fails {
			return "", errors.New("down")
		}
		return "4711", nil
	})
	if asked != 0 || a.ID(t.Context()) != a.Key() {
		t.Error("without an answer the key has to do")
	}
	fails = false
	id := a.ID(t.Context())
	if id == a.Key() || a.ID(t.Context()) != id || asked != 2 {
		t.Errorf("id %q after %d questions, want one that is kept after the second", id, asked)
	}
}
