package acctest

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Console does by hand what a person does in a platform's console, with the key of
// the account: the provider does not know of it. The URL begins with
// [Env.RunPodURL] or [Env.VastaiURL]. It returns the body of the answer and fails the
// test on a refusal.
func (e *Env) Console(t testing.TB, method, url, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.APIKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s %v\n%s", method, url, resp.Status, err, content)
	}
	return content
}
