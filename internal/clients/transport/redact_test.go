package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

// encodings are what platforms, gateways and validators do to a text that they
// repeat.
var encodings = []struct {
	name string
	do   func(string) string
}{
	{"as it is", func(s string) string { return s }},
	{"JSON", jsonText},
	{"JSON with <>& as they are", encodedText},
	{"JSON in ASCII", strconv.QuoteToASCII},
	{"a literal", strconv.Quote},
	{"a URL's query", url.QueryEscape},
	{"a URL's path", url.PathEscape},
	{"HTML", html.EscapeString},
	{"one line", func(s string) string { return strings.Join(strings.Fields(s), " ") }},
	{"indented", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n    ") }},
}

func jsonText(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

func encodedText(s string) string { return encoded(s) }

// echoes are sentences with the secret in every encoding, and in every encoding of
// that.
func echoes(secret string) map[string]string {
	all := map[string]string{}
	for _, outer := range encodings {
		for _, inner := range encodings {
			all[outer.name+" of "+inner.name] = "value " + outer.do("got: "+inner.do(secret)+" .") + " is not valid"
		}
	}
	return all
}

// tells reports whether a text gives the secret away, in any form: by its letters
// and digits in their order, whatever stands between them.
func tells(text, secret string) bool {
	return strings.Contains(plainLetters(text), plainLetters(secret))
}

func plainLetters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}

// redacted is what is told of a text after a request with the secret.
func redacted(t testing.TB, secret, text string) string {
	t.Helper()
	transport, err := New(Config{Platform: "Test", BaseURL: "http://localhost", APIKey: canary, Classify: classify})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"env": map[string]string{"TOKEN": secret}})
	if err != nil {
		t.Fatal(err)
	}
	c := &call{t: transport, body: body}
	return c.clean(text, 1<<16)
}

// TestRedact_Encodings: a secret that is repeated as JSON, as JSON inside JSON, with
// what HTML or a URL escapes, over several lines or as one, is told in none of these.
func TestRedact_Encodings(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{
		"hf_plainToken0123",
		`with "quotes" and 'single' ones`,
		`<angle>&amp;"brackets"&`,
		`back\slash\nnot-a-line C:\new\table`,
		"-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQ==\n-----END KEY-----\n",
		"tabs\tand\r\nlines",
		"100%25 sure%",
		"pass+word/with=base64==",
		"пароль-密码-🔑-ключ",
		`{"json": "in a variable", "n": [1, 2]}`,
		"\u2028separators\u2029and\u0000control\u0007characters",
	} {
		for name, echo := range echoes(secret) {
			got := redacted(t, secret, echo)
			if tells(got, secret) {
				t.Errorf("%s: %q is told of %q", name, got, secret)
			}
			if !strings.HasPrefix(got, "value ") || !strings.HasSuffix(got, "is not valid") || !strings.Contains(got, masked) {
				t.Errorf("%s: %q of %q: want the rest of the sentence", name, got, secret)
			}
		}
	}
}

// TestRedact_AnySecret: the same for random secrets, of characters that encodings
// care about.
func TestRedact_AnySecret(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune(`abcXYZ019<>&"'\/%+= {}[]:,` + "\n\té漢🔑\u2028")
	for range 400 {
		secret := make([]rune, 6+random.IntN(30))
		for i := range secret {
			secret[i] = alphabet[random.IntN(len(alphabet))]
		}
		checkRedacted(t, string(secret))
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"hf_token", `a"b<c>&d\e`, "line one\nline two\n", "%25%41&amp;lt;x", `\u0041\\u0042bcd`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, secret string) { checkRedacted(t, strings.ToValidUTF8(secret, "?")) })
}

// checkRedacted checks all encodings of a secret that is long enough to be one.
func checkRedacted(t *testing.T, secret string) {
	t.Helper()
	if len(plainLetters(secret)) < shortestElsewhere {
		return
	}
	for name, echo := range echoes(secret) {
		if got := redacted(t, secret, echo); tells(got, secret) {
			t.Errorf("%s: %q is told of %q", name, got, secret)
		}
	}
}

