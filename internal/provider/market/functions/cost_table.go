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

// Definition describes the function. Values that are not known yet are allowed, so
// that a table can be read in a plan in which one price is still open.
func (*CostTable) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Estimated costs as a Markdown table",
		MarkdownDescription: "A Markdown table of `estimated_cost` objects with their sum, for an output or a pull-request comment: " +
			"`cost_table({ trainer = gpumarket_runpod_pod.trainer.estimated_cost })`. What is not known yet says so, and the sum then names its ceiling where there is one.",
		Parameters: []function.Parameter{
			function.MapParameter{
				Name:                "costs",
				ElementType:         types.ObjectType{AttrTypes: kernel.CostTypes()},
				AllowUnknownValues:  true,
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
	if costs.IsUnknown() {
		resp.Error = resp.Result.Set(ctx, types.StringUnknown())
		return
	}
	rows := make(map[string]market.CostRow, len(costs.Elements()))
	for name, element := range costs.Elements() {
		object, ok := element.(types.Object)
		if !ok || object.IsNull() || object.IsUnknown() {
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
