package budget

import (
	"maps"
	"path/filepath"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

// memory keeps which objects of the state do not carry the marker, because they
// were imported. From the outside they look like things that others rented, and
// the process that applies a plan is not told about what it only destroys; so
// what one plan saw is kept for the next processes in Terraform's data directory.
// Without a writable directory it forgets everything.
type memory struct {
	clock clock.Clock
	path  string
	// kept are the ids and when they were last planned.
	kept map[string]time.Time
}

const (
	// keptFor is how long an object that is planned no more is taken for ours.
	keptFor = 30 * 24 * time.Hour
	// keptAnew is how old an entry gets before it is written again.
	keptAnew = 24 * time.Hour
)

func newMemory(clk clock.Clock, dataDir string) *memory {
	return &memory{clock: clk, path: filepath.Join(dataDir, "gpumarket", "unmarked.json"), kept: map[string]time.Time{}}
}

// recall reads what earlier processes kept of the items.
func (m *memory) recall(items []Item) map[string]bool {
	ours := map[string]bool{}
	written := datadir.ReadJSON[map[string]time.Time](m.path)
	now := m.clock.Now()
	for _, item := range items {
		if at, ok := written[item.ID]; ok && now.Sub(at) < keptFor {
			ours[item.ID] = true
			m.kept[item.ID] = at
		}
	}
	return ours
}

// keep writes down an id of the state, beside those that other processes of this
// data directory keep.
func (m *memory) keep(id string) {
	now := m.clock.Now().UTC()
	if at, ok := m.kept[id]; ok && now.Sub(at) < keptAnew {
		return
	}
	m.kept[id] = now
	// What cannot be written is not remembered: a plan may then be refused that
	// another order of calls would have let pass.
	_ = datadir.Update(m.path, func(written map[string]time.Time) (map[string]time.Time, bool) {
		maps.DeleteFunc(written, func(_ string, at time.Time) bool { return now.Sub(at) >= keptFor })
		if written == nil {
			written = map[string]time.Time{}
		}
		written[id] = now
		return written, true
	})
}
