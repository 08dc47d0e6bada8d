package conform

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	gpumarket "github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
)

// witness takes down what a test reports, in place of failing.
type witness struct {
	testing.TB

	mu   sync.Mutex
	said []string
}

func (w *witness) take(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, text)
}

func (w *witness) Helper()                           {}
func (w *witness) Error(args ...any)                 { w.take(fmt.Sprint(args...)) }
func (w *witness) Errorf(format string, args ...any) { w.take(fmt.Sprintf(format, args...)) }
func (w *witness) Fatal(args ...any)                 { w.take(fmt.Sprint(args...)); runtime.Goexit() }

func (w *witness) Fatalf(format string, args ...any) {
	w.take(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// faulty is the provider with faults.
type faulty struct {
	tfprotov6.ProviderServer
	flaws
}

// flaws are what it does wrong: each changes what was answered.
type flaws struct {
	validate func(*tfprotov6.ValidateResourceConfigRequest, *tfprotov6.ValidateResourceConfigResponse)
	plan     func(*tfprotov6.PlanResourceChangeRequest, *tfprotov6.PlanResourceChangeResponse)
	apply    func(context.Context, *tfprotov6.ApplyResourceChangeRequest, *tfprotov6.ApplyResourceChangeResponse)
	read     func(*tfprotov6.ReadResourceRequest, *tfprotov6.ReadResourceResponse)
	imported func(*tfprotov6.ImportResourceStateResponse)
	list     func(*tfprotov6.ListResourceResult)
	// sends replaces the way to the platform.
	sends func(next http.RoundTripper, req *http.Request) (*http.Response, error)
	// options changes how the provider is started.
	options func(*gpumarket.Options)
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func (f flaws) serve(o gpumarket.Options) (tfprotov6.ProviderServer, error) {
	if f.sends != nil {
		next := o.RunPodTransport
		o.RunPodTransport = tripper(func(req *http.Request) (*http.Response, error) { return f.sends(next, req) })
	}
	if f.options != nil {
		f.options(&o)
	}
	server, err := serveAsIs(o)
	return &faulty{server, f}, err
}

func (f *faulty) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := f.ProviderServer.ValidateResourceConfig(ctx, req)
	if f.validate != nil {
		f.validate(req, resp)
	}
	return resp, err
}

func (f *faulty) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := f.ProviderServer.PlanResourceChange(ctx, req)
	if f.plan != nil {
		f.plan(req, resp)
	}
	return resp, err
}

func (f *faulty) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := f.ProviderServer.ApplyResourceChange(ctx, req)
	if f.apply != nil {
		f.apply(ctx, req, resp)
	}
	return resp, err
}

func (f *faulty) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := f.ProviderServer.ReadResource(ctx, req)
	if f.read != nil {
		f.read(req, resp)
	}
	return resp, err
}

func (f *faulty) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	resp, err := f.ProviderServer.ImportResourceState(ctx, req)
	if f.imported != nil {
		f.imported(resp)
	}
	return resp, err
}

func (f *faulty) ValidateListResourceConfig(ctx context.Context, req *tfprotov6.ValidateListResourceConfigRequest) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return f.ProviderServer.(tfprotov6.ListResourceServer).ValidateListResourceConfig(ctx, req) //nolint:forcetypeassert // the provider has list resources.
}

func (f *faulty) ListResource(ctx context.Context, req *tfprotov6.ListResourceRequest) (*tfprotov6.ListResourceServerStream, error) {
	stream, err := f.ProviderServer.(tfprotov6.ListResourceServer).ListResource(ctx, req) //nolint:forcetypeassert // the provider has list resources.
	if err != nil || f.list == nil {
		return stream, err
	}
	return &tfprotov6.ListResourceServerStream{Results: func(yield func(tfprotov6.ListResourceResult) bool) {
		for result := range stream.Results {
			if f.list(&result); !yield(result) {
				return
			}
		}
	}}, nil
}

const volumeUpdate = "updateNetworkVolume"

