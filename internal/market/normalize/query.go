package normalize

import (
	vastai "github.com/gpumarket/terraform-provider-gpumarket/internal/clients/vastai/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
)

const (
	// SearchLimit is the most rows that are asked for: more than the market has, and
	// as many as a public price catalogue asks for.
	SearchLimit = 3000
	// searchDiskGB is the disk that is searched for. The platform hides hosts with
	// less; every disk that is wanted is priced and judged here.
	searchDiskGB = 1
)

// VastaiQuery is the broadest search that holds everything which the wishes can
// accept, and their near misses: GPU names, count, rental type and machine are
// asked for. What people can relax, disk and verification among it, is judged here,
// so that it is counted.
//
// What the platform would otherwise assume is always said: whether hosts have to be
// verified, and the processor, because images are built for amd64 and few GPUs are
// had with another one.
func VastaiQuery(w market.Wishes) vastai.Query {
	query := vastai.Query{
		"rentable":          is(true),
		"external":          is(false),
		"verified":          among(true, false),
		"rented":            among(true, false), // else machines that the account rents from are hidden
		"cpu_arch":          is("amd64"),
		"type":              "on-demand",
		"allocated_storage": searchDiskGB,
		"order":             [][]string{{"dph_total", "asc"}},
		"limit":             SearchLimit,
	}
	if gpu.NeedsARM(w.GPUs) {
		query["cpu_arch"] = among("amd64", "arm64")
	}
	if w.Interruptible {
		query["type"] = "bid"
	}
	if names := GPUNames(w.GPUs); names != nil {
		query["gpu_name"] = names
	}
	if w.GPUCount > 0 {
		query["num_gpus"] = is(w.GPUCount)
	}
	if w.MachineID != nil {
		query["machine_id"] = is(*w.MachineID)
	}
	return query
}

// GPUNames is the condition of a search for GPUs that wishes (of gpu.Accepted)
// accept, nil for any. Vast.ai has one name for all sizes of a model, so that what
// it finds has to be held against the wishes: [IsGPU].
func GPUNames(wishes []string) map[string]any {
	if len(wishes) == 0 {
		return nil
	}
	names := gpu.VastNames(wishes)
	if len(names) == 0 {
		names = wishes // not sold there: finds nothing, as it should
	}
	return map[string]any{"in": names}
}

// IsGPU tells whether a row that Vast.ai lists under name with memoryMB per GPU is
// what the wishes accept; none accept everything.
func IsGPU(wishes []string, name string, memoryMB float64) bool {
	return len(wishes) == 0 || gpu.Matches(wishes, gpu.FromVast(name, memoryMB))
}

func is(value any) map[string]any { return map[string]any{"eq": value} }

func among(values ...any) map[string]any { return map[string]any{"in": values} }
