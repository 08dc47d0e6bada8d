package money_test

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		amount float64
		want   string
	}{
		{0, "0.00"},
		{1, "1.00"},
		{0.5, "0.50"},
		{0.61, "0.61"},
		{0.5927, "0.5927"},
		{12.345678, "12.345678"},
		{12.3456784, "12.345678"},
		{12.3456786, "12.345679"},
		{0.1 + 0.2, "0.30"},
		{-0.25, "-0.25"},
		{-0.0000001, "0.00"},
		{math.Copysign(0, -1), "0.00"},
		{1234567.5, "1234567.50"},
	} {
		if got := money.PerHour(tc.amount).String(); got != tc.want {
			t.Errorf("text of %v = %q, want %q", tc.amount, got, tc.want)
		}
	}
}

func TestEveryKindRoundsToMicroDollars(t *testing.T) {
	t.Parallel()
	const amount, want, text = 0.123_456_78, 0.123_457, "0.123457"
	for name, got := range map[string]struct {
		rounded, float float64
		text           string
	}{
		"USD":        {float64(money.USD(amount).Round()), money.USD(amount).Float64(), money.USD(amount).String()},
		"PerHour":    {float64(money.PerHour(amount).Round()), money.PerHour(amount).Float64(), money.PerHour(amount).String()},
		"PerMonth":   {float64(money.PerMonth(amount).Round()), money.PerMonth(amount).Float64(), money.PerMonth(amount).String()},
		"PerGBMonth": {float64(money.PerGBMonth(amount).Round()), money.PerGBMonth(amount).Float64(), money.PerGBMonth(amount).String()},
		"PerGB":      {float64(money.PerGB(amount).Round()), money.PerGB(amount).Float64(), money.PerGB(amount).String()},
	} {
		if got.rounded != want || got.float != want || got.text != text {
			t.Errorf("%s: got %v, want %v %v %q", name, got, want, want, text)
		}
	}
}

// A job of two hours at the four prices people compare, and 100 GB for a month.
func TestJobCost(t *testing.T) {
	t.Parallel()
	for hourly, want := range map[money.PerHour]string{0.59: "1.18", 0.49: "0.98", 0.52: "1.04", 0.38: "0.76"} {
		if got := money.JobCost(hourly, 2).String(); got != want {
			t.Errorf("two hours at %s = %s, want %s", hourly, got, want)
		}
	}
	if got := money.PerGBMonth(0.07).Hourly(100, money.HoursPerMonth).Monthly().String(); got != "7.00" {
		t.Errorf("100 GB at 0.07 for a month = %s, want 7.00", got)
	}
	if got := money.MonthlyCost(0.5).String(); got != "365.00" {
		t.Errorf("a month at 0.50 = %s, want 365.00", got)
	}
	if got := money.PerGB(0.02).For(250).String(); got != "5.00" {
		t.Errorf("250 GB at 0.02 = %s, want 5.00", got)
	}
}

func TestAbove(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		price, limit money.PerHour
		want         bool
	}{
		{0.3, 0.3, false},
		{money.PerHour(0.1) + money.PerHour(0.2), 0.3, false},
		{0.300_000_1, 0.3, false},
		{0.300_001, 0.3, true},
		{0.29, 0.3, false},
	} {
		if got := tc.price.Above(tc.limit); got != tc.want {
			t.Errorf("%v above %v = %v, want %v", float64(tc.price), float64(tc.limit), got, tc.want)
		}
	}
}

func TestTextParsesBackToTheRoundedAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := money.USD(rapid.Float64Range(-1e6, 1e6).Draw(t, "amount"))
		text := amount.String()
		parsed, err := strconv.ParseFloat(text, 64)
		if err != nil || parsed != amount.Float64() {
			t.Fatalf("%q parses to %v (%v), want %v", text, parsed, err, amount.Float64())
		}
		_, decimals, _ := strings.Cut(text, ".")
		if len(decimals) < 2 || len(decimals) > 6 {
			t.Fatalf("%q has %d decimals", text, len(decimals))
		}
		if len(decimals) > 2 && strings.HasSuffix(decimals, "0") {
			t.Fatalf("%q ends in noise", text)
		}
	})
}

// A number that was written with half a micro-dollar is rounded away from zero,
// whichever side of it its float64 is on.
func TestHalfIsRoundedAway(t *testing.T) {
	t.Parallel()
	check := func(t interface{ Fatalf(string, ...any) }, micros int64) {
		for tenths, want := range map[int64]int64{4: micros, 5: micros + 1, 6: micros + 1} {
			written := fmt.Sprintf("%d.%06d%d", micros/1e6, micros%1e6, tenths)
			exact := fmt.Sprintf("%d.%06d", want/1e6, want%1e6)
			amount, err := strconv.ParseFloat(written, 64)
			if err != nil || !sameNumber(money.USD(amount).String(), exact) || !sameNumber(money.USD(-amount).String(), "-"+exact) {
				t.Fatalf("%s (%v) is rounded to %s, want %s", written, err, money.USD(amount), exact)
			}
		}
	}
	for micros := range int64(1000) { // 124 is the first of many that a float64 has too low
		check(t, micros)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Int64Range(0, 1e13).Draw(t, "micros")) })
}

func sameNumber(a, b string) bool {
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}

// A total is exact: it is the sum of the texts of its parts.
func TestTotalIsTheSumOfTheTexts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SliceOfN(rapid.Float64Range(0, 1000), 0, 50).Draw(t, "amounts")
		parts := make([]money.PerHour, len(amounts))
		sum := new(big.Rat)
		for i, amount := range amounts {
			parts[i] = money.PerHour(amount)
			part, _ := new(big.Rat).SetString(parts[i].String())
			sum.Add(sum, part)
		}
		if got := money.Total(parts...).String(); !sameNumber(got, sum.FloatString(6)) {
			t.Fatalf("the total of %v is %s, want %s", parts, got, sum.FloatString(6))
		}
	})
}

func TestMonthAndHourAreInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hourly := money.PerHour(rapid.Float64Range(0, 1000).Draw(t, "hourly"))
		if back := hourly.Monthly().Hourly(); back.Round() != hourly.Round() {
			t.Fatalf("%v comes back as %v", hourly, back)
		}
	})
}
