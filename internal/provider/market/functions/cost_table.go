package functions

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

// CostTable is the function cost_table.
type CostTable struct{}

// NewCostTable returns cost_table.
func NewCostTable() function.Function { return &CostTable{} }

// Metadata names the function.
func (*CostTable) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "cost_table"
}

// Definition describes the function. While an estimate is not known yet the table is
// not either, which Terraform sees to: a text that is known in the plan has to stay
// as it is, and the apply of anything that uses it would fail.
func (*CostTable) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Estimated costs as a Markdown table",
		MarkdownDescription: "A Markdown table of `estimated_cost` objects with their sum, for an output or a pull-request comment: " +
			"`cost_table({ trainer = gpumarket_runpod_pod.trainer.estimated_cost })`. Terraform knows the table when it knows every estimate in it: " +
			"if an instance is searched for at apply, leave it out of a table that is read in the plan, or give it a selection.",
		Parameters: []function.Parameter{
			function.MapParameter{
				Name:                "costs",
				ElementType:         types.ObjectType{AttrTypes: costTypes()},
				MarkdownDescription: "`estimated_cost` objects, keyed by their names in the table.",
			},
		},
		Return: function.StringReturn{},
	}
}

// costTypes are the attributes of an estimate, whose numbers may be computed in the
// configuration and then be of any size.
func costTypes() map[string]attr.Type {
	out := kernel.CostTypes()
	for name, t := range out {
		if t.Equal(types.Float64Type) {
			out[name] = types.NumberType
		}
	}
	return out
}

// Run renders the table.
func (*CostTable) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var costs map[string]types.Object
	if resp.Error = req.Arguments.Get(ctx, &costs); resp.Error != nil {
		return
	}
	rows := make(map[string]market.CostRow, len(costs))
	for name, cost := range costs {
		rows[name], resp.Error = row(fmt.Sprintf("costs[%q]", name), cost.Attributes())
		if resp.Error != nil {
			return
		}
	}
	resp.Error = resp.Result.Set(ctx, market.CostTable(rows))
}

// row is an estimate as a row of the table; a null estimate has no attributes.
func row(name string, cost map[string]attr.Value) (out market.CostRow, wrong *function.FuncError) {
	read := func(attribute string) *float64 {
		number, ok := cost[attribute].(types.Number)
		if !ok || number.IsNull() || number.IsUnknown() {
			return nil
		}
		f, err := amount(0, name+"."+attribute, number.ValueBigFloat())
		wrong = function.ConcatFuncErrors(wrong, err)
		return &f
	}
	out.Hourly, out.Max = (*money.PerHour)(read("hourly")), (*money.PerHour)(read("max_hourly"))
	out.Monthly = (*money.PerMonth)(read("monthly"))
	if basis, ok := cost["basis"].(types.String); ok {
		out.Basis = basis.ValueString()
	}
	return out, wrong
}
