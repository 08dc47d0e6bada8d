package runpodsim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
)

// capacity is the text the service answers with when nothing matches.
const capacity = "There are no longer any instances available with the requested specifications. Please refresh and try again."

func TestClosedBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, v := w.create(image, gpu4090), w.volume(10, "US-KS-2")
	var template struct{ ID string }
	w.call("POST", "/v2/templates", `{"name":"t","image":"i"}`).into(http.StatusCreated, &template)
	podPath, volumePath, templatePath := "/v2/pods/"+p.ID, "/v2/network-volumes/"+v.ID, "/v2/templates/"+template.ID

	tests := []struct{ method, path, body, want string }{
		{"POST", "/v2/pods", podBody(image, gpu4090, `"locked":true`), "$: additional properties 'locked' not allowed"},
		{"POST", "/v2/pods", podBody(image, gpu4090, `"interruptible":true`), "'interruptible'"},
		{"POST", "/v2/pods", podBody(image, `"gpu":{"id":"x","count":1,"memory":3}`), "$.gpu: additional properties 'memory' not allowed"},
		{"POST", "/v2/pods", podBody(image, `"gpu":{"id":"x","count":0}`), "minimum"},
		{"POST", "/v2/pods", podBody(image, `"cpu":{"id":"cpu3c","vcpuCount":1}`), "minimum"},
		{"POST", "/v2/pods", podBody(image, gpu4090, `"cloud":"ALL"`), "must be one of 'SECURE', 'COMMUNITY'"},
		{"POST", "/v2/pods", podBody(image, gpu4090, `"disk":0`), "minimum"},
		{"POST", "/v2/pods", podBody(image, gpu4090, `"disk":1.5`), "want integer"},
		{"POST", "/v2/pods", podBody(image, gpu4090, `"args":null`), "got null, want string"},
		{"POST", "/v2/pods", podBody(image, gpu4090, `"env":{"A":1}`), "$.env.A: got number, want string"},
		{"POST", "/v2/pods", podBody(image, gpu4090, `"mounts":{"persistent":{"size":20}}`), "missing property 'path'"},
		{"POST", "/v2/pods", podBody(image, gpu4090, `"mounts":{"persistent":{"size":5,"path":"/w"}}`), "minimum"},
		{"POST", "/v2/pods", podBody(image, `"gpu":{"id":"x","count":1,"minCudaVersion":"12"}`), "does not match pattern"},
		{"POST", "/v2/pods", podBody(gpu4090), "missing property 'image'"},
		{"POST", "/v2/pods", `{"name":"",` + image + `}`, "minLength"},
		{"POST", "/v2/pods", `[]`, "got array, want object"},
		{"PATCH", podPath, `{"gpu":{"id":"x"}}`, "'gpu'"},
		{"PATCH", podPath, `{"cloud":"SECURE"}`, "'cloud'"},
		{"PATCH", podPath, `{"dataCenterIds":[]}`, "'dataCenterIds'"},
		{"PATCH", podPath, `{"startSsh":true}`, "'startSsh'"},
		{"PATCH", podPath, `{"mounts":{"network":[{"path":"/w"}]}}`, "missing property 'volumeId'"},
		{"POST", podPath + "/action", `{"action":"reset"}`, "must be one of"},
		{"POST", podPath + "/action", `{"action":"stop","force":true}`, "'force'"},
		{"POST", "/v2/network-volumes", `{"name":"v","size":10,"dataCenterId":"US-KS-2"}`, "missing property 'dataCenter'"},
		{"POST", "/v2/network-volumes", `{"name":"v","size":9,"dataCenter":"US-KS-2"}`, "minimum"},
		{"POST", "/v2/network-volumes", `{"name":"v","size":4097,"dataCenter":"US-KS-2"}`, "maximum"},
		{"PATCH", volumePath, `{}`, "minProperties"},
		{"PATCH", volumePath, `{"dataCenter":"EU-RO-1"}`, "'dataCenter'"},
		{"PATCH", volumePath, `{"type":"STANDARD"}`, "'type'"},
		{"POST", "/v2/templates", `{"name":"t2"}`, "missing property 'image'"},
		{"POST", "/v2/templates", `{"name":"t2","image":"i","mounts":{"network":[]}}`, "'network'"},
		{"PATCH", templatePath, `{"minCudaVersion":"12.4"}`, "'minCudaVersion'"},
		{"POST", "/v2/registries", `{"name":"r","username":"u"}`, "missing property 'password'"},
		{"PUT", "/v2/account/ssh-keys", `{"keys":["SHA256:abc"]}`, "does not match pattern"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path+" "+tt.body, func(t *testing.T) {
			w := &world{t: t, kit: w.kit, sim: w.sim, api: w.api}
			w.call(tt.method, tt.path, tt.body).want(http.StatusUnprocessableEntity, tt.want)
		})
	}
	for _, body := range []string{"", "{", "{} {}", podBody(image) + "x"} {
		w.call("POST", "/v2/pods", body).want(http.StatusBadRequest, "request could not be processed")
	}
}

