package apierr_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  apierr.Error
		want string
	}{
		{
			"message and status",
			apierr.Error{Platform: "RunPod", Op: "createPod", Kind: apierr.NoCapacity, Message: "no instances available", Status: 400},
			"RunPod createPod: no capacity: no instances available (HTTP 400)",
		},
		{
			"code",
			apierr.Error{Platform: "Vast.ai", Op: "createInstance", Kind: apierr.NoCapacity, Message: "gone", Status: 404, Code: "no_such_ask"},
			"Vast.ai createInstance: no capacity: gone (HTTP 404, no_such_ask)",
		},
		{
			"code in an answer that says 200",
			apierr.Error{Platform: "Vast.ai", Op: "op", Kind: apierr.Invalid, Status: 200, Code: "invalid_args"},
			"Vast.ai op: invalid (HTTP 200, invalid_args)",
		},
		{
			"details",
			apierr.Error{Platform: "RunPod", Op: "createPod", Kind: apierr.Invalid, Message: "Request validation failed.", Details: []string{"name is missing", "gpu.count is 0"}, Status: 422},
			"RunPod createPod: invalid: Request validation failed.; name is missing; gpu.count is 0 (HTTP 422)",
		},
		{
			"cause alone",
			apierr.Error{Platform: "RunPod", Op: "listPods", Kind: apierr.Unknown, Err: context.Canceled},
			"RunPod listPods: unknown: context canceled",
		},
		{
			"message before cause",
			apierr.Error{Platform: "RunPod", Op: "listPods", Kind: apierr.Unavailable, Message: "no answer", Err: context.Canceled},
			"RunPod listPods: unavailable: no answer",
		},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		err       error
		kind      apierr.Kind
		transient bool
	}{
		{"nothing", nil, apierr.Unknown, false},
		{"not a platform's", errors.New("not found"), apierr.Unknown, false},
		{"gone", &apierr.Error{Kind: apierr.NotFound}, apierr.NotFound, false},
		{"wrapped", fmt.Errorf("reading: %w", &apierr.Error{Kind: apierr.Throttled}), apierr.Throttled, true},
		{"joined", errors.Join(errors.New("a"), &apierr.Error{Kind: apierr.Unavailable}), apierr.Unavailable, true},
		{"nonsense", &apierr.Error{Kind: apierr.Malformed}, apierr.Malformed, true},
		{"doubtful", &apierr.Error{Kind: apierr.Ambiguous}, apierr.Ambiguous, false},
		{"outer before inner", &apierr.Error{Kind: apierr.Ambiguous, Err: &apierr.Error{Kind: apierr.Unavailable}}, apierr.Ambiguous, false},
	}
	for _, test := range tests {
		if got := apierr.KindOf(test.err); got != test.kind {
			t.Errorf("%s: kind %q, want %q", test.name, got, test.kind)
		}
		if got := apierr.Transient(test.err); got != test.transient {
			t.Errorf("%s: transient %v", test.name, got)
		}
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("reading: %w", &apierr.Error{Kind: apierr.NotFound, Err: context.Canceled})
	if !errors.Is(err, apierr.NotFound) {
		t.Error("it is not of its own kind")
	}
	if errors.Is(err, apierr.Forbidden) {
		t.Error("it is of another kind")
	}
	if !errors.Is(err, context.Canceled) {
		t.Error("its cause is hidden")
	}
	var platform *apierr.Error
	if !errors.As(err, &platform) || platform.Kind != apierr.NotFound {
		t.Error("it cannot be unwrapped")
	}
}
