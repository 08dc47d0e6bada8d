package runpodsim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
)

const fullTemplate = `{"name":"t","image":"base:1","args":"serve","disk":33,"env":{"A":"t","B":"t"},"ports":["22/tcp"],
	"mounts":{"persistent":{"size":15,"path":"/t"}},"allowedCudaVersions":["12.4"],"startJupyter":false}`

func (w *world) template(body string) string {
	w.t.Helper()
	var t struct{ ID string }
	w.call("POST", "/v2/templates", body).into(http.StatusCreated, &t)
	return t.ID
}

func TestTemplateMerge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.call("PUT", "/v2/account/ssh-keys", `{"keys":["ssh-ed25519 AAAA me@home"]}`).want(http.StatusOK, "me@home")
	from := `"templateId":"` + w.template(fullTemplate) + `"`

	t.Run("as it is", func(t *testing.T) {
		w := &world{t: t, kit: w.kit, sim: w.sim, api: w.api}
		p := w.create(gpu4090, from)
		if p.Image != "base:1" || p.Args != "serve" || p.Disk != 33 || p.Mounts.Persistent.Size != 15 || *p.CudaVersion != "12.4" || p.Template != nil {
			t.Errorf("pod %+v", p)
		}
		want := map[string]string{"A": "t", "B": "t", "PUBLIC_KEY": "ssh-ed25519 AAAA me@home"}
		if diff := cmp.Diff(want, p.Env); diff != "" {
			t.Errorf("env (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"22/tcp"}, p.Ports); diff != "" {
			t.Errorf("ports (-want +got):\n%s", diff)
		}
	})
	t.Run("the body wins", func(t *testing.T) {
		w := &world{t: t, kit: w.kit, sim: w.sim, api: w.api}
		p := w.create(from, `"image":"mine"`, `"disk":7`, `"args":""`, `"ports":[]`, `"startSsh":false`, `"startJupyter":true`,
			`"env":{"B":"mine","C":"mine"}`, `"mounts":{"persistent":{"size":40,"path":"/mine"}}`,
			`"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1,"minCudaVersion":"13.0"}`)
		if p.Image != "mine" || p.Args != "" || p.Disk != 7 || len(p.Ports) != 0 || p.Mounts.Persistent.Path != "/mine" || *p.CudaVersion != "13.0" {
			t.Errorf("pod %+v", p)
		}
		if p.Env["JUPYTER_PASSWORD"] == "" {
			t.Error("no JUPYTER_PASSWORD")
		}
		delete(p.Env, "JUPYTER_PASSWORD")
		if diff := cmp.Diff(map[string]string{"A": "t", "B": "mine", "C": "mine"}, p.Env); diff != "" {
			t.Errorf("env (-want +got):\n%s", diff)
		}
	})
	t.Run("CPU pods ignore mount and CUDA", func(t *testing.T) {
		w := &world{t: t, kit: w.kit, sim: w.sim, api: w.api}
		p := w.create(from, `"cpu":{"id":"cpu3g","vcpuCount":4}`)
		if p.Mounts.Persistent != nil || p.CudaVersion != nil || p.GPU != nil || p.CPU.Memory != 16 || p.Cost != 0.16 {
			t.Errorf("pod %+v", p)
		}
	})
	t.Run("a network mount takes the place of the disk", func(t *testing.T) {
		w := &world{t: t, kit: w.kit, sim: w.sim, api: w.api}
		v := w.volume(10, "US-TX-3")
		p := w.create(from, gpu4090, `"mounts":{"network":[{"volumeId":"`+v.ID+`","path":"/n"}]}`)
		if p.Mounts.Persistent != nil || p.Mounts.Network[0].VolumeID != v.ID || *p.DataCenterID != "US-TX-3" {
			t.Errorf("pod %+v", p)
		}
	})
	t.Run("applied once by a patch", func(t *testing.T) {
		w := &world{t: t, kit: w.kit, sim: w.sim, api: w.api}
		p := w.running(image, gpu4090, `"env":{"OLD":"1"}`)
		p = w.patch(p.ID, `{`+from+`,"env":{"B":"mine"},"disk":9}`)
		if p.Image != "base:1" || p.Disk != 9 || p.Mounts.Persistent != nil || p.Status != "STARTING" {
			t.Errorf("pod %+v", p)
		}
		if diff := cmp.Diff(map[string]string{"A": "t", "B": "mine"}, p.Env); diff != "" {
			t.Errorf("env (-want +got):\n%s", diff)
		}
	})
}

