// Package sim puts the two simulated marketplaces into one world: one virtual
// clock, one journal, one set of faults, steered together.
package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clock"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/runpodsim"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/simkit"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/sim/vastaisim"
)

// Options set up a [World]. The zero value is usable.
type Options struct {
	// Clock is what virtual time is measured from; nil is the machine's clock.
	Clock clock.Clock
	// APIKey is the key of both accounts; "" is [simkit.DefaultAPIKey].
	APIKey string
	// Seed makes ids, addresses and the built-in market reproducible.
	Seed uint64
	// Boot is how long a rented machine takes until it runs; 0 is at once.
	Boot time.Duration
	// Latency is how long every request waits before it is looked at.
	Latency time.Duration
	// Quota is [simkit.QuotaOff] (also "") or [simkit.QuotaDocumented].
	Quota string
	// OpenPorts lets what runs be reached on loopback, as long as [World.ServePorts]
	// runs. Otherwise addresses are those of documentation, where nothing is.
	OpenPorts bool
	// RunPod changes the options of that simulator; nil keeps them.
	RunPod func(*runpodsim.Options)
	// Vastai changes the options of that simulator; nil keeps them.
	Vastai func(*vastaisim.Options)
}

// World is both marketplaces. The embedded [simkit.Control] steers them, and is
// the handler of the control API.
type World struct {
	*simkit.Control
	// Kit is what the marketplaces share: the clock, the key.
	Kit *simkit.Kit
	// RunPod and Vastai are the handlers of the two APIs.
	RunPod *runpodsim.Sim
	Vastai *vastaisim.Sim
}

// New returns a world with the built-in market.
func New(o Options) *World {
	kit := simkit.New(simkit.Options{
		Clock: o.Clock, APIKey: o.APIKey, Seed: o.Seed, Boot: o.Boot, Latency: o.Latency, Quota: o.Quota, OpenPorts: o.OpenPorts,
	})
	runpod := runpodsim.Options{Kit: kit}
	if o.RunPod != nil {
		o.RunPod(&runpod)
	}
	vastai := vastaisim.Options{Kit: kit}
	if o.Vastai != nil {
		o.Vastai(&vastai)
	}
	w := &World{Kit: kit, RunPod: runpodsim.New(runpod), Vastai: vastaisim.New(vastai)}
	w.Control = simkit.NewControl(kit, map[string]simkit.Marketplace{
		runpodsim.Name: w.RunPod, vastaisim.Name: w.Vastai,
	})
	return w
}

// lists are what a market file may replace, by platform.
func lists() map[string][]string {
	return map[string][]string{
		runpodsim.Name: {"gpus", "cpus", "dataCenters"},
		vastaisim.Name: {"offers"},
	}
}

// LoadMarket replaces parts of the market by those of a market file:
//
//	{"runpod":{"gpus":[…],"cpus":[…],"dataCenters":[…]},"vastai":{"offers":[…]}}
//
// Each list has the shape of the API's own answer; for one that is left out the
// built-in one holds. A platform that the file names returns to its initial
// state, and later resets keep the file's market. After an error everything is
// as it was.
func (w *World) LoadMarket(file []byte) error {
	var market map[string]map[string]json.RawMessage
	if err := json.Unmarshal(file, &market); err != nil {
		return fmt.Errorf("market: %w", err)
	}
	known := lists()
	for _, platform := range slices.Sorted(maps.Keys(market)) {
		if known[platform] == nil {
			return fmt.Errorf("market: %q is none of %v", platform, slices.Sorted(maps.Keys(known)))
		}
		for _, list := range slices.Sorted(maps.Keys(market[platform])) {
			if !slices.Contains(known[platform], list) {
				return fmt.Errorf("market: %s: %q is none of %v", platform, list, known[platform])
			}
		}
	}

	var catalog *runpodsim.Catalog
	if section, given := market[runpodsim.Name]; given {
		text, err := json.Marshal(section)
		if err != nil {
			return fmt.Errorf("market: %w", err)
		}
		if catalog, err = runpodsim.ParseCatalog(text); err != nil {
			return fmt.Errorf("market: %w", err)
		}
	}
	if offers, given := market[vastaisim.Name]["offers"]; given {
		if err := w.Vastai.LoadOffers(offers); err != nil {
			return fmt.Errorf("market: vastai: %w", err)
		}
	}
	if catalog != nil {
		w.RunPod.LoadCatalog(catalog)
	}
	return nil
}
