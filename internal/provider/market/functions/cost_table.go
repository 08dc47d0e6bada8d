package functions

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

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
			"leave an instance that is searched for at apply out of the table that is read in the plan, or give it a selection.",
		Parameters: []function.Parameter{
			function.MapParameter{
				Name:                "costs",
				ElementType:         types.ObjectType{AttrTypes: kernel.CostTypes()},
				MarkdownDescription: "`estimated_cost` objects by the name that they shall have in the table.",
			},
		},
		Return: function.StringReturn{},
	}
}

// Run renders the table.
func (*CostTable) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var costs types.Map
	if resp.Error = req.Arguments.Get(ctx, &costs); resp.Error != nil {
		return
	}
	rows := make(map[string]market.CostRow, len(costs.Elements()))
	for name, element := range costs.Elements() {
		object, ok := element.(types.Object)
		if !ok || object.IsNull() {
			rows[name] = market.CostRow{}
			continue
		}
		var cost kernel.Cost
		if resp.Error = function.FuncErrorFromDiags(ctx, object.As(ctx, &cost, basetypes.ObjectAsOptions{})); resp.Error != nil {
			return
		}
		rows[name] = row(cost)
	}
	resp.Error = resp.Result.Set(ctx, market.CostTable(rows))
}

func row(cost kernel.Cost) market.CostRow {
	out := market.CostRow{Hourly: kernel.Rate(cost.Hourly), Max: kernel.Rate(cost.MaxHourly)}
	if monthly := kernel.Float(cost.Monthly); monthly != nil {
		amount := money.PerMonth(*monthly)
		out.Monthly = &amount
	}
	if basis := kernel.String(cost.Basis); basis != nil {
		out.Basis = *basis
	}
	return out
}
