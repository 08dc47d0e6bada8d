package vastai

import (
	"context"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// shelfSize bounds what a shelf keeps. A configuration with more different
// searches than that within the window repeats some of them.
const shelfSize = 32

// shelf shares equal calls: one transport.Shared for each key.
type shelf[T any] struct {
	clock  clock.Clock
	window time.Duration

	mu   sync.Mutex
	kept map[string]*transport.Shared[T]
}

func newShelf[T any](clk clock.Clock, window time.Duration) *shelf[T] {
	return &shelf[T]{clock: clk, window: window, kept: map[string]*transport.Shared[T]{}}
}

// get is the answer under key, as fresh as is asked for; fetch asks for it and must
// depend on the key alone.
func (s *shelf[T]) get(ctx context.Context, key string, f transport.Freshness, fetch func(context.Context) (T, error)) (T, error) {
	return s.shared(key, fetch).Get(ctx, f)
}

func (s *shelf[T]) shared(key string, fetch func(context.Context) (T, error)) *transport.Shared[T] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if shared, ok := s.kept[key]; ok {
		return shared
	}
	if len(s.kept) >= shelfSize {
		// Who waits for one of them holds it still.
		clear(s.kept)
	}
	shared := transport.NewShared(s.clock, s.window, fetch)
	s.kept[key] = shared
	return shared
}
