package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
)

// Attached returns a CLI whose every command is served by a new provider in this
// process. Unlike [Env.CLI] it lives in the time of the world, so that minutes of
// waiting take none; unlike resource.UnitTest a command may fail and the next one
// go on from there.
func (e *Env) Attached(t testing.TB, options ...func(*provider.Options)) *CLI {
	t.Helper()
	tools := prepare(t)
	c := newCLI(t, tools, t.TempDir(), e.ProviderBlock())
	o := provider.Options{Version: "test", Clock: e.Clock, DataDir: c.Dir + "/.terraform"}
	for _, option := range options {
		option(&o)
	}
	host := "registry.terraform.io"
	if tools.tofu {
		host = "registry.opentofu.org"
	}
	c.attach = func() (string, func()) { return attach(t, host, o) }
	return c
}

// attach serves a provider until stop is called, and returns what the CLI needs to
// find it.
func attach(t testing.TB, host string, options provider.Options) (variable string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	options.Lifetime = ctx
	found := make(chan *plugin.ReattachConfig, 1)
	closed := make(chan struct{})
	address := host + "/gpumarket/gpumarket"
	served := make(chan error, 1)
	server, err := provider.NewServer(options)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() {
		served <- tf6server.Serve(address, func() tfprotov6.ProviderServer { return server }, tf6server.WithDebug(ctx, found, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()),
			tf6server.WithLoggingSink(sink{t}), tf6server.WithoutLogStderrOverride())
	}()
	var config *plugin.ReattachConfig
	select {
	case config = <-found:
	case err := <-served:
		cancel()
		t.Fatalf("the provider did not start: %v", err)
	}
	type addr struct{ Network, String string }
	text, err := json.Marshal(map[string]any{address: map[string]any{
		"Protocol": string(config.Protocol), "ProtocolVersion": 6, "Pid": config.Pid, "Test": true,
		"Addr": addr{config.Addr.Network(), config.Addr.String()},
	}})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	return fmt.Sprintf("TF_REATTACH_PROVIDERS=%s", text), func() {
		cancel()
		<-closed
	}
}

// sink is a test or a benchmark in the eyes of the plugin library.
type sink struct{ testing.TB }

// Parallel is there for the library's interface, which never calls it here.
func (sink) Parallel() {}
