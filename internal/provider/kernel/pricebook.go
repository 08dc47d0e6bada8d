package kernel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

// How long a kept price serves: the second plan of a create may come days after
// the first when Terraform's lock shows that it is an apply, but only soon after
// where nothing tells the two apart.
const (
	priceKeptForApply = 7 * 24 * time.Hour
	priceKeptUnlocked = time.Hour
)

// PriceBook answers RunPod's list prices for estimates, the same in both plans of
// a create. The second plan is made by another process when the plan is applied,
// and Terraform refuses any known value that changed in between; so what the
// first plan was told is kept in Terraform's data directory, and the second is
// told the same. The price is looked up anew just before renting.
//
// Without a writable directory prices are kept in memory only.
type PriceBook struct {
	clock  clock.Clock
	path   string
	source priceSource
	lock   func() stateLock
	logger *slog.Logger

	mu     sync.Mutex
	memory map[string][]float64
}

// priceSource is the part of RunPod's catalog that the book copies.
type priceSource interface {
	GPUs(ctx context.Context) ([]wire.GPUType, error)
	CPUs(ctx context.Context) ([]wire.CPUType, error)
	Template(ctx context.Context, id string) (*wire.Template, error)
}

type runPodPrices struct{ *runpod.Client }

func (p runPodPrices) GPUs(ctx context.Context) ([]wire.GPUType, error) { return p.Catalog.GPUs(ctx) }

func (p runPodPrices) CPUs(ctx context.Context) ([]wire.CPUType, error) { return p.Catalog.CPUs(ctx) }

func (p runPodPrices) Template(ctx context.Context, id string) (*wire.Template, error) {
	return p.Templates.Get(ctx, id)
}

// kept is one entry of the book on disk.
type kept struct {
	Values []float64 `json:"values"`
	Time   time.Time `json:"time"`
	// Operation and Lock are those of Terraform's lock when it was written.
	Operation string `json:"operation,omitempty"`
	Lock      string `json:"lock,omitempty"`
}

// NewPriceBook returns the book of a service (see [rent.Account.Service]) below
// dataDir; client is nil when RunPod is not configured.
func NewPriceBook(clk clock.Clock, dataDir, service string, client *runpod.Client) *PriceBook {
	book := &PriceBook{
		clock:  clk,
		path:   filepath.Join(dataDir, "gpumarket", "prices-"+service+".json"),
		lock:   func() stateLock { return readStateLock(dataDir) },
		logger: NewLogger("gpumarket"),
		memory: map[string][]float64{},
	}
	if client != nil {
		book.source = runPodPrices{client}
	}
	return book
}

var errNoRunPod = errors.New("RunPod is not configured")

// GPU is the list price of one GPU of a type (by its catalog id) in a cloud, in
// USD/h; found is false where it is not sold.
func (b *PriceBook) GPU(ctx context.Context, id, cloud string) (price money.PerHour, found bool, err error) {
	values, err := b.get(ctx, gpuKey(id, cloud), func(ctx context.Context) ([]float64, error) {
		types, err := b.source.GPUs(ctx)
		if err != nil {
			return nil, err
		}
		for i := range types {
			if types[i].ID != id {
				continue
			}
			if price, _, sold := GPUSale(&types[i], cloud); sold {
				return []float64{float64(price)}, nil
			}
		}
		return nil, nil
	})
	if err != nil || len(values) != 1 {
		return 0, false, err
	}
	return money.PerHour(values[0]), true, nil
}

// CPU is the list price of one vCPU of a flavor, in USD/h; found is false where
// it is not sold.
func (b *PriceBook) CPU(ctx context.Context, flavor string) (price money.PerHour, found bool, err error) {
	values, err := b.get(ctx, cpuKey(flavor), func(ctx context.Context) ([]float64, error) {
		types, err := b.source.CPUs(ctx)
		if err != nil {
			return nil, err
		}
		for i := range types {
			if types[i].ID == flavor {
				return []float64{types[i].Price.SecurePerVCPU}, nil
			}
		}
		return nil, nil
	})
	if err != nil || len(values) != 1 {
		return 0, false, err
	}
	return money.PerHour(values[0]), true, nil
}

// Template is the container disk and the volume disk that a template gives, in
// GB; they are part of an estimate as much as a price is.
func (b *PriceBook) Template(ctx context.Context, id string) (containerDiskGB, volumeGB int, err error) {
	values, err := b.get(ctx, "template/"+id, func(ctx context.Context) ([]float64, error) {
		template, err := b.source.Template(ctx, id)
		if err != nil {
			return nil, err
		}
		volume := 0
		if template.Mounts.Persistent != nil {
			volume = template.Mounts.Persistent.Size
		}
		return []float64{float64(template.Disk), float64(volume)}, nil
	})
	if err != nil {
		return 0, 0, err
	}
	if len(values) != 2 {
		return 0, 0, fmt.Errorf("the kept sizes of template %s are unreadable", id)
	}
	return int(values[0]), int(values[1]), nil
}

// Forget drops the price of a GPU type in a cloud, so that the next plan shows
// the new one.
func (b *PriceBook) Forget(id, cloud string) { b.forget(gpuKey(id, cloud)) }

// ForgetCPU drops the price of a CPU flavor.
func (b *PriceBook) ForgetCPU(flavor string) { b.forget(cpuKey(flavor)) }

func (b *PriceBook) forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.memory, key)
	b.update(func(entries map[string]kept) bool {
		_, written := entries[key]
		delete(entries, key)
		return written
	})
}

func cpuKey(flavor string) string { return "cpu/" + flavor }

func gpuKey(id, cloud string) string { return "gpu/" + cloud + "/" + id }

// get answers from memory, from the book where it may, or from ask. What is not
// sold is not written down.
func (b *PriceBook) get(
	ctx context.Context, key string, ask func(context.Context) ([]float64, error),
) ([]float64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if values, ok := b.memory[key]; ok {
		return values, nil
	}
	lock := b.lock()
	if entry, ok := datadir.ReadJSON[map[string]kept](b.path)[key]; ok && b.holds(entry, lock) {
		b.memory[key] = entry.Values
		return entry.Values, nil
	}
	if b.source == nil {
		return nil, errNoRunPod
	}
	values, err := ask(ctx)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	b.update(func(entries map[string]kept) bool {
		// Another alias may have asked in the meantime: both go by one answer.
		if entry, ok := entries[key]; ok && b.holds(entry, lock) {
			values = entry.Values
			return false
		}
		entries[key] = kept{Values: values, Time: b.clock.Now().UTC(), Operation: lock.Operation, Lock: lock.ID}
		return true
	})
	b.memory[key] = values
	return values, nil
}

// holds tells whether an entry is what the first plan of the create under way
// was told.
func (b *PriceBook) holds(entry kept, now stateLock) bool {
	age := b.clock.Now().Sub(entry.Time)
	switch now.Operation {
	case "":
		return age < priceKeptUnlocked
	case operationApply:
		// An apply without a saved plan makes both plans under one lock. What another
		// apply wrote down belongs to no plan that could still be applied.
		return now.ID == entry.Lock || entry.Operation != operationApply && age < priceKeptForApply
	default:
		return false
	}
}

// update changes the book on disk; change tells whether it is to be written.
func (b *PriceBook) update(change func(entries map[string]kept) (write bool)) {
	entries := map[string]kept{}
	err := datadir.Update(b.path, func(written map[string]kept) (map[string]kept, bool) {
		if written != nil {
			entries = written
		}
		return entries, change(entries)
	})
	if err != nil {
		b.logger.Debug("list prices are kept in memory only", "error", err.Error())
	}
}
