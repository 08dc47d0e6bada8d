// Package gpu is the one vocabulary of GPU names. A canonical name keeps the form
// factor ("H100 SXM" is not "H100 PCIe") and, where a model exists in several
// memory sizes, the memory ("A100 SXM 80GB", "RTX 4090 48GB"). Every alias of both
// platforms, and the short forms people use, lead to it.
package gpu

import (
	"slices"
	"strconv"
	"strings"
)

// Canonical is the canonical name of any known spelling, and of a name off the
// tables that carries its memory ("RTX 6090 48GB"), as the marketplaces' newest
// GPUs are printed. Canonical(Canonical(x)) is Canonical(x). Errors are
// *UnknownError and *AmbiguousError.
func Canonical(name string) (string, error) {
	c := theCatalogue()
	meant, err := c.resolve(name)
	if err != nil {
		if off, ok := unlisted(name); ok {
			return off, nil
		}
		return "", err
	}
	var variants []string
	for _, r := range meant {
		for _, size := range r.usualSizes() {
			variants = append(variants, r.model.called(size))
		}
	}
	slices.Sort(variants)
	if variants = slices.Compact(variants); len(variants) == 1 {
		return variants[0], nil
	}
	return "", &AmbiguousError{Name: name, Variants: variants}
}

// Accepted are the wishes that one entry in a list of acceptable GPUs stands for:
// an ambiguous name stands for all its variants, a name without a memory for every
// size. What [FromVast] and [FromRunPod] print is accepted, whether the tables have
// it or not; [Unlisted] tells which. The error is an *UnknownError.
func Accepted(name string) ([]string, error) {
	c := theCatalogue()
	meant, err := c.resolve(name)
	if err != nil {
		if off, ok := unlisted(name); ok {
			return []string{off}, nil
		}
		return nil, err
	}
	var wishes []string
	add := func(r ref) {
		if wish := r.wish(); !slices.Contains(wishes, wish) {
			wishes = append(wishes, wish)
		}
	}
	for _, r := range meant {
		add(r)
		for _, variant := range c.open[r.model] {
			if r.size == 0 || slices.Contains(variant.sizes, r.size) {
				add(ref{variant, r.size})
			}
		}
	}
	return wishes, nil
}

// AllAccepted are the wishes of a list of acceptable GPUs, each once. The errors,
// *UnknownError, are those of the names that stand for no GPU.
func AllAccepted(names []string) (wishes []string, unknown []error) {
	for _, name := range names {
		accepted, err := Accepted(name)
		if err != nil {
			unknown = append(unknown, err)
			continue
		}
		for _, wish := range accepted {
			if !slices.Contains(wishes, wish) {
				wishes = append(wishes, wish)
			}
		}
	}
	return wishes, unknown
}

// Unlisted tells that a wish (of [Accepted]) is for a GPU that is in none of the
// tables, so that only a marketplace knows whether it exists. Its error names what
// looks most like it.
func Unlisted(wish string) (*UnknownError, bool) {
	c := theCatalogue()
	if _, known := c.wish(wish); known {
		return nil, false
	}
	bare, _ := cutMemory(wish)
	return &UnknownError{Name: wish, Nearest: c.nearest(key(bare))}, true
}

// Matches tells whether a GPU with the given canonical name is what one of the
// wishes (from [Accepted]) means: a wish without a memory accepts every size, one
// with a memory only that. Where a marketplace's name leaves open which model it
// is, everything that it may be has to be accepted.
func Matches(wishes []string, canonical string) bool {
	c := theCatalogue()
	return slices.Contains(wishes, canonical) || c.matches(wishes, canonical)
}

// FromVast is the canonical name of a GPU that Vast.ai lists under name with
// memoryMB per GPU. A name that is not known comes back cleaned up, with its memory.
func FromVast(name string, memoryMB float64) string {
	c := theCatalogue()
	gb := memoryMB / mbPerGB
	if m, ok := c.vast[key(name)]; ok {
		return m.sized(gb)
	}
	return c.named(name, gb)
}

// FromRunPod is the canonical name of a type of RunPod's catalog, by its id. An id
// that is not known comes back cleaned up, with its memory.
func FromRunPod(id string, memoryGB int) string {
	c := theCatalogue()
	if r, ok := c.runpod[id]; ok {
		return r.model.called(r.size)
	}
	return c.named(id, float64(memoryGB))
}

