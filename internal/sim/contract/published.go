package contract

import (
	"encoding/json"
	"strings"
	"testing"
)

// Operation is one call that the documents of a platform have.
type Operation struct {
	// Method is the HTTP verb, Path the template with its variables in braces.
	Method, Path string
	// Interval is the least time between two calls by one key, seconds, as
	// Vast.ai's documents state it; 0 where they state none.
	Interval float64
}

// RunPodOperations are all calls that RunPod's documents have. Without the
// documents the test is skipped; where the environment has CI set, it fails.
func RunPodOperations(tb testing.TB) []Operation {
	tb.Helper()
	return runpod.operations(tb)
}

// VastaiOperations does for Vast.ai's documents what [RunPodOperations] does for
// RunPod's.
func VastaiOperations(tb testing.TB) []Operation {
	tb.Helper()
	return vastai.operations(tb)
}

func (p *platform) operations(tb testing.TB) []Operation {
	tb.Helper()
	docs, err := p.load()
	switch {
	case err != nil:
		tb.Fatal(err)
	case docs == nil && unattended():
		tb.Fatal(p.absent())
	case docs == nil:
		tb.Skip(p.absent())
	}
	var all []Operation
	for _, d := range append(docs.published, docs.newer...) {
		for _, op := range d.operations {
			all = append(all, Operation{Method: op.method, Path: "/" + strings.Join(op.segments, "/"), Interval: d.interval(op)})
		}
	}
	return all
}

// interval reads the rate limit of a call: a number, or an object with a threshold.
func (d *document) interval(op *operation) float64 {
	limit, _ := d.child(op.node, "x-rateLimit")
	if threshold, ok := d.child(limit, "threshold"); ok {
		limit = threshold
	}
	switch v := limit.value.(type) {
	case float64:
		return v
	case json.Number:
		seconds, err := v.Float64()
		if err == nil {
			return seconds
		}
	}
	return 0
}
