package kernel

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// privateContract is the key of what an object costs, in its private state.
const privateContract = "contract"

// Contract is what an object of the state costs, as its platform said when it was
// rented or read last. Nothing is known of one that no process has read yet.
func Contract(ctx context.Context, private PrivateReader, diags *diag.Diagnostics) market.Contract {
	return getPrivate[market.Contract](ctx, private, privateContract, diags)
}

// SetContract keeps what an object costs.
func SetContract(ctx context.Context, private PrivateWriter, contract market.Contract, diags *diag.Diagnostics) {
	setPrivate(ctx, private, privateContract, contract, diags)
}

// BasisOf is the text of an estimate, "" where there is none.
func BasisOf(estimate types.Object) string {
	text, _ := estimate.Attributes()["basis"].(types.String)
	return text.ValueString()
}

// RunningOf is the all-in cost while running that an estimate shows, nil when it
// shows none.
func RunningOf(ctx context.Context, estimate types.Object, diags *diag.Diagnostics) *money.PerHour {
	return FromObject[Cost](ctx, estimate, diags).Running()
}

// WarnAnother tells that something else was rented than the plan priced: another
// candidate, or the same one at a higher price.
func WarnAnother(ctx context.Context, planned types.Object, rented market.Estimate, diags *diag.Diagnostics) {
	basis, running := BasisOf(planned), RunningOf(ctx, planned, diags)
	if basis == "" || running == nil || basis == rented.Basis && !rented.Running().Above(*running) {
		return
	}
	summary := "Another candidate was rented than the plan priced"
	if basis == rented.Basis {
		summary = "The rental price is higher than the price in the plan"
	}
	diags.AddAttributeWarning(path.Root("estimated_cost"), summary, fmt.Sprintf(
		"The plan shows %s USD/h (%s). What was rented costs %s USD/h (%s). The next refresh corrects estimated_cost.",
		*running, basis, rented.Running(), rented.Basis))
}
