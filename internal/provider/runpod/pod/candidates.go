package pod

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/runpod/wire"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/gpu"
	"github.com/gpumarket/terraform-provider-gpumarket/internal/provider/validators"
)

// candidate is one thing to rent: a GPU type or CPU flavor, in a cloud, in one
// data center or wherever RunPod has capacity ("").
type candidate struct {
	id, cloud, dataCenter string
}

// label names the candidate in messages: "RTX 4090, SECURE, EU-RO-1".
func (c candidate) label() string {
	label := gpuLabel(c.id) + ", " + c.cloud
	if c.dataCenter != "" {
		label += ", " + c.dataCenter
	}
	return label
}

// gpuLabel is the usual name of a GPU type of the catalog; a CPU flavor, or a type
// that no table knows, is named by its id.
func gpuLabel(id string) string {
	if name, err := gpu.Canonical(id); err == nil {
		return name
	}
	return id
}

// cross lists the candidates in the order in which they are tried: types, then
// clouds, then data centers.
func cross(ids, clouds, dataCenters []string) []candidate {
	if len(dataCenters) == 0 {
		dataCenters = []string{""}
	}
	candidates := make([]candidate, 0, len(ids)*len(clouds)*len(dataCenters))
	for _, id := range ids {
		for _, cloud := range clouds {
			for _, dataCenter := range dataCenters {
				candidates = append(candidates, candidate{id, cloud, dataCenter})
			}
		}
	}
	return candidates
}

// resolution is what the names of a gpu.types list mean in RunPod's catalog.
type resolution struct {
	// ids are the catalog ids in order of preference, each once.
	ids []string
	// unsold are names that no type of the catalog answers to.
	unsold []string
}

// resolve looks the names up. Without a catalog (nil) the table of known types
// decides, and what is not in it counts as an id.
func resolve(names []string, catalog []wire.GPUType) resolution {
	var r resolution
	for _, name := range names {
		ids := idsOf(name, catalog)
		if len(ids) == 0 {
			r.unsold = append(r.unsold, name)
		}
		for _, id := range ids {
			if !slices.Contains(r.ids, id) {
				r.ids = append(r.ids, id)
			}
		}
	}
	return r
}

func idsOf(name string, catalog []wire.GPUType) []string {
	if typeOf(catalog, name) != nil {
		return []string{name}
	}
	wishes, err := gpu.Accepted(name)
	if err != nil {
		if catalog == nil {
			return []string{name}
		}
		return nil
	}
	known := gpu.RunPodIDs(wishes)
	if catalog == nil {
		return known
	}
	ids := slices.DeleteFunc(slices.Clone(known), func(id string) bool { return typeOf(catalog, id) == nil })
	// Types that are newer than the table are named by their ids.
	for i := range catalog {
		t := &catalog[i]
		if !slices.Contains(known, t.ID) && gpu.Matches(wishes, gpu.FromRunPod(t.ID, t.Memory)) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

func typeOf(catalog []wire.GPUType, id string) *wire.GPUType {
	for i := range catalog {
		if catalog[i].ID == id {
			return &catalog[i]
		}
	}
	return nil
}

func flavorOf(catalog []wire.CPUType, id string) *wire.CPUType {
	for i := range catalog {
		if catalog[i].ID == id {
			return &catalog[i]
		}
	}
	return nil
}

// accepts tells whether a pod of the given type is what the names ask for.
func accepts(names []string, id string) bool {
	for _, name := range names {
		if name == id || slices.Contains(idsOf(name, nil), id) {
			return true
		}
		if wishes, err := gpu.Accepted(name); err == nil && gpu.Matches(wishes, gpu.FromRunPod(id, 0)) {
			return true
		}
	}
	return false
}

// nearest suggests types of the catalog for a name that is none.
func nearest(name string, catalog []wire.GPUType) string {
	_, err := gpu.Accepted(name)
	if err == nil {
		return fmt.Sprintf("RunPod does not sell %q.", name)
	}
	var similar []string
	for i := range catalog {
		if strings.Contains(strings.ToLower(catalog[i].ID), strings.ToLower(lastWord(name))) {
			similar = append(similar, catalog[i].ID)
		}
	}
	slices.Sort(similar)
	text := validators.UnknownGPU(err)
	if len(similar) > 0 {
		text = fmt.Sprintf("RunPod's catalog has no %q. Similar: %s.", name, strings.Join(similar[:min(len(similar), 5)], ", "))
	}
	return text
}

func lastWord(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return name
	}
	return words[len(words)-1]
}
