// Package spend lists what bills on the accounts now, whoever rented it: what the
// budget is held against and what gpumarket_spend shows.
package spend

import (
	"context"
	"strconv"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	runpodwire "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/transport"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai"
	vastaiwire "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
)

// The platforms and kinds that items are told apart by.
const (
	RunPodPlatform = "runpod"
	VastaiPlatform = "vastai"

	KindPod           = "pod"
	KindNetworkVolume = "network_volume"
	KindInstance      = "instance"
	KindVolume        = "volume"
)

// Item is one thing that bills.
type Item struct {
	Platform, Kind, ID, Name string
	// GPUName is canonical, "" without a GPU.
	GPUName  string
	GPUCount int
	// Status is the platform's own word, "" for storage.
	Status string
	// Hourly is what it costs now, storage included; a stopped machine costs its disk.
	Hourly money.PerHour
	// Managed tells whether it carries the marker of this provider; nil for things
	// that cannot carry one.
	Managed *bool
	// Marker is the marker that it carries, "" for none.
	Marker string
}

// Type is the Terraform type that such an item has.
func (i Item) Type() string { return "gpumarket_" + i.Platform + "_" + i.Kind }

// Key is the item's name in the budget: "runpod/pod/abc".
func (i Item) Key() string { return i.Platform + "/" + i.Kind + "/" + i.ID }

// Items is what the budget counts on the accounts that are configured; a nil
// client is one that is not.
func Items(clk clock.Clock, rp *runpod.Client, va *vastai.Client) budget.Spend {
	return func(ctx context.Context, fresh bool) ([]budget.Item, error) {
		f := transport.Recent
		if fresh {
			f.NotBefore = clk.Now()
		}
		var all []Item
		if rp != nil {
			items, err := RunPod(ctx, rp, f)
			if err != nil {
				return nil, err
			}
			all = append(all, items...)
		}
		if va != nil {
			items, err := Vastai(ctx, va, f)
			if err != nil {
				return nil, err
			}
			all = append(all, items...)
		}
		out := make([]budget.Item, 0, len(all))
		for _, item := range all {
			out = append(out, budget.Item{ID: item.Key(), Hourly: item.Hourly, Managed: item.Managed})
		}
		return out, nil
	}
}

// RunPod lists the pods and network volumes of an account; the pods as fresh as f
// says. Volumes change slowly, and every list counts towards a quota, so a recent
// list of them is always good enough; a write of this process ends its use.
func RunPod(ctx context.Context, client *runpod.Client, f transport.Freshness) ([]Item, error) {
	pods, err := client.Pods.List(ctx, f)
	if err != nil {
		return nil, err
	}
	volumes, err := client.NetworkVolumes.List(ctx, transport.Recent)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(pods)+len(volumes))
	for i := range pods {
		if pods[i].Status == runpodwire.PodTerminated {
			continue
		}
		compute, err := compute(ctx, client, &pods[i])
		if err != nil {
			return nil, err
		}
		items = append(items, pod(&pods[i], compute))
	}
	for _, volume := range volumes {
		items = append(items, Item{
			Platform: RunPodPlatform, Kind: KindNetworkVolume, ID: volume.ID, Name: volume.Name,
			Hourly: market.RunPodNetworkVolume(volume.Size, volume.Type).Hourly,
		})
	}
	return items, nil
}

// compute is what a pod's GPUs or vCPUs cost: what RunPod charges, or the list price of
// a pod that is coming up while RunPod says 0.
func compute(ctx context.Context, client *runpod.Client, p *runpodwire.Pod) (money.PerHour, error) {
	if p.Cost > 0 || p.Status == runpodwire.PodExited {
		return money.PerHour(p.Cost), nil
	}
	if p.GPU != nil {
		types, err := client.Catalog.GPUs(ctx)
		for i := range types {
			if types[i].ID == p.GPU.ID {
				unit := types[i].Price.Secure
				if p.Cloud == runpodwire.CloudCommunity {
					unit = types[i].Price.Community
				}
				return money.PerHour(unit).Times(p.GPU.Count), nil
			}
		}
		return 0, err
	}
	if p.CPU != nil {
		flavors, err := client.Catalog.CPUs(ctx)
		for i := range flavors {
			if flavors[i].ID == p.CPU.ID {
				return money.PerHour(flavors[i].Price.SecurePerVCPU).Times(p.CPU.VCPUCount), nil
			}
		}
		return 0, err
	}
	return 0, nil
}

func pod(p *runpodwire.Pod, compute money.PerHour) Item {
	item := Item{Platform: RunPodPlatform, Kind: KindPod, ID: p.ID, Name: p.Name, Status: p.Status}
	item.Marker, item.Managed = marked(p.Env)
	if p.GPU != nil && p.GPU.Count > 0 {
		item.GPUName, item.GPUCount = gpu.FromRunPod(p.GPU.ID, 0), p.GPU.Count
	}
	spec := market.PodSpec{
		Compute: compute, ContainerDiskGB: p.Disk,
		Stopped: p.Status == runpodwire.PodExited,
	}
	if p.Mounts.Persistent != nil {
		spec.VolumeGB = p.Mounts.Persistent.Size
	}
	item.Hourly = market.RunPodPod(spec).Hourly
	return item
}

// Vastai lists the instances and volumes of an account; the instances as fresh as
// f says, see [RunPod].
func Vastai(ctx context.Context, client *vastai.Client, f transport.Freshness) ([]Item, error) {
	instances, err := client.Instances.List(ctx, f)
	if err != nil {
		return nil, err
	}
	// Nothing that this provider rents is in this list, so that one of a moment ago
	// will do for every rent of an apply.
	volumes, err := client.Volumes.List(ctx, transport.Recent)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(instances)+len(volumes))
	for i := range instances {
		if instances[i].CurState != vastaiwire.StateUnloaded {
			items = append(items, instance(&instances[i]))
		}
	}
	for _, volume := range volumes {
		items = append(items, Item{
			Platform: VastaiPlatform, Kind: KindVolume, ID: strconv.FormatInt(volume.ID, 10), Name: string(volume.Label),
			Hourly: rate(volume.StorageTotalCost),
		})
	}
	return items, nil
}

func instance(i *vastaiwire.Instance) Item {
	item := Item{
		Platform: VastaiPlatform, Kind: KindInstance, ID: strconv.FormatInt(i.ID, 10), Name: string(i.Label),
		GPUCount: int(i.NumGPUs), Status: string(i.ActualStatus),
	}
	item.Marker, item.Managed = marked(i.ExtraEnv)
	if i.GPUName != "" {
		memory := 0.0
		if i.GPURAM != nil {
			memory = float64(*i.GPURAM)
		}
		item.GPUName = gpu.FromVast(i.GPUName, memory)
	}
	// Both price blocks are there in any status: the one for running, and the one
	// that accrues now. While an image is pulled the GPUs do not bill yet, but will.
	item.Hourly = rate(i.DPHTotal)
	if i.CurState != vastaiwire.StatusRunning && i.Accruing != nil && i.Accruing.TotalHour != nil {
		item.Hourly = rate(i.Accruing.TotalHour)
	}
	return item
}

func rate(v *vastaiwire.Float) money.PerHour {
	if v == nil {
		return 0
	}
	return money.PerHour(*v)
}

func marked(env map[string]string) (marker string, managed *bool) {
	marker, ours := env[rent.MarkerEnv]
	return marker, &ours
}
