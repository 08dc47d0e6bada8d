package vastai

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Instances are the account's instances.
type Instances struct {
	instances *collection[wire.Instance]
	// offers learn what is rented.
	offers *Offers
}

// instancesPage is the most that the service puts on a page.
const instancesPage = 25

// The reads of instances.
//
//nolint:gochecknoglobals // constants in all but syntax.
var (
	listInstances = operation{
		name: "showInstances", method: http.MethodGet, path: "/api/v1/instances/", repeat: transport.Safe, interval: time.Second,
	}
	showInstance = operation{
		name: "showInstance", method: http.MethodGet, path: "/api/v0/instances/{id}/", repeat: transport.Safe, interval: 2 * time.Second,
	}
)

func newInstances(api *transport.Transport, clk clock.Clock, offers *Offers) *Instances {
	return &Instances{offers: offers, instances: newCollection(api, clk, Window, noun[wire.Instance]{
		key: "instances", one: "instance", list: listInstances, pageSize: instancesPage,
		query: url.Values{"order_by": {`[{"col":"id","dir":"asc"}]`}},
		read:  &showInstance,
		id:    func(i *wire.Instance) int64 { return i.ID },
		ended: func(i *wire.Instance) bool { return i.CurState == wire.StateUnloaded },
	})}
}

// List returns every instance, all pages of the v1 list. A list that breaks off
// between pages, or stays shorter than it says it is, is an error. Instances that
// were destroyed a moment ago may still be in it, with cur_state unloaded.
func (s *Instances) List(ctx context.Context, f transport.Freshness) ([]wire.Instance, error) {
	return s.instances.all(ctx, f)
}

// Get returns one instance, from the shared list where it is in it, else by its
// single read. apierr.NotFound means that the single read answered null (or 404
// without auth_error, or a destroyed contract) and that a list asked for after
// that agrees. A new instance may be invisible to both for a while, and the single
// read at times answers null for instances that exist. Its status_msg, which ends in
// states and messages and may quote the command line of the container, has no secrets
// that were sent or hidden.
func (s *Instances) Get(ctx context.Context, id int64, f transport.Freshness) (*wire.Instance, error) {
	instance, err := s.instances.get(ctx, id, f)
	if err == nil && instance.StatusMsg != "" {
		instance.StatusMsg = wire.Text(s.instances.api.Clean(string(instance.StatusMsg)))
	}
	return instance, err
}
