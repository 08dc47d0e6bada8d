package spend

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/rent"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/spend"
)

type model struct {
	Hourly  types.Float64 `tfsdk:"hourly"`
	Monthly types.Float64 `tfsdk:"monthly"`
	RunPod  types.Object  `tfsdk:"runpod"`
	Vastai  types.Object  `tfsdk:"vastai"`
	Items   types.List    `tfsdk:"items"`
	Table   types.String  `tfsdk:"table"`
}

type accountModel struct {
	Hourly    types.Float64 `tfsdk:"hourly"`
	Balance   types.Float64 `tfsdk:"balance"`
	HoursLeft types.Float64 `tfsdk:"hours_left"`
	Items     types.List    `tfsdk:"items"`
}

type itemModel struct {
	Platform types.String  `tfsdk:"platform"`
	Kind     types.String  `tfsdk:"kind"`
	ID       types.String  `tfsdk:"id"`
	Name     types.String  `tfsdk:"name"`
	GPUName  types.String  `tfsdk:"gpu_name"`
	GPUCount types.Int64   `tfsdk:"gpu_count"`
	Status   types.String  `tfsdk:"status"`
	Hourly   types.Float64 `tfsdk:"hourly"`
	Monthly  types.Float64 `tfsdk:"monthly"`
	Managed  types.Bool    `tfsdk:"managed"`
	InState  types.Bool    `tfsdk:"in_state"`
	Import   types.String  `tfsdk:"import_command"`
}

func itemTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"platform": types.StringType, "kind": types.StringType, "id": types.StringType, "name": types.StringType,
		"gpu_name": types.StringType, "gpu_count": types.Int64Type, "status": types.StringType,
		"hourly": types.Float64Type, "monthly": types.Float64Type, "managed": types.BoolType,
		"in_state": types.BoolType, "import_command": types.StringType,
	}
}

func accountTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"hourly": types.Float64Type, "balance": types.Float64Type, "hours_left": types.Float64Type,
		"items": types.ListType{ElemType: types.ObjectType{AttrTypes: itemTypes()}},
	}
}

// item is one thing that bills, with what is known about its state.
type item struct {
	spend.Item

	// inState tells whether the state has it, nil when nothing here can tell.
	inState *bool
}

func (i *item) importCommand() types.String {
	if i.inState == nil || *i.inState {
		return types.StringNull()
	}
	return types.StringValue(i.ImportCommand())
}

func located(items []spend.Item, overview rent.Overview) []item {
	out := make([]item, 0, len(items))
	for _, i := range items {
		out = append(out, item{Item: i, inState: overview.InState(i.Type(), i.ID, i.Marker)})
	}
	return out
}

// account is the spend on one platform; balance is nil where its API has none.
type account struct {
	items   []item
	hourly  money.PerHour
	balance *money.USD
}

func newAccount(items []item, balance *money.USD) *account {
	hourly, _ := total(items)
	return &account{items: items, hourly: hourly, balance: balance}
}

// hoursLeft is how long the balance lasts, nil when that cannot be said.
func (a *account) hoursLeft() *float64 {
	if a.balance == nil || a.hourly <= 0 {
		return nil
	}
	hours := max(0, float64(*a.balance)/float64(a.hourly))
	return &hours
}

// total is the sum of what is shown of the items.
func total(items []item) (money.PerHour, money.PerMonth) {
	hourly := make([]money.PerHour, len(items))
	monthly := make([]money.PerMonth, len(items))
	for i, item := range items {
		hourly[i], monthly[i] = item.Hourly, item.Hourly.Monthly()
	}
	return money.Total(hourly...), money.Total(monthly...)
}

func flatten(ctx context.Context, all []item, runpod, vastai *account, diags *diag.Diagnostics) *model {
	hourly, monthly := total(all)
	return &model{
		Hourly:  kernel.Amount(hourly),
		Monthly: kernel.Amount(monthly),
		RunPod:  flattenAccount(ctx, runpod, diags),
		Vastai:  flattenAccount(ctx, vastai, diags),
		Items:   flattenItems(ctx, all, diags),
		Table:   types.StringValue(table(all)),
	}
}

func flattenAccount(ctx context.Context, a *account, diags *diag.Diagnostics) types.Object {
	if a == nil {
		return types.ObjectNull(accountTypes())
	}
	return kernel.Object(ctx, accountTypes(), &accountModel{
		Hourly: kernel.Amount(a.hourly), Balance: kernel.AmountOrNull(a.balance), HoursLeft: kernel.DecimalOrNull(a.hoursLeft()),
		Items: flattenItems(ctx, a.items, diags),
	}, diags)
}

func flattenItems(ctx context.Context, items []item, diags *diag.Diagnostics) types.List {
	rows := make([]itemModel, 0, len(items))
	for _, item := range sorted(items) {
		row := itemModel{
			Platform: types.StringValue(item.Platform), Kind: types.StringValue(item.Kind), ID: types.StringValue(item.ID),
			Name: kernel.StringOrNull(item.Name), GPUName: kernel.StringOrNull(item.GPUName),
			GPUCount: types.Int64Value(int64(item.GPUCount)), Status: kernel.StringOrNull(item.Status),
			Hourly: kernel.Amount(item.Hourly), Monthly: kernel.Amount(item.Hourly.Monthly()),
			Managed: types.BoolPointerValue(item.Managed), InState: types.BoolPointerValue(item.inState), Import: item.importCommand(),
		}
		rows = append(rows, row)
	}
	list, ds := types.ListValueFrom(ctx, types.ObjectType{AttrTypes: itemTypes()}, rows)
	diags.Append(ds...)
	return list
}

// sorted is the most expensive first, and then by what does not change.
func sorted(items []item) []item {
	return slices.SortedFunc(slices.Values(items), func(a, b item) int {
		return cmp.Or(cmp.Compare(b.Hourly.Round(), a.Hourly.Round()), cmp.Compare(a.Key(), b.Key()))
	})
}

func table(items []item) string {
	var b strings.Builder
	b.WriteString("| Platform | What | Name | Status | USD/h | USD/month | Managed | In state |\n")
	b.WriteString("| --- | --- | --- | --- | ---: | ---: | --- | --- |\n")
	for _, item := range sorted(items) {
		what := item.Kind + " " + item.ID
		if item.GPUName != "" {
			what += fmt.Sprintf(" (%d × %s)", item.GPUCount, item.GPUName)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %.2f | %s | %s |\n", item.Platform, what,
			strings.ReplaceAll(item.Name, "|", `\|`), item.Status, item.Hourly, float64(item.Hourly.Monthly()), yes(item.Managed), yes(item.inState))
	}
	hourly, monthly := total(items)
	fmt.Fprintf(&b, "| **total** | | | | **%s** | **%.2f** | | |\n", hourly, float64(monthly))
	return b.String()
}

func yes(told *bool) string {
	if told == nil {
		return "–"
	}
	return map[bool]string{true: "yes", false: "no"}[*told]
}
