package runpod

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// names are the parts in which the collections of the API differ.
type names struct {
	// path is that of the collection, one object's is path + "/{id}".
	path string
	// key is that of the list's envelope.
	key string
	// The operations of the API document.
	list, get, create, update, remove string
}

// collection is one kind of object of the account. Reads of single objects are
// answered from one list inside [Window]; every write clears it.
type collection[T any] struct {
	api   *transport.Transport
	clock clock.Clock
	names names
	id    func(*T) string
	// clone copies an object out of the shared list, so that a caller may change it.
	clone  func(T) T
	shared *transport.Shared[[]T]
}

func newCollection[T any](
	api *transport.Transport, clk clock.Clock, n names, id func(*T) string, clone func(T) T,
) *collection[T] {
	c := &collection[T]{api: api, clock: clk, names: n, id: id, clone: clone}
	c.shared = transport.NewShared(clk, Window, func(ctx context.Context) ([]T, error) {
		return browse(ctx, api, n.list, n.path, n.key, nil, id)
	}).During(api.Walk())
	return c
}

func (c *collection[T]) all(ctx context.Context, f transport.Freshness) ([]T, error) {
	shared, err := c.shared.Get(ctx, f)
	if err != nil {
		return nil, err
	}
	items := make([]T, len(shared))
	for i := range shared {
		items[i] = c.clone(shared[i])
	}
	return items, nil
}

// one returns the object from the list where it is in it. A list can lag, so that
// an id which it lacks is asked for by itself. apierr.NotFound takes both: a 404
// for the id, and a list asked for after it that lacks the id too.
func (c *collection[T]) one(ctx context.Context, id string, f transport.Freshness) (*T, error) {
	op, err := withID(c.op(c.names.get, http.MethodGet, "", transport.Safe), id)
	if err != nil {
		return nil, err
	}
	found, err := c.listed(ctx, id, f)
	if found != nil || err != nil {
		return found, err
	}
	found, gone := c.read(ctx, op, id)
	if !errors.Is(gone, apierr.NotFound) {
		return found, gone
	}
	found, err = c.listed(ctx, id, c.fromNowOn())
	if found != nil || err != nil {
		return found, err
	}
	return nil, gone
}

// listed is the object in the list, nil when the list lacks it.
func (c *collection[T]) listed(ctx context.Context, id string, f transport.Freshness) (*T, error) {
	items, err := c.shared.Get(ctx, f)
	if err != nil {
		return nil, err
	}
	for i := range items {
		if c.id(&items[i]) == id {
			found := c.clone(items[i])
			return &found, nil
		}
	}
	return nil, nil //nolint:nilnil // not listed is an answer, of which only the callers know the meaning
}

// fromNowOn accepts no list that was asked for before this moment, nor one of this
// very tick of a coarse clock, which may have been asked for before it too.
func (c *collection[T]) fromNowOn() transport.Freshness {
	return transport.Freshness{NotBefore: c.clock.Now().Add(1)}
}

// read asks for the object by itself.
func (c *collection[T]) read(ctx context.Context, op transport.Op, id string) (*T, error) {
	out := object[T]{want: id, id: c.id}
	if err := c.api.Do(ctx, op, &out); err != nil {
		return nil, err
	}
	return &out.value, nil
}

// create sends the body once. An answer without an id is Ambiguous.
func (c *collection[T]) create(ctx context.Context, body any) (*T, error) {
	out := object[T]{id: c.id}
	op := transport.Op{
		Name: c.names.create, Method: http.MethodPost, Path: c.names.path, Route: c.names.path,
		Body: body, Repeat: transport.IfNotSent,
	}
	if err := c.write(ctx, op, &out); err != nil {
		return nil, err
	}
	return &out.value, nil
}

// change sends body to the object, or to the route below it that sub names. The
// body says how things shall be, so that it may be sent again.
func (c *collection[T]) change(ctx context.Context, name, method, sub, id string, body any) (*T, error) {
	op, err := withID(c.op(name, method, sub, transport.Safe), id)
	if err != nil {
		return nil, err
	}
	op.Body = body
	out := object[T]{want: id, id: c.id}
	if err := c.write(ctx, op, &out); err != nil {
		return nil, err
	}
	return &out.value, nil
}

// remove deletes the object. As for reads, NotFound takes a list that agrees:
// what still shows there may still cost.
func (c *collection[T]) remove(ctx context.Context, id string) error {
	op, err := withID(c.op(c.names.remove, http.MethodDelete, "", transport.Safe), id)
	if err != nil {
		return err
	}
	gone := c.write(ctx, op, nil)
	if !errors.Is(gone, apierr.NotFound) {
		return gone
	}
	found, err := c.listed(ctx, id, c.fromNowOn())
	switch {
	case err != nil:
		return err
	case found != nil:
		// The 404 is not wrapped: callers take NotFound anywhere in the chain for
		// success.
		return &apierr.Error{
			Platform: platform, Op: op.Name, Kind: apierr.Unavailable, Status: http.StatusNotFound,
			Message: fmt.Sprintf("the answer was that %s does not exist, but it is still listed", id),
		}
	}
	return gone
}

// write clears the shared list before, so that no read under way outlives the
// change, and after, so that none sees the time before it.
func (c *collection[T]) write(ctx context.Context, op transport.Op, out any) error {
	c.api.Walk().Wrote()
	c.shared.Forget()
	defer c.shared.Forget()
	return c.api.Do(ctx, op, out)
}

// op is an operation on one object; it still lacks the id.
func (c *collection[T]) op(name, method, sub string, repeat transport.Repeat) transport.Op {
	return transport.Op{Name: name, Method: method, Route: c.names.path + "/" + idParam + sub, Repeat: repeat}
}
