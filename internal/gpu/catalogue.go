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
		c.spell(name, ref{m, size})
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

// addShort adds what people leave off ("4090") and what makers put in ("Radeon RX
// 7600", "RTX PRO 4000 Blackwell SFF").
func (c *catalogue) addShort(m *model) {
	for _, series := range []string{"RTX ", "GTX ", "RX "} {
		for _, name := range slices.Concat([]string{m.name}, m.vast, m.aliases) {
			short, cut := strings.CutPrefix(name, series)
			if !cut {
				continue
			}
			c.spell(short, ref{m, 0})
			if series == "RX " {
				c.spell("Radeon "+short, ref{m, 0})
			}
		}
	}
	for _, series := range []string{"RX ", "PRO ", "AI PRO "} {
		if strings.HasPrefix(m.name, series) {
			c.spell("Radeon "+m.name, ref{m, 0})
		}
	}
	if rest, pro := strings.CutPrefix(m.name, "RTX PRO "); pro {
		number, edition, _ := strings.Cut(rest, " ")
		c.spell("RTX PRO "+number+" Blackwell "+edition, ref{m, 0})
	}
}

// resolve is what a name may mean, one at least. The error is an *UnknownError.
func (c *catalogue) resolve(name string) ([]ref, error) {
	if meant := c.mean(name); len(meant) > 0 {
		return meant, nil
	}
	bare, gb := cutMemory(name)
	if gb == 0 {
		return nil, &UnknownError{Name: name, Nearest: c.nearest(key(name))}
	}
	var others []string
	for _, r := range c.lookUp(key(bare)) {
		for _, size := range r.allSizes() {
			others = append(others, r.model.called(size))
		}
	}
	if len(others) == 0 {
		others = c.nearest(key(bare))
	}
	return nil, &UnknownError{Name: name, Nearest: others}
}

// mean is what a name may mean; nil when the tables do not tell.
func (c *catalogue) mean(name string) []ref {
	k := key(name)
	if meant := c.lookUp(k); len(meant) > 0 {
		return meant
	}
	bare, gb := cutMemory(name)
	if gb == 0 {
		return c.runTogether(k)
	}
	meant := c.lookUp(key(bare))
	if sized := ofSize(meant, gb); len(sized) > 0 {
		return sized
	}
	if len(meant) == 1 && meant[0].size == 0 && gb <= maxUnlisted {
		// A size off the tables, as it is printed.
		return []ref{{meant[0].model, meant[0].model.size(float64(gb))}}
	}
	return nil
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

// wish is the model and size that a wish is for, also of a size that the model is
// not known with; false when it is off the tables.
func (c *catalogue) wish(text string) (ref, bool) {
	if r, ok := c.wishes[text]; ok {
		return r, true
	}
	if r, ok := c.canonical[text]; ok {
		return r, true
	}
	bare, gb := cutMemory(text)
	r, ok := c.wishes[bare]
	return ref{r.model, gb}, ok
}

// meanings are what a canonical name may mean, none when it is off the tables.
func (c *catalogue) meanings(canonical string) []ref {
	if r, ok := c.canonical[canonical]; ok {
		return []ref{r}
	}
	if r, ok := c.wish(canonical); ok {
		return []ref{r}
	}
	return c.mean(canonical)
}

func (c *catalogue) matches(wishes []string, canonical string) bool {
	meant := c.meanings(canonical)
	if len(meant) == 0 {
		return slices.ContainsFunc(wishes, func(wish string) bool {
			_, known := c.wish(wish)
			return !known && key(wish) == key(canonical)
		})
	}
	for _, is := range meant {
		if !slices.ContainsFunc(wishes, func(wish string) bool {
			w, ok := c.wish(wish)
			return ok && w.model == is.model && (w.size == 0 || w.size == is.size)
		}) {
			return false
		}
	}
	return true
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
	clean := tidy(bare)
	if gb <= 0 {
		return clean
	}
	return withMemory(clean, int(gb+0.5))
}
