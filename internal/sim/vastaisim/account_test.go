package vastaisim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

func TestKeysOfRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	w.api = w.sim // the published document wants a key
	tests := []struct {
		key, method, path string
		status            int
		part              string
	}{
		{"wrong", "GET", "/api/v0/instances/1/", 401, `{"error":"auth_error","msg":"Invalid user key","success":false}`},
		{"", "GET", "/api/v0/instances/1/", 401, `"auth_error"`},
		{"wrong", "POST", "/api/v0/bundles/", 404, `"auth_error"`},
		{"", "POST", "/api/v0/bundles/", 200, `"offers"`},
		{"wrong", "GET", "/api/v1/instances/", 401, `"auth_error"`},
		{"", "GET", "/api/v0/volumes", 401, `{"detail":"Authentication credentials were not provided."}`},
		{"", "GET", "/api/v1/instances/?api_key=" + simkit.DefaultAPIKey, 200, `"instances"`},
		{"", "GET", "/api/v1/instances/?api_key=wrong", 401, `"auth_error"`},
		{simkit.DefaultAPIKey, "GET", "/api/v0/nothing", 404, "404: Not Found"},
		{simkit.DefaultAPIKey, "PATCH", "/api/v0/instances/1/", 405, "405"},
	}
	for _, tt := range tests {
		w.callWith(tt.key, tt.method, tt.path, "").want(tt.status, tt.part)
	}
	other := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.WrongKey404 = true })
	other.callWith("wrong", "GET", "/api/v0/instances/1/", "").want(http.StatusNotFound, `"auth_error"`)
}

// TestSlashes: both forms of every path are answered, never with a redirect.
func TestSlashes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.running(2001, body)
	for _, path := range []string{"/api/v1/instances", fmt.Sprintf("/api/v0/instances/%d", id), "/api/v0/users/current", "/api/v0/template", "/api/v0/volumes"} {
		w.call("GET", path, "").want(http.StatusOK, "")
		w.call("GET", path+"/", "").want(http.StatusOK, "")
	}
	w.call("PUT", fmt.Sprintf("/api/v0/instances/%d", id), `{"label":"x"}`).want(http.StatusOK, "")
	if i := w.get(id); i.Label == nil || *i.Label != "x" {
		t.Errorf("label %v", i.Label)
	}
}

type key struct {
	ID   int64  `json:"id"`
	Text string `json:"public_key"`
}

// instanceKeys decodes the JSON in the JSON.
func (w *world) instanceKeys(id int64) []key {
	w.t.Helper()
	var outer struct {
		Keys string `json:"ssh_keys"`
	}
	w.call("GET", fmt.Sprintf("/api/v0/instances/%d/ssh/", id), "").into(&outer)
	var keys []key
	if err := json.Unmarshal([]byte(outer.Keys), &keys); err != nil {
		w.t.Fatalf("%q: %v", outer.Keys, err)
	}
	return keys
}

func TestSSHKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	w.call("GET", "/api/v0/ssh/", "").want(http.StatusNotFound, "No SSH keys")
	w.call("POST", "/api/v0/ssh/", `{}`).want(http.StatusBadRequest, "no_ssh_key")
	w.call("POST", "/api/v0/ssh/", `{"ssh_key":"nonsense"}`).want(http.StatusBadRequest, "Invalid ssh key")
	var made struct{ Key key }
	w.call("POST", "/api/v0/ssh/", `{"ssh_key":"ssh-ed25519 AAAA me"}`).into(&made)
	w.call("POST", "/api/v0/ssh/", `{"ssh_key":"ssh-ed25519 AAAA me"}`).want(http.StatusBadRequest, "already exists")
	var list []key
	w.call("GET", "/api/v0/ssh/", "").into(&list)
	if len(list) != 1 || list[0] != made.Key || made.Key.Text != "ssh-ed25519 AAAA me" {
		t.Errorf("keys %+v, made %+v", list, made.Key)
	}

	id := w.running(2001, body)
	if got := w.instanceKeys(id); len(got) != 1 || got[0] != made.Key {
		t.Errorf("the account's keys at create: %+v", got)
	}
	path := fmt.Sprintf("/api/v0/instances/%d/ssh/", id)
	w.call("POST", path, `{"ssh_key":"ssh-rsa BBBB you"}`).want(http.StatusOK, `"success":true`)
	w.call("POST", path, `{"ssh_key":"ssh-rsa BBBB you"}`).want(http.StatusBadRequest, "already associated")
	keys := w.instanceKeys(id)
	if len(keys) != 2 || keys[1].Text != "ssh-rsa BBBB you" {
		t.Fatalf("keys after attach: %+v", keys)
	}
	w.call("DELETE", fmt.Sprintf("%s%d/", path, keys[0].ID), `{}`).want(http.StatusOK, "removed")
	w.call("DELETE", fmt.Sprintf("%s%d/", path, keys[0].ID), `{}`).want(http.StatusNotFound, "no_such_ssh_key")
	w.call("DELETE", fmt.Sprintf("/api/v0/instances/9/ssh/%d/", keys[1].ID), `{}`).want(http.StatusNotFound, "no_such_instance")
	if got := w.instanceKeys(id); len(got) != 1 || got[0] != keys[1] {
		t.Errorf("keys after detach: %+v", got)
	}

	w.call("PUT", fmt.Sprintf("/api/v0/ssh/%d/", made.Key.ID), `{"ssh_key":"ssh-ed25519 CCCC"}`).want(http.StatusOK, "CCCC")
	w.call("PUT", "/api/v0/ssh/99/", `{"ssh_key":"ssh-ed25519 CCCC"}`).want(http.StatusNotFound, "does not exist")
	w.call("POST", "/api/v0/ssh/", `{"ssh_key":"ssh-ed25519 DDDD"}`).want(http.StatusOK, "DDDD")
	w.call("PUT", fmt.Sprintf("/api/v0/ssh/%d/", made.Key.ID), `{"ssh_key":"ssh-ed25519 DDDD"}`).want(http.StatusBadRequest, "already exists")
	w.call("DELETE", fmt.Sprintf("/api/v0/ssh/%d/", made.Key.ID), `{}`).want(http.StatusOK, "")
	w.call("DELETE", fmt.Sprintf("/api/v0/ssh/%d/", made.Key.ID), `{}`).want(http.StatusBadRequest, "no_ssh_key")

	empty := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.EmptyKeyList = true })
	empty.call("GET", "/api/v0/ssh/", "").want(http.StatusOK, `[]`)
}

type template struct {
	ID   int64   `json:"id"`
	Hash string  `json:"hash_id"`
	Disk float64 `json:"recommended_disk_space"`
}

