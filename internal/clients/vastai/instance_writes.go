package vastai

import (
	"context"
	"errors"
	"net/http"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// self is how the vendor's command line calls the account in bodies.
const self = "me"

// Create rents an offer and returns the id of the instance. apierr.NoCapacity: the
// offer is gone, in any of the forms that takes; NoFunds, Invalid, …; Ambiguous:
// it may exist.
func (s *Instances) Create(ctx context.Context, offerID int64, request wire.CreateInstanceRequest) (int64, error) {
	if request.ClientID == "" {
		request.ClientID = self
	}
	if request.Env == nil {
		request.Env = map[string]string{}
	}
	op := transport.Op{
		Name: opCreateInstance, Method: http.MethodPut, Path: "/api/v0/asks/" + itoa(offerID) + "/", Route: "/api/v0/asks/{id}/",
		Body: request, Repeat: transport.IfNotSent,
	}
	var rented struct {
		NewContract *wire.Int `json:"new_contract"`
	}
	err := s.transport.Do(ctx, op, &rented)
	s.list.Forget()
	// Whatever else came of it, the market is not what it was.
	if kind := apierr.KindOf(err); kind != apierr.Invalid && kind != apierr.Unauthorized {
		s.offers.searches.forget()
	}
	switch {
	case err != nil:
		return 0, err
	case rented.NewContract == nil || *rented.NewContract <= 0:
		return 0, failure(op, apierr.Ambiguous, "the answer says success and names no instance")
	}
	return int64(*rented.NewContract), nil
}

// Start asks for the GPUs again; apierr.NoCapacity when they are taken (the
// platform may have queued the wish).
func (s *Instances) Start(ctx context.Context, id int64) error {
	return s.manage(ctx, id, map[string]string{"state": wire.StatusRunning})
}

// Stop frees the GPUs; the disk bills on.
func (s *Instances) Stop(ctx context.Context, id int64) error {
	return s.manage(ctx, id, map[string]string{"state": wire.StatusStopped})
}

// SetLabel sets the label; "" clears it.
func (s *Instances) SetLabel(ctx context.Context, id int64, label string) error {
	return s.manage(ctx, id, map[string]string{"label": label})
}

func (s *Instances) manage(ctx context.Context, id int64, body map[string]string) error {
	return s.write(ctx, transport.Op{
		Name: opManageInstance, Method: http.MethodPut, Path: "/api/v0/instances/" + itoa(id) + "/", Route: "/api/v0/instances/{id}/",
		Body: body,
	})
}

// SetBid changes the bid, USD/h for the whole slice, 0.001 to 32.
func (s *Instances) SetBid(ctx context.Context, id int64, price float64) error {
	return s.write(ctx, transport.Op{
		Name: opChangeBid, Method: http.MethodPut,
		Path: "/api/v0/instances/bid_price/" + itoa(id) + "/", Route: "/api/v0/instances/bid_price/{id}/",
		Body: map[string]any{"client_id": self, "price": price},
	})
}

// UpdateTemplate changes the container's settings and recreates it in place. The
// request's id is set to id.
func (s *Instances) UpdateTemplate(ctx context.Context, id int64, request wire.UpdateTemplateRequest) error {
	request.ID = id
	return s.write(ctx, transport.Op{
		Name: opUpdateTemplate, Method: http.MethodPut,
		Path: "/api/v0/instances/update_template/" + itoa(id) + "/", Route: "/api/v0/instances/update_template/{id}/",
		Body: request,
	})
}

// Destroy ends an instance; apierr.NotFound when it does not exist (any more). As
// for [Instances.Get] that takes a list that agrees: what is listed may still cost.
func (s *Instances) Destroy(ctx context.Context, id int64) error {
	op := transport.Op{
		Name: opDestroyInstance, Method: http.MethodDelete, Path: "/api/v0/instances/" + itoa(id) + "/", Route: "/api/v0/instances/{id}/",
		Body: nothing(),
	}
	gone := s.write(ctx, op)
	if !errors.Is(gone, apierr.NotFound) {
		return gone
	}
	instance, err := s.listed(ctx, id, transport.Freshness{NotBefore: s.clock.Now().Add(1)})
	switch {
	case err != nil:
		return err
	case instance != nil:
		// The 404 is not wrapped: callers take NotFound for success.
		return failure(op, apierr.Unavailable, "the answer was that instance %d does not exist, but it is still listed", id)
	}
	return gone
}

// write sends what says how an instance shall be, and may therefore be repeated.
func (s *Instances) write(ctx context.Context, op transport.Op) error {
	op.Repeat = transport.Safe
	err := s.transport.Do(ctx, op, nil)
	s.list.Forget()
	return err
}
