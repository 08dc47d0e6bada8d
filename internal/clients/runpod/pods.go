package runpod

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Pods are the account's pods.
type Pods struct {
	pods *collection[wire.Pod]
}

func newPods(api *transport.Transport, clk clock.Clock) *Pods {
	return &Pods{newCollection(api, clk, names{
		path: "/v2/pods", key: "pods",
		list: "listPods", get: "getPod", create: "createPod", update: "updatePod", remove: "deletePod",
	}, func(p *wire.Pod) string { return p.ID }, clonePod)}
}

// clonePod copies what a caller might change: the collections.
func clonePod(p wire.Pod) wire.Pod {
	p.Actions, p.Ports = slices.Clone(p.Actions), slices.Clone(p.Ports)
	p.Env = maps.Clone(p.Env)
	p.Mounts.Network = slices.Clone(p.Mounts.Network)
	return p
}

// List returns every pod that is no cluster member.
func (p *Pods) List(ctx context.Context, f transport.Freshness) ([]wire.Pod, error) {
	return p.pods.all(ctx, f)
}

// Get returns one pod, from the shared list where it is in it. apierr.NotFound
// means that RunPod said so for this id and that an authenticated list agrees.
func (p *Pods) Get(ctx context.Context, id string, f transport.Freshness) (*wire.Pod, error) {
	return p.pods.one(ctx, id, f)
}

// Create rents a pod. apierr.NoCapacity: another type, cloud or data center may
// do; Forbidden: so may another type, because accounts can be kept from some;
// NoFunds; Invalid, also for an unknown template or volume; Ambiguous: it may exist.
func (p *Pods) Create(ctx context.Context, request wire.CreatePodRequest) (*wire.Pod, error) {
	return p.pods.create(ctx, request)
}

// Update changes a pod; the answer is the whole pod.
func (p *Pods) Update(ctx context.Context, id string, request wire.UpdatePodRequest) (*wire.Pod, error) {
	return p.pods.change(ctx, p.pods.names.update, http.MethodPatch, "", id, request)
}

// Start starts a stopped pod on its own host; apierr.NoCapacity when the host's
// GPUs are taken. A pod that is up or coming up already is returned as it is;
// Conflict in any other status that does not allow it.
func (p *Pods) Start(ctx context.Context, id string) (*wire.Pod, error) {
	return p.act(ctx, id, "start", wire.PodProvisioning, wire.PodStarting, wire.PodRunning)
}

// Stop stops a pod and frees its GPUs. A stopped pod is returned as it is;
// Conflict when the pod is locked or its status does not allow it.
func (p *Pods) Stop(ctx context.Context, id string) (*wire.Pod, error) {
	return p.act(ctx, id, "stop", wire.PodExited)
}

// act sends an action. One whose first answer was lost is refused the second time
// for the status that it brought about: the pod tells whether done is reached.
func (p *Pods) act(ctx context.Context, id, action string, done ...string) (*wire.Pod, error) {
	pod, err := p.pods.change(ctx, "podAction", http.MethodPost, "/action", id, wire.PodActionRequest{Action: action})
	if !errors.Is(err, apierr.Conflict) {
		return pod, err
	}
	op, badID := withID(p.pods.op(p.pods.names.get, http.MethodGet, "", transport.Safe), id)
	if badID != nil {
		return nil, badID
	}
	if now, readErr := p.pods.read(ctx, op, id); readErr == nil && slices.Contains(done, now.Status) {
		return now, nil
	}
	return nil, err
}

// Delete ends a pod; apierr.NotFound when it does not exist (any more).
func (p *Pods) Delete(ctx context.Context, id string) error { return p.pods.remove(ctx, id) }
