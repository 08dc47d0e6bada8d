package acctest

import (
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/acctest/protocol"
)

// Protocol returns a world of the protocol harness: the provider in this process over
// the simulators, without a CLI. The provider block with both accounts stands before
// every configuration.
func (e *Env) Protocol(t testing.TB, options ...func(*provider.Options)) *protocol.World {
	t.Helper()
	w := protocol.New(t, e.Factories(options...))
	w.Prelude = e.ProviderBlock()
	return w
}
