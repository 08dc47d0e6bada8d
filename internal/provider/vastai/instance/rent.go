package instance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// rental is an instance that was rented, or adopted from a create whose process
// was killed.
type rental struct {
	id int64
	// offerID is 0 when it was adopted: which offer it came from is not returned.
	offerID int64
	// contract is that of the offer as it was rented; nothing is known of one that was
	// adopted.
	contract market.Contract
	// quoted is the most that was promised, nil where nothing was.
	quoted *quote
}

// lease is everything about one create but the offer.
type lease struct {
	r       *Resource
	client  *vastai.Client
	plan    *model
	terms   terms
	secrets environment
	request wire.CreateInstanceRequest
	hash    string
}

// newLease prepares the create of a plan. What the configuration alone knows is
// in config.
func (r *Resource) newLease(ctx context.Context, client *vastai.Client, plan, config *model, diags *diag.Diagnostics) *lease {
	hash, err := plan.templateHash(ctx, client)
	if err != nil {
		kernel.AddError(diags, kernel.Trouble{
			Doing: "read Vast.ai template " + plan.TemplateID.ValueString(), Err: err, Now: "Nothing was rented.",
		})
		return nil
	}
	env := plan.environment(config.EnvWO, "", diags)
	kernel.HideSecrets(client, env.secretNames(), env.secrets)
	l := &lease{r: r, client: client, plan: plan, terms: plan.terms(), secrets: env}
	l.request = plan.expand(ctx, env, kernel.String(config.ImageLoginWO), hash, diags)

	// The digest must be that of the process that was killed; and a digest of a
	// secret on disk would let one guess it.
	plain := plan.environment(types.MapNull(types.StringType), "", diags)
	l.hash = rent.Hash([]any{plan.expand(ctx, plain, nil, hash, diags), plan.Offer.String(), plan.Selection.String(), kernel.Int(config.OfferID)})
	return l
}

// take rents the first of the candidates that can be had, or adopts what an
// earlier, killed process rented from the same configuration.
func (l *lease) take(ctx context.Context, search func(context.Context) ([]prospect, int, error)) (*rent.Made[*rental], error) {
	return rent.Once(ctx, l.r.Data.Desk, rent.Creation[*rental]{
		Type: typeName, Account: l.r.Data.VastaiAccount, Hash: l.hash,
		ID:   func(r *rental) string { return strconv.FormatInt(r.id, 10) },
		Find: func(ctx context.Context, intent rent.Intent) ([]*rental, error) { return l.marked(ctx, intent.Marker) },
		Rent: func(ctx context.Context, marker string, send rent.Send[*rental]) (*rental, error) {
			prospects, limit, err := search(ctx)
			if err != nil {
				return nil, err
			}
			l.request.Env[rent.MarkerEnv] = marker
			candidates := make([]rent.Candidate[*rental], 0, len(prospects))
			for i := range prospects {
				candidates = append(candidates, l.candidate(prospects, i, send))
			}
			rented, at, err := rent.First(ctx, l.r.Data.Desk.Reservations, limit, candidates)
			if err != nil {
				return nil, err
			}
			rented.offerID, rented.contract, rented.quoted = prospects[at].offerID, prospects[at].contract(l.terms), prospects[at].quoted
			return rented, nil
		},
		Check: func(marker string) string {
			return fmt.Sprintf("Look in the Vast.ai console for an instance with %s=%s.", rent.MarkerEnv, marker)
		},
	})
}

// prospect is an offer with the reason, known before, why it is not rented.
type prospect struct {
	quote

	// quoted is what the configuration was told that it costs, nil without.
	quoted  *quote
	offer   *market.Offer
	refusal string
}

