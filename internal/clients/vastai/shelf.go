package vastai

import (
	"context"
	"sync"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// shelfSize bounds what a shelf keeps. A configuration with more different
// searches than that within the window repeats some of them.
const shelfSize = 32

// shelf shares equal calls: one transport.Shared for each key.
type shelf[T any] struct {
	clock clock.Clock

	mu   sync.Mutex
	kept map[string]*transport.Shared[T]
}

func newShelf[T any](clk clock.Clock) *shelf[T] {
	return &shelf[T]{clock: clk, kept: map[string]*transport.Shared[T]{}}
}

// get is the answer under key, as fresh as f says; fetch asks for it and must depend on the key alone.
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
	shared := transport.NewShared(s.clock, Window, fetch)
	s.kept[key] = shared
	return shared
}

// forget makes every later get ask again.
func (s *shelf[T]) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.kept)
}
