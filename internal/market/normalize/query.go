package normalize

import (
	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
)

// searchLimit is the most rows that are asked for: more than the market has, and
// as many as a public price catalogue asks for.
const searchLimit = 3000

// VastaiQuery is the broadest search that holds everything which the wishes can
// accept, and their near misses: GPU names, count, rental type and disk are asked
// for, the rest is judged here.
//
// Whether hosts have to be verified is always said, because the platform would
// otherwise assume it; so is the processor, because images are built for amd64 and
// few GPUs are had with another one.
func VastaiQuery(w market.Wishes) vastai.Query {
	query := vastai.Query{
		"rentable": is(true),
		"external": is(false),
		"verified": among(true, false),
		"rented":   among(true, false), // else machines that the account rents from are hidden
		"cpu_arch": is("amd64"),
		"type":     "on-demand",
		"order":    [][]string{{"dph_total", "asc"}},
		"limit":    searchLimit,
	}
	if w.Verified {
		query["verified"] = is(true)
	}
	if gpu.NeedsARM(w.GPUs) {
		query["cpu_arch"] = among("amd64", "arm64")
	}
	if w.Interruptible {
		query["type"] = "bid"
	}
	if len(w.GPUs) > 0 {
		names := gpu.VastNames(w.GPUs)
		if len(names) == 0 {
			names = w.GPUs // not sold there: finds nothing, as it should
		}
		query["gpu_name"] = map[string]any{"in": names}
	}
	if w.GPUCount > 0 {
		query["num_gpus"] = is(w.GPUCount)
	}
	if w.DiskGB > 0 {
		query["allocated_storage"] = w.DiskGB
	}
	if w.MachineID != nil {
		query["machine_id"] = is(*w.MachineID)
	}
	return query
}

func is(value any) map[string]any { return map[string]any{"eq": value} }

func among(values ...any) map[string]any { return map[string]any{"in": values} }
