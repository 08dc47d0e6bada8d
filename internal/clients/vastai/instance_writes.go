package vastai

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
)

// self is how the vendor's command line calls the account in bodies.
const self = "me"

// The writes to instances.
//
//nolint:gochecknoglobals // constants in all but syntax.
var (
	createInstance = operation{
		name: "createInstance", method: http.MethodPut, path: "/api/v0/asks/{id}/", repeat: transport.IfNotSent, interval: 4500 * time.Millisecond,
	}
	// The writes below say the wanted state of an instance, and may therefore be repeated.
	manageInstance = operation{
		name: "manageInstance", method: http.MethodPut, path: "/api/v0/instances/{id}/", repeat: transport.Safe, interval: time.Second,
	}
	changeBid = operation{
		name: "changeBid", method: http.MethodPut, path: "/api/v0/instances/bid_price/{id}/", repeat: transport.Safe, interval: 5500 * time.Millisecond,
	}
	// updateTemplate stands in the backend's document alone.
	updateTemplate = operation{
		name: "updateInstanceTemplate", method: http.MethodPut, path: "/api/v0/instances/update_template/{id}/", repeat: transport.Safe, interval: 2 * time.Second,
	}
	destroyInstance = operation{
		name: "destroyInstance", method: http.MethodDelete, path: "/api/v0/instances/{id}/", repeat: transport.Safe, interval: 3 * time.Second,
	}
)

// Create rents an offer and returns the id of the instance. apierr.NoCapacity: the
// offer is gone, in any of the forms that takes; NoFunds, Invalid, …; Ambiguous:
// it may exist.
//
// An id can come together with an error, whose Created it is then: the service may
// refuse a rental, for a bid below the minimum for one, and keep an instance of it
// all the same. It has to be destroyed.
func (s *Instances) Create(ctx context.Context, offerID int64, request wire.CreateInstanceRequest) (int64, error) {
	if request.ClientID == "" {
		request.ClientID = self
	}
	if request.Env == nil {
		request.Env = map[string]string{}
	}
	op := createInstance.with(request, offerID)
	var rented struct {
		NewContract *wire.Int `json:"new_contract"`
	}
	err := s.instances.write(ctx, op, &rented)
	switch apierr.KindOf(err) {
	case apierr.NoCapacity, apierr.Ambiguous:
		s.offers.took(offerID)
	default:
		if err == nil {
			s.offers.took(offerID)
		}
	}
	switch {
	case err != nil:
		return leftBehind(err)
	case rented.NewContract == nil || *rented.NewContract <= 0:
		return 0, failure(op, apierr.Ambiguous, "the answer says success and names no instance")
	}
	return int64(*rented.NewContract), nil
}

// leftBehind is the instance that a refusal names, with the refusal. What is named is
// not in doubt any more.
func leftBehind(err error) (int64, error) {
	var refused *apierr.Error
	if !errors.As(err, &refused) || refused.Created == "" {
		return 0, err
	}
	id, notOne := strconv.ParseInt(refused.Created, 10, 64)
	if notOne != nil {
		return 0, err
	}
	known := *refused
	if known.Kind == apierr.Ambiguous {
		known.Kind = apierr.Unavailable
	}
	return id, &known
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
	return s.instances.write(ctx, manageInstance.with(body, id), nil)
}

// SetBid changes the bid, USD/h for the whole slice, 0.001 to 32.
func (s *Instances) SetBid(ctx context.Context, id int64, price float64) error {
	return s.instances.write(ctx, changeBid.with(map[string]any{"client_id": self, "price": price}, id), nil)
}

// UpdateTemplate changes the container's settings and recreates it in place. The
// request's id is set to id.
func (s *Instances) UpdateTemplate(ctx context.Context, id int64, request wire.UpdateTemplateRequest) error {
	request.ID = id
	return s.instances.write(ctx, updateTemplate.with(request, id), nil)
}

// Destroy ends an instance; apierr.NotFound when it does not exist (any more). As
// for [Instances.Get] that takes a list that agrees: what is listed may still cost.
func (s *Instances) Destroy(ctx context.Context, id int64) error {
	return s.instances.remove(ctx, id, destroyInstance.with(nothing(), id))
}
