package kernel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/money"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/datadir"
)

// How long a kept price serves: a saved plan may be applied days later, but the two
// plans of an apply come soon after each other where nothing tells them apart.
const (
	priceKeptForApply = 7 * 24 * time.Hour
	priceKeptUnlocked = time.Hour
)

// PriceBook answers RunPod's list prices for estimates, the same in both plans of
// a create. The second plan is made by another process when the plan is applied,
// and Terraform refuses any known value that changed in between; so what the
// first plan was told is kept in Terraform's data directory, and the second is
// told the same. The price is looked up again just before renting.
//
// A plan may be applied where that directory is another one. What depends on a price
// is therefore known in a plan only where the book [PriceBook.Carries] it; the second
// plan never guesses what the first one was told.
type PriceBook struct {
	clock  clock.Clock
	path   string
	source priceSource
	lock   func() stateLock
	logger *slog.Logger
	// command is Terraform's; carries tells whether what is kept reaches the second plan.
	command func() datadir.Command
	parent  int
	carries func() bool

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
	// Lock is Terraform's lock when it was written, Parent the process of the command
	// that used it last.
	Lock   string `json:"lock,omitempty"`
	Parent int    `json:"parent,omitempty"`
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

		command: sync.OnceValue(datadir.ParentCommand), parent: os.Getppid(),
	}
	book.carries = sync.OnceValue(func() bool {
		saved := book.command().Out != "" || book.command().Saved != ""
		return book.command().Known && (!saved || datadir.StatePath(dataDir) != "") && datadir.Writable(filepath.Dir(book.path))
	})
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
		container, volume, err := b.TemplateNow(ctx, id)
		return []float64{float64(container), float64(volume)}, err
	})
	if err != nil {
		return 0, 0, err
	}
	if len(values) != 2 {
		return 0, 0, fmt.Errorf("the sizes of template %s were not known to the plan", id)
	}
	return int(values[0]), int(values[1]), nil
}

// TemplateNow is [PriceBook.Template] as the platform says now.
func (b *PriceBook) TemplateNow(ctx context.Context, id string) (containerDiskGB, volumeGB int, err error) {
	template, err := b.source.Template(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	if template.Mounts.Persistent != nil {
		volumeGB = template.Mounts.Persistent.Size
	}
	return template.Disk, volumeGB, nil
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
	if b.command().Saved != "" {
		return // the plan shows what it shows; the next one asks again.
	}
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
	lock, place := b.lock(), key
	switch {
	case b.command().Saved != "" && b.carries():
		return b.asPlanned(key)
	case b.command().Out != "":
		place = inPlan(b.command().Out, key)
		b.beginPlan()
	}
	if entry, ok := datadir.ReadJSON[map[string]kept](b.path)[place]; ok && b.holds(entry, lock) {
		b.memory[key] = entry.Values
	} else {
		if b.source == nil {
			return nil, errNoRunPod
		}
		values, err := ask(ctx)
		if err != nil || len(values) == 0 {
			return nil, err
		}
		b.memory[key] = values
	}
	b.update(func(entries map[string]kept) bool {
		// Another alias may have asked in the meantime: both go by one answer.
		if entry, ok := entries[place]; ok && b.holds(entry, lock) {
			b.memory[key] = entry.Values
			used := entry.Parent == b.parent
			entry.Parent = b.parent
			entries[place] = entry
			return !used
		}
		entries[place] = kept{Values: b.memory[key], Time: b.clock.Now().UTC(), Lock: lock.ID, Parent: b.parent}
		return true
	})
	return b.memory[key], nil
}

// holds tells whether an entry is what the first plan of the create under way
// was told.
func (b *PriceBook) holds(entry kept, now stateLock) bool {
	age := b.clock.Now().Sub(entry.Time)
	if b.command().Out != "" {
		// An earlier plan of this name is forgotten; what is there another alias wrote.
		return true
	}
	switch now.Operation {
	case "":
		return age < priceKeptUnlocked || entry.Parent == b.parent && age < priceKeptForApply
	case operationApply:
		// An apply without a saved plan makes both plans under one lock.
		return now.ID == entry.Lock
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
