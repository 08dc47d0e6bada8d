// Package acctest runs tests of the provider with the real CLI against the
// simulated marketplaces. Each test has an [Env] of its own: simulators on
// loopback ports, a clock on which time passes only while somebody waits, and a
// journal of what was asked of the platforms. What passes is held against the
// platforms' OpenAPI documents where these are to be had.
//
// Most tests hand [Env.Factories] and [Env.Config] to resource.UnitTest, which
// drives the CLI with the provider in this process. A test that needs processes
// of their own (a saved plan applied later, a kill, files in the data directory)
// takes [Env.CLI].
package acctest

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/contract"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
)

// Env is one test's world.
type Env struct {
	// World are the simulators; faults, market moves and the billing ledger are
	// there.
	World *sim.World
	// Clock is what the simulators and the provider share.
	Clock clock.Clock
	// RunPodURL and VastaiURL are where the platforms are.
	RunPodURL, VastaiURL string
	// APIKey is the key of both accounts.
	APIKey string

	dataDir string
	// end ends the provider that served before, see [Env.Factories].
	end  context.CancelFunc
	seen int // number of the last request before [Env.ResetJournal]
}

// start is when the worlds begin.
var start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// RealTime is an option of [New]: the simulators keep the machine's time, as
// processes of their own do. [Env.CLI] needs it.
func RealTime(o *sim.Options) {
	o.Clock = clock.System()
	o.Boot = 200 * time.Millisecond
}

// New starts a world for the test and ends it with the test. By default rented
// machines boot in 20 s of a [clocktest.Leaping] clock and the market is the
// built-in one; options change what they are given.
//
// The first New of a process takes the accounts and settings of whoever runs the
// tests out of its environment, so that no test can reach a real account.
func New(t testing.TB, options ...func(*sim.Options)) *Env {
	t.Helper()
	prepare(t)

	o := sim.Options{
		Clock: clocktest.NewLeaping(start),
		Seed:  1,
		Boot:  20 * time.Second,
	}
	for _, option := range options {
		option(&o)
	}
	if o.APIKey == "" {
		o.APIKey = simkit.DefaultAPIKey
	}
	world := sim.New(o)
	runpod := httptest.NewServer(contract.RunPod(t, world.RunPod))
	t.Cleanup(runpod.Close)
	vastai := httptest.NewServer(contract.Vastai(t, world.Vastai))
	t.Cleanup(vastai.Close)

	env := &Env{
		World: world, Clock: o.Clock, APIKey: o.APIKey,
		RunPodURL: runpod.URL, VastaiURL: vastai.URL,
		dataDir: t.TempDir(),
		end:     func() {},
	}
	t.Cleanup(func() { env.end() })
	return env
}

// Factories are for resource.TestCase's ProtoV6ProviderFactories. Every process
// that the CLI would start gets a provider of its own, as in real life; they
// share the data directory of the Env.
func (e *Env) Factories(options ...func(*provider.Options)) map[string]func() (tfprotov6.ProviderServer, error) {
	o := e.Options(options...)
	return map[string]func() (tfprotov6.ProviderServer, error){
		provider.TypeName: func() (tfprotov6.ProviderServer, error) {
			e.end()
			o.Lifetime, e.end = context.WithCancel(context.Background())
			return provider.NewServer(o)
		},
	}
}

// Options are those of a provider that lives in this world.
func (e *Env) Options(options ...func(*provider.Options)) provider.Options {
	o := provider.Options{Version: "test", Clock: e.Clock, DataDir: e.dataDir}
	for _, option := range options {
		option(&o)
	}
	return o
}

// ProviderBlock is a provider block with both accounts. Extra lines go into the
// block.
func (e *Env) ProviderBlock(extra ...string) string {
	return fmt.Sprintf("provider %q {\n%s}\n", provider.TypeName, indent(append([]string{
		Account("runpod", e.APIKey, e.RunPodURL), Account("vastai", e.APIKey, e.VastaiURL),
	}, extra...)))
}

// Account is the part of a provider block for one platform.
func Account(platform, key, url string) string {
	return Block(platform, fmt.Sprintf("api_key = %q", key), fmt.Sprintf("base_url = %q", url))
}

// Block is a block with the given lines.
func Block(name string, lines ...string) string {
	return name + " {\n" + indent(lines) + "}"
}

// Config is the provider block followed by the parts.
func (e *Env) Config(parts ...string) string {
	return e.ProviderBlock() + "\n" + strings.Join(parts, "\n")
}

func indent(lines []string) string {
	var out strings.Builder
	for _, line := range lines {
		out.WriteString("  " + strings.ReplaceAll(line, "\n", "\n  ") + "\n")
	}
	return out.String()
}
