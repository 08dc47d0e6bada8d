package transport

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

func TestNew(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, base, key string
		want            string // part of the error, "" for none
	}{
		{"https", "https://api.example.com", "k", ""},
		{"path", "https://api.example.com/proxy/", "k", ""},
		{"loopback name", "http://localhost:8080", "k", ""},
		{"loopback IPv4", "http://127.0.0.1:8080", "k", ""},
		{"loopback IPv6", "http://[::1]:8080", "k", ""},
		{"plain http", "http://api.example.com", "k", "must begin with https://"},
		{"looks like loopback", "http://127.0.0.1.example.com", "k", "must begin with https://"},
		{"other scheme", "ftp://api.example.com", "k", "must begin with https://"},
		{"no host", "https://", "k", "a scheme, a host"},
		{"relative", "api.example.com", "k", "a scheme, a host"},
		{"user", "https://me:secret@api.example.com", "k", "a scheme, a host"},
		{"query", "https://api.example.com?a=b", "k", "a scheme, a host"},
		{"no URL", "https://api.example.com:port", "k", "not a URL"},
		{"no key", "https://api.example.com", "", "API key is empty"},
		{"key with a line end", "https://api.example.com", canary + "\n", "API key is empty or holds blanks"},
		{"key that is not ASCII", "https://api.example.com", canary + "é", "API key is empty or holds blanks"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := New(Config{Platform: "Test", BaseURL: test.base, APIKey: test.key, Classify: classify})
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			case err != nil && (strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "secret")):
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
	if _, err := New(Config{BaseURL: "https://api.example.com", APIKey: "k"}); err == nil {
		t.Error("a transport without Classify was accepted")
	}
}

