package vastai

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

const (
	// maxPages keeps a list whose tokens never end from being read for ever.
	maxPages = 1000
	// maxWalks is how often a list that is shorter than it says is read before it
	// is an error.
	maxWalks = 3
)

// noun are the parts in which the account's collections differ.
type noun[T any] struct {
	// key is that of the list in its envelope, "" for a list without one; one is what
	// an object is called.
	key, one string
	list     operation
	// missing: the service answers that the list does not exist when it is empty.
	missing bool
	// query is that of the list.
	query url.Values
	// pageSize is the most that the service puts on a page; 0: the list has none.
	pageSize int
	// read is the single read, nil where the API has none. Its answer has the
	// object, or null, under the list's key.
	read *operation
	id   func(*T) int64
	// ended tells what is listed although it was destroyed; nil: nothing is.
	ended func(*T) bool
}

// collection is one kind of object of the account. Single objects are answered from
// one list inside the window; every write clears it.
type collection[T any] struct {
	noun[T]

	api    *transport.Transport
	clock  clock.Clock
	shared *transport.Shared[[]T]
}

func newCollection[T any](api *transport.Transport, clk clock.Clock, window time.Duration, n noun[T]) *collection[T] {
	c := &collection[T]{noun: n, api: api, clock: clk}
	c.shared = transport.NewShared(clk, window, c.fetch).During(api.Walk())
	return c
}

// all returns every object, also those that ended a moment ago.
func (c *collection[T]) all(ctx context.Context, f transport.Freshness) ([]T, error) {
	all, err := c.shared.Get(ctx, f)
	if err != nil {
		return nil, err
	}
	return slices.Clone(all), nil
}

// get returns the object from the list where it is in it, else by its single read.
// apierr.NotFound takes two proofs: the single read, or where there is none the
// list, and a list asked for after that.
func (c *collection[T]) get(ctx context.Context, id int64, f transport.Freshness) (*T, error) {
	found, err := c.listed(ctx, id, f)
	if found != nil || err != nil {
		return found, err
	}
	if c.read != nil {
		found, err = c.single(ctx, id)
		if found != nil || err != nil && !errors.Is(err, apierr.NotFound) {
			return found, err
		}
	}
	found, err = c.listed(ctx, id, c.fromNowOn())
	if found != nil || err != nil {
		return found, err
	}
	op := c.list.op()
	if c.read != nil {
		op = c.read.op(id)
	}
	return nil, failure(op, apierr.NotFound, "%s %d does not exist", c.one, id)
}

// listed is the object as the list has it, nil when that lacks it or has it as
// ended.
func (c *collection[T]) listed(ctx context.Context, id int64, f transport.Freshness) (*T, error) {
	all, err := c.shared.Get(ctx, f)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if c.id(&all[i]) == id && !c.over(&all[i]) {
			object := all[i]
			return &object, nil
		}
	}
	return nil, nil //nolint:nilnil // the absence is half of a proof, not an error yet
}

// fromNowOn accepts no list that was asked for before this moment, nor one of this
// very tick of a coarse clock, which may have been asked for before it too.
func (c *collection[T]) fromNowOn() transport.Freshness {
	return transport.Freshness{NotBefore: c.clock.Now().Add(1)}
}

// many is what several objects are called.
func (n *noun[T]) many() string { return cmp.Or(n.key, n.one+"s") }

func (c *collection[T]) over(object *T) bool { return c.ended != nil && c.ended(object) }

// single is the single read; nil when the answer is null or an object that ended.
func (c *collection[T]) single(ctx context.Context, id int64) (*T, error) {
	op := c.read.op(id)
	answer := object[T]{key: c.key}
	if err := c.api.Do(ctx, op, &answer); err != nil {
		return nil, err
	}
	switch {
	case answer.value == nil || c.id(answer.value) == id && c.over(answer.value):
		return nil, nil //nolint:nilnil // as in listed
	case c.id(answer.value) != id:
		return nil, failure(op, apierr.Malformed, "%s %d was requested and %d was returned", c.one, id, c.id(answer.value))
	}
	return answer.value, nil
}

// fetch reads the list until it is as long as the service says that it is: objects
// that come and go while its pages are read are no error, but a list that stays
// short is one. What it lacks may cost money.
func (c *collection[T]) fetch(ctx context.Context) ([]T, error) {
	for walk := 1; ; walk++ {
		all, announced, err := c.walk(ctx)
		switch {
		case err != nil:
			return nil, err
		case len(all) >= announced:
			return all, nil
		case walk == maxWalks:
			return nil, failure(c.list.op(), apierr.Malformed, "the list of %s ended after %d of %d", c.many(), len(all), announced)
		}
	}
}