// VastNames are the names under which Vast.ai lists what the wishes accept, other
// sizes of the same models among it. A wish off the tables has its own name.
func VastNames(wishes []string) []string {
	c := theCatalogue()
	var names []string
	for _, wish := range wishes {
		var listed []string
		if w, ok := c.wish(wish); ok {
			listed = w.model.vast
		} else if bare, gb := cutMemory(wish); gb > 0 {
			listed = []string{bare}
		}
		for _, name := range listed {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// RunPodIDs are the ids of RunPod's catalog that the wishes accept, in the order
// of the wishes. Not all of them are in the catalog at any time.
func RunPodIDs(wishes []string) []string {
	c := theCatalogue()
	var ids []string
	for _, wish := range wishes {
		w, ok := c.wish(wish)
		if !ok {
			continue
		}
		for _, size := range w.allSizes() {
			for _, id := range w.model.runpod[size] {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
	}
	return ids
}

// Names are all canonical names, sorted.
func Names() []string { return slices.Clone(theCatalogue().names) }

// MemoryGB is the memory that a GPU with the given canonical name is sold with, in
// GB; false when the name is not canonical.
func MemoryGB(canonical string) (int, bool) {
	r, ok := theCatalogue().canonical[canonical]
	return r.size, ok
}

// NeedsARM tells whether one of the wishes is for a GPU that only machines with an
// ARM processor have.
func NeedsARM(wishes []string) bool {
	c := theCatalogue()
	return slices.ContainsFunc(wishes, func(wish string) bool {
		w, ok := c.wish(wish)
		return ok && slices.Contains(arm(), w.model.name)
	})
}

// mbPerGB is how many of the MB that drivers report make one of the GB that GPUs
// are sold by.
const mbPerGB = 1024

// called is the canonical name of the model with a memory of size GB.
func (m *model) called(size int) string {
	if size == m.usual || len(m.sizes) == 1 && size == m.sizes[0] {
		return m.name
	}
	return withMemory(m.name, size)
}

// sized is the canonical name of the model with about gb of memory; without a
// memory (0) it is that of the usual one.
func (m *model) sized(gb float64) string {
	size := m.size(gb)
	if size == 0 {
		size = m.usual
	}
	if size == 0 {
		return m.name
	}
	return m.called(size)
}

// size is the memory that about gb stands for, in GB: drivers report less than is
// sold. A memory that the model is not known with is kept.
func (m *model) size(gb float64) int {
	if size, ok := m.nearest(gb, reported); ok {
		return size
	}
	whole := int(gb + 0.5)
	// What is printed has to be read back as the same.
	if size, ok := m.nearest(float64(whole), reported); ok {
		return size
	}
	return whole
}

// By how much a memory may differ from a size that a model exists with. Drivers
// and error-correcting memory take up to a tenth; in names people round.
const (
	reported = 0.12
	spoken   = 0.02
)

// nearest is the size closest to gb, where it differs by no more than the share.
func (m *model) nearest(gb, share float64) (int, bool) {
	best, least := 0, share
	for _, size := range m.sizes {
		off := gb/float64(size) - 1
		if off < 0 {
			off = -off
		}
		if off <= least {
			best, least = size, off
		}
	}
	return best, best != 0
}

// usualSizes are the sizes that the name alone stands for.
func (r ref) usualSizes() []int {
	switch {
	case r.size != 0:
		return []int{r.size}
	case r.model.usual != 0:
		return []int{r.model.usual}
	}
	return r.model.sizes
}

// allSizes are the sizes that are accepted, the usual one first.
func (r ref) allSizes() []int {
	if r.size != 0 {
		return []int{r.size}
	}
	sizes := slices.Clone(r.model.sizes)
	if i := slices.Index(sizes, r.model.usual); i > 0 {
		sizes = slices.Insert(slices.Delete(sizes, i, i+1), 0, r.model.usual)
	}
	return sizes
}

// wish is the text that stands for exactly this in lists of wishes.
func (r ref) wish() string {
	if r.size == 0 || len(r.model.sizes) == 1 && r.size == r.model.sizes[0] {
		return r.model.name
	}
	return withMemory(r.model.name, r.size)
}

func withMemory(name string, gb int) string { return name + " " + strconv.Itoa(gb) + "GB" }

// UnknownError says that a name is none of any GPU.
type UnknownError struct {
	Name string
	// Nearest are the canonical names that look most like it, best first.
	Nearest []string
}

func (e *UnknownError) Error() string {
	text := "no GPU is called " + strconv.Quote(e.Name)
	if len(e.Nearest) == 0 {
		return text
	}
	return text + "; nearest: " + strings.Join(e.Nearest, ", ")
}

// AmbiguousError says that a name leaves open which GPU is meant.
type AmbiguousError struct {
	Name string
	// Variants are the canonical names it may mean, sorted.
	Variants []string
}

func (e *AmbiguousError) Error() string {
	return strconv.Quote(e.Name) + " may be any of: " + strings.Join(e.Variants, ", ")
}
