package pod

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// minVolumeGB is the smallest volume disk that RunPod sells.
const minVolumeGB = 10

// A nested attribute that every block of its kind needs is checked by
// [validators.Requires] instead of being required in the schema.

func gpuBlock() schema.Block {
	return schema.SingleNestedBlock{
		MarkdownDescription: "The GPUs to rent. Exactly one of `gpu` and `cpu` is set. Changing between them forces replacement.",
		Validators:          []validator.Object{validators.Requires("types")},
		Attributes: map[string]schema.Attribute{
			"types": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Required. Acceptable GPU types in order of preference: ids of RunPod's catalog (`NVIDIA GeForce RTX 4090`) or usual names (`RTX 4090`). " +
					"A name that several types share (`H100`) means all of them. Forces replacement only when the pod's own type is no longer among them.",
				Validators: []validator.List{
					listvalidator.SizeAtLeast(1), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(gpuTypeName{}),
				},
			},
			"count": schema.Int64Attribute{
				Optional: true, Computed: true, Default: int64default.StaticInt64(defaultGPUCount),
				MarkdownDescription: "How many GPUs. Default 1. A change forces replacement.",
				Validators:          []validator.Int64{int64validator.AtLeast(1)},
			},
			"cuda_versions": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "CUDA versions that the host may have, e.g. `12.8`, matched exactly. Conflicts with `min_cuda_version`. " +
					"Forces replacement only when the pod's host has none of them.",
				Validators: []validator.Set{setvalidator.ValueStringsAre(cudaVersion())},
			},
			"min_cuda_version": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "The lowest CUDA version that the host may have, e.g. `12.4`. " +
					"Forces replacement only when the pod's host has a lower one.",
				Validators: []validator.String{validators.OrEmpty(cudaVersion())},
			},
			"min_ram_per_gpu_gb": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "Minimum memory of the pod in GB for each GPU. " +
					"Forces replacement only when the pod has less.",
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			"min_vcpus_per_gpu": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "Minimum number of vCPUs of the pod for each GPU. " +
					"Forces replacement only when the pod has fewer.",
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
		},
	}
}

func cpuBlock() schema.Block {
	return schema.SingleNestedBlock{
		MarkdownDescription: "The CPUs to rent for a pod without GPUs, in the SECURE cloud only.",
		Validators:          []validator.Object{validators.Requires("flavors")},
		Attributes: map[string]schema.Attribute{
			"flavors": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Required. Acceptable CPU flavors in order of preference, e.g. `cpu3c`. Forces replacement only when the pod's own flavor is no longer among them.",
				Validators: []validator.List{
					listvalidator.SizeAtLeast(1), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1)),
				},
			},
			"vcpus": schema.Int64Attribute{
				Optional: true, Computed: true, Default: int64default.StaticInt64(defaultVCPUs),
				MarkdownDescription: "How many vCPUs, a power of two from 2. Default 2. The flavor determines the memory. A change forces replacement.",
				Validators:          []validator.Int64{powerOfTwo{}},
			},
		},
	}
}

func volumeBlock() schema.Block {
	return schema.SingleNestedBlock{
		MarkdownDescription: "A disk on the pod's host that is kept at stops and resets, and deleted with the pod. " +
			"It costs 0.10 USD per GB and month while the pod runs and 0.20 while it is stopped. Not available for CPU pods. Conflicts with `network_volume`. " +
			"Without this block a pod has the volume of its `template_id`, if the template has one; a block for such a volume manages it without replacement. Otherwise adding or removing the block forces replacement.",
		Validators: []validator.Object{validators.Requires("size_gb")},
		Attributes: map[string]schema.Attribute{
			"size_gb": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Required. Size in GB, minimum 10. It grows in place, which resets the container; it cannot shrink.",
				Validators:          []validator.Int64{int64validator.AtLeast(minVolumeGB)},
			},
			"mount_path": mountPath(),
		},
	}
}

func networkVolumeBlock() schema.Block {
	return schema.SingleNestedBlock{
		MarkdownDescription: "A network volume to mount. The pod then runs in the volume's data center, in the SECURE cloud. " +
			"Adding or removing it forces replacement.",
		Validators: []validator.Object{validators.Requires("id")},
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Required. The id of a `gpumarket_runpod_network_volume`. A change forces replacement.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"mount_path": mountPath(),
		},
	}
}

func mountPath() schema.Attribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(defaultMountPath),
		MarkdownDescription: "Where it is mounted in the container. Default `/workspace`. Changed in place, which resets the container.",
		Validators: []validator.String{
			stringvalidator.RegexMatches(regexp.MustCompile(`^/.`), "has to be an absolute path below /"),
		},
	}
}

func cudaVersion() validator.String {
	return stringvalidator.RegexMatches(regexp.MustCompile(`^\d+\.\d+$`), "has to be a CUDA version like 12.8")
}