// object describes an object that is sound.
func object() *Object {
	return &Object{
		Type: "gpumarket_runpod_network_volume", Platform: "runpod", Path: "/v2/network-volumes", Rows: "network_volumes",
		Create: "createNetworkVolume", Read: "getNetworkVolume", Update: volumeUpdate, Delete: "deleteNetworkVolume", List: "listNetworkVolumes",
		Bills:   true,
		Minimal: "name = \"data\"\nsize_gb = 100\ndata_center_id = \"US-KS-2\"",
		Maximal: "name = \"data\"\nsize_gb = 100\ndata_center_id = \"US-KS-2\"\ntype = \"STANDARD\"\n" +
			"timeouts {\ncreate = \"1m\"\nupdate = \"1m\"\ndelete = \"1m\"\n}",
		Expect: map[string]any{"type": "STANDARD"},
		Changes: []Change{
			{Path: "name", To: `"more"`, Calls: []string{volumeUpdate}, Holds: map[string]any{"name": "more"}},
			{Path: "size_gb", To: "200", Calls: []string{volumeUpdate}},
			{Path: "size_gb", To: "50", Refused: "cannot shrink"},
			{Path: "data_center_id", To: `"EU-RO-1"`, Replaced: true},
			{Path: "type", To: `"HIGH_PERFORMANCE"`, Replaced: true},
			{Path: "timeouts", To: "create = \"2m\"\nupdate = \"2m\"\ndelete = \"2m\""},
		},
		Wrong: []Wrong{
			{Path: "size_gb", To: "5", Says: "between 10 and 4096"},
			{Path: "name", To: `""`, Says: "at least 1"},
			{Path: "data_center_id", To: `""`, Says: "at least 1"},
			{Path: "type", To: `"FAST"`, Says: "STANDARD"},
		},
	}
}

const small = "cpu {\nflavors = [\"cpu3c\"]\nvcpus = 2\n}"

// secretive describes one with a secret.
func secretive() *Object {
	return &Object{
		Type: "gpumarket_runpod_pod", Platform: "runpod", Path: "/v2/pods", Rows: "pods",
		Create: "createPod", Read: "getPod", Update: "updatePod", Delete: "deletePod", List: "listPods", Bills: true, Marked: true,
		Minimal: "name = \"a\"\nimage = \"a:1\"\n" + small,
		Maximal: "name = \"a\"\nimage = \"a:1\"\nenv_wo = { KEY = \"x\" }\nenv_wo_version = 1\n" + small,
		Others:  []string{"name = \"a\"\ntemplate_id = \"runpodubuntu\"\n" + small},
		Pairs:   [][2]string{{"image", "template_id"}},
	}
}

// find finds a story of the matrix.
func find(t *testing.T, m *matrix, name string) story {
	t.Helper()
	at, rest, _ := strings.Cut(name, "/")
	for _, c := range cases {
		if c.name != at {
			continue
		}
		for _, s := range c.stories(m) {
			if s.name == rest {
				return s
			}
		}
	}
	t.Fatalf("the matrix has no story %q", name)
	return story{}
}

// tell runs one story and returns what it reported.
func tell(t *testing.T, o *Object, name string) string {
	t.Helper()
	m, err := newMatrix(o)
	if err != nil {
		t.Fatal(err)
	}
	s, w := find(t, m, name), &witness{TB: t}
	var done sync.WaitGroup
	done.Go(func() { s.run(m.start(w)) })
	done.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.said, "\n")
}

func attributes(d *tfprotov6.DynamicValue, t tftypes.Type) map[string]tftypes.Value {
	v, err := d.Unmarshal(t)
	if err != nil {
		panic(err)
	}
	all := map[string]tftypes.Value{}
	if v.IsNull() {
		return nil
	}
	if err := v.As(&all); err != nil {
		panic(err)
	}
	return all
}

// alter changes one attribute of an answer about a volume.
func alter(d **tfprotov6.DynamicValue, t tftypes.Type, name string, to any) {
	all := attributes(*d, t)
	if all == nil {
		return
	}
	all[name] = tftypes.NewValue(all[name].Type(), to)
	changed, err := tfprotov6.NewDynamicValue(t, tftypes.NewValue(t, all))
	if err != nil {
		panic(err)
	}
	*d = &changed
}

// typeOf is the type of the object in the protocol.
func typeOf(t *testing.T, name string) tftypes.Type {
	t.Helper()
	server, err := serveAsIs(gpumarket.Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return all.ResourceSchemas[name].ValueType()
}

func reply(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
		Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}
}

// bare takes away what diagnostics say.
func bare(diags []*tfprotov6.Diagnostic) {
	for _, d := range diags {
		d.Detail = "It did not work."
	}
}
