package budget_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/budget"
)

var began = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

func limit(hourly money.PerHour) budget.Limits { return budget.Limits{MaxHourly: &hourly} }

func static(items ...budget.Item) budget.Spend {
	return func(context.Context, bool) ([]budget.Item, error) { return items, nil }
}

func marked(yes bool) *bool { return &yes }

func foreign(id string, hourly money.PerHour) budget.Item {
	return budget.Item{ID: id, Hourly: hourly, Managed: marked(false)}
}

func ours(id string, hourly money.PerHour) budget.Item {
	return budget.Item{ID: id, Hourly: hourly, Managed: marked(true)}
}

func create(hourly money.PerHour) budget.Change { return budget.Change{Hourly: hourly} }

func keep(id string, hourly money.PerHour) budget.Change {
	return budget.Change{ID: id, Hourly: hourly, Before: hourly}
}

func destroy(id string) budget.Change { return budget.Change{ID: id} }

const within = ""

// TestPlan goes through plans in a given order of calls, under a limit of
// 1.00 USD/h. What is said after each call is expected word by word.
func TestPlan(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		live  []budget.Item
		calls []budget.Change
		want  []string
	}{
		"creates up to the limit": {
			calls: []budget.Change{create(0.40), create(0.60)},
			want:  []string{within, within},
		},
		"the create that crosses": {
			calls: []budget.Change{create(0.59), create(0.41000051), create(0.1)},
			want: []string{
				within,
				"everything else costs 0.59 USD/h, this adds 0.410001 USD/h, and budget.max_hourly is 1.00 USD/h",
				"everything else costs 1.000001 USD/h, this adds 0.10 USD/h, and budget.max_hourly is 1.00 USD/h",
			},
		},
		"a create next to what is kept": {
			live:  []budget.Item{ours("runpod/pod/a", 0.59)},
			calls: []budget.Change{keep("runpod/pod/a", 0.59), create(0.5)},
			want:  []string{within, "everything else costs 0.59 USD/h, this adds 0.50 USD/h, and budget.max_hourly is 1.00 USD/h"},
		},
		"the same in the other order": {
			live:  []budget.Item{ours("runpod/pod/a", 0.59)},
			calls: []budget.Change{create(0.5), keep("runpod/pod/a", 0.59), keep("runpod/pod/b", 0.1)},
			want: []string{
				within,
				"everything else costs 0.50 USD/h, this costs 0.59 USD/h, other resources of this plan add 0.50 USD/h, and budget.max_hourly is 1.00 USD/h",
				within, // it was said
			},
		},
		"a resize": {
			calls: []budget.Change{keep("runpod/pod/a", 0.9), {ID: "runpod/network_volume/v", Before: 0.05, Hourly: 0.2}},
			want:  []string{within, "everything else costs 0.90 USD/h, this costs 0.20 USD/h instead of 0.05 USD/h, and budget.max_hourly is 1.00 USD/h"},
		},
		"what is above the limit and becomes cheaper": {
			calls: []budget.Change{keep("runpod/pod/a", 0.9), {ID: "runpod/pod/b", Before: 0.9, Hourly: 0.3}, keep("runpod/pod/c", 0.9)},
			want: []string{
				within,
				"everything else costs 0.90 USD/h, this costs 0.30 USD/h, and budget.max_hourly is 1.00 USD/h",
				within,
			},
		},
		"destroyed, and another created": {
			live:  []budget.Item{ours("runpod/pod/a", 0.9)},
			calls: []budget.Change{create(0.9), destroy("runpod/pod/a")},
			want:  []string{within, within},
		},
		"a replacement, whose first call does not know": {
			live:  []budget.Item{ours("runpod/pod/a", 0.9)},
			calls: []budget.Change{keep("runpod/pod/a", 0.9), {Replaces: "runpod/pod/a", Hourly: 0.8}, create(0.2)},
			want:  []string{within, within, within},
		},
		"a replacement that is too dear": {
			live:  []budget.Item{ours("runpod/pod/a", 0.9)},
			calls: []budget.Change{{Replaces: "runpod/pod/a", Hourly: 1.1}},
			want:  []string{"everything else costs 0.00 USD/h, this adds 1.10 USD/h, and budget.max_hourly is 1.00 USD/h"},
		},
		"what others rented": {
			live:  []budget.Item{foreign("runpod/pod/x", 0.5), ours("runpod/pod/another-state", 5), {ID: "runpod/network_volume/v", Hourly: 5}},
			calls: []budget.Change{create(0.5), create(0.1)},
			want:  []string{within, "everything else costs 1.00 USD/h, this adds 0.10 USD/h, and budget.max_hourly is 1.00 USD/h"},
		},
		"an imported object counts once": {
			live:  []budget.Item{foreign("runpod/pod/imported", 0.5)},
			calls: []budget.Change{keep("runpod/pod/imported", 0.5), create(0.5)},
			want:  []string{within, within},
		},
		"an imported object that is stopped": {
			live:  []budget.Item{foreign("runpod/pod/imported", 0.9)},
			calls: []budget.Change{{ID: "runpod/pod/imported", Before: 0.9, Hourly: 0.1}, create(0.9)},
			want:  []string{within, within},
		},
		"an unknown price": {
			live:  []budget.Item{foreign("runpod/pod/x", 2)},
			calls: []budget.Change{create(0)},
			want:  []string{within},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := budget.New(clocktest.NewLeaping(began), limit(1), static(tt.live...), t.TempDir())
			for i, change := range tt.calls {
				got := within
				if err := b.Plan(t.Context(), change); err != nil {
					got = err.Error()
				}
				if got != tt.want[i] {
					t.Errorf("call %d:\n got %s\nwant %s", i, got, tt.want[i])
				}
			}
		})
	}
}

