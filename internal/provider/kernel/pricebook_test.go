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

// TestPriceBook: a book is written at 1.00 by one command under one lock; then the price
// doubles and another process asks under another.
func TestPriceBook(t *testing.T) {
	t.Parallel()
	const plan, refresh = "OperationTypePlan", "OperationTypeRefresh"
	saving, applying := datadir.Command{Known: true, Name: "plan", Out: "saved"}, datadir.Command{Known: true, Name: "apply", Saved: "saved"}
	other := datadir.Command{Known: true, Name: "apply", Saved: "other"}
	saved := stateLock{"a", plan}
	type process struct {
		lock    stateLock
		command datadir.Command
		parent  int
	}
	tests := []struct {
		name          string
		first, second process
		after         time.Duration
		// want is 0 where nothing may be answered.
		want money.PerHour
	}{
		{name: "plan, apply of the saved plan", first: process{saved, saving, 1}, second: process{stateLock{"b", operationApply}, applying, 2}, after: time.Hour * 100, want: 1},
		{name: "the same without a lock", first: process{command: saving, parent: 1}, second: process{command: applying, parent: 2}, after: time.Hour * 100, want: 1},
		{name: "a saved plan of last month", first: process{saved, saving, 1}, second: process{stateLock{"b", operationApply}, applying, 2}, after: time.Hour * 24 * 30},
		{name: "a saved plan that was made elsewhere", first: process{saved, saving, 1}, second: process{stateLock{"b", operationApply}, other, 2}, after: time.Minute},
		{name: "a plan that was not saved, and one that was made elsewhere", first: process{lock: saved, parent: 1}, second: process{stateLock{"b", operationApply}, applying, 2}, after: time.Minute},
		{name: "a newer plan of the same name", first: process{saved, saving, 1}, second: process{stateLock{"b", plan}, saving, 2}, after: time.Minute, want: 2},
		{name: "both plans of one apply", first: process{lock: stateLock{"a", operationApply}, parent: 1}, second: process{lock: stateLock{"a", operationApply}, parent: 1}, after: time.Hour, want: 1},
		{name: "another apply", first: process{lock: stateLock{"a", operationApply}, parent: 1}, second: process{lock: stateLock{"b", operationApply}, parent: 2}, after: time.Minute, want: 2},
		{name: "plan, apply of another plan", first: process{lock: saved, parent: 1}, second: process{lock: stateLock{"b", operationApply}, parent: 2}, after: time.Minute, want: 2},
		{name: "plan, plan", first: process{lock: saved, parent: 1}, second: process{lock: stateLock{"b", plan}, parent: 2}, after: time.Minute, want: 2},
		{name: "plan, refresh", first: process{lock: saved, parent: 1}, second: process{lock: stateLock{"b", refresh}, parent: 2}, after: time.Minute, want: 2},
		{name: "no lock, soon", first: process{parent: 1}, second: process{parent: 2}, after: 59 * time.Minute, want: 1},
		{name: "no lock, later", first: process{parent: 1}, second: process{parent: 2}, after: time.Hour, want: 2},
		{name: "no lock, one command that waits for long", first: process{parent: 1}, second: process{parent: 1}, after: 5 * time.Hour, want: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clk := clocktest.NewLeaping(morning)
			dir := t.TempDir()
			prices := &priceList{price: 1}
			ask := func(p process) (money.PerHour, error) {
				book := NewPriceBook(clk, dir, "account", nil)
				book.source, book.lock, book.parent = prices, func() stateLock { return p.lock }, p.parent
				if p.command.Known {
					book.command = func() datadir.Command { return p.command }
				}
				price, _, err := book.GPU(t.Context(), "gpu", wire.CloudSecure)
				return price, err
			}
			if got, err := ask(tt.first); got != 1 || err != nil {
				t.Fatalf("first price %v, %v; want 1", got, err)
			}
			prices.price = 2
			clk.Advance(tt.after)
			if got, err := ask(tt.second); got != tt.want || (tt.want == 0) != errors.Is(err, ErrPlanElsewhere) {
				t.Errorf("second price %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

// TestPriceBook_Carries: a price reaches the second plan of what one command plans and
// applies, and of a saved plan whose state is here.
func TestPriceBook_Carries(t *testing.T) {
	t.Parallel()
	saving := datadir.Command{Known: true, Name: "plan", Out: "saved"}
	tests := []struct {
		name     string
		command  datadir.Command
		remote   bool
		readOnly bool
		want     bool
	}{
		{name: "apply", command: datadir.Command{Known: true, Name: "apply"}, want: true},
		{name: "apply, remote state", command: datadir.Command{Known: true, Name: "apply"}, remote: true, want: true},
		{name: "apply, nothing can be written", command: datadir.Command{Known: true, Name: "apply"}, readOnly: true},
		{name: "saved plan", command: saving, want: true},
		{name: "saved plan, remote state", command: saving, remote: true},
		{name: "saved plan is applied, remote state", command: datadir.Command{Known: true, Name: "apply", Saved: "saved"}, remote: true},
		{name: "a command line that cannot be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tt.remote {
				if err := datadir.WriteJSON(filepath.Join(dir, "terraform.tfstate"), map[string]any{"backend": map[string]string{"type": "s3"}}); err != nil {
					t.Fatal(err)
				}
			}
			if tt.readOnly {
				dir = filepath.Join(dir, "file")
				if err := os.WriteFile(dir, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			book := newBook(t, dir, &priceList{price: 1})
			book.command = func() datadir.Command { return tt.command }
			if got := book.Carries(); got != tt.want {
				t.Errorf("carries: %t, want %t", got, tt.want)
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