// TestRedact_Lines: each line of a longer secret is one.
func TestRedact_Lines(t *testing.T) {
	t.Parallel()
	got := redacted(t, "first-line-of-it\nsecond-line-of-it\nx\n", "line 2: second-line-of-it; line 3: x")
	if want := "line 2: [redacted]; line 3: x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestRedact_Text has what is recognised without knowing the secret, and what is left
// alone.
func TestRedact_Text(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"plain", "no such offer: 12 of [3]", "no such offer: 12 of [3]"},
		{"an object", `bad {"image": "x", "n": 1e3}: no`, `bad {"image": "x", "n": 1e3}: no`},
		{"an environment", `bad {"env": {"A": "hush"}, "n": 1e3}: no`, `bad {"env":{"A":"[redacted]"},"n":1e3}: no`},
		{"JSON in JSON", `{"input":"{\"env\":{\"A\":\"hush\"}}"}`, `{"input":"{\"env\":{\"A\":\"[redacted]\"}}"}`},
		{"a list of errors", `[{"loc":["body","env"],"ctx":{"password":"hush"}}]`, `[{"ctx":{"password":"[redacted]"},"loc":["body","env"]}]`},
		{"an assignment", `docker run -e HF_TOKEN=hush -e MODE=x`, `docker run -e HF_TOKEN=[redacted] -e MODE=x`},
		{"half an object", `{"env":{"API_KEY":"hush`, `{"env":{"API_KEY":"[redacted]`},
		{"escaped by hand", `got {\"db_password\": \"hush\", \"n\": 1}`, `got {\"db_password\": \"[redacted]\", \"n\": 1}`},
		{"words about secrets", "the token: expired, no secret named x", "the token: expired, no secret named x"},
		{"brackets", strings.Repeat("[", 200), strings.Repeat("[", 200)},
	}
	for _, tt := range tests {
		if got := redacted(t, "another", tt.text); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestRedact_Cut: a text that is cut, here or by the platform, ends with no part of a
// secret.
func TestRedact_Cut(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("0123456789abcdef", 400)
	body, _ := json.Marshal(map[string]any{"env": map[string]string{"A": secret}})
	transport, err := New(Config{Platform: "Test", BaseURL: "http://localhost", APIKey: canary, Classify: classify})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"by the platform": "bad value " + secret[:100],
		"here":            "bad values " + strings.Repeat(secret+" ", 5),
	} {
		got := (&call{t: transport, body: body}).clean(text, 200)
		if strings.Contains(got, "0123456789") || !strings.HasPrefix(got, "bad value") || !strings.Contains(got, masked) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestRedact_Later: a platform that repeats the secret of an earlier request, or one
// that it keeps although nothing here sent it, makes no later error tell it, of reads
// neither.
func TestRedact_Later(t *testing.T) {
	t.Parallel()
	const sent, former = "sent-secret-1", "former-secret"
	p := newPlatform(t, answer(200, `{}`), answer(404, `{"msg":"read of `+sent+`, before that `+former+`","details":["`+sent+`"]}`))
	client := p.transport(t)
	client.Hide(former, "", "abc")
	create := Op{Name: "create", Method: "POST", Path: "/x", Repeat: IfNotSent, Body: map[string]any{"env": map[string]string{"A": sent}}}
	if err := client.Do(t.Context(), create, nil); err != nil {
		t.Fatal(err)
	}
	err := get(t.Context(), client)
	if apierr.KindOf(err) != apierr.NotFound || strings.Contains(err.Error(), sent) || strings.Contains(err.Error(), former) {
		t.Errorf("the error of a read tells it: %v", err)
	}
	if got := client.Clean("abc " + former); got != "abc [redacted]" {
		t.Errorf("Clean: %q", got)
	}
}

// idle is a logger that is off and fails when it is made to work.
type idle struct{ t *testing.T }

func (idle) Enabled(context.Context, slog.Level) bool { return false }
func (i idle) Handle(context.Context, slog.Record) error {
	i.t.Error("a record was made")
	return nil
}
func (i idle) WithAttrs([]slog.Attr) slog.Handler { return i }
func (i idle) WithGroup(string) slog.Handler      { return i }

// TestLogging_Off: without a log nothing is searched for secrets.
func TestLogging_Off(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, answer(200, `{"ok":true}`))
	client := p.transport(t, func(c *Config) { c.Logger = slog.New(idle{t}) })
	for i := range 10 {
		op := Op{Name: "create", Method: "POST", Path: "/x", Repeat: Safe, Body: map[string]any{"env": map[string]string{"A": fmt.Sprint("secret-", i)}}}
		if err := client.Do(t.Context(), op, nil); err != nil {
			t.Fatal(err)
		}
	}
	if len(client.memory.sent) != 10 || len(client.memory.known.known) != 1 {
		t.Errorf("%d bodies wait and %d secrets are known, want 10 and the key alone", len(client.memory.sent), len(client.memory.known.known))
	}
}

// TestLogging_Lazy: a body that is handed to a log is read when it is written down.
func TestLogging_Lazy(t *testing.T) {
	t.Parallel()
	body := []byte(`{"env":{"A":"hush-env"},"n":1}`)
	transport, err := New(Config{Platform: "Test", BaseURL: "http://localhost", APIKey: canary, Classify: classify})
	if err != nil {
		t.Fatal(err)
	}
	value := slog.AnyValue(logged{&call{t: transport}, body})
	if value.Kind() != slog.KindLogValuer {
		t.Fatalf("the body is a %s, want it to be asked for", value.Kind())
	}
	if got := value.Resolve().String(); got != `{"env":{"A":"[redacted]"},"n":1}` {
		t.Errorf("the body is logged as %s", got)
	}
}
