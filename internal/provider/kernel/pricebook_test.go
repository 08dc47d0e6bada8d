package kernel

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock/clocktest"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

// morning is when the tests begin.
var morning = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// priceList is a catalog whose prices a test moves.
type priceList struct {
	price float64
	err   error
	asked int
}

func (p *priceList) GPUs(context.Context) ([]wire.GPUType, error) {
	p.asked++
	return []wire.GPUType{{
		ID: "gpu", Secure: true, Price: wire.GPUPrice{Secure: p.price, Community: 99},
		MaxCount: wire.GPUMaxCount{Secure: 8},
	}}, p.err
}

func (p *priceList) CPUs(context.Context) ([]wire.CPUType, error) {
	p.asked++
	return []wire.CPUType{{ID: "cpu3c", Price: wire.CPUPrice{SecurePerVCPU: p.price}}}, p.err
}

func (p *priceList) Template(context.Context, string) (*wire.Template, error) {
	p.asked++
	return &wire.Template{Disk: 30, Mounts: wire.Mounts{Persistent: &wire.PersistentMount{Size: 20}}}, p.err
}

// TestPriceBook: a book is written at 1.00 under one lock; then the price doubles
// and another process asks under another.
func TestPriceBook(t *testing.T) {
	t.Parallel()
	const plan, refresh = "OperationTypePlan", "OperationTypeRefresh"
	tests := []struct {
		name          string
		first, second stateLock
		after         time.Duration
		want          money.PerHour
	}{
		{name: "plan, apply of the saved plan", first: stateLock{"a", plan}, second: stateLock{"b", operationApply}, after: time.Hour * 100, want: 1},
		{name: "a saved plan of last month", first: stateLock{"a", plan}, second: stateLock{"b", operationApply}, after: time.Hour * 24 * 30, want: 2},
		{name: "both plans of one apply", first: stateLock{"a", operationApply}, second: stateLock{"a", operationApply}, after: time.Hour, want: 1},
		{name: "another apply", first: stateLock{"a", operationApply}, second: stateLock{"b", operationApply}, after: time.Minute, want: 2},
		{name: "plan, plan", first: stateLock{"a", plan}, second: stateLock{"b", plan}, after: time.Minute, want: 2},
		{name: "plan, refresh", first: stateLock{"a", plan}, second: stateLock{"b", refresh}, after: time.Minute, want: 2},
		{name: "no lock, soon", after: 59 * time.Minute, want: 1},
		{name: "no lock, later", after: time.Hour, want: 2},
		{name: "no lock at plan", second: stateLock{"b", operationApply}, after: time.Hour * 100, want: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clk := clocktest.NewLeaping(morning)
			dir := t.TempDir()
			prices := &priceList{price: 1}
			ask := func(lock stateLock) money.PerHour {
				book := NewPriceBook(clk, dir, "account", nil)
				book.source, book.lock = prices, func() stateLock { return lock }
				price, found, err := book.GPU(t.Context(), "gpu", wire.CloudSecure)
				if err != nil || !found {
					t.Fatalf("found %v, error %v", found, err)
				}
				return price
			}
			if got := ask(tt.first); got != 1 {
				t.Fatalf("first price %v, want 1", got)
			}
			prices.price = 2
			clk.Advance(tt.after)
			if got := ask(tt.second); got != tt.want {
				t.Errorf("second price %v, want %v", got, tt.want)
			}
		})
	}
}

func newBook(t *testing.T, dir string, prices *priceList) *PriceBook {
	t.Helper()
	book := NewPriceBook(clocktest.NewLeaping(morning), dir, "account", nil)
	book.source, book.lock = prices, func() stateLock { return stateLock{} }
	return book
}