func TestInjectedEnv(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, keys, env string
		hide            bool
		want            map[string]string
	}{
		{"no key registered", `[]`, `{}`, false, map[string]string{}},
		{"key", `["ssh-rsa AAA"]`, `{}`, false, map[string]string{"PUBLIC_KEY": "ssh-rsa AAA"}},
		{"own value stays", `["ssh-rsa AAA"]`, `{"PUBLIC_KEY":"mine"}`, false, map[string]string{"PUBLIC_KEY": "mine"}},
		{"hidden", `["ssh-rsa AAA"]`, `{}`, true, map[string]string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *runpodsim.Options) { o.HideInjectedEnv = tt.hide })
			w.call("PUT", "/v2/account/ssh-keys", `{"keys":`+tt.keys+`}`).want(http.StatusOK, "")
			p := w.create(image, gpu4090, `"startSsh":true`, `"env":`+tt.env)
			if diff := cmp.Diff(tt.want, p.Env); diff != "" {
				t.Errorf("env (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *runpodsim.Options) { o.TemplateLink = true })
	var registry struct{ ID string }
	w.call("POST", "/v2/registries", `{"name":"r","username":"u","password":"p"}`).into(http.StatusCreated, &registry)
	id := w.template(`{"name":"t","image":"i","registry":"` + registry.ID + `"}`)
	path := "/v2/templates/" + id
	var got struct {
		Name, Image, Category        string
		Registry                     *string
		Public, StartSSH, Serverless bool
		StartJupyter                 bool
		Ports, AllowedCudaVersions   []string
		Env                          map[string]string
		Mounts                       map[string]any
	}
	w.call("GET", path, "").into(http.StatusOK, &got)
	if got.Name != "t" || got.Category != "NVIDIA" || !got.StartSSH || !got.StartJupyter || got.Public || got.Registry == nil || got.Mounts == nil {
		t.Errorf("template %+v", got)
	}
	w.call("POST", "/v2/templates", `{"name":"t","image":"i"}`).want(http.StatusBadRequest, "exists already")
	w.call("PATCH", path, `{"name":"t2","env":{"A":"1"},"allowedCudaVersions":["12.8"]}`).want(http.StatusOK, `"t2"`)
	w.call("PATCH", "/v2/templates/runpodtorch", `{"name":"mine"}`).want(http.StatusNotFound, "template not found")
	w.call("DELETE", "/v2/templates/runpodtorch", "").want(http.StatusNotFound, "template not found")
	w.call("GET", "/v2/templates/runpodtorch", "").want(http.StatusOK, "PyTorch")

	p := w.create(gpu4090, `"templateId":"`+id+`"`)
	if p.Template == nil || *p.Template != id || p.Registry == nil {
		t.Errorf("pod %+v", p)
	}
	w.call("DELETE", path, "").want(http.StatusBadRequest, "in use")
	w.call("DELETE", "/v2/registries/"+registry.ID, "").want(http.StatusBadRequest, "in use")
	w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusNoContent, "")
	w.call("DELETE", "/v2/registries/"+registry.ID, "").want(http.StatusNoContent, "")
	got.Registry = nil
	w.call("GET", path, "").into(http.StatusOK, &got)
	if got.Registry != nil {
		t.Errorf("the template keeps the credential %s that is gone", *got.Registry)
	}
	w.call("DELETE", path, "").want(http.StatusNoContent, "")
	w.call("GET", path, "").want(http.StatusNotFound, "template not found")
}

// TestTemplateRelease: a template may stay in use for a while after its last pod went.
func TestTemplateRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *runpodsim.Options) {
		o.TemplateLink, o.TemplateRelease, o.TwinTemplates = true, time.Minute, true
	})
	id := w.template(`{"name":"t","image":"i"}`)
	w.template(`{"name":"t","image":"i"}`)
	p := w.create(gpu4090, `"templateId":"`+id+`"`)
	w.call("DELETE", "/v2/pods/"+p.ID, "").want(http.StatusNoContent, "")
	w.call("DELETE", "/v2/templates/"+id, "").want(http.StatusBadRequest, "in use")
	w.kit.Advance(time.Minute)
	w.call("DELETE", "/v2/templates/"+id, "").want(http.StatusNoContent, "")
}
