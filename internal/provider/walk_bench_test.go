//go:build unix

package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	frameworkprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// fleet is many objects of one type, as a state has them.
type fleet struct {
	name   string // of the type
	typ    tftypes.Type
	config *tfprotov6.DynamicValue
	states []*tfprotov6.DynamicValue
	// private is that of each state.
	private [][]byte
}

// kept answers requests from answers that a simulator gave once, so that a benchmark
// measures the provider and not the simulator. It counts them.
type kept struct {
	platform http.Handler

	mu       sync.Mutex
	answers  map[string][]byte
	requests int
	// passing keeps nothing yet.
	passing bool
}

func (k *kept) RoundTrip(r *http.Request) (*http.Response, error) {
	key := r.Method + " " + r.URL.RequestURI()
	k.mu.Lock()
	k.requests++
	body, ok := k.answers[key]
	k.mu.Unlock()
	if !ok {
		if r.Body == nil {
			r.Body = http.NoBody
		}
		recorder := httptest.NewRecorder()
		k.platform.ServeHTTP(recorder, r)
		if k.passing || recorder.Code != http.StatusOK || r.Method != http.MethodGet {
			return recorder.Result(), nil
		}
		body = recorder.Body.Bytes()
		k.mu.Lock()
		k.answers[key] = body
		k.mu.Unlock()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// idleProvider has the real resources' schemas, and resources that do nothing.
type idleProvider struct{ frameworkprovider.Provider }

func (p idleProvider) Configure(context.Context, frameworkprovider.ConfigureRequest, *frameworkprovider.ConfigureResponse) {
}
func (p idleProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }
func (p idleProvider) Resources(ctx context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, create := range p.Provider.Resources(ctx) {
		all = append(all, func() resource.Resource { return idleResource{create()} })
	}
	return all
}

type idleResource struct{ resource.Resource }

func (idleResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (r idleResource) IdentitySchema(ctx context.Context, req resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	r.Resource.(resource.ResourceWithIdentity).IdentitySchema(ctx, req, resp) //nolint:forcetypeassert // every resource has one.
}

// terraform drives one provider server as a walk of Terraform's does, without the costs
// of Terraform itself.
type terraform struct {
	tb     testing.TB
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

func start(tb testing.TB, p frameworkprovider.Provider, url string) *terraform {
	tb.Helper()
	server, err := providerserver.NewProtocol6WithError(p)()
	if err != nil {
		tb.Fatal(err)
	}
	t := &terraform{tb: tb, server: server}
	t.schema, err = server.GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	account := func(typ tftypes.Type) tftypes.Value {
		return object(typ, map[string]any{"api_key": simkit.DefaultAPIKey, "base_url": url})
	}
	typ := t.schema.Provider.ValueType().(tftypes.Object) //nolint:forcetypeassert // the type of a schema is an object.
	configured, err := server.ConfigureProvider(tb.Context(), &tfprotov6.ConfigureProviderRequest{Config: dynamic(tb, typ, object(typ, map[string]any{
		"runpod": account(typ.AttributeTypes["runpod"]), "vastai": account(typ.AttributeTypes["vastai"]),
	}))})
	if err != nil {
		tb.Fatal(err)
	}
	t.check(configured.Diagnostics)
	return t
}

func (t *terraform) check(diagnostics []*tfprotov6.Diagnostic) {
	t.tb.Helper()
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			t.tb.Fatalf("%s: %s", d.Summary, d.Detail)
		}
	}
}

// object is an object with these values, and null for the rest.
func object(typ tftypes.Type, values map[string]any) tftypes.Value {
	all := map[string]tftypes.Value{}
	for name, attribute := range typ.(tftypes.Object).AttributeTypes { //nolint:forcetypeassert // as above.
		switch value := values[name].(type) {
		case tftypes.Value:
			all[name] = value
		case []string:
			var items []tftypes.Value
			for _, item := range value {
				items = append(items, tftypes.NewValue(tftypes.String, item))
			}
			all[name] = tftypes.NewValue(attribute, items)
		default:
			all[name] = tftypes.NewValue(attribute, value)
		}
	}
	return tftypes.NewValue(typ, all)
}

func dynamic(tb testing.TB, typ tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	tb.Helper()
	out, err := tfprotov6.NewDynamicValue(typ, value)
	if err != nil {
		tb.Fatal(err)
	}
	return &out
}

// create makes n objects of a type, with a number of them under way at once.
func (t *terraform) create(name string, n int, values func(typ tftypes.Object) map[string]any) *fleet {
	t.tb.Helper()
	schema := t.schema.ResourceSchemas[name]
	typ := schema.ValueType().(tftypes.Object) //nolint:forcetypeassert // as above.
	config := object(typ, values(typ))
	f := &fleet{
		name: name, typ: typ, config: dynamic(t.tb, typ, config),
		states: make([]*tfprotov6.DynamicValue, n), private: make([][]byte, n),
	}
	proposed := map[string]tftypes.Value{}
	if err := config.As(&proposed); err != nil {
		t.tb.Fatal(err)
	}
	for _, attribute := range schema.Block.Attributes {
		if attribute.Computed && proposed[attribute.Name].IsNull() {
			proposed[attribute.Name] = tftypes.NewValue(typ.AttributeTypes[attribute.Name], tftypes.UnknownValue)
		}
	}
	none, wanted := dynamic(t.tb, typ, tftypes.NewValue(typ, nil)), dynamic(t.tb, typ, tftypes.NewValue(typ, proposed))
	work := make(chan int)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			for i := range work {
				planned, err := t.server.PlanResourceChange(t.tb.Context(), &tfprotov6.PlanResourceChangeRequest{
					TypeName: name, PriorState: none, ProposedNewState: wanted, Config: f.config,
				})
				if err != nil {
					t.tb.Error(err)
					return
				}
				applied, err := t.server.ApplyResourceChange(t.tb.Context(), &tfprotov6.ApplyResourceChangeRequest{
					TypeName: name, PriorState: none, PlannedState: planned.PlannedState, Config: f.config, PlannedPrivate: planned.PlannedPrivate,
				})
				if err != nil {
					t.tb.Error(err)
					return
				}
				for _, d := range applied.Diagnostics {
					if d.Severity == tfprotov6.DiagnosticSeverityError {
						t.tb.Errorf("%s: %s", d.Summary, d.Detail)
					}
				}
				f.states[i], f.private[i] = applied.NewState, applied.Private
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	group.Wait()
	return f
}

// plan refreshes and plans the whole fleet, unchanged, ten at a time.
func (t *terraform) plan(f *fleet) {
	work := make(chan int)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			for i := range work {
				read, err := t.server.ReadResource(t.tb.Context(), &tfprotov6.ReadResourceRequest{
					TypeName: f.name, CurrentState: f.states[i], Private: f.private[i],
				})
				if err != nil {
					t.tb.Error(err)
					return
				}
				if _, err = t.server.ValidateResourceConfig(t.tb.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: f.name, Config: f.config}); err != nil {
					t.tb.Error(err)
					return
				}
				planned, err := t.server.PlanResourceChange(t.tb.Context(), &tfprotov6.PlanResourceChangeRequest{
					TypeName: f.name, PriorState: read.NewState, ProposedNewState: read.NewState, Config: f.config, PriorPrivate: read.Private,
				})
				if err != nil {
					t.tb.Error(err)
					return
				}
				if !bytes.Equal(planned.PlannedState.MsgPack, read.NewState.MsgPack) {
					t.tb.Errorf("the plan of %s %d is not empty: %v %v", f.name, i, read.Diagnostics, planned.Diagnostics)
				}
			}
		})
	}
	for i := range f.states {
		work <- i
	}
	close(work)
	group.Wait()
}