func TestPriceBookForgets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	prices := &priceList{price: 1}
	book := newBook(t, dir, prices)
	for range 2 {
		if _, _, err := book.GPU(t.Context(), "gpu", wire.CloudSecure); err != nil {
			t.Fatal(err)
		}
	}
	if prices.asked != 1 {
		t.Errorf("asked %d times, want once", prices.asked)
	}
	prices.price = 2
	book.Forget("gpu", wire.CloudSecure)
	if got, _, _ := newBook(t, dir, prices).GPU(t.Context(), "gpu", wire.CloudSecure); got != 2 {
		t.Errorf("price after Forget %v, want 2", got)
	}
}

func TestPriceBookNotSold(t *testing.T) {
	t.Parallel()
	book := newBook(t, t.TempDir(), &priceList{price: 1})
	if _, found, err := book.GPU(t.Context(), "gpu", wire.CloudCommunity); found || err != nil {
		t.Errorf("found %v, error %v: a placeholder is no price", found, err)
	}
	if price, found, err := book.CPU(t.Context(), "cpu3c"); price != 1 || !found || err != nil {
		t.Errorf("CPU: %v, %v, %v", price, found, err)
	}
	if disk, volume, err := book.Template(t.Context(), "t"); disk != 30 || volume != 20 || err != nil {
		t.Errorf("Template: %v, %v, %v", disk, volume, err)
	}
}

func TestPriceBookFailures(t *testing.T) {
	t.Parallel()
	failing := &priceList{err: errors.New("down")}
	if _, _, err := newBook(t, t.TempDir(), failing).GPU(t.Context(), "gpu", wire.CloudSecure); err == nil {
		t.Error("an unreachable catalog is no error")
	}
	if _, _, err := NewPriceBook(clocktest.NewLeaping(morning), t.TempDir(), "", nil).CPU(t.Context(), "x"); err == nil {
		t.Error("a book without an account is no error")
	}

	// A directory that cannot be made: memory serves.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	prices := &priceList{price: 1}
	book := newBook(t, file, prices)
	for range 2 {
		if got, _, err := book.GPU(t.Context(), "gpu", wire.CloudSecure); got != 1 || err != nil {
			t.Errorf("price %v, error %v", got, err)
		}
	}
	if prices.asked != 1 {
		t.Errorf("asked %d times, want once", prices.asked)
	}

	// A spoiled file is written anew.
	dir := t.TempDir()
	spoiled := newBook(t, dir, prices)
	if err := datadir.WriteJSON(spoiled.path, "no map"); err != nil {
		t.Fatal(err)
	}
	if got, _, err := spoiled.GPU(t.Context(), "gpu", wire.CloudSecure); got != 1 || err != nil {
		t.Errorf("price %v, error %v", got, err)
	}
	if got := len(datadir.ReadJSON[map[string]kept](newBook(t, dir, prices).path)); got != 1 {
		t.Errorf("%d entries after a spoiled file, want 1", got)
	}
}

// TestPriceBook_Aliases: two aliases write into one book at once. Neither loses what
// the other wrote, and both go by the first answer for one price.
func TestPriceBook_Aliases(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := newBook(t, dir, &priceList{price: 1}), newBook(t, dir, &priceList{price: 1})
	const key = "gpu/SECURE/both"
	answer := func(price float64) func(context.Context) ([]float64, error) {
		return func(context.Context) ([]float64, error) { return []float64{price}, nil }
	}
	got, err := second.get(t.Context(), key, func(ctx context.Context) ([]float64, error) {
		// Meanwhile the first alias asks and writes.
		if _, err := first.get(ctx, key, answer(1)); err != nil {
			t.Error(err)
		}
		if _, _, err := first.GPU(ctx, "gpu", wire.CloudSecure); err != nil {
			t.Error(err)
		}
		return []float64{2}, nil
	})
	if err != nil || len(got) != 1 || got[0] != 1 {
		t.Errorf("the second alias goes by %v, %v, and the first one by 1", got, err)
	}
	if _, err := second.get(t.Context(), "gpu/SECURE/another", answer(3)); err != nil {
		t.Error(err)
	}
	if entries := datadir.ReadJSON[map[string]kept](first.path); len(entries) != 3 {
		t.Errorf("the book has %v, want three entries", entries)
	}
}