// resource is one resource of a random plan: what is billed for it now and the
// plan calls that Terraform makes for it.
type resource struct {
	live  *budget.Item
	calls []budget.Change
	after int // cents per hour
	adds  bool
}

func usd(cents int) money.PerHour { return money.PerHour(cents) / 100 }

func genResource(i int) *rapid.Generator[resource] {
	return rapid.Custom(func(t *rapid.T) resource {
		cost, now := rapid.IntRange(1, 80).Draw(t, "after"), rapid.IntRange(1, 80).Draw(t, "now")
		id := fmt.Sprintf("runpod/pod/%d", i)
		live := &budget.Item{ID: id, Hourly: usd(now), Managed: rapid.SampledFrom([]*bool{nil, marked(true), marked(false)}).Draw(t, "marker")}
		switch rapid.SampledFrom([]string{"create", "keep", "change", "destroy", "replace", "foreign"}).Draw(t, "kind") {
		case "create":
			return resource{calls: []budget.Change{create(usd(cost))}, after: cost, adds: true}
		case "keep":
			return resource{live: live, calls: []budget.Change{keep(id, usd(now))}, after: now}
		case "change":
			return resource{live: live, calls: []budget.Change{{ID: id, Before: usd(now), Hourly: usd(cost)}}, after: cost, adds: cost > now}
		case "destroy":
			return resource{live: live, calls: []budget.Change{destroy(id)}}
		case "replace":
			calls := []budget.Change{{Replaces: id, Hourly: usd(cost)}}
			if now <= cost && rapid.Bool().Draw(t, "two calls") {
				calls = append([]budget.Change{keep(id, usd(now))}, calls...)
			}
			return resource{live: live, calls: calls, after: cost, adds: true}
		default:
			live.Managed = marked(false)
			return resource{live: live, after: now}
		}
	})
}

// TestPlan_Property: whatever the order of the calls, a plan within the limit is
// never refused, and one that adds something and ends above it always is.
func TestPlan_Property(t *testing.T) {
	t.Parallel()
	base, run := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		var live []budget.Item
		var existing, calls []budget.Change
		total, adds := 0, false
		resources := make([]resource, rapid.IntRange(0, 8).Draw(t, "resources"))
		for i := range resources {
			r := genResource(i).Draw(t, "resource")
			resources[i] = r
			total, adds = total+r.after, adds || r.adds
			if r.live != nil {
				live = append(live, *r.live)
				if len(r.calls) > 0 {
					existing = append(existing, keep(r.live.ID, r.live.Hourly))
				}
			}
		}
		// Calls of different resources mix; those of one resource keep their order.
		for left := rapid.Permutation(resources).Draw(t, "order"); len(left) > 0; {
			i := rapid.IntRange(0, len(left)-1).Draw(t, "next")
			if len(left[i].calls) > 0 {
				calls = append(calls, left[i].calls[0])
				left[i].calls = left[i].calls[1:]
				continue
			}
			left = append(left[:i], left[i+1:]...)
		}
		most := rapid.IntRange(0, 300).Draw(t, "limit")

		run++
		dir := filepath.Join(base, strconv.Itoa(run))
		clk := clocktest.NewLeaping(began)
		// An earlier plan saw what is in the state.
		earlier := budget.New(clk, limit(1000), static(live...), dir)
		for _, change := range existing {
			if err := earlier.Plan(context.Background(), change); err != nil {
				t.Fatal(err)
			}
		}
		b := budget.New(clk, limit(usd(most)), static(live...), dir)
		refused := 0
		for _, change := range calls {
			var exceeded *budget.ExceededError
			if err := b.Plan(context.Background(), change); errors.As(err, &exceeded) && !exceeded.Kept {
				refused++
			} else if err != nil && exceeded == nil {
				t.Fatal(err)
			}
		}
		switch {
		case total <= most && refused > 0:
			t.Fatalf("refused %d times, and the plan ends at %d of %d", refused, total, most)
		case total > most && adds && refused == 0:
			t.Fatalf("not refused, and the plan ends at %d of %d", total, most)
		case !adds && refused > 0:
			t.Fatalf("refused %d times, and the plan adds nothing", refused)
		}
	})
}

