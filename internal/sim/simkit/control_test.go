package simkit_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

type pair struct {
	t              *testing.T
	kit            *simkit.Kit
	control        *simkit.Control
	runpod, vastai *toy
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t, kit: simkit.New(simkit.Options{Clock: clocktest.NewLeaping(start())})}
	p.runpod, p.vastai = newToy(p.kit, "runpod"), newToy(p.kit, "vastai")
	p.control = simkit.NewControl(p.kit, map[string]simkit.Marketplace{"runpod": p.runpod, "vastai": p.vastai})
	return p
}

func (p *pair) ask(h http.Handler, method, path, body string) (status int, text string) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(p.t.Context(), method, path, strings.NewReader(body)))
	return rec.Code, rec.Body.String()
}

func TestControl(t *testing.T) {
	t.Parallel()
	const ok = `{"ok":true}`
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string // part of the body
	}{
		{"state", "GET", "/state", "", 200, `{"runpod":{"made":0},"vastai":{"made":0}}`},
		{"journal", "GET", "/journal?since=1", "", 200, `[{"n":2,"platform":"runpod","operation":"listThings","method":"GET","path":"/things","status":200,"at_ms":1772442000000}]`},
		{"end of the journal", "GET", "/journal?since=2", "", 200, `[]`},
		{"since is no number", "GET", "/journal?since=x", "", 400, "since"},
		{"since is negative", "GET", "/journal?since=-1", "", 400, "since"},
		{"advance", "POST", "/advance", `{"seconds":1.5}`, 200, `{"now_ms":1772442001500,"ok":true}`},
		{"advance by nothing", "POST", "/advance", `{}`, 400, "seconds"},
		{"advance back", "POST", "/advance", `{"seconds":-1}`, 400, "seconds"},
		{"advance too far", "POST", "/advance", `{"seconds":1e300}`, 400, "seconds"},
		{"advance by a word", "POST", "/advance", `{"seconds":"1"}`, 400, "seconds"},
		{"misspelt", "POST", "/advance", `{"second":1}`, 400, `unknown field`},
		{"no JSON", "POST", "/advance", `seconds=1`, 400, "body"},
		{"two values", "POST", "/advance", `{"seconds":1}{}`, 400, "more than one"},
		{"reset", "POST", "/reset", "", 200, ok},
		{"fault", "POST", "/faults", `{"platform":"runpod","operation":"getThing","kind":"status","status":500,"body":"x","times":1,"skip":2}`, 200, ok},
		{"impossible fault", "POST", "/faults", `{"kind":"drop_before"}`, 400, `{"error":"one of operation`},
		{"misspelt fault", "POST", "/faults", `{"path":"/","kind":"drop_before","time":1}`, 400, "unknown field"},
		{"clear", "DELETE", "/faults", "", 200, ok},
		{"market of nobody", "POST", "/market", `{"action":"take_offer","offer_id":7}`, 400, "take_offer: runpod: nothing on this platform matches: a toy; vastai: "},
		{"unknown action", "POST", "/market", `{"action":"crash"}`, 400, `\"crash\"`},
		{"unknown platform", "POST", "/market", `{"action":"reprice","platform":"aws","factor":2}`, 400, `\"aws\"`},
		{"misspelt action", "POST", "/market", `{"action":"reprice","faktor":2}`, 400, "unknown field"},
		{"wrong verb", "GET", "/reset", "", 405, ""},
		{"unknown path", "GET", "/nothing", "", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			p.ask(p.vastai, "GET", "/things/a", "")
			p.ask(p.runpod, "GET", "/things", "")
			status, text := p.ask(p.control, tt.method, tt.path, tt.body)
			if status != tt.status || !strings.Contains(text, tt.want) {
				t.Errorf("%s %s %s → %d %s\nwant %d with %s", tt.method, tt.path, tt.body, status, text, tt.status, tt.want)
			}
		})
	}
}

func TestControlFromGo(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	if err := p.control.Fault(simkit.Fault{Platform: "vastai", Path: "/", Kind: simkit.Status, Status: 500}); err != nil {
		t.Fatal(err)
	}
	if status, _ := p.ask(p.vastai, "GET", "/things", ""); status != 500 {
		t.Errorf("status %d of a platform with a fault", status)
	}
	if status, _ := p.ask(p.runpod, "GET", "/things", ""); status != 200 {
		t.Errorf("status %d of the other platform", status)
	}
	p.control.ClearFaults()
	if status, _ := p.ask(p.vastai, "GET", "/things", ""); status != 200 {
		t.Errorf("status %d without faults", status)
	}
	p.control.Advance(time.Hour)
	if got := p.kit.Now().Sub(start()); got != time.Hour {
		t.Errorf("advanced by %v", got)
	}
	if n := len(p.control.Journal(1)); n != 2 {
		t.Errorf("%d requests after the first, want 2", n)
	}
	if diff := cmp.Diff([]string{"runpod", "vastai"}, []string{p.control.Ledger()[0].Platform, p.control.Ledger()[1].Platform}); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	p.control.Reset()
	if p.runpod.resets.Load() != 1 || p.vastai.resets.Load() != 1 || len(p.control.Journal(0)) != 0 || !p.kit.Now().Equal(start()) {
		t.Error("a reset left something")
	}
}

func TestMarket(t *testing.T) {
	t.Parallel()
	var got []string
	takes := func(name string, err error) func(simkit.MarketAction) error {
		return func(simkit.MarketAction) error {
			got = append(got, name)
			return err
		}
	}
	foreign, broken := simkit.ErrNotApplicable, errors.New("no such level")
	tests := []struct {
		name, platform string
		runpod, vastai error
		asked          string
		want           string // in the error; "" is none
	}{
		{"both", "", nil, nil, "runpod vastai", ""},
		{"one of both", "", foreign, nil, "runpod vastai", ""},
		{"the other", "", nil, foreign, "runpod vastai", ""},
		{"none", "", foreign, foreign, "runpod vastai", "stock: runpod: nothing"},
		{"refused", "", broken, nil, "runpod", "runpod: no such level"},
		{"named", "vastai", broken, nil, "vastai", ""},
		{"named, and foreign", "runpod", foreign, nil, "runpod", "nothing on this platform"},
	}
	for _, tt := range tests {
		got = nil
		p := newPair(t)
		p.runpod.market, p.vastai.market = takes("runpod", tt.runpod), takes("vastai", tt.vastai)
		err := p.control.Market(simkit.MarketAction{Action: simkit.Stock, Platform: tt.platform})
		if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
		if asked := strings.Join(got, " "); asked != tt.asked {
			t.Errorf("%s: asked %s, want %s", tt.name, asked, tt.asked)
		}
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want simkit.ID
		n    int64
		ok   bool
	}{{`7`, "7", 7, true}, {`"7"`, "7", 7, true}, {`"abc"`, "abc", 0, false}, {`12345678901234`, "12345678901234", 12345678901234, true}}
	for _, tt := range tests {
		var id simkit.ID
		if err := json.Unmarshal([]byte(tt.text), &id); err != nil || id != tt.want {
			t.Errorf("%s → %q, %v", tt.text, id, err)
		}
		if n, ok := id.Int(); n != tt.n || ok != tt.ok {
			t.Errorf("%s is the number %d, %v", tt.text, n, ok)
		}
	}
	for _, text := range []string{`true`, `{}`, `[1]`} {
		var id simkit.ID
		if err := json.Unmarshal([]byte(text), &id); err == nil {
			t.Errorf("%s was accepted as %q", text, id)
		}
	}
}
