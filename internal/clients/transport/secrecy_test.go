package transport

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

// TestKeyStaysSecret: a platform that repeats the key in all it says, and fails in
// every way, makes it appear in no error and no log.
func TestKeyStaysSecret(t *testing.T) {
	t.Parallel()
	echo := `{"msg":"bad key ` + canary + `","details":["key ` + canary + `"],"note":"` + canary + `"}`
	steps := map[string]step{
		"refused":    answer(401, echo, "X-Request-Id", canary),
		"failed":     answer(500, echo),
		"throttled":  answer(429, echo),
		"good":       answer(200, echo),
		"not JSON":   answer(200, "<html>"+canary),
		"broken off": truncate(200, echo),
		"redirected": answer(302, "", "Location", "https://example.com/"+canary),
		"bad header": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\n\r\n", canary)
				_ = conn.Close()
			}
		},
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, step)
			var book logbook
			client := p.transport(t, func(c *Config) { c.Logger = book.logger(LevelTrace) })
			for _, repeat := range []Repeat{Safe, IfNotSent} {
				var out map[string]any
				err := client.Do(t.Context(), Op{Name: "op", Method: "GET", Path: "/x", Body: map[string]string{"a": canary}, Repeat: repeat}, &out)
				if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, err), canary) {
					t.Errorf("the error tells it: %v", err)
				}
				for cause := err; cause != nil; {
					if strings.Contains(cause.Error(), canary) {
						t.Errorf("a cause tells it: %v", cause)
					}
					wrapped, ok := cause.(interface{ Unwrap() error })
					if !ok {
						break
					}
					cause = wrapped.Unwrap()
				}
			}
			text := book.String()
			if strings.Contains(text, canary) {
				t.Errorf("the log tells it:\n%s", text)
			}
			if !strings.Contains(text, `"op":"op"`) {
				t.Errorf("nothing was logged:\n%s", text)
			}
		})
	}
}

// TestBodyStaysSecret: a platform that repeats what it was sent makes no secret of
// the request appear in an error or a log, and keeps the rest.
func TestBodyStaysSecret(t *testing.T) {
	t.Parallel()
	secrets := []string{"hush-env", "hush \"quoted\" env", "hush-login", "hush-password"}
	body := map[string]any{
		"image":        "ubuntu:24.04",
		"env":          map[string]string{"TOKEN": secrets[0], "QUOTED": secrets[1], "N": "1"},
		"image_login":  "-u me -p " + secrets[2] + " docker.io",
		"registry":     map[string]any{"password": secrets[3]},
		"args":         []string{"train.py"},
		"target_state": "running",
	}
	echo, err := json.Marshal(map[string]any{"msg": "ubuntu:24.04 with train.py N=1: " + strings.Join(secrets, ", ")})
	if err != nil {
		t.Fatal(err)
	}
	p := newPlatform(t, answer(400, string(echo)))
	var book logbook
	client := p.transport(t, func(c *Config) { c.Logger = book.logger(LevelTrace) })
	err = client.Do(t.Context(), Op{Name: "createPod", Method: "POST", Path: "/x", Body: body, Repeat: IfNotSent}, nil)
	if err == nil || !strings.Contains(err.Error(), "ubuntu:24.04 with train.py N=1") {
		t.Errorf("got %v, want what the platform says", err)
	}
	for _, secret := range append(secrets, `hush \"quoted\" env`, `hush \\\"quoted\\\" env`) {
		if strings.Contains(fmt.Sprint(err), secret) {
			t.Errorf("the error tells %s: %v", secret, err)
		}
		if strings.Contains(book.String(), secret) {
			t.Errorf("the log tells %s:\n%s", secret, book.String())
		}
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	run := func(level slog.Level) string {
		p := newPlatform(t, answer(500, `{"msg":"oops"}`), answer(200, `{"ok":true,"jupyter_token":"hush-reply"}`, "Cf-Ray", "ray-1"))
		var book logbook
		client := p.transport(t, func(c *Config) { c.Logger = book.logger(level) })
		op := Op{Name: "createPod", Method: "POST", Path: "/v2/pods", Repeat: Safe, Body: map[string]any{
			"name": "plain",
			"env":  map[string]string{"HF_TOKEN": "hush-env"},
		}}
		if err := client.Do(t.Context(), op, nil); err != nil {
			t.Fatal(err)
		}
		return book.String()
	}
	if text := run(slog.LevelInfo); text != "" {
		t.Errorf("at INFO: %s", text)
	}
	debug := run(slog.LevelDebug)
	for _, want := range []string{
		`"op":"createPod"`, `"method":"POST"`, `"path":"/v2/pods"`, `"status":500`, `"status":200`,
		`"attempt":1`, `"attempt":2`, `"duration":`, `"request_id":"ray-1"`,
	} {
		if !strings.Contains(debug, want) {
			t.Errorf("at DEBUG %s is missing:\n%s", want, debug)
		}
	}
	if strings.Contains(debug, "plain") {
		t.Errorf("at DEBUG a body is logged:\n%s", debug)
	}
	trace := run(LevelTrace)
	if !strings.Contains(trace, "plain") || !strings.Contains(trace, "HF_TOKEN") {
		t.Errorf("at trace level the bodies are missing:\n%s", trace)
	}
	if strings.Contains(trace, "hush") {
		t.Errorf("at trace level a secret is logged:\n%s", trace)
	}
}

func TestRedactJSON(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"plain", `{"id":1,"ok":true,"none":null}`, `{"id":1,"none":null,"ok":true}`},
		{"map of names", `{"env":{"A":"s","B":2}}`, `{"env":{"A":"[redacted]","B":"[redacted]"}}`},
		{"list of pairs", `{"env":[{"key":"A","value":"s"}]}`, `{"env":[{"key":"[redacted]","value":"[redacted]"}]}`},
		{"string", `{"env":"-e A=s"}`, `{"env":"[redacted]"}`},
		{"null stays", `{"env":null,"args":null}`, `{"args":null,"env":null}`},
		{"deep", `[{"pod":{"jupyter_token":"s","n":1}}]`, `[{"pod":{"jupyter_token":"[redacted]","n":1}}]`},
		{
			"names",
			`{"API_KEY":"s","apiKey":"s","password":"s","image_login":"s","onstart_cmd":"s","args":["s"],"extra_env":[["A","s"]],"Authorization":"s","instance_api_key":"s","dockerArgs":"s"}`,
			`{"API_KEY":"[redacted]","Authorization":"[redacted]","apiKey":"[redacted]","args":["[redacted]"],"dockerArgs":"[redacted]","extra_env":[["[redacted]","[redacted]"]],"image_login":"[redacted]","instance_api_key":"[redacted]","onstart_cmd":"[redacted]","password":"[redacted]"}`,
		},
		{"not JSON", `<html>`, ""},
		{"cut off", `{"env":"s`, ""},
		{"nothing", ``, ""},
	}
	for _, test := range tests {
		if got, ok := redactJSON([]byte(test.in)); got != test.want || ok != (test.want != "") {
			t.Errorf("%s: %q, %v", test.name, got, ok)
		}
	}
}

