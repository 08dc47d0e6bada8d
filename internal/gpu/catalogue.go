package gpu

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// ref is a model with one of its sizes, or with the size left open (0).
type ref struct {
	model *model
	size  int
}

// catalogue is the tables made searchable. It is built once and never changed.
type catalogue struct {
	// spelled has every known spelling, families the ones that leave open which
	// model is meant, both by key.
	spelled  map[string]ref
	families map[string][]*model
	// vast is by key of Vast.ai's name, runpod by RunPod's id to the letter.
	vast   map[string]*model
	runpod map[string]ref
	// canonical and wishes are by canonical name and by wish, to the letter.
	canonical map[string]ref
	wishes    map[string]ref
	open      map[*model][]*model
	names     []string
}

var theCatalogue = sync.OnceValue(newCatalogue)

func newCatalogue() *catalogue {
	c := &catalogue{
		spelled: map[string]ref{}, families: map[string][]*model{}, vast: map[string]*model{}, runpod: map[string]ref{},
		canonical: map[string]ref{}, wishes: map[string]ref{}, open: map[*model][]*model{},
	}
	all := models()
	byName := make(map[string]*model, len(all))
	for i := range all {
		m := &all[i]
		if len(m.sizes) == 1 {
			m.usual = m.sizes[0]
		}
		byName[m.name] = m
		c.addNames(m)
	}
	// What is certain goes first: no alias takes a name away from its owner.
	for _, add := range []func(*model){c.addPlatforms, c.addAliases, c.addShort} {
		for i := range all {
			add(&all[i])
		}
	}
	for name, members := range families() {
		for _, member := range members {
			c.families[key(name)] = append(c.families[key(name)], byName[member])
		}
	}
	for name, variants := range open() {
		for _, variant := range variants {
			c.open[byName[name]] = append(c.open[byName[name]], byName[variant])
		}
	}
	slices.Sort(c.names)
	return c
}

func (c *catalogue) spell(name string, r ref) {
	if _, taken := c.spelled[key(name)]; !taken {
		c.spelled[key(name)] = r
	}
}

func (c *catalogue) addNames(m *model) {
	c.spell(m.name, ref{m, 0})
	c.wishes[m.name] = ref{m, 0}
	for _, size := range m.sizes {
		name := m.called(size)
		c.names = append(c.names, name)
		c.canonical[name] = ref{m, size}
		if len(m.sizes) > 1 {
			c.wishes[ref{m, size}.wish()] = ref{m, size}
		}
	}
}

func (c *catalogue) addPlatforms(m *model) {
	for _, name := range m.vast {
		c.vast[key(name)] = m
		c.spell(name, ref{m, 0})
	}
	for size, ids := range m.runpod {
		for _, id := range ids {
			c.runpod[id] = ref{m, size}
			c.spell(id, ref{m, size})
		}
	}
	for _, name := range m.display {
		c.spell(name, ref{m, 0})
	}
}

func (c *catalogue) addAliases(m *model) {
	for _, name := range m.aliases {
		c.spell(name, ref{m, 0})
	}
	for size, names := range m.whole {
		for _, name := range names {
			c.spell(name, ref{m, size})
		}
	}
}

// addShort adds what people leave off ("4090") and put in front ("Radeon RX 7600").
func (c *catalogue) addShort(m *model) {
	for _, series := range []string{"RTX ", "GTX ", "RX "} {
		for _, name := range append([]string{m.name}, m.vast...) {
			if short, cut := strings.CutPrefix(name, series); cut {
				c.spell(short, ref{m, 0})
			}
		}
	}
	for _, series := range []string{"RX ", "PRO ", "AI PRO "} {
		if strings.HasPrefix(m.name, series) {
			c.spell("Radeon "+m.name, ref{m, 0})
		}
	}
}

// resolve is what a name may mean, one at least. The error is an *UnknownError.
func (c *catalogue) resolve(name string) ([]ref, error) {
	k := key(name)
	if meant := c.lookUp(k); len(meant) > 0 {
		return meant, nil
	}
	bare, gb := cutMemory(name)
	if gb == 0 {
		if meant := c.runTogether(k); len(meant) > 0 {
			return meant, nil
		}
		return nil, &UnknownError{Name: name, Nearest: c.nearest(k)}
	}
	k = key(bare)
	meant := c.lookUp(k)
	if sized := ofSize(meant, gb); len(sized) > 0 {
		return sized, nil
	}
	var others []string
	for _, r := range meant {
		for _, size := range r.allSizes() {
			others = append(others, r.model.called(size))
		}
	}
	if len(others) == 0 {
		others = c.nearest(k)
	}
	return nil, &UnknownError{Name: name, Nearest: others}
}

// ofSize are those that exist with a memory of gb.
func ofSize(meant []ref, gb int) []ref {
	var sized []ref
	for _, r := range meant {
		if size, ok := r.model.nearest(float64(gb), spoken); ok && (r.size == 0 || r.size == size) {
			sized = append(sized, ref{r.model, size})
		}
	}
	return sized
}

// runTogether is what a key means that ends in a memory without a separator
// before it ("a10080gb"): where model and memory part, only the tables tell.
func (c *catalogue) runTogether(k string) []ref {
	digits, hasUnit := strings.CutSuffix(strings.TrimSuffix(k, "b"), "g")
	if !hasUnit {
		return nil
	}
	for at := len(digits) - 1; at > 0 && digits[at] >= '0' && digits[at] <= '9'; at-- {
		gb, err := strconv.Atoi(digits[at:])
		if err != nil || digits[at] == '0' {
			continue
		}
		if sized := ofSize(c.lookUp(digits[:at]), gb); len(sized) > 0 {
			return sized
		}
	}
	return nil
}

func (c *catalogue) lookUp(k string) []ref {
	if family, ok := c.families[k]; ok {
		meant := make([]ref, 0, len(family))
		for _, m := range family {
			meant = append(meant, ref{m, 0})
		}
		return meant
	}
	if r, ok := c.spelled[k]; ok {
		return []ref{r}
	}
	return nil
}

// find is the model and size of a canonical name, also of one with a memory that
// the model is not known with.
func (c *catalogue) find(canonical string) (ref, bool) {
	if r, ok := c.canonical[canonical]; ok {
		return r, true
	}
	bare, gb := cutMemory(canonical)
	r, ok := c.wishes[bare]
	return ref{r.model, gb}, ok
}

// named is the canonical name of what a platform calls name and gives a memory of
// gb, the name cleaned up where it says too little.
func (c *catalogue) named(name string, gb float64) string {
	bare, inName := cutMemory(name)
	if gb <= 0 {
		gb = float64(inName)
	}
	meant := c.lookUp(key(name))
	if len(meant) == 0 {
		meant = c.lookUp(key(bare))
	}
	var fits []ref
	for _, r := range meant {
		if _, ok := r.model.nearest(gb, reported); ok {
			fits = append(fits, r)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0].model.sized(gb)
	case len(meant) == 1:
		return meant[0].model.sized(gb)
	}
	clean := strings.Join(strings.FieldsFunc(bare, func(r rune) bool { return r == ' ' || r == '_' || r == '\t' }), " ")
	for _, brand := range []string{"NVIDIA ", "AMD ", "GeForce ", "Instinct "} {
		clean = strings.TrimPrefix(clean, brand)
	}
	if gb <= 0 {
		return clean
	}
	return withMemory(clean, int(gb+0.5))
}