// BenchmarkPlan is the refresh and plan of unchanged objects, beside that of a provider
// with the same schemas whose resources do nothing: requests, allocations and processor
// time for each object. The platforms' answers are ready, so that only the provider
// works.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{100, 1000} {
		world := newFleets(b, n)
		for _, f := range world.fleets {
			for _, kind := range []string{"nothing", "provider"} {
				b.Run(fmt.Sprintf("%s/%d/%s", strings.TrimPrefix(f.name, "gpumarket_"), n, kind), func(b *testing.B) {
					requests := 0
					b.ReportAllocs()
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					began := processorTime(b)
					for b.Loop() {
						world.platform.requests = 0
						world.walk(b, kind, f)
						requests += world.platform.requests
					}
					runtime.ReadMemStats(&after)
					objects := float64(b.N * n)
					b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
					b.ReportMetric(float64(after.Mallocs-before.Mallocs)/objects, "allocs/object")
					b.ReportMetric(float64((processorTime(b)-began).Microseconds())/objects, "cpu-µs/object")
				})
			}
		}
	}
}

// processorTime is that of this process so far. Unlike the time on the clock it is the
// same on a busy machine.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// fleets are pods and instances on simulated accounts, behind kept answers.
type fleets struct {
	options  provider.Options
	platform *kept
	fleets   []*fleet
}

