package vastaisim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

const (
	pageSize      = 25
	smallPageSize = 5 // of a limit of zero or less
)

// storedColumns are what the list filters and sorts by; everything else is
// computed.
func storedColumns() row {
	columns := row{}
	for _, key := range []string{
		"id", "label", "actual_status", "intended_status", "cur_state", "next_state", "gpu_name", "verification", "machine_id", "host_id",
		"template_id", "template_hash_id", "image_uuid", "image_runtype", "is_bid", "start_date", "end_date", "disk_space",
	} {
		columns[key] = nil
	}
	return columns
}

// listed are the rows of everything the list shows.
func (s *Sim) listed() []row {
	rows := []row{}
	for _, i := range slices.Concat(s.instances.All(), s.destroyed) {
		if i.nullPolls > 0 && s.opt.HiddenInList {
			continue
		}
		rows = append(rows, s.instanceRow(i))
	}
	return rows
}

// listInstances is the paged list.
func (s *Sim) listInstances(c *call) (any, *refusal) {
	q, bad := parseSelection(c, storedColumns())
	if bad != nil {
		return nil, bad
	}
	limit, bad := pageLimit(c)
	if bad != nil {
		return nil, bad
	}
	found := slices.DeleteFunc(s.listed(), func(r row) bool { return !q.matches(r) })
	q.sort(found)
	labels := map[string]int{}
	for _, r := range found {
		labels[r.text("label")]++
	}
	total := len(found)
	if token := c.query.Get("after_token"); token != "" {
		last, ok := decodeToken(token, q.order)
		if !ok {
			return nil, bare("invalid_token", "Invalid pagination token")
		}
		found = slices.DeleteFunc(found, func(r row) bool { return q.compare(r, last) <= 0 })
	}
	var next any
	if len(found) > limit {
		found = found[:limit]
		next = encodeToken(found[limit-1], q.order)
	}
	rows, bad := selectColumns(c, found)
	if bad != nil {
		return nil, bad
	}
	return row{
		"success": true, "instances_found": len(rows), "total_instances": total, "label_counts": labels,
		"next_token": next, "instances": rows,
	}, nil
}

func pageLimit(c *call) (int, *refusal) {
	text := c.query.Get("limit")
	if text == "" {
		return pageSize, nil
	}
	limit, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, bare("invalid_request", fmt.Sprintf("Error in query parameters: limit %q is not an integer", text))
	case limit <= 0:
		return smallPageSize, nil
	default:
		return min(limit, pageSize), nil
	}
}

// parseSelection reads select_filters and order_by, for the columns given.
func parseSelection(c *call, columns row) (*query, *refusal) {
	q := &query{}
	if text := c.query.Get("select_filters"); text != "" {
		var filters row
		if json.Unmarshal([]byte(text), &filters) != nil {
			return nil, bare("invalid_request", "Error in query parameters: 'str' object has no attribute 'items'")
		}
		parsed, bad := parseQuery(dialect{fields: columns, exact: true}, filters)
		if bad != nil {
			return nil, bad
		}
		q = parsed
	}
	order, bad := parseOrderBy(c.query.Get("order_by"), columns)
	if bad != nil {
		return nil, bad
	}
	q.order = order
	return q, nil
}

// parseOrderBy reads a list of {"col","dir"}; the id always breaks ties.
func parseOrderBy(text string, columns row) ([]order, *refusal) {
	var sorts []order
	if text != "" {
		var list []struct {
			Col string `json:"col"`
			Dir string `json:"dir"`
		}
		if json.Unmarshal([]byte(text), &list) != nil {
			return nil, bare("invalid_request", "Error in query parameters: order_by is not a list of columns")
		}
		for _, o := range list {
			if _, known := columns[o.Col]; !known {
				return nil, bare("invalid_request", fmt.Sprintf("Error in query parameters: %s is not a valid sort column", o.Col))
			}
			sorts = append(sorts, order{o.Col, o.Dir == "desc"})
		}
	}
	if !slices.ContainsFunc(sorts, func(o order) bool { return o.field == "id" }) {
		sorts = append(sorts, order{"id", false})
	}
	return sorts, nil
}

// selectColumns reads select_cols. Unknown columns come back null.
func selectColumns(c *call, rows []row) ([]row, *refusal) {
	text := c.query.Get("select_cols")
	if text == "" {
		return rows, nil
	}
	var columns []string
	if json.Unmarshal([]byte(text), &columns) != nil {
		return nil, bare("invalid_request", "Error in query parameters: select_cols is not a list of columns")
	}
	if slices.Contains(columns, "*") {
		return rows, nil
	}
	picked := make([]row, len(rows))
	for n, r := range rows {
		picked[n] = row{}
		for _, column := range columns {
			picked[n][column] = r[column]
		}
	}
	return picked, nil
}

// pageToken is the position after which a page begins.
type pageToken struct {
	Values row `json:"values"`
}

func encodeToken(last row, sorts []order) string {
	t := pageToken{Values: row{}}
	for _, o := range sorts {
		t.Values[o.field] = last[o.field]
	}
	text, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(text)
}

// decodeToken reads a token that belongs to the order; ok is false for others.
func decodeToken(token string, sorts []order) (last row, ok bool) {
	text, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return nil, false
	}
	var t pageToken
	if json.Unmarshal(text, &t) != nil || len(t.Values) != len(sorts) {
		return nil, false
	}
	for _, o := range sorts {
		if _, present := t.Values[o.field]; !present {
			return nil, false
		}
	}
	return t.Values, true
}

// instanceFilters are the combinations that the filters of the list would find.
func (s *Sim) instanceFilters(*call) (any, *refusal) {
	combinations := []row{}
	for _, r := range s.listed() {
		combination := row{"actual_status": r["actual_status"], "verification": r["verification"], "gpu_name": r["gpu_name"]}
		if !slices.ContainsFunc(combinations, func(o row) bool {
			return o["actual_status"] == combination["actual_status"] && o["verification"] == combination["verification"] && o["gpu_name"] == combination["gpu_name"]
		}) {
			combinations = append(combinations, combination)
		}
	}
	return row{"success": true, "filters": combinations}, nil
}
