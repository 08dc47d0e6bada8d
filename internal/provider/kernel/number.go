package kernel

import (
	"context"
	"math"
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// Numbers leave the provider as decimals. Terraform's own numbers are decimals, read
// with 512 bits: 0.1 as a float64 is another number to it than the 0.1 of a
// configuration or of its state, so that sums show the difference (0.1000000000000000055…)
// and a later plan, which reads the number from the state, shows a change. Whatever
// has a fraction is therefore made here, from its decimal text. (types.Float64 keeps
// all 512 bits of a value that it is handed; only types.Float64Value does not have them.)

// Amount is an amount of money, rounded to micro-dollars.
func Amount[A money.Amount](a A) types.Float64 { return decimal(a.String()) }

// AmountOrNull is null for nil.
func AmountOrNull[A money.Amount](a *A) types.Float64 {
	if a == nil {
		return types.Float64Null()
	}
	return Amount(*a)
}

// Decimal is a number that is no amount of money, with the fewest digits that tell
// it from every other float64. What no number can express is null.
func Decimal(f float64) types.Float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return types.Float64Null()
	}
	return decimal(strconv.FormatFloat(f, 'f', -1, 64))
}

// DecimalOrNull is null for nil.
func DecimalOrNull(f *float64) types.Float64 {
	if f == nil {
		return types.Float64Null()
	}
	return Decimal(*f)
}

// precision is the number of bits that Terraform reads a decimal with.
const precision = 512

// decimal reads a text that is known to be a number, as Terraform reads a literal.
//
//nolint:contextcheck,nolintlint // The conversion ignores its context; the finding is at the callers.
func decimal(text string) types.Float64 {
	number, _, err := big.ParseFloat(text, 10, precision, big.ToNearestEven)
	if err != nil {
		return types.Float64Null()
	}
	value, err := types.Float64Type.ValueFromTerraform(context.Background(), tftypes.NewValue(tftypes.Number, number))
	if float, ok := value.(types.Float64); ok && err == nil {
		return float
	}
	return types.Float64Null()
}

// Float returns nil for null or unknown.
func Float(v types.Float64) *float64 {
	if v.IsNull() || v.IsUnknown() {
		return nil
	}
	return v.ValueFloat64Pointer()
}

// Rate is a USD/h attribute as an amount, nil for null or unknown.
func Rate(v types.Float64) *money.PerHour { return (*money.PerHour)(Float(v)) }
