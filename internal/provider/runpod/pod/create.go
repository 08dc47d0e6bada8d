package pod

import (
	"cmp"
	"context"
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// order is one create: what is asked for, and what is known about its price.
type order struct {
	plan  *model
	parts parts
	shop  shop
	// request lacks the marker and what a candidate decides.
	request    wire.CreatePodRequest
	candidates []candidate
	disks      disks
	// reviewed is what the plan showed for the candidate with the basis reviewedAs, nil
	// where it showed nothing or a ceiling was set in its place.
	reviewed   *money.PerHour
	reviewedAs string
	// hash is of the configuration without its secrets.
	hash string
	// exceeded is how the budget refused the candidate before.
	exceeded *budget.ExceededError
}

// order puts a create together. A nil result comes with a diagnostic.
func (r *Resource) order(ctx context.Context, client *runpod.Client, plan, config *model, diags *diag.Diagnostics) *order {
	o := &order{plan: plan, parts: plan.parts(ctx, diags)}
	ctx = transport.WithDeadline(ctx, r.Data.Clock, kernel.ReadDeadline)
	o.shop = r.lookUp(ctx, client, o.parts)
	dataCenters := kernel.Strings(plan.DataCenterIDs)
	if network := o.parts.network; network != nil {
		volume, err := client.NetworkVolumes.Get(ctx, network.ID.ValueString(), transport.Recent)
		if err != nil {
			kernel.AddAttributeError(diags, path.Root("network_volume").AtName("id"), kernel.Trouble{
				Doing: "read the network volume of the RunPod pod", Err: err, Now: nothingRented,
			})
			return nil
		}
		if reason := plan.mismatch(volume); reason != "" {
			diags.AddAttributeError(path.Root("data_center_ids"), "The network volume is in another data center", reason+"\n\n"+nothingRented)
			return nil
		}
		dataCenters = []string{volume.DataCenter}
	}
	o.candidates = cross(o.shop.ids, plan.clouds(), dataCenters)

	var err error
	if o.disks, _, err = r.disksOf(ctx, plan, o.parts, r.Data.PriceBook.TemplateNow); err != nil {
		kernel.AddAttributeError(diags, path.Root("template_id"), kernel.Trouble{
			Doing: "read the template of the RunPod pod", Err: err, Now: nothingRented,
		})
		return nil
	}
	if kernel.Rate(plan.MaxHourlyPrice) == nil {
		o.reviewed = kernel.RunningOf(ctx, plan.EstimatedCost, diags)
		o.reviewedAs = kernel.BasisOf(plan.EstimatedCost)
	}

	env, secrets := kernel.StringMap(plan.Env), kernel.StringMap(config.EnvWO)
	kernel.HideSecrets(client, kernel.SecretNamesOf(config.EnvWO), secrets)
	o.request = plan.expand(o.parts, env)
	// The wishes as they are written: what they mean today is the catalog's.
	o.hash = rent.Hash(struct {
		Request                              wire.CreatePodRequest
		Wishes, Clouds, Centers, SecretNames []string
	}{o.request, o.parts.wishes(), plan.clouds(), kernel.Strings(plan.DataCenterIDs), kernel.SecretNamesOf(config.EnvWO)})
	o.request.Env = kernel.MergeEnv(nil, nil, env, secrets, "")
	return o
}

const nothingRented = "Nothing was rented."

// wishes are the acceptable types or flavors as the configuration names them.
func (p parts) wishes() []string {
	switch {
	case p.gpu != nil:
		return kernel.Strings(p.gpu.Types)
	case p.cpu != nil:
		return kernel.Strings(p.cpu.Flavors)
	default:
		return nil
	}
}

// rentOnce rents the first candidate that can be had, or takes over the pod that
// an earlier, killed process rented for the same configuration.
func (r *Resource) rentOnce(ctx context.Context, client *runpod.Client, o *order) (*rent.Made[*wire.Pod], error) {
	return rent.Once(ctx, r.Data.Desk, rent.Creation[*wire.Pod]{
		Type: typeName, Account: r.Data.RunPodAccount, Hash: o.hash,
		ID: func(pod *wire.Pod) string { return pod.ID },
		Find: func(ctx context.Context, intent rent.Intent) ([]*wire.Pod, error) {
			pods, err := client.Pods.List(ctx, transport.Freshness{NotBefore: r.Data.Clock.Now()})
			return bearing(pods, intent.Marker), err
		},
		Rent: func(ctx context.Context, marker string, send rent.Send[*wire.Pod]) (*wire.Pod, error) {
			request := o.request
			request.Env = maps.Clone(request.Env)
			request.Env[rent.MarkerEnv] = marker
			var tries []rent.Candidate[*wire.Pod]
			for _, c := range o.candidates {
				tries = append(tries, r.candidate(client, o, c, func(ctx context.Context) (*wire.Pod, error) {
					return send(ctx, func(ctx context.Context) (*wire.Pod, error) { return client.Pods.Create(ctx, c.with(request)) })
				}))
			}
			pod, _, err := rent.First(ctx, r.Data.Desk.Reservations, len(tries), tries)
			return pod, err
		},
		Check: func(string) string { return "Look for a pod named " + o.request.Name + " in the RunPod console." },
	})
}

// bearing are the pods with the marker that can be had: RunPod may list for a while
// what was terminated.
func bearing(pods []wire.Pod, marker string) []*wire.Pod {
	var found []*wire.Pod
	for i := range pods {
		if pods[i].Env[rent.MarkerEnv] == marker && pods[i].Status != wire.PodTerminated {
			found = append(found, &pods[i])
		}
	}
	return found
}

// price is the list price of one GPU or vCPU of a candidate now; known is false
// when the catalog could not be read.
func (s shop) price(p parts, c candidate) (unit money.PerHour, known bool) {
	if s.err != nil {
		return 0, false
	}
	if p.cpu != nil {
		if flavor := flavorOf(s.cpus, c.id); flavor != nil {
			return money.PerHour(flavor.Price.SecurePerVCPU), true
		}
		return 0, false
	}
	t := typeOf(s.gpus, c.id)
	if t == nil {
		return 0, false
	}
	unit, _, known = kernel.GPUSale(t, c.cloud)
	return unit, known
}

// refused is the trouble of a create that rented nothing, or nothing for certain.
func refused(err error) kernel.Trouble {
	t := kernel.Trouble{Doing: "create RunPod pod", Err: err, Now: nothingRented}
	var dearer *dearerError
	var none *rent.RefusedError
	switch {
	case rent.Lost(err):
		t.Now = "It is not known whether a pod exists and is billed."
	case errors.As(err, &dearer):
		t.Next = "Plan again to review the new price, or set max_hourly_price to the highest price that you accept."
	case errors.As(err, &none):
		t.Next = cmp.Or(kernel.BudgetAdvice(err),
			"Try again later, accept more GPU types, clouds or data centers, or raise max_hourly_price.")
	case errors.Is(err, apierr.NotFound):
		t.Next = "Check template_id and registry_id: RunPod does not know one of the ids."
	}
	return t
}