func TestDoSends(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, answer(http.StatusCreated, `{"id":"abc"}`))
	client := p.transport(t, func(c *Config) { c.BaseURL += "/base/" })
	var out struct{ ID string }
	err := client.Do(t.Context(), Op{
		Name: "createThing", Method: http.MethodPost, Path: "/v2/things/a%2Fb",
		Query: url.Values{"include": {"A,B"}}, Body: map[string]int{"n": 1}, Repeat: IfNotSent,
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if out.ID != "abc" {
		t.Errorf("decoded %+v", out)
	}
	got := p.seen()[0]
	header := map[string]string{}
	for _, name := range []string{"Authorization", "User-Agent", "Content-Type"} {
		header[name] = got.header.Get(name)
	}
	want := map[string]string{
		"Authorization": "Bearer " + canary, "User-Agent": "gpumarket-test/1", "Content-Type": "application/json",
	}
	if diff := cmp.Diff(want, header); diff != "" {
		t.Error(diff)
	}
	if got.method != "POST" || got.uri != "/base/v2/things/a%2Fb?include=A%2CB" || got.body != `{"n":1}` {
		t.Errorf("sent %s %s %s", got.method, got.uri, got.body)
	}

	if err := get(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	read := p.seen()[1]
	if read.body != "" || read.header.Get("Content-Type") != "" || read.header.Get("Accept") == "" {
		t.Errorf("a read sent body %q with %v", read.body, read.header)
	}
}

func TestDoRefusesBadOps(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, answer(200, `{}`))
	client := p.transport(t)
	tests := map[string]Op{
		"path without slash": {Method: "GET", Path: "x"},
		"verb":               {Method: "GE T", Path: "/x"},
		"escape":             {Method: "GET", Path: "/%zz"},
		"body":               {Method: "POST", Path: "/x", Body: func() {}},
	}
	for name, op := range tests {
		if err := client.Do(t.Context(), op, nil); apierr.KindOf(err) != apierr.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(p.seen()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestDoDecodes(t *testing.T) {
	t.Parallel()
	type thing struct {
		ID string
		N  int
	}
	tests := []struct {
		name, body string
		malformed  string // part of the message, "" when it can be decoded
	}{
		{"object", `{"id":"abc","n":3,"unknown":true}`, ""},
		{"empty", ``, "it is empty"},
		{"blank", " \n", "it is empty"},
		{"HTML", `<html><title>Gateway</title>`, `it begins "<html>`},
		{"cut off", `{"id":"abc","n"`, "unexpected end"},
		{"other type", `{"id":"abc","n":"three"}`, "cannot unmarshal"},
		{"more than one", `{} {}`, "after top-level"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, answer(200, test.body))
			out := thing{ID: "before", N: 7}
			err := p.transport(t).Do(t.Context(), Op{Name: "get", Method: "GET", Path: "/x", Repeat: Safe}, &out)
			if test.malformed == "" {
				if err != nil || out != (thing{"abc", 3}) {
					t.Errorf("%+v, %v", out, err)
				}
				return
			}
			if apierr.KindOf(err) != apierr.Malformed || !strings.Contains(err.Error(), test.malformed) {
				t.Errorf("got %v, want %q", err, test.malformed)
			}
			if strings.Contains(err.Error(), "abc") {
				t.Errorf("the platform's JSON is quoted: %v", err)
			}
			if out != (thing{"before", 7}) {
				t.Errorf("a bad answer left %+v behind", out)
			}
			if len(p.seen()) < 2 {
				t.Error("a read with a bad answer was not repeated")
			}
		})
	}
}

// picky decodes only what it was made for.
type picky struct{ want, got string }

func (p *picky) UnmarshalJSON(data []byte) error {
	var id string
	if err := json.Unmarshal(data, &id); err != nil {
		return err
	}
	if id != p.want {
		return errors.New("another one")
	}
	p.got = id
	return nil
}

// TestDoDecodesByItself: an out with a decoder of its own may refuse an answer, and
// gets another chance.
func TestDoDecodesByItself(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, answer(200, `"x"`), answer(200, `"a"`))
	out := picky{want: "a"}
	err := p.transport(t).Do(t.Context(), Op{Name: "get", Method: "GET", Path: "/x", Repeat: Safe}, &out)
	if err != nil || out.got != "a" || len(p.seen()) != 2 {
		t.Errorf("%+v, %v after %d requests", out, err, len(p.seen()))
	}
}

func TestDoWithoutOut(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, answer(http.StatusNoContent, ""))
	err := p.transport(t).Do(t.Context(), Op{Name: "delete", Method: "DELETE", Path: "/x", Repeat: Safe}, nil)
	if err != nil || len(p.seen()) != 1 {
		t.Errorf("%v after %d requests", err, len(p.seen()))
	}
}

func TestDoReply(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		step step
		body string
		kind apierr.Kind // "" for a success
	}{
		{"text", answer(200, "data: a\n\n"), "data: a\n\n", ""},
		{"nothing", answer(http.StatusNoContent, ""), "", ""},
		{"broken off", truncate(200, "data: a\n\n"), "data: a\n\n", ""},
		{"refused", answer(http.StatusNotFound, `{"msg":"gone"}`), "", apierr.NotFound},
		{"refusal broken off", truncate(http.StatusNotFound, `{"msg":"go`), "", apierr.Malformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, test.step)
			var out Reply
			err := p.transport(t).Do(t.Context(), Op{Name: "logs", Method: "GET", Path: "/x", Repeat: Safe}, &out)
			if string(out.Body) != test.body {
				t.Errorf("got body %q", out.Body)
			}
			if (err == nil) != (test.kind == "") || err != nil && apierr.KindOf(err) != test.kind {
				t.Errorf("got %v, want %q", err, test.kind)
			}
		})
	}
}

func TestDoCapsBodies(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range maxBody>>20 + 1 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	err := p.transport(t).Do(t.Context(), Op{Name: "rent", Method: "POST", Path: "/x", Repeat: IfNotSent}, nil)
	if apierr.KindOf(err) != apierr.Ambiguous || !strings.Contains(err.Error(), "longer than 16 MiB") {
		t.Errorf("got %v", err)
	}
}
