// Package functions has the provider's functions: GPU names and what things cost.
// They are pure and ask no platform.
package functions

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// GPUName is the function gpu_name.
type GPUName struct{}

// NewGPUName returns gpu_name.
func NewGPUName() function.Function { return &GPUName{} }

// Metadata names the function.
func (*GPUName) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "gpu_name"
}

// Definition describes the function.
func (*GPUName) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Canonical name of a GPU",
		MarkdownDescription: "The canonical name of a GPU, from any spelling in common use or used by either marketplace: " +
			"`NVIDIA GeForce RTX 4090`, `RTX_4090` and `4090` are all `RTX 4090`. The name keeps the form factor and, where a model exists in several sizes, the memory. " +
			"An ambiguous name such as `H100` is an error that lists the variants; an unknown one is an error with the nearest names.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "name", MarkdownDescription: "Any name of a GPU."},
		},
		Return: function.StringReturn{},
	}
}

// Run returns the canonical name.
func (*GPUName) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var name string
	if resp.Error = req.Arguments.Get(ctx, &name); resp.Error != nil {
		return
	}
	canonical, err := gpu.Canonical(name)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, explain(err))
		return
	}
	resp.Error = resp.Result.Set(ctx, canonical)
}

// explain is the error in the user's words; Terraform ends it with a full stop.
func explain(err error) string {
	var ambiguous *gpu.AmbiguousError
	if errors.As(err, &ambiguous) {
		return fmt.Sprintf("%q is ambiguous: it may be %s", ambiguous.Name, strings.Join(ambiguous.Variants, ", "))
	}
	var unknown *gpu.UnknownError
	if errors.As(err, &unknown) && len(unknown.Nearest) > 0 {
		return fmt.Sprintf("No GPU is called %q. Nearest: %s", unknown.Name, strings.Join(unknown.Nearest, ", "))
	}
	return err.Error()
}

// JobCost is the function job_cost.
type JobCost struct{}

// NewJobCost returns job_cost.
func NewJobCost() function.Function { return &JobCost{} }

// Metadata names the function.
func (*JobCost) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "job_cost"
}

// Definition describes the function.
func (*JobCost) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Cost of a job",
		MarkdownDescription: "The cost in USD of a job of the given number of hours at a price per hour, rounded to micro-dollars: `job_cost(0.59, 2)` is `1.18`.",
		Parameters: []function.Parameter{
			function.NumberParameter{Name: "hourly", MarkdownDescription: "USD per hour, 0 or more."},
			function.NumberParameter{Name: "hours", MarkdownDescription: "Length of the job in hours, 0 or more."},
		},
		Return: function.NumberReturn{},
	}
}

// Run multiplies.
func (*JobCost) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var hourly, hours *big.Float
	if resp.Error = req.Arguments.Get(ctx, &hourly, &hours); resp.Error != nil {
		return
	}
	price, wrongPrice := amount(0, "hourly", hourly)
	duration, wrongDuration := amount(1, "hours", hours)
	if resp.Error = function.ConcatFuncErrors(wrongPrice, wrongDuration); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, kernel.Amount(money.JobCost(money.PerHour(price), duration)))
}

// MonthlyCost is the function monthly_cost.
type MonthlyCost struct{}

// NewMonthlyCost returns monthly_cost.
func NewMonthlyCost() function.Function { return &MonthlyCost{} }

// Metadata names the function.
func (*MonthlyCost) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "monthly_cost"
}

// Definition describes the function.
func (*MonthlyCost) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Cost of running for a whole month",
		MarkdownDescription: "The cost of a month of 730 hours at a price per hour, in USD, rounded to micro-dollars.",
		Parameters: []function.Parameter{
			function.NumberParameter{Name: "hourly", MarkdownDescription: "USD per hour, 0 or more."},
		},
		Return: function.NumberReturn{},
	}
}

// Run multiplies.
func (*MonthlyCost) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var hourly *big.Float
	if resp.Error = req.Arguments.Get(ctx, &hourly); resp.Error != nil {
		return
	}
	price, wrong := amount(0, "hourly", hourly)
	if resp.Error = wrong; resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, kernel.Amount(money.MonthlyCost(money.PerHour(price))))
}

// most is the largest argument: far above every price, and far below where a product
// would no longer be a number.
const most = 1e12

// amount is an argument as a float64. Terraform's own numbers have more digits than
// that when they are computed, as 1 / 3 is.
func amount(position int64, name string, value *big.Float) (float64, *function.FuncError) {
	f, _ := value.Float64()
	if f < 0 || f > most {
		return 0, function.NewArgumentFuncError(position, fmt.Sprintf("%s is %s; it has to be 0 or more and at most %g", name, value.Text('g', 10), most))
	}
	return f, nil
}