// TestMissingComesFirst: the body fell out of its schema branch, so that valid
// fields are reported too, after the property that is missing.
func TestMissingComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var p struct {
		Title, Detail string
		Status        int
		Errors        []string
	}
	w.call("POST", "/v2/pods", `{`+image+`,"cloud":"SECURE"}`).into(http.StatusUnprocessableEntity, &p)
	want := []string{"$: missing property 'name'", "$: additional properties 'cloud' not allowed"}
	if diff := cmp.Diff(want, p.Errors); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	if p.Title != "Unprocessable Entity" || p.Status != 422 || p.Detail != "Request validation failed." {
		t.Errorf("problem %+v", p)
	}
}

func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.volume(10, "US-KS-2")
	mount := fmt.Sprintf(`"mounts":{"network":[{"volumeId":%q,"path":"/w"}]}`, v.ID)
	ports := func(n int) string {
		var specs []string
		for i := range n {
			specs = append(specs, fmt.Sprintf(`"%d/http"`, 8000+i))
		}
		return `"ports":[` + strings.Join(specs, ",") + `]`
	}
	const cpu = `"cpu":{"id":"cpu3c","vcpuCount":2}`
	tests := []struct {
		name   string
		body   []string
		status int
		want   string
	}{
		{"neither gpu nor cpu", []string{image}, 400, "exactly one of gpu and cpu"},
		{"both gpu and cpu", []string{image, gpu4090, cpu}, 400, "exactly one of gpu and cpu"},
		{"no count", []string{image, `"gpu":{"id":"NVIDIA GeForce RTX 4090"}`}, 400, capacity},
		{"unknown type", []string{image, `"gpu":{"id":"RTX 4090","count":1}`}, 400, capacity},
		{"more than a machine has", []string{image, `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":9}`}, 400, capacity},
		{"type not sold in the cloud", []string{image, `"gpu":{"id":"NVIDIA A30","count":1}`}, 400, capacity},
		{"data center without the type", []string{image, gpu4090, `"dataCenterIds":["EUR-NO-1"]`}, 400, capacity},
		{"unknown data center", []string{image, gpu4090, `"dataCenterIds":["XX-1"]`}, 400, capacity},
		{"version that nobody has", []string{image, `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1,"allowedCudaVersions":["11.8"]}`}, 400, capacity},
		{"floor above everybody", []string{image, `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1,"minCudaVersion":"13.1"}`}, 400, capacity},
		{"set and floor", []string{image, `"gpu":{"id":"NVIDIA GeForce RTX 4090","count":1,"allowedCudaVersions":["12.8"],"minCudaVersion":"12.4"}`}, 400, "mutually exclusive"},
		{"two kinds of mount", []string{image, gpu4090, fmt.Sprintf(`"mounts":{"persistent":{"size":10,"path":"/p"},"network":[{"volumeId":%q,"path":"/w"}]}`, v.ID)}, 400, "mutually exclusive"},
		{"persistent mount on CPU", []string{image, cpu, `"mounts":{"persistent":{"size":10,"path":"/p"}}`}, 400, "CPU pods"},
		{"network volume in COMMUNITY", []string{image, gpu4090, mount, `"cloud":"COMMUNITY"`}, 400, "SECURE cloud only"},
		{"volume elsewhere", []string{image, gpu4090, mount, `"dataCenterIds":["EU-RO-1"]`}, 400, "US-KS-2"},
		{"no such volume", []string{image, gpu4090, `"mounts":{"network":[{"volumeId":"nope","path":"/w"}]}`}, 404, "network volume not found"},
		{"no such template", []string{gpu4090, `"templateId":"nope"`}, 404, "template not found"},
		{"serverless template", []string{gpu4090, `"templateId":"workercomfy"`}, 422, "serverless template"},
		{"image not in its registry", []string{`"image":"me/not-in-registry:1"`, gpu4090}, 422, "was not found in its registry"},
		{"no such credential", []string{image, gpu4090, `"registry":"nope"`}, 400, "registry nope"},
		{"UDP port", []string{image, gpu4090, `"ports":["80/udp"]`}, 400, "80/udp"},
		{"port out of range", []string{image, gpu4090, `"ports":["70000/tcp"]`}, 400, "70000/tcp"},
		{"too many http ports", []string{image, gpu4090, ports(11)}, 400, "at most 10 http ports"},
		{"three vCPUs", []string{image, `"cpu":{"id":"cpu3c","vcpuCount":3}`}, 400, "power of two"},
		{"too many vCPUs", []string{image, `"cpu":{"id":"cpu3c","vcpuCount":64}`}, 400, "between 2 and 32"},
		{"unknown flavor", []string{image, `"cpu":{"id":"cpu9z","vcpuCount":2}`}, 400, capacity},
		{"global networking on AMD", []string{image, `"gpu":{"id":"AMD Instinct MI300X OAM","count":1}`, `"globalNetworking":true`}, 400, "NVIDIA"},
		{"global networking where there is none", []string{image, gpu4090, `"globalNetworking":true`, `"dataCenterIds":["CA-MTL-1"]`}, 400, "globalNetworking"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{t: t, kit: w.kit, sim: w.sim, api: w.api}
			w.call("POST", "/v2/pods", podBody(tt.body...)).want(tt.status, tt.want)
		})
	}
	var list struct{ Pods []pod }
	w.call("GET", "/v2/pods", "").into(http.StatusOK, &list)
	if len(list.Pods) != 0 {
		t.Errorf("refused creates left %d pods", len(list.Pods))
	}
}

func TestNoMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *runpodsim.Options) { o.Balance = 0.5 })
	w.call("POST", "/v2/pods", podBody(image, gpu4090)).want(http.StatusPaymentRequired, "balance is too low")
}

func TestKeyAndRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		name, method, path, key string
		status                  int
		want                    string
	}{
		{"no key", "GET", "/v2/pods", "", 401, "missing bearer token"},
		{"no key on an unknown path", "GET", "/v2/nothing", "", 401, "missing bearer token"},
		{"other scheme", "GET", "/v2/pods", "Basic abc", 401, "missing bearer token"},
		{"wrong key", "GET", "/v2/pods", "Bearer wrong", 401, "invalid bearer token"},
		{"unknown path", "GET", "/v2/networkvolumes", "Bearer " + w.kit.APIKey(), 404, "The requested path was not found."},
		{"slash at the end", "GET", "/v2/pods/", "Bearer " + w.kit.APIKey(), 404, "The requested path was not found."},
		{"wrong verb", "PUT", "/v2/pods", "Bearer " + w.kit.APIKey(), 405, "not allowed for this path"},
		{"unknown pod", "GET", "/v2/pods/nope", "Bearer " + w.kit.APIKey(), 404, "pod not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, http.NoBody)
			if tt.key != "" {
				r.Header.Set("Authorization", tt.key)
			}
			rec := httptest.NewRecorder()
			w.sim.ServeHTTP(rec, r)
			reply{t: t, what: tt.name, status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}.want(tt.status, tt.want)
			if allow := rec.Header().Get("Allow"); (tt.status == 405) != (allow == "GET, POST") {
				t.Errorf("Allow is %q", allow)
			}
		})
	}
}

// TestGPUWithSpaces: ids are escaped in paths.
func TestGPUWithSpaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var g struct{ ID string }
	w.call("GET", "/v2/catalog/gpus/NVIDIA%20GeForce%20RTX%204090", "").into(http.StatusOK, &g)
	if g.ID != "NVIDIA GeForce RTX 4090" {
		t.Errorf("id %q", g.ID)
	}
	w.call("GET", "/v2/catalog/gpus/RTX%204090", "").want(http.StatusNotFound, "resource not found")
}

func TestSameSeedSameIDs(t *testing.T) {
	t.Parallel()
	ids := func() []string {
		w := newWorld(t)
		return []string{w.create(image, gpu4090).ID, w.volume(10, "US-KS-2").ID}
	}
	if first, second := ids(), ids(); !slices.Equal(first, second) {
		t.Errorf("ids %v, then %v", first, second)
	}
}