func (l *lease) candidate(prospects []prospect, at int, send rent.Send[*rental]) rent.Candidate[*rental] {
	p := prospects[at]
	label := "offer " + strconv.FormatInt(p.offerID, 10)
	if p.label != "" {
		label += " (" + p.label + ")"
	}
	var claim *budget.Claim
	return rent.Candidate[*rental]{
		Label: label,
		Keys:  keysOf(p),
		Check: func(ctx context.Context) (func(), error) {
			if p.refusal != "" {
				return nil, errors.New(p.refusal)
			}
			var err error
			claim, err = l.admit(ctx, prospects, at)
			return func() { claim.End() }, err
		},
		Look: func(ctx context.Context) error { return l.look(ctx, &prospects[at], claim) },
		Rent: func(ctx context.Context) (*rental, error) {
			rented, err := send(ctx, func(ctx context.Context) (*rental, error) {
				id, err := l.rentOffer(ctx, p.offerID)
				return &rental{id: id}, err
			})
			switch {
			case err == nil:
				claim.Done(ledgerKind + "/" + strconv.FormatInt(rented.id, 10))
			case rent.Lost(err):
				claim.Done("")
			}
			return rented, err
		},
	}
}

// keysOf are the offer and the GPUs it is made of: slices of one machine overlap.
func keysOf(p prospect) []string {
	keys := []string{fmt.Sprintf("vastai/offer/%d", p.offerID)}
	if p.offer == nil || p.offer.MachineID == nil {
		return keys
	}
	for _, gpuID := range p.offer.GPUIDs {
		keys = append(keys, fmt.Sprintf("vastai/machine/%d/gpu/%d", *p.offer.MachineID, gpuID))
	}
	return keys
}

// marked lists the instances that bear a marker.
func (l *lease) marked(ctx context.Context, marker string) ([]*rental, error) {
	rows, err := l.client.Instances.List(ctx, transport.Freshness{NotBefore: l.r.Data.Clock.Now()})
	if err != nil {
		return nil, err
	}
	var found []*rental
	for i := range rows {
		if rows[i].ExtraEnv[rent.MarkerEnv] == marker && rows[i].CurState != wire.StateUnloaded {
			found = append(found, &rental{id: rows[i].ID})
		}
	}
	return found, nil
}

// noOffers says that there is nothing to try.
type noOffersError struct{ reasons []string }

func (e *noOffersError) Error() string {
	if len(e.reasons) == 0 {
		return "no offer matches"
	}
	return "no offer matches:\n  - " + strings.Join(e.reasons, "\n  - ")
}

func noOffers(s market.Selection) *noOffersError {
	reasons := slices.Clone(s.NearMisses)
	for _, reason := range slices.Sorted(maps.Keys(s.Rejected)) {
		reasons = append(reasons, fmt.Sprintf("%d refused: %s", s.Rejected[reason], reason))
	}
	return &noOffersError{reasons: reasons}
}

func unusableError(unusable map[string]int) *noOffersError {
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(unusable)) {
		reasons = append(reasons, fmt.Sprintf("%d of the candidates: %s", unusable[reason], reason))
	}
	if len(reasons) == 0 {
		reasons = []string{"selection.candidates is empty"}
	}
	return &noOffersError{reasons: reasons}
}

// priceRefusal is why an offer is not rented at what it costs now, "" for none.
func (t terms) priceRefusal(now market.Offer, quoted *quote) string {
	hourly := now.Hourly()
	if t.bid != nil {
		if now.MinBid != nil && now.MinBid.Above(money.PerHour(*t.bid)) {
			return fmt.Sprintf("the lowest winning bid is %s USD/h and bid_price %s USD/h", *now.MinBid, money.PerHour(*t.bid))
		}
		hourly = money.PerHour(*t.bid) + now.StorageHourly
	}
	switch {
	case t.ceiling != nil && hourly.Above(money.PerHour(*t.ceiling)):
		return fmt.Sprintf("it costs %s USD/h and max_hourly_price is %s USD/h", hourly, money.PerHour(*t.ceiling))
	case t.ceiling == nil && quoted != nil && hourly.Above(quoted.hourly()):
		return fmt.Sprintf("it was quoted at %s USD/h and now costs %s USD/h", quoted.hourly(), hourly)
	case now.DirectPorts != nil && *now.DirectPorts < int64(t.ports):
		return fmt.Sprintf("its host has %d open ports and %d are needed", *now.DirectPorts, t.ports)
	}
	return ""
}