// walk reads all pages, and returns how many objects the last one says there are.
func (c *collection[T]) walk(ctx context.Context) (all []T, announced int, err error) {
	all = []T{}
	known, tokens := map[int64]bool{}, map[string]bool{}
	op := c.page("")
	for range maxPages {
		p := page[T]{key: c.key, one: c.one, counted: c.pageSize > 0, id: c.id}
		err := c.api.Do(ctx, op, &p)
		if c.missing && errors.Is(err, apierr.NotFound) {
			return all, 0, nil
		}
		if errors.Is(err, apierr.NotFound) {
			// The list always exists; not wrapped, because callers take NotFound for
			// half of a proof that an object is gone.
			return nil, 0, failure(op, apierr.Malformed, "the list of %s answered: %v", c.many(), err)
		}
		if err != nil {
			return nil, 0, err
		}
		for i := range p.items {
			if id := c.id(&p.items[i]); !known[id] {
				known[id] = true
				all = append(all, p.items[i])
			}
		}
		switch {
		case p.next == "":
			return all, p.total, nil
		case tokens[p.next] || len(p.items) == 0:
			return nil, 0, failure(op, apierr.Malformed, "the list of %s does not get on after %d", c.many(), len(all))
		}
		tokens[p.next] = true
		op = c.page(p.next)
	}
	return nil, 0, failure(op, apierr.Malformed, "the list of %s has no end", c.many())
}

// page is the operation that reads the page behind a token, "" for the first one.
func (c *collection[T]) page(token string) transport.Op {
	op := c.list.op()
	op.Query = url.Values{}
	for name, values := range c.query {
		op.Query[name] = values
	}
	if c.pageSize > 0 {
		op.Query.Set("limit", strconv.Itoa(c.pageSize))
	}
	if token != "" {
		op.Query.Set("after_token", token)
	}
	return op
}

// write clears the shared list before, so that no read under way outlives the
// change, and after, so that none sees the time before it.
func (c *collection[T]) write(ctx context.Context, op transport.Op, out any) error {
	c.api.Walk().Wrote()
	c.shared.Forget()
	defer c.shared.Forget()
	return c.api.Do(ctx, op, out)
}

// remove deletes the object by op. As for reads, apierr.NotFound takes a list that
// agrees: what is listed may still cost. Of some objects the service says that the
// request is invalid when they do not exist; the list tells what was meant.
func (c *collection[T]) remove(ctx context.Context, id int64, op transport.Op) error {
	gone := c.write(ctx, op, nil)
	if !errors.Is(gone, apierr.NotFound) && !errors.Is(gone, apierr.Invalid) {
		return gone
	}
	found, err := c.listed(ctx, id, c.fromNowOn())
	switch {
	case err != nil:
		return err
	case errors.Is(gone, apierr.Invalid) && found == nil:
		return failure(op, apierr.NotFound, "%s %d does not exist", c.one, id)
	case errors.Is(gone, apierr.Invalid):
		return gone
	case found != nil:
		// The refusal is not wrapped: callers take NotFound for success.
		return failure(op, apierr.Unavailable, "the answer was that %s %d does not exist, but it is still listed", c.one, id)
	}
	return gone
}

// object receives the answer of a single read: the list's key, with one object or
// null under it.
type object[T any] struct {
	key   string
	value *T
}

// UnmarshalJSON tells null from a missing key.
func (o *object[T]) UnmarshalJSON(data []byte) error {
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(data, &envelope); err != nil {
		return err
	}
	raw, ok := envelope[o.key]
	if !ok {
		return fmt.Errorf("it has no %s", o.key)
	}
	return json.Unmarshal(raw, &o.value)
}

// page receives one page of a list, or a list without pages.
type page[T any] struct {
	key, one string
	// counted: the list has pages, and says how many objects it has on each and on
	// all of them. What other lists say under such names is not documented.
	counted bool
	id      func(*T) int64
	items   []T
	// total is how many objects there are on all pages, 0 where that is not said.
	total int
	next  string
}

// UnmarshalJSON refuses a page that cannot be right: an error page that was taken
// for a short list would drop objects that still bill.
func (p *page[T]) UnmarshalJSON(data []byte) error {
	envelope := map[string]json.RawMessage{}
	if p.key == "" {
		envelope[""] = data
	} else if err := json.Unmarshal(data, &envelope); err != nil {
		return err
	}
	var items []T
	found, total, next := wire.Int(-1), wire.Int(0), ""
	into := map[string]any{p.key: &items}
	if p.counted {
		into[p.key+"_found"], into["total_"+p.key], into["next_token"] = &found, &total, &next
	}
	for key, into := range into {
		if raw := envelope[key]; len(raw) > 0 {
			if err := json.Unmarshal(raw, into); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	if items == nil {
		return fmt.Errorf("it has no %s", cmp.Or(p.key, "list"))
	}
	for i := range items {
		if p.id(&items[i]) <= 0 {
			return fmt.Errorf("%s %d of the page has no id", p.one, i)
		}
	}
	if found >= 0 && int(found) != len(items) {
		return fmt.Errorf("it announces %d %s and has %d", found, p.key, len(items))
	}
	p.items, p.total, p.next = items, int(total), next
	return nil
}
