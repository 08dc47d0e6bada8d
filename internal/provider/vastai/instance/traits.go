package instance

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// traits are what a plan has to know about an instance beyond its attributes.
// They are kept in the private state: a plan that asked the platform could come
// to another result when it is made again at apply.
type traits struct {
	GPUName     string   `json:"gpu_name"`
	GPUCount    int64    `json:"gpu_count"`
	GPUMemoryMB *float64 `json:"gpu_memory_mb,omitempty"`
	CUDA        *float64 `json:"cuda,omitempty"`
	Country     string   `json:"country,omitempty"`
	Datacenter  *bool    `json:"datacenter,omitempty"`
	StaticIP    *bool    `json:"static_ip,omitempty"`
	MachineID   int64    `json:"machine_id,omitempty"`
	// MinBid is the lowest bid that would win, USD/h.
	MinBid *float64 `json:"min_bid,omitempty"`
}

func traitsOf(i *wire.Instance) traits {
	t := traits{
		GPUName: gpuOf(i), GPUCount: int64(i.NumGPUs), GPUMemoryMB: (*float64)(i.GPURAM), CUDA: (*float64)(i.CUDAMaxGood),
		Country: countryOf(i), StaticIP: (*bool)(i.StaticIP), MachineID: int64(i.MachineID), MinBid: (*float64)(i.MinBid),
	}
	if i.HostingType != nil {
		datacenter := *i.HostingType == 1
		t.Datacenter = &datacenter
	}
	return t
}

const (
	privateTraits = "traits"
	// privateBorn is when the instance was rented, until it has been seen.
	privateBorn = "rented_at"
	// privateAdopted is set once a configuration was applied to an imported instance.
	privateAdopted = "adopted"
)

func keepTraits(ctx context.Context, private kernel.PrivateWriter, i *wire.Instance, diags *diag.Diagnostics) {
	keep(ctx, private, privateTraits, traitsOf(i), diags)
}

func keptTraits(ctx context.Context, private kernel.PrivateReader, diags *diag.Diagnostics) (traits, bool) {
	return kept[traits](ctx, private, privateTraits, diags)
}

func keep(ctx context.Context, private kernel.PrivateWriter, key string, value any, diags *diag.Diagnostics) {
	content, err := json.Marshal(value)
	if err != nil {
		diags.AddWarning("Unable to keep private state", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, key, content)...)
}

func kept[T any](ctx context.Context, private kernel.PrivateReader, key string, diags *diag.Diagnostics) (value T, ok bool) {
	content, ds := private.GetKey(ctx, key)
	diags.Append(ds...)
	if len(content) == 0 || json.Unmarshal(content, &value) != nil {
		return value, false
	}
	return value, true
}