// TestPlan_AtOnce: calls side by side, as Terraform makes them. One of several
// equal creates too many is refused, and the list is read once.
func TestPlan_AtOnce(t *testing.T) {
	t.Parallel()
	var lists, refused int
	var mu sync.Mutex
	b := budget.New(clocktest.NewLeaping(began), limit(1), func(context.Context, bool) ([]budget.Item, error) {
		mu.Lock()
		defer mu.Unlock()
		lists++
		return []budget.Item{foreign("runpod/pod/x", 0.1)}, nil
	}, t.TempDir())
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if b.Plan(t.Context(), create(0.1)) != nil {
				mu.Lock()
				defer mu.Unlock()
				refused++
			}
		})
	}
	group.Wait()
	// All ten may have been entered before the first verdict; then each is one too many.
	if refused == 0 || lists != 1 {
		t.Errorf("%d refused, %d lists read; want some and 1", refused, lists)
	}
}

// TestPlan_WaitsForOthers: a create that depends on what is not planned yet waits
// a moment for it, so that the refusal stands where it belongs; and a verdict
// waits for the second call of a replacement.
func TestPlan_WaitsForOthers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		first, then budget.Change
		under       budget.Change
		want        string
	}{
		"kept": {
			under: create(0.5), then: keep("runpod/pod/a", 0.9),
			want: "everything else costs 0.90 USD/h, this adds 0.50 USD/h, and budget.max_hourly is 1.00 USD/h",
		},
		"replaced by something cheaper": {
			first: keep("runpod/pod/a", 0.9), under: create(0.5), then: budget.Change{Replaces: "runpod/pod/a", Hourly: 0.5},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clk := &hooked{Leaping: clocktest.NewLeaping(began)}
			b := budget.New(clk, limit(1), static(ours("runpod/pod/a", 0.9)), t.TempDir())
			if tt.first.ID != "" {
				if err := b.Plan(t.Context(), tt.first); err != nil {
					t.Fatal(err)
				}
			}
			clk.once = func() { _ = b.Plan(t.Context(), tt.then) }
			got := ""
			if err := b.Plan(t.Context(), tt.under); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// hooked is a clock whose first sleep does something.
type hooked struct {
	*clocktest.Leaping

	once func()
}

func (h *hooked) Sleep(ctx context.Context, d time.Duration) error {
	if do := h.once; do != nil {
		h.once = nil
		do()
	}
	return h.Leaping.Sleep(ctx, d)
}

// TestPlan_Unlisted: when the accounts cannot be listed the plan is held against
// what it knows, and says so; the failing list is not asked for again.
func TestPlan_Unlisted(t *testing.T) {
	t.Parallel()
	down, lists := errors.New("down"), 0
	b := budget.New(clocktest.NewLeaping(began), limit(1), func(context.Context, bool) ([]budget.Item, error) {
		lists++
		return nil, down
	}, t.TempDir())
	if err := b.Plan(t.Context(), create(0.9)); !errors.Is(err, down) {
		t.Errorf("within the limit: %v, want the failure", err)
	}
	var exceeded *budget.ExceededError
	if err := b.Plan(t.Context(), create(0.2)); !errors.As(err, &exceeded) {
		t.Errorf("above the limit: %v, want a refusal", err)
	}
	if lists != 1 {
		t.Errorf("asked %d times", lists)
	}
}

// TestPlan_Cancelled: an interrupted call says nothing about the next.
func TestPlan_Cancelled(t *testing.T) {
	t.Parallel()
	b := budget.New(clocktest.NewLeaping(began), limit(1), func(ctx context.Context, _ bool) ([]budget.Item, error) {
		return nil, ctx.Err()
	}, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Plan(ctx, create(0.1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := b.Plan(t.Context(), create(0.1)); err != nil {
		t.Errorf("the next: %v", err)
	}
}

func TestPlan_NoLimit(t *testing.T) {
	t.Parallel()
	b := budget.New(clocktest.NewLeaping(began), budget.Limits{}, func(context.Context, bool) ([]budget.Item, error) {
		t.Error("asked without a limit")
		return nil, nil
	}, t.TempDir())
	if err := b.Plan(t.Context(), create(1e6)); err != nil {
		t.Error(err)
	}
}

// TestPlan_Remembers: the process that applies a plan sees the creates alone. What
// the plan saw of imported objects keeps it from taking those for other people's.
func TestPlan_Remembers(t *testing.T) {
	t.Parallel()
	const id = "runpod/pod/imported"
	create := create(0.9)
	tests := map[string]struct {
		planned budget.Change
		between func(t *testing.T, dir string)
		later   time.Duration
		refused bool
	}{
		"never planned":  {refused: true},
		"destroyed":      {planned: destroy(id)},
		"replaced":       {planned: budget.Change{Replaces: id, Hourly: 0.9}},
		"long ago":       {planned: keep(id, 0.9), later: 31 * 24 * time.Hour, refused: true},
		"a broken file":  {planned: destroy(id), between: scribble, refused: true},
		"without a file": {planned: destroy(id), between: remove, refused: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, clk, spend := t.TempDir(), clocktest.NewLeaping(began), static(foreign(id, 0.9))
			if tt.planned != (budget.Change{}) {
				if err := budget.New(clk, limit(1), spend, dir).Plan(t.Context(), tt.planned); err != nil {
					t.Fatal(err)
				}
			}
			if tt.between != nil {
				tt.between(t, dir)
			}
			clk.Advance(tt.later)
			err := budget.New(clk, limit(1), spend, dir).Plan(t.Context(), create)
			if (err != nil) != tt.refused {
				t.Errorf("%v, refused should be %v", err, tt.refused)
			}
		})
	}
}

// TestPlan_Aliases: two aliases keep what they saw in one file, and neither loses what
// the other kept.
func TestPlan_Aliases(t *testing.T) {
	t.Parallel()
	const a, b = "vastai/instance/1", "vastai/instance/2"
	dir, clk, spend := t.TempDir(), clocktest.NewLeaping(began), static(foreign(a, 0.4), foreign(b, 0.4))
	first, second := budget.New(clk, limit(1), spend, dir), budget.New(clk, limit(1), spend, dir)
	for _, alias := range []*budget.Budget{first, second} { // each has read the file before either writes
		if err := alias.Plan(t.Context(), create(0.01)); err != nil {
			t.Fatal(err)
		}
	}
	for alias, id := range map[*budget.Budget]string{first: a, second: b} {
		if err := alias.Plan(t.Context(), keep(id, 0.4)); err != nil {
			t.Fatal(err)
		}
	}
	// The process that applies is told of neither: both are being destroyed.
	if err := budget.New(clk, limit(1), spend, dir).Plan(t.Context(), create(0.9)); err != nil {
		t.Errorf("refused: %v", err)
	}
}

func scribble(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "gpumarket", "unmarked.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "gpumarket", "unmarked.json")); err != nil {
		t.Fatal(err)
	}
}

// TestPlan_Unwritable: without a data directory everything works but the memory.
func TestPlan_Unwritable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := budget.New(clocktest.NewLeaping(began), limit(1), static(foreign("runpod/pod/a", 0.9)), file)
	for _, change := range []budget.Change{destroy("runpod/pod/a"), create(0.9)} {
		if err := b.Plan(t.Context(), change); err != nil {
			t.Error(err)
		}
	}
}

func TestCheckEach(t *testing.T) {
	t.Parallel()
	each := money.PerHour(0.5)
	b := budget.New(clocktest.NewLeaping(began), budget.Limits{MaxHourlyEach: &each}, static(), t.TempDir())
	for hourly, refused := range map[money.PerHour]bool{0.49: false, 0.5: false, 0.500_000_4: false, 0.500_001: true, 0.59: true} {
		err := b.CheckEach(hourly)
		if (err != nil) != refused {
			t.Errorf("%s: %v", hourly, err)
		}
		if err != nil && !strings.Contains(err.Error(), hourly.String()+" USD/h and budget.max_hourly_each is 0.50 USD/h") {
			t.Errorf("%s: no figures in %q", hourly, err)
		}
	}
	if err := budget.New(clocktest.NewLeaping(began), budget.Limits{}, static(), t.TempDir()).CheckEach(99); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}