func newFleets(tb testing.TB, n int) *fleets {
	tb.Helper()
	clk := clocktest.NewLeaping(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	world := sim.New(sim.Options{
		Clock: clk, Seed: 1, Boot: time.Second,
		RunPod: func(o *runpodsim.Options) { o.Balance = 1e9 }, Vastai: func(o *vastaisim.Options) { o.Balance = 1e9 },
	})
	var offers []string
	for i := range n {
		offers = append(offers, fmt.Sprintf(`{"id": %d, "gpu_name": "RTX 4090", "num_gpus": 1, "dph_base": 0.4, "storage_cost": 0}`, 5000+i))
	}
	if err := world.LoadMarket([]byte(`{"vastai": {"offers": [` + strings.Join(offers, ",") + `]}}`)); err != nil {
		tb.Fatal(err)
	}
	both := http.NewServeMux()
	both.Handle("/v2/", world.RunPod)
	both.Handle("/api/", world.Vastai)
	w := &fleets{platform: &kept{platform: both, answers: map[string][]byte{}, passing: true}}
	w.options = provider.Options{
		Version: "test", DataDir: tb.TempDir(), Clock: clk, RunPodTransport: w.platform, VastaiTransport: w.platform,
	}
	t := start(tb, provider.NewWith(w.options), "http://localhost")
	w.fleets = []*fleet{
		t.create("gpumarket_runpod_pod", n, func(typ tftypes.Object) map[string]any {
			return map[string]any{"name": "p", "image": "ubuntu:24.04", "gpu": object(typ.AttributeTypes["gpu"], map[string]any{"types": []string{"RTX 4090"}})}
		}),
		t.create("gpumarket_vastai_instance", n, func(typ tftypes.Object) map[string]any {
			return map[string]any{"image": "ubuntu:24.04", "disk_gb": 10, "offer": object(typ.AttributeTypes["offer"], map[string]any{"gpu_names": []string{"RTX 4090"}})}
		}),
	}
	w.platform.passing = false
	// A first plan settles what only a refresh tells.
	for _, f := range w.fleets {
		t := start(tb, provider.NewWith(w.options), "http://localhost")
		for i := range f.states {
			read, err := t.server.ReadResource(tb.Context(), &tfprotov6.ReadResourceRequest{TypeName: f.name, CurrentState: f.states[i], Private: f.private[i]})
			if err != nil {
				tb.Fatal(err)
			}
			t.check(read.Diagnostics)
			f.states[i], f.private[i] = read.NewState, read.Private
		}
	}
	return w
}

// walk is one plan, with a provider of its own.
func (w *fleets) walk(tb testing.TB, kind string, f *fleet) {
	tb.Helper()
	p := provider.NewWith(w.options)
	if kind == "nothing" {
		p = idleProvider{p}
	}
	start(tb, p, "http://localhost").plan(f)
}
