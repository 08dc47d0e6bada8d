package runpodsim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxPage is the largest page that can be asked for, and the usual one.
const maxPage = 1000

// pageOut tells how a list goes on.
type pageOut struct {
	HasNextPage bool    `json:"hasNextPage"`
	NextCursor  *string `json:"nextCursor"`
}

// paginate cuts a list's answer down to the page that was asked for, and adds how
// it goes on. Without pages the answer stays as it is.
func (s *Sim) paginate(c *call, operation string, answer any) (any, *problem) {
	if s.options.PageSize == 0 {
		return answer, nil
	}
	q := &query{values: c.query}
	limit := maxPage
	if q.has("limit") {
		if limit = q.number("limit", 1); limit > maxPage {
			q.fail("limit", "got %d, want at most %d", limit, maxPage)
		}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return nil, badRequest("list: %v", err)
	}
	var lists map[string][]json.RawMessage
	if json.Unmarshal(text, &lists) != nil {
		return answer, nil // no object of lists
	}
	page := map[string]any{}
	for key, rows := range lists {
		from, ok := position(c.query.Get("cursor"), operation, rows)
		if !ok {
			q.fail("cursor", "it is none of this list")
		}
		if len(q.errs) > 0 {
			return nil, invalid(q.errs)
		}
		to := min(len(rows), from+min(limit, s.options.PageSize))
		var next pageOut
		if to < len(rows) {
			cursor := encodeCursor(operation, to-1, rows[to-1])
			next = pageOut{HasNextPage: true, NextCursor: &cursor}
		}
		page[key], page["pagination"] = rows[from:to], next
	}
	return page, nil
}

// encodeCursor is the place after a row: its position, and its id in case that
// rows before it go away meanwhile.
func encodeCursor(operation string, at int, row json.RawMessage) string {
	return base64.URLEncoding.EncodeToString(fmt.Appendf(nil, "%s\n%d\n%s", operation, at, idOf(row)))
}

// position is where the rows after a cursor begin; ok is false for a cursor that
// is none of this list.
func position(cursor, operation string, rows []json.RawMessage) (from int, ok bool) {
	if cursor == "" {
		return 0, true
	}
	text, err := base64.URLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, false
	}
	fields := strings.SplitN(string(text), "\n", 3)
	if len(fields) != 3 || fields[0] != operation {
		return 0, false
	}
	at, err := strconv.Atoi(fields[1])
	if err != nil || at < 0 {
		return 0, false
	}
	if i := slices.IndexFunc(rows, func(row json.RawMessage) bool { return idOf(row) == fields[2] }); i >= 0 {
		return i + 1, true
	}
	return min(at, len(rows)), true
}

func idOf(row json.RawMessage) string {
	var object struct{ ID string }
	if json.Unmarshal(row, &object) != nil {
		return ""
	}
	return object.ID
}