func (w *world) template(body string) template {
	w.t.Helper()
	var made struct{ Template template }
	w.call("POST", "/api/v0/template/", body).into(&made)
	return made.Template
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, many(3))
	const content = `{"name":"mine","image":"repo/img","tag":"2","env":"-e A=1 -e B=\"two words\" -p 8000:8000 --privileged","onstart":"run","runtype":"ssh","ssh_direct":true,"use_ssh":true,"recommended_disk_space":33}`
	a := w.template(content)
	if again := w.template(content); again != a {
		t.Errorf("equal contents are two templates: %+v, %+v", a, again)
	}
	if len(a.Hash) != 32 || a.Disk != 33 {
		t.Errorf("template %+v", a)
	}
	w.call("POST", "/api/v0/template/", `{"image":"a"}`).want(http.StatusBadRequest, "Template name is required")

	id := w.running(100, fmt.Sprintf(`{"template_hash_id":%q,"env":{"A":"request","C":"3"}}`, a.Hash))
	i := w.get(id)
	want := `[[-p 8000:8000 1] [A request] [B two words] [C 3]]`
	if i.Image != "repo/img:2" || i.Runtype != "ssh_direc ssh_proxy" || *i.Onstart != "run" || i.Disk != 33 || *i.TemplateID != a.ID || fmt.Sprint(i.Env) != want {
		t.Errorf("instance of a template: %+v", i)
	}
	over := w.get(w.rent(101, fmt.Sprintf(`{"template_hash_id":%q,"image":"other:1","disk":5,"runtype":"args","args":["x"]}`, a.Hash)))
	if over.Image != "other:1" || over.Disk != 5 || over.Runtype != "args" || fmt.Sprint(over.Args) != "[x]" {
		t.Errorf("a request does not override its template: %+v", over)
	}
	w.call("PUT", "/api/v0/asks/102/", `{"template_hash_id":"nonsense","image":"a:1"}`).want(http.StatusBadRequest, "not a template")

	var edited struct{ Template template }
	w.call("PUT", "/api/v0/template/", fmt.Sprintf(`{"hash_id":%q,"desc":"d"}`, a.Hash)).into(&edited)
	if edited.Template.ID != a.ID || edited.Template.Hash == a.Hash {
		t.Errorf("edited: %+v", edited)
	}
	w.call("PUT", "/api/v0/template/", fmt.Sprintf(`{"hash_id":%q,"desc":"e"}`, a.Hash)).want(http.StatusNotFound, "not_found")
	if got := *w.get(id).TemplateHash; got != a.Hash {
		t.Errorf("an edit changed what an instance was made of: %s", got)
	}
	w.call("GET", fmt.Sprintf(`/api/v0/template/?select_filters=%%7B%%22id%%22:%%7B%%22eq%%22:%d%%7D%%7D`, a.ID), "").want(http.StatusOK, `"templates_found":1`)
	w.call("GET", `/api/v0/template/?select_filters=%7B%22recommended%22:%7B%22eq%22:true%7D%7D`, "").want(http.StatusOK, `"templates_found":3`)
	w.call("DELETE", "/api/v0/template/", fmt.Sprintf(`{"template_id":%d}`, a.ID)).want(http.StatusOK, "")
	w.call("DELETE", "/api/v0/template/", fmt.Sprintf(`{"template_id":%d}`, a.ID)).want(http.StatusNotFound, "")
}

func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	tests := []struct {
		body   string
		status int
		part   string
	}{
		{`{"disk":10}`, 400, "'image' is required"},
		{`{"image":7}`, 400, "'image' must be a string"},
		{`{"image":"a:1","disk":"10"}`, 400, "'disk' must be a number"},
		{`{"image":"a:1","disk":99999}`, 400, "not available on this machine"},
		{`{"image":"a:1","runtype":"telnet"}`, 400, "'runtype'"},
		{`{"image":"a:1","target_state":"asleep"}`, 400, "'target_state'"},
		{`{"image":"a:1","env":{"A":{}}}`, 400, "'env'"},
		{`{"image":"a:1","cancel_unavail":"yes"}`, 400, "'cancel_unavail'"},
		{`{"image":"a:1","label":"` + strings.Repeat("x", 1025) + `"}`, 400, "label_too_long"},
		{`{"image":"a:1","onstart":"` + strings.Repeat("x", 4049) + `"}`, 400, "'onstart'"},
		{`{"image":"a:1","volume_info":{"volume_id":1,"mount_path":"/x"}}`, 400, "volume 1 is not on this machine"},
		{`nonsense`, 400, "Invalid json body"},
	}
	for _, tt := range tests {
		w.call("PUT", "/api/v0/asks/2001/", tt.body).want(tt.status, tt.part)
	}
	if len(w.list("").Instances) != 0 {
		t.Error("a refused create left an instance")
	}
	if len(w.search(`{}`)) != 1 {
		t.Error("a refused create used the offer up")
	}
	for status, part := range map[int]string{400: "invalid_args", 404: "error 404/3603", 410: "error 410/3907"} {
		w := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.GoneOfferStatus = status })
		w.call("PUT", "/api/v0/asks/9/", body).want(status, part)
		w.call("PUT", "/api/v0/asks/9/", body).want(status, "no_such_ask")
	}
}

func TestManageRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.running(2001, body)
	w.put("", id, `{}`).want(http.StatusBadRequest, "invalid_args")
	w.put("", id, `{"state":"frozen"}`).want(http.StatusBadRequest, "invalid_args")
	w.put("", id, `{"label":"`+strings.Repeat("x", 1025)+`"}`).want(http.StatusBadRequest, "label_too_long")
	w.put("", 3, `{"state":"stopped"}`).want(http.StatusNotFound, "no_such_instance")
	w.call("GET", "/api/v0/instances/abc/", "").want(http.StatusBadRequest, "invalid_args")
	w.wantStatus(3, "null")
}

