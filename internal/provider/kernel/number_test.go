package kernel_test

import (
	"context"
	"math"
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/json"
	"github.com/zclconf/go-cty/cty/msgpack"
	"pgregory.net/rapid"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/market"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/kernel"
)

func TestAmount(t *testing.T) {
	t.Parallel()
	for amount, want := range map[money.PerHour]string{0.1: "0.1", 0.5927: "0.5927", 4.0 / 3: "1.333333", 2: "2", 0: "0", 0.0000001: "0"} {
		literal := cty.MustParseNumberVal(want)
		if got := arrives(t, kernel.Amount(amount)); got.AsBigFloat().Cmp(literal.AsBigFloat()) != 0 {
			t.Errorf("%v arrives as %s, want %s", float64(amount), got.AsBigFloat().Text('f', -1), want)
		}
	}
	balance := money.USD(12.5)
	if !kernel.AmountOrNull[money.USD](nil).IsNull() || kernel.AmountOrNull(&balance).ValueFloat64() != 12.5 {
		t.Error("an amount that may be nil")
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if !kernel.Decimal(f).IsNull() {
			t.Errorf("%v is a number", f)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		if got := kernel.DecimalOrNull(&f); got.ValueFloat64() != f {
			t.Fatalf("%v became %v", f, got.ValueFloat64())
		}
	})
	if !kernel.DecimalOrNull(nil).IsNull() {
		t.Error("nil is a number")
	}
}

// arrives is a value as Terraform has it once the provider has sent it.
func arrives(t interface{ Fatal(args ...any) }, v attr.Value) cty.Value {
	ctx := context.Background()
	value, err := v.ToTerraformValue(ctx)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := tfprotov6.NewDynamicValue(v.Type(ctx).TerraformType(ctx), value)
	if err != nil {
		t.Fatal(err)
	}
	got, err := msgpack.Unmarshal(sent.MsgPack, typeOf(v))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func typeOf(v attr.Value) cty.Type {
	object, ok := v.(types.Object)
	if !ok {
		return cty.Number
	}
	attributes := map[string]cty.Type{}
	for name, attribute := range object.Attributes() {
		attributes[name] = cty.Number
		if _, text := attribute.(types.String); text {
			attributes[name] = cty.String
		}
	}
	return cty.Object(attributes)
}

// stored is a value as Terraform reads it from its state.
func stored(t *rapid.T, v cty.Value) cty.Value {
	text, err := json.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	back, err := json.Unmarshal(text, v.Type())
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// refreshed is a number of the state after the provider has read it and sent it back.
func refreshed(t *rapid.T, v cty.Value) cty.Value {
	sent, err := msgpack.Marshal(v, cty.Number)
	if err != nil {
		t.Fatal(err)
	}
	received, err := tfprotov6.DynamicValue{MsgPack: sent}.Unmarshal(tftypes.Number)
	if err != nil {
		t.Fatal(err)
	}
	read, err := types.Float64Type.ValueFromTerraform(context.Background(), received)
	if err != nil {
		t.Fatal(err)
	}
	return arrives(t, read)
}

// anyEstimate is what anything of the provider's may cost.
func anyEstimate(t *rapid.T) market.Estimate {
	price := rapid.OneOf(
		rapid.Float64Range(0, 100),
		rapid.Map(rapid.IntRange(0, 10_000), func(cents int) float64 { return float64(cents) / 100 }),
		rapid.Map(rapid.IntRange(0, 1000), func(quarters int) float64 { return float64(quarters) / 4 }),
	)
	gb := rapid.IntRange(0, 5000)
	stopped := rapid.Bool().Draw(t, "stopped")
	switch rapid.SampledFrom([]string{"pod", "network volume", "instance"}).Draw(t, "kind") {
	case "pod":
		return market.RunPodPod(market.PodSpec{
			Compute:         money.PerHour(price.Draw(t, "price")).Times(rapid.IntRange(1, 8).Draw(t, "count")),
			ContainerDiskGB: gb.Draw(t, "disk"), VolumeGB: gb.Draw(t, "volume"), Stopped: stopped,
		})
	case "network volume":
		return market.RunPodNetworkVolume(gb.Draw(t, "size"), "")
	default:
		return market.VastaiInstance(market.InstanceSpec{
			Compute: money.PerHour(price.Draw(t, "price")), StoragePrice: money.PerGBMonth(price.Draw(t, "storage")),
			DiskGB: float64(gb.Draw(t, "disk")), Stopped: stopped,
		})
	}
}

// TestCost_SumsAreStable: an output with a sum over estimates is the same in every
// later plan, whether a number comes from the provider, from the state or from the
// provider by way of the state, and the sum is exact to the micro-dollar.
func TestCost_SumsAreStable(t *testing.T) {
	t.Parallel()
	figures := []string{"hourly", "monthly", "compute_hourly", "storage_hourly", "stopped_hourly"}
	rapid.Check(t, func(t *rapid.T) {
		var diags diag.Diagnostics
		figure := rapid.SampledFrom(figures).Draw(t, "figure")
		micros := new(big.Rat)
		applied, planned, mixed := cty.Zero, cty.Zero, cty.Zero
		for range rapid.IntRange(1, 12).Draw(t, "things") {
			estimate := arrives(t, kernel.CostOf(context.Background(), anyEstimate(t), &diags))
			if diags.HasError() {
				t.Fatal(diags)
			}
			amount := estimate.GetAttr(figure)
			later := refreshed(t, stored(t, amount))
			text, _ := new(big.Rat).SetString(later.AsBigFloat().Text('f', -1))
			if micros.Add(micros, text); !new(big.Rat).Mul(text, big.NewRat(1_000_000, 1)).IsInt() {
				t.Fatalf("%s is not in micro-dollars", text.FloatString(20))
			}
			applied, planned = applied.Add(amount), planned.Add(later)
			mixed = mixed.Add([]cty.Value{amount, stored(t, amount), later}[rapid.IntRange(0, 2).Draw(t, "from")])
		}
		output := stored(t, applied)
		for _, sum := range []cty.Value{applied, planned, mixed} {
			if !output.RawEquals(sum) {
				t.Fatalf("the output is %s and becomes %s", output.AsBigFloat().Text('f', -1), sum.AsBigFloat().Text('f', -1))
			}
		}
		if got := output.AsBigFloat().Text('f', 100); got != micros.FloatString(100) {
			t.Fatalf("the sum is %s, want %s", got, micros.FloatString(100))
		}
	})
}

// TestCost_Running: an estimate never costs more than a limit that is set to what it
// shows, and a stopped one costs its parts while running.
func TestCost_Running(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var diags diag.Diagnostics
		ctx := context.Background()
		estimate := anyEstimate(t)
		cost := kernel.FromObject[kernel.Cost](ctx, kernel.CostOf(ctx, estimate, &diags), &diags)
		running := cost.Running()
		if running == nil || diags.HasError() {
			t.Fatalf("no cost while running: %v", diags)
		}
		if limit := estimate.Running().Round(); running.Above(limit+2*money.Tolerance) || limit.Above(*running+2*money.Tolerance) {
			t.Fatalf("it costs %s while running, want %s", *running, limit)
		}
		if limit := kernel.Rate(cost.Hourly); estimate.Hourly == estimate.Running() && running.Above(*limit) {
			t.Fatalf("%s is above %s, which it is shown as", *running, *limit)
		}
	})
	if none := (*kernel.Cost)(nil); none.Running() != nil || (&kernel.Cost{}).Running() != nil {
		t.Error("an unknown estimate costs something")
	}
}
