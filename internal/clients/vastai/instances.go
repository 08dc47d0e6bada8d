package vastai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
)

// Instances are the account's instances.
type Instances struct {
	transport *transport.Transport
	clock     clock.Clock
	list      *transport.Shared[[]wire.Instance]
	// offers are forgotten when something is rented.
	offers *Offers
}

const (
	// pageSize is the most that the service puts on a page.
	pageSize = 25
	// maxPages keeps a list whose tokens never end from being read for ever.
	maxPages = 1000
)

// List returns every instance, all pages of the v1 list. A list that breaks off
// between pages is an error. Instances that were destroyed a moment ago may still
// be in it, with cur_state unloaded.
func (s *Instances) List(ctx context.Context, f transport.Freshness) ([]wire.Instance, error) {
	all, err := s.list.Get(ctx, f)
	if err != nil {
		return nil, err
	}
	return slices.Clone(all), nil
}

// Get returns one instance, from the shared list where it is in it, else by its
// single read. apierr.NotFound means that the single read answered null (or 404
// without auth_error, or a destroyed contract) and that a list asked for after
// that agrees. A new instance may be invisible to both for a while.
func (s *Instances) Get(ctx context.Context, id int64, f transport.Freshness) (*wire.Instance, error) {
	if instance, err := s.listed(ctx, id, f); err != nil || instance != nil {
		return instance, err
	}
	instance, err := s.single(ctx, id)
	switch {
	case err != nil && !errors.Is(err, apierr.NotFound):
		return nil, err
	case instance != nil:
		return instance, nil
	}
	// The single read says the same of instances that are not visible yet and, at
	// times, of such that exist.
	instance, err = s.listed(ctx, id, transport.Freshness{NotBefore: s.clock.Now()})
	if err != nil || instance != nil {
		return instance, err
	}
	return nil, failure(singleOp(id), apierr.NotFound, "instance %d does not exist", id)
}

// listed is the instance as the list has it, nil when that lacks it or has it as
// destroyed.
func (s *Instances) listed(ctx context.Context, id int64, f transport.Freshness) (*wire.Instance, error) {
	all, err := s.list.Get(ctx, f)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id && all[i].CurState != wire.StateUnloaded {
			instance := all[i]
			return &instance, nil
		}
	}
	return nil, nil //nolint:nilnil // the absence is half of a proof, not an error yet
}

// instanceAnswer is the answer of the single read: the key is a plural, the value
// one object or null.
type instanceAnswer struct{ instance *wire.Instance }

// UnmarshalJSON tells null from a missing key.
func (a *instanceAnswer) UnmarshalJSON(data []byte) error {
	var body struct {
		Instance json.RawMessage `json:"instances"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return err
	}
	if body.Instance == nil {
		return errors.New("it has no instances")
	}
	return json.Unmarshal(body.Instance, &a.instance)
}

// single is the single read; nil when the answer is null or a destroyed contract.
func (s *Instances) single(ctx context.Context, id int64) (*wire.Instance, error) {
	var a instanceAnswer
	op := singleOp(id)
	if err := s.transport.Do(ctx, op, &a); err != nil {
		return nil, err
	}
	switch {
	case a.instance == nil || a.instance.ID == id && a.instance.CurState == wire.StateUnloaded:
		return nil, nil //nolint:nilnil // as in listed
	case a.instance.ID != id:
		return nil, failure(op, apierr.Malformed, "instance %d was asked for and %d answered", id, a.instance.ID)
	}
	return a.instance, nil
}

func singleOp(id int64) transport.Op {
	return transport.Op{
		Name: opShowInstance, Method: http.MethodGet, Path: "/api/v0/instances/" + itoa(id) + "/", Route: "/api/v0/instances/{id}/",
		Repeat: transport.Safe,
	}
}

// page is one page of the list.
type page struct {
	instances []wire.Instance
	total     *int
	next      string
}

// UnmarshalJSON refuses a page that cannot be right: an error page that was taken
// for a short list would drop instances that still bill.
func (p *page) UnmarshalJSON(data []byte) error {
	var body struct {
		Instances *[]wire.Instance `json:"instances"`
		Found     *wire.Int        `json:"instances_found"`
		Total     *wire.Int        `json:"total_instances"`
		Next      *string          `json:"next_token"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return err
	}
	if body.Instances == nil {
		return errors.New("it has no instances")
	}
	p.instances = *body.Instances
	for i := range p.instances {
		if p.instances[i].ID <= 0 {
			return fmt.Errorf("instance %d of the page has no id", i)
		}
	}
	if body.Found != nil && int(*body.Found) != len(p.instances) {
		return fmt.Errorf("it announces %d instances and has %d", *body.Found, len(p.instances))
	}
	if body.Total != nil {
		total := int(*body.Total)
		p.total = &total
	}
	if body.Next != nil {
		p.next = *body.Next
	}
	return nil
}

// fetch reads all pages.
func (s *Instances) fetch(ctx context.Context) ([]wire.Instance, error) {
	all := []wire.Instance{}
	seen := map[int64]bool{}
	token := ""
	for range maxPages {
		var p page
		op := listOp(token)
		err := s.transport.Do(ctx, op, &p)
		if errors.Is(err, apierr.NotFound) {
			// The list always exists; not wrapped, because callers take NotFound for
			// half of a proof that an instance is gone.
			return nil, failure(op, apierr.Malformed, "the list of instances answered: %v", err)
		}
		if err != nil {
			return nil, err
		}
		for _, instance := range p.instances {
			if !seen[instance.ID] {
				seen[instance.ID] = true
				all = append(all, instance)
			}
		}
		switch {
		case p.next != "" && (p.next == token || len(p.instances) == 0):
			return nil, failure(op, apierr.Malformed, "the list of instances does not get on after %d", len(all))
		case p.next != "":
			token = p.next
		case p.total != nil && missing(len(all), *p.total):
			return nil, failure(op, apierr.Malformed, "the list of instances ended after %d of %d", len(all), *p.total)
		default:
			return all, nil
		}
	}
	return nil, failure(listOp(token), apierr.Malformed, "the list of instances has no end")
}

// missing reports whether a list is shorter than its announced total by more than
// what may have been destroyed while its pages were read.
func missing(got, total int) bool {
	return got == 0 && total > 0 || total-got > max(2, total/4)
}

func listOp(token string) transport.Op {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}, "order_by": {`[{"col":"id","dir":"asc"}]`}}
	if token != "" {
		query.Set("after_token", token)
	}
	return transport.Op{
		Name: opListInstances, Method: http.MethodGet, Path: "/api/v1/instances/", Query: query, Repeat: transport.Safe,
	}
}

func itoa(id int64) string { return strconv.FormatInt(id, 10) }