func TestUpdateTemplate(t *testing.T) {
	t.Parallel()
	for _, merges := range []bool{false, true} {
		t.Run(fmt.Sprintf("merges %v", merges), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, oneGPU, func(o *vastaisim.Options) { o.MergeEnv = merges })
			id := w.running(2001, `{"image":"a:1","disk":20,"runtype":"ssh_direct","env":{"A":"1","-p 7000:7000":"1"},"onstart":"x"}`)
			ports := w.ports(w.get(id))
			w.put("update_template/", id, fmt.Sprintf(`{"id":%d,"image":"b:2","env":{"B":"2","-p 9000:9000":"1"}}`, id)).want(http.StatusOK, `"updated_instance"`)
			w.wantStatus(id, "running/running/recycling")
			w.kit.Advance(boot)
			i := w.get(id)
			want := "[[-p 9000:9000 1] [B 2]]"
			if merges {
				want = "[[-p 7000:7000 1] [-p 9000:9000 1] [A 1] [B 2]]"
			}
			if i.Image != "b:2" || *i.Onstart != "x" || i.Runtype != "ssh_direc ssh_proxy" || fmt.Sprint(i.Env) != want {
				t.Errorf("updated: %+v", i)
			}
			after := w.ports(i)
			if after["9000/tcp"] == "" || (after["7000/tcp"] != "") != merges || after["22/tcp"] == ports["22/tcp"] {
				t.Errorf("ports %v, before %v", after, ports)
			}
			w.put("update_template/", id, `{"onstart":"y"}`).want(http.StatusOK, "")
			if i := w.get(id); *i.Onstart != "y" || fmt.Sprint(i.Env) != want {
				t.Errorf("an update of one thing changed another: %+v", i)
			}
			w.put("update_template/", 3, `{"image":"b:2"}`).want(http.StatusNotFound, "no_such_instance")
			w.put("update_template/", id, `{"template_id":3}`).want(http.StatusBadRequest, "no such template")
		})
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	id := w.running(2001, `{"image":"a:1","disk":20,"label":"l","env":{"SECRET":"s3cr3t"}}`)
	w.template(`{"name":"n","image":"i"}`)
	text, err := json.Marshal(w.sim.State())
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Instances []struct {
			ID     int64
			Label  string
			Env    map[string]string
			Hourly float64 `json:"hourly_usd"`
			Image  string  `json:"image_uuid"`
		}
		Volumes   []any
		Templates []template
		SSHKeys   []any `json:"ssh_keys"`
		Balance   float64
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Instances) != 1 || got.Instances[0].ID != id || got.Instances[0].Env["SECRET"] != "s3cr3t" || got.Instances[0].Label != "l" || got.Instances[0].Image != "a:1" {
		t.Fatalf("state %s", text)
	}
	near(t, "hourly_usd", got.Instances[0].Hourly, 0.20+20*0.36/720)
	if len(got.Templates) != 1 || got.Volumes == nil || got.SSHKeys == nil {
		t.Errorf("state %s", text)
	}
}

// TestEmptyListFault: a list without items does not contradict itself.
func TestEmptyListFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, oneGPU)
	w.running(2001, body)
	for _, operation := range []string{"showInstances", "showSshKeys", "searchOffers"} {
		if err := w.kit.Fault(simkit.Fault{Platform: vastaisim.Name, Operation: operation, Kind: simkit.EmptyList}); err != nil {
			t.Fatal(err)
		}
	}
	if p := w.list(""); p.Found != 0 || p.Total != 0 || len(p.Instances) != 0 || p.Next != nil || !p.Success {
		t.Errorf("list: %+v", p)
	}
	if err := w.kit.Fault(simkit.Fault{Platform: vastaisim.Name, Operation: "updateInstanceTemplate", Kind: simkit.Status, Status: 500}); err != nil {
		t.Errorf("an operation of the command line cannot fail: %v", err)
	}
}
