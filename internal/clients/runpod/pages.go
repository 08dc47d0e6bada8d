package runpod

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// maxPages ends a list whose cursors never end. A page holds up to 1,000 objects.
const maxPages = 1000

// browse reads the list at path, all of it.
func browse[T any](
	ctx context.Context, api *transport.Transport, name, path, key string, query url.Values, id func(*T) string,
) ([]T, error) {
	return readAll(ctx, api, transport.Op{
		Name: name, Method: http.MethodGet, Path: path, Route: path, Query: query, Repeat: transport.Safe,
	}, key, id)
}

// readAll reads a list to its end, every page of it: since October 2026 the API's
// reference gives lists pages ("pagination": {"hasNextPage", "nextCursor"}, query
// parameters cursor and limit), and an answer without them is a list of one page.
// The page size is left to the service, so that one that does not know the
// parameters is not sent any.
//
// A part of a list is never returned: whoever looks for an object would take it
// for deleted. An object that is on two pages, because the list moved while it was
// read, is returned once.
func readAll[T any](ctx context.Context, api *transport.Transport, op transport.Op, key string, id func(*T) string) ([]T, error) {
	var all []T
	known := map[string]bool{}
	cursors := map[string]bool{}
	first := op.Query
	for range maxPages {
		page := list[T]{key: key, id: id}
		if err := api.Do(ctx, op, &page); err != nil {
			return nil, brokenOff(err, len(cursors), len(all))
		}
		if all == nil && page.next == "" {
			return page.items, nil
		}
		for i := range page.items {
			if name := id(&page.items[i]); !known[name] {
				known[name] = true
				all = append(all, page.items[i])
			}
		}
		switch {
		case page.next == "":
			return all, nil
		case cursors[page.next]:
			return nil, malformed(op, fmt.Sprintf("the list does not get on after %d objects: a cursor came a second time", len(all)))
		}
		cursors[page.next] = true
		op.Query = url.Values{"cursor": {page.next}}
		for name, values := range first {
			op.Query[name] = values
		}
	}
	return nil, malformed(op, fmt.Sprintf("the list has no end after %d pages", maxPages))
}

// brokenOff is the error of a list that could not be read to its end. A cursor
// that the service does not take any more is no fault of the request: the list can
// be read again from its beginning.
func brokenOff(err error, pages, objects int) error {
	var failed *apierr.Error
	if pages == 0 || !errors.As(err, &failed) {
		return err
	}
	broken := *failed
	if broken.Kind == apierr.Invalid {
		broken.Kind = apierr.Malformed
	}
	broken.Message = fmt.Sprintf("the list broke off after %d objects: %s", objects, failed.Message)
	return &broken
}

// malformed is an answer that is well formed and yet cannot be right.
func malformed(op transport.Op, message string) *apierr.Error {
	return &apierr.Error{Platform: platform, Op: op.Name, Kind: apierr.Malformed, Message: message}
}
