package market

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
)

// Title is a marketplace's name as people write it.
func Title(marketplace string) string {
	switch marketplace {
	case RunPodSecure:
		return "RunPod Secure"
	case RunPodCommunity:
		return "RunPod Community"
	case Vastai:
		return "Vast.ai"
	}
	return marketplace
}

// nothing stands where a marketplace has no data.
const nothing = "–"

// Table is the offers as a Markdown table.
func Table(offers []Offer) string {
	rows := make([][]string, 0, len(offers))
	for i := range offers {
		rows = append(rows, offerRow(&offers[i]))
	}
	return table([]column{
		{title: "Marketplace"},
		{title: "Offer", right: true},
		{title: "GPU"},
		{title: "USD/h", right: true},
		{title: "USD/month", right: true},
		{title: "Reliability", right: true},
		{title: "Location"},
		{title: "Stock"},
		{title: "vCPU", right: true},
		{title: "RAM GB", right: true},
		{title: "Mbps down/up", right: true},
		{title: "USD/GB down/up", right: true},
	}, rows)
}

func offerRow(o *Offer) []string {
	id, location, stock := nothing, nothing, nothing
	if o.OfferID != nil {
		id = strconv.FormatInt(*o.OfferID, 10)
	}
	switch {
	case o.DataCenterID != nil:
		location = *o.DataCenterID
	case o.Country != nil:
		location = *o.Country
	}
	if o.Availability != "" {
		stock = strings.ToLower(o.Availability)
	}
	return []string{
		Title(o.Marketplace), id, Label(o.GPUName, o.GPUCount, ""), decimals(float64(o.Hourly()), 4), decimals(float64(o.Hourly().Monthly()), 2),
		number(o.Reliability, 4), location, stock, number(o.CPUCores, 0), number(o.RAMGB, 0),
		pair(number(o.DownloadMbps, 0), number(o.UploadMbps, 0)), pair(perGB(o.DownloadPrice), perGB(o.UploadPrice)),
	}
}

func pair(a, b string) string {
	if a == nothing && b == nothing {
		return nothing
	}
	return a + " / " + b
}

func perGB(p *money.PerGB) string {
	if p == nil {
		return nothing
	}
	return decimals(float64(*p), 4)
}

func number(v *float64, places int) string {
	if v == nil {
		return nothing
	}
	return decimals(*v, places)
}

func decimals(v float64, places int) string { return strconv.FormatFloat(v, 'f', places, 64) }

// CostRow is one row of [CostTable]; nil is not known.
type CostRow struct {
	Hourly  *money.PerHour
	Monthly *money.PerMonth
	Max     *money.PerHour
	Basis   string
}

// notKnown stands for a cost that nothing tells.
const notKnown = "not known"

// CostTable is named estimates with their sum as a Markdown table, sorted by name.
// Where a cost is not known the sum says so; the most that everything may cost
// is known when each cost or its limit is.
func CostTable(costs map[string]CostRow) string {
	rows := make([][]string, 0, len(costs)+1)
	var sum costSum
	for _, name := range slices.Sorted(maps.Keys(costs)) {
		cost := costs[name]
		sum.add(cost)
		row := []string{name, notKnown, notKnown, nothing, cost.Basis}
		if cost.Hourly != nil {
			row[1] = cost.Hourly.String()
		}
		if cost.Monthly != nil {
			row[2] = decimals(float64(*cost.Monthly), 2)
		}
		if cost.Max != nil {
			row[3] = cost.Max.String()
		}
		rows = append(rows, row)
	}
	rows = append(rows, sum.row())
	return table([]column{
		{title: "Resource"}, {title: "USD/h", right: true}, {title: "USD/month", right: true}, {title: "At most USD/h", right: true}, {title: "Basis"},
	}, rows)
}

// costSum adds costs up.
type costSum struct {
	hourly, most       money.PerHour
	monthly            money.PerMonth
	open, openMonthly  int
	limited, unlimited bool
}

func (s *costSum) add(c CostRow) {
	if c.Hourly != nil {
		s.hourly += c.Hourly.Round()
	} else {
		s.open++
	}
	if c.Monthly != nil {
		s.monthly += c.Monthly.Round()
	} else {
		s.openMonthly++
	}
	switch {
	case c.Max != nil:
		s.limited = true
		s.most += c.Max.Round()
	case c.Hourly != nil:
		s.most += c.Hourly.Round()
	default:
		s.unlimited = true
	}
}

func (s *costSum) row() []string {
	partly := func(amount string, open int) string {
		if open == 0 {
			return "**" + amount + "**"
		}
		return fmt.Sprintf("**%s** + %d not known", amount, open)
	}
	most := nothing
	if s.limited && !s.unlimited {
		most = "**" + s.most.String() + "**"
	}
	return []string{
		"**Total**", partly(s.hourly.String(), s.open), partly(decimals(float64(s.monthly), 2), s.openMonthly), most, "",
	}
}

// column is one column of a table.
type column struct {
	title string
	right bool
}

// table is a Markdown table whose columns are aligned in plain text as well.
func table(columns []column, rows [][]string) string {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = utf8.RuneCountInString(c.title)
	}
	clean := strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ")
	for _, row := range rows {
		for i := range row {
			row[i] = clean.Replace(row[i])
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	var b strings.Builder
	line := func(cell func(i int) string) {
		for i := range columns {
			b.WriteString("| ")
			b.WriteString(cell(i))
			b.WriteByte(' ')
		}
		b.WriteString("|\n")
	}
	padded := func(i int, text string) string {
		fill := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
		if columns[i].right {
			return fill + text
		}
		return text + fill
	}
	line(func(i int) string { return padded(i, columns[i].title) })
	line(func(i int) string {
		if columns[i].right {
			return strings.Repeat("-", widths[i]-1) + ":"
		}
		return strings.Repeat("-", widths[i])
	})
	for _, row := range rows {
		line(func(i int) string { return padded(i, row[i]) })
	}
	return b.String()
}
