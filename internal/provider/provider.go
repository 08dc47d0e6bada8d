// Package provider is the Terraform provider: its configuration, and the list of
// what the packages below it register.
package provider

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/market"
	runpodresources "github.com/gpumarket/terraform-provider-gpumarket/internal/provider/runpod"
	vastairesources "github.com/gpumarket/terraform-provider-gpumarket/internal/provider/vastai"
)

// TypeName is the prefix of every type.
const TypeName = "gpumarket"

// Options are what tests replace.
type Options struct {
	// Version is the provider's version, for the user agent.
	Version string
	// Clock is what waits and prices are timed by; the machine's when nil.
	Clock clock.Clock
	// DataDir is where creates under way are kept; Terraform's own data directory
	// when empty.
	DataDir string
	// Lifetime ends when the provider's process would: tests serve several providers
	// in one process. It is the process's own when nil.
	Lifetime context.Context //nolint:containedctx // it stands for a process.
	// PollMin and PollMax bound the pause between two looks at something that is
	// waited for; 1 s and 10 s when zero.
	PollMin, PollMax time.Duration
	// RunPodTransport and VastaiTransport replace the way to the platforms.
	RunPodTransport, VastaiTransport http.RoundTripper
}

// New returns the constructor that Terraform serves.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return NewWith(Options{Version: version}) }
}

// NewWith returns a provider with some parts replaced.
func NewWith(options Options) provider.Provider {
	if options.Clock == nil {
		options.Clock = clock.System()
	}
	if options.PollMin == 0 {
		options.PollMin = time.Second
	}
	if options.PollMax == 0 {
		options.PollMax = 10 * time.Second
	}
	if options.Lifetime == nil {
		options.Lifetime = context.Background()
	}
	if options.DataDir == "" {
		options.DataDir = datadir.Path()
	}
	return &gpumarket{options: options}
}

type gpumarket struct {
	options Options
}

var (
	_ provider.Provider                     = (*gpumarket)(nil)
	_ provider.ProviderWithFunctions        = (*gpumarket)(nil)
	_ provider.ProviderWithListResources    = (*gpumarket)(nil)
	_ provider.ProviderWithConfigValidators = (*gpumarket)(nil)
)

func (p *gpumarket) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = TypeName
	resp.Version = p.options.Version
}

func (p *gpumarket) Resources(context.Context) []func() resource.Resource {
	return append(runpodresources.Resources(), vastairesources.Resources()...)
}

func (p *gpumarket) DataSources(context.Context) []func() datasource.DataSource {
	sources := append(runpodresources.DataSources(), vastairesources.DataSources()...)
	return append(sources, market.DataSources()...)
}

func (p *gpumarket) ListResources(context.Context) []func() list.ListResource {
	return append(runpodresources.ListResources(), vastairesources.ListResources()...)
}

func (p *gpumarket) Functions(context.Context) []func() function.Function {
	return market.Functions()
}

func loggerFor(subsystem string) *slog.Logger { return kernel.NewLogger(subsystem) }
