package runpod

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// idParam stands for the object's id in a route.
const idParam = "{id}"

// object receives an answer with one object. Decoding fails for an object without
// an id or with another one than was asked for, so that the transport takes the
// answer for what it is: none.
type object[T any] struct {
	// want is the id that was asked for, "" for any.
	want  string
	id    func(*T) string
	value T
}

// UnmarshalJSON decodes and checks the object.
func (o *object[T]) UnmarshalJSON(data []byte) error {
	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		return fmt.Errorf("decode the object: %w", err)
	}
	switch id := o.id(&value); {
	case id == "":
		return errors.New("the answer has no id")
	case o.want != "" && id != o.want:
		return fmt.Errorf("the answer is about %q, not about %q", id, o.want)
	}
	o.value = value
	return nil
}

// list receives one page of a list, under the key of its envelope. Decoding fails
// when the key is missing or null, for items without an id, and when a further page
// is announced without a cursor: an error page or half a list must never pass for
// an account without objects.
type list[T any] struct {
	key   string
	id    func(*T) string
	items []T
	// next is the cursor of the next page, "" on the last one.
	next string
}

// pagination is what an envelope says of further pages; null or missing on lists
// without any.
type pagination struct {
	HasNextPage *bool   `json:"hasNextPage"`
	NextCursor  *string `json:"nextCursor"`
}

// next is the cursor to follow, "" for none. Where only the cursor is given it is
// taken at its word: asking once too often is harmless.
func (p pagination) next() (string, error) {
	cursor := ""
	if p.NextCursor != nil {
		cursor = *p.NextCursor
	}
	switch {
	case p.HasNextPage != nil && !*p.HasNextPage:
		return "", nil
	case p.HasNextPage != nil && cursor == "":
		return "", errors.New("the answer announces a further page without a cursor")
	default:
		return cursor, nil
	}
}

// UnmarshalJSON decodes and checks the list.
func (l *list[T]) UnmarshalJSON(data []byte) error {
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(data, &envelope); err != nil {
		return fmt.Errorf("decode the list: %w", err)
	}
	raw := envelope[l.key]
	if len(raw) == 0 || string(raw) == "null" {
		return fmt.Errorf("the answer has no %q", l.key)
	}
	var items []T
	if err := json.Unmarshal(raw, &items); err != nil {
		return fmt.Errorf("decode %q of the list: %w", l.key, err)
	}
	for i := range items {
		if l.id(&items[i]) == "" {
			return fmt.Errorf("%s[%d] has no id", l.key, i)
		}
	}
	var more pagination
	if raw := envelope["pagination"]; len(raw) > 0 {
		if err := json.Unmarshal(raw, &more); err != nil {
			return fmt.Errorf("decode the pagination of the list: %w", err)
		}
	}
	next, err := more.next()
	if err != nil {
		return err
	}
	l.items, l.next = items, next
	return nil
}

// withID completes an operation whose route names an id. Ids are opaque, but one
// that is empty or a path step would address something else.
func withID(op transport.Op, id string) (transport.Op, error) {
	if id == "" || id == "." || id == ".." {
		return op, invalid(op, fmt.Sprintf("%q is not an id", id))
	}
	op.Path = strings.Replace(op.Route, idParam, url.PathEscape(id), 1)
	return op, nil
}

// invalid is a request that is refused before it is sent.
func invalid(op transport.Op, message string) *apierr.Error {
	return &apierr.Error{Platform: platform, Op: op.Name, Kind: apierr.Invalid, Message: message}
}
