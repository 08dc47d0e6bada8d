package vastai

import (
	"strconv"
	"strings"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
)

// operation is what is fixed about one call of the API: where it goes, whether it
// may be repeated and how often it may be made. Each stands in the file of its noun.
type operation struct {
	// name is that in the service's API documents.
	name, method string
	// path has a slash at its end, or none, as the service wants it; {id} stands
	// for an object's number.
	path   string
	repeat transport.Repeat
	// interval is the least time between two calls by one key, the x-rateLimit of
	// the backend's API document; [unpaced] where that has none. A refusal for the
	// rate teaches the real value where it is longer.
	interval time.Duration
}

// unpaced is the interval of operations for which the service publishes none.
const unpaced time.Duration = 0

// idParam stands for an object's number in a path.
const idParam = "{id}"

// op is the operation on the objects with these numbers, in the order of the path.
func (o operation) op(ids ...int64) transport.Op {
	path := o.path
	for _, id := range ids {
		path = strings.Replace(path, idParam, strconv.FormatInt(id, 10), 1)
	}
	return transport.Op{
		Name: o.name, Method: o.method, Path: path, Route: o.path, Repeat: o.repeat, Interval: o.interval,
	}
}

// with is the operation with a body.
func (o operation) with(body any, ids ...int64) transport.Op {
	op := o.op(ids...)
	op.Body = body
	return op
}

// pace is the interval that is kept for an operation. The service measures
// arrivals, and the way there is not always equally long.
func pace(op transport.Op) time.Duration {
	if op.Interval <= 0 {
		return 0
	}
	return op.Interval + op.Interval/20 + 50*time.Millisecond
}
