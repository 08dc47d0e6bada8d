// Package money holds amounts of US dollars, each kind a type of its own, so
// that a price per hour cannot be added to a price per month.
//
// Amounts are kept and calculated unrounded. They are rounded once, to
// micro-dollars, when they leave through Float64 or String or become part of a
// Total; half a micro-dollar is rounded away from zero. A rounded amount is the
// float64 nearest to a decimal with six places, and its text is that decimal: up
// to a billion dollars nothing is lost in either direction.
package money

import (
	"math"
	"strconv"
	"strings"
)

const (
	// HoursPerMonth is the length of the month that amounts per month are given
	// for: a twelfth of a year of 365 days.
	HoursPerMonth = 730
	// Tolerance is half a micro-dollar: two amounts that differ by no more are
	// equal once they are rounded. It is untyped, to be added to any amount.
	Tolerance = 0.000_000_5
)

type (
	// USD is a plain amount of US dollars.
	USD float64
	// PerHour is a price in USD per hour.
	PerHour float64
	// PerMonth is a price in USD per month of HoursPerMonth hours.
	PerMonth float64
	// PerGBMonth is the price of storage, in USD per GB for a month. How many
	// hours that month has is the platform's own rule.
	PerGBMonth float64
	// PerGB is the price of traffic, in USD per GB.
	PerGB float64
)

// Amount is any kind of amount. Its text is the decimal, rounded to micro-dollars.
type Amount interface {
	USD | PerHour | PerMonth | PerGBMonth | PerGB
	String() string
}

// Total is the sum of amounts, each rounded first: what is shown of the parts adds
// up to what is shown of the whole.
func Total[A Amount](parts ...A) A {
	var sum float64
	for _, part := range parts {
		sum += round(float64(part))
	}
	return A(round(sum))
}

// Round is the amount in whole micro-dollars.
func (a USD) Round() USD { return USD(round(float64(a))) }

// Float64 is the amount in USD, rounded to micro-dollars.
func (a USD) Float64() float64 { return round(float64(a)) }

// String is the amount in USD with at least two decimals: 1.00, 0.5927.
func (a USD) String() string { return text(float64(a)) }

// Round is the price in whole micro-dollars.
func (p PerHour) Round() PerHour { return PerHour(round(float64(p))) }

// Float64 is the price in USD/h, rounded to micro-dollars.
func (p PerHour) Float64() float64 { return round(float64(p)) }

// String is the price in USD/h with at least two decimals: 1.00, 0.5927.
func (p PerHour) String() string { return text(float64(p)) }

// Monthly is what the price comes to over a month of HoursPerMonth hours.
func (p PerHour) Monthly() PerMonth { return PerMonth(float64(p) * HoursPerMonth) }

// Over is what is paid for the given number of hours.
func (p PerHour) Over(hours float64) USD { return USD(float64(p) * hours) }

// Times is the price of n things at this price each.
func (p PerHour) Times(n int) PerHour { return p * PerHour(n) }

// Above tells whether the price is above the limit by more than rounding.
func (p PerHour) Above(limit PerHour) bool { return p > limit+Tolerance }

// Round is the price in whole micro-dollars.
func (p PerMonth) Round() PerMonth { return PerMonth(round(float64(p))) }

// Float64 is the price in USD per month, rounded to micro-dollars.
func (p PerMonth) Float64() float64 { return round(float64(p)) }

// String is the price in USD per month with at least two decimals.
func (p PerMonth) String() string { return text(float64(p)) }

// Hourly is the price per hour of a month of HoursPerMonth hours.
func (p PerMonth) Hourly() PerHour { return PerHour(float64(p) / HoursPerMonth) }

// Round is the price in whole micro-dollars.
func (p PerGBMonth) Round() PerGBMonth { return PerGBMonth(round(float64(p))) }

// Float64 is the price in USD per GB-month, rounded to micro-dollars.
func (p PerGBMonth) Float64() float64 { return round(float64(p)) }

// String is the price in USD per GB-month with at least two decimals.
func (p PerGBMonth) String() string { return text(float64(p)) }

// Hourly is the hourly price of gb gigabytes where the platform divides its
// month into the given number of hours.
func (p PerGBMonth) Hourly(gb, hoursPerMonth float64) PerHour {
	return PerHour(float64(p) * gb / hoursPerMonth)
}

// Round is the price in whole micro-dollars.
func (p PerGB) Round() PerGB { return PerGB(round(float64(p))) }

// Float64 is the price in USD per GB, rounded to micro-dollars.
func (p PerGB) Float64() float64 { return round(float64(p)) }

// String is the price in USD per GB with at least two decimals.
func (p PerGB) String() string { return text(float64(p)) }

// For is what gb gigabytes cost.
func (p PerGB) For(gb float64) USD { return USD(float64(p) * gb) }

// JobCost is what a job of the given number of hours costs.
func JobCost(hourly PerHour, hours float64) USD { return hourly.Over(hours) }

// MonthlyCost is what running all month costs.
func MonthlyCost(hourly PerHour) PerMonth { return hourly.Monthly() }

const microDollars = 1e6

// half makes up for what a float64 and a multiplication lose: 0.0000015 as a float64
// is a little less than half a micro-dollar above one, and is to be rounded up.
const half = 1 + 0x1p-51

func round(dollars float64) float64 {
	rounded := math.Round(dollars*microDollars*half) / microDollars
	if rounded == 0 {
		return 0 // not the negative zero, which prints as -0
	}
	return rounded
}

func text(dollars float64) string {
	s := strconv.FormatFloat(round(dollars), 'f', -1, 64)
	point := strings.IndexByte(s, '.')
	switch {
	case point < 0:
		return s + ".00"
	case len(s)-point < 3:
		return s + "0"
	}
	return s
}