func TestCap(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		n    int
		want string
	}{
		{"short", 5, "short"},
		{"longer", 5, "lo…"},
		{"aééé", 6, "aé…"},
		{"any", 0, "…"},
	} {
		if got := Cap(test.text, test.n); got != test.want {
			t.Errorf("Cap(%q, %d) = %q, want %q", test.text, test.n, got, test.want)
		}
	}
}

// TestRedirects: the key goes to no other host, and only reads are redirected.
func TestRedirects(t *testing.T) {
	t.Parallel()
	var reached string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached = r.Header.Get("Authorization") + "!"
	}))
	defer other.Close()
	tests := []struct {
		name, method, location string
		status                 int
		repeat                 Repeat
		want                   apierr.Kind // "" is a success
		requests               int
	}{
		{"read within the host", "GET", "/y", 307, Safe, "", 2},
		{"read to another host", "GET", other.URL + "/x", 302, Safe, apierr.Malformed, 1},
		{"read for ever", "GET", "/x", 302, Safe, apierr.Malformed, maxRedirects + 1},
		{"write within the host", "PUT", "/y", 307, Safe, apierr.Malformed, 1},
		{"write that would become a read", "POST", "/y", 302, Safe, apierr.Malformed, 1},
		{"create", "POST", "/y", 307, IfNotSent, apierr.Ambiguous, 1},
		{"no location", "GET", "", 302, Safe, apierr.Malformed, 0},
	}
	for _, test := range tests {
		steps := []step{answer(test.status, "", "Location", test.location)}
		if test.want == "" {
			steps = append(steps, answer(200, "{}"))
		}
		p := newPlatform(t, steps...)
		err := p.transport(t, func(c *Config) {
			c.Classify = func(Op, Reply) *apierr.Error { return nil }
		}).Do(t.Context(), Op{Name: "op", Method: test.method, Path: "/x", Repeat: test.repeat}, nil)
		requests := p.seen()
		if (err == nil) != (test.want == "") || err != nil && apierr.KindOf(err) != test.want {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if test.requests > 0 && len(requests) != test.requests {
			t.Errorf("%s: %d requests, want %d", test.name, len(requests), test.requests)
		}
		for _, r := range requests {
			if r.header.Get("Authorization") != "Bearer "+canary {
				t.Errorf("%s: a request without the key", test.name)
			}
		}
	}
	if reached != "" {
		t.Errorf("the other host was reached with %q", reached)
	}
}
