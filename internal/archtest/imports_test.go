package archtest

import (
	"fmt"
	"slices"
	"strings"
)

const (
	runpodClient = "internal/clients/runpod"
	vastaiClient = "internal/clients/vastai"
	runpodTypes  = "internal/provider/runpod"
	vastaiTypes  = "internal/provider/vastai"
)

var (
	pure = []string{"internal/money", "internal/gpu", "internal/market", "internal/country", "internal/suggest"}
	wire = []string{runpodClient + "/wire", vastaiClient + "/wire"}
)

// importRule says what the files of some folders may not import. Folders and
// targets hold for what is below them too.
type importRule struct {
	in, except []string
	// onlyLocal are the folders of this module that may be imported; any when nil.
	onlyLocal []string
	// notLocal are folders of this module that may not be imported.
	notLocal []string
	// onlyForeign are the beginnings of other modules' import paths that may be
	// used; any when nil.
	onlyForeign []string
	// notForeign are beginnings of other modules' import paths that may not be used.
	notForeign []string
	// tests tells whether test files obey as well.
	tests bool
}

// nothing is an allow list without an entry.
var nothing = []string{}

var importRules = []importRule{
	// Facts and arithmetic: no I/O, no framework, so that they can be tested in tables.
	{in: pure, except: []string{"internal/market/normalize"}, onlyLocal: pure, onlyForeign: nothing},
	{in: []string{"internal/market/normalize"}, onlyLocal: slices.Concat(pure, wire), onlyForeign: nothing},

	// Clients speak wire truth; opinions live above them.
	{
		in:         []string{"internal/clients"},
		notLocal:   []string{"internal/provider", "internal/market"},
		notForeign: []string{"github.com/hashicorp/terraform-"},
		tests:      true,
	},
	{in: wire, onlyLocal: nothing, onlyForeign: nothing},
	{in: []string{runpodClient}, notLocal: []string{vastaiClient}, tests: true},
	{in: []string{vastaiClient}, notLocal: []string{runpodClient}, tests: true},
	{
		in:        []string{"internal/clients/transport", "internal/clients/poll", "internal/clients/apierr"},
		notLocal:  []string{runpodClient, vastaiClient},
		onlyLocal: []string{"internal/clients", "internal/clock"},
	},

	// The platforms meet in provider.go only.
	{in: []string{runpodTypes}, notLocal: []string{vastaiTypes}, tests: true},
	{in: []string{vastaiTypes}, notLocal: []string{runpodTypes}, tests: true},

	// A simulator that shared the clients' structs could not catch a wrong JSON tag.
	{in: []string{"internal/sim"}, except: []string{"internal/sim/contract"}, onlyLocal: []string{"internal/sim", "internal/clock"}, onlyForeign: nothing},
	{in: []string{"internal/sim"}, notLocal: []string{"internal/clients", "internal/provider"}, tests: true},
	{in: []string{"internal/sim/contract"}, onlyLocal: []string{"internal/sim"}, onlyForeign: []string{"github.com/santhosh-tekuri/jsonschema/v6", "go.yaml.in/yaml/v3", "golang.org/x/text/"}},

	// What is released contains no simulator and no test harness.
	{
		in:       []string{"."},
		except:   []string{"internal/sim", "internal/provider/acctest", "cmd/gpusim"},
		notLocal: []string{"internal/sim", "internal/provider/acctest"},
	},
	// The protocol harness drives any provider, and could be handed to another project.
	{in: []string{"internal/provider/acctest/protocol"}, onlyLocal: nothing, tests: true},
	{in: []string{"internal/clock"}, onlyLocal: []string{"internal/clock"}, onlyForeign: nothing},
}

func (r importRule) covers(s source) bool {
	if s.isTest() && !r.tests || s.in(r.except...) {
		return false
	}
	return slices.Contains(r.in, ".") || s.in(r.in...)
}

// forbids tells why the import is a breach; empty when it is none.
func (r importRule) forbids(i imported) string {
	under := func(dir string) func(string) bool {
		return func(folder string) bool { return within(dir, folder) }
	}
	begins := func(prefix string) bool { return strings.HasPrefix(i.target, prefix) }

	if dir, ok := i.local(); ok {
		switch {
		case slices.ContainsFunc(r.notLocal, under(dir)):
			return "may not import " + dir
		case r.onlyLocal != nil && !slices.ContainsFunc(r.onlyLocal, under(dir)):
			return fmt.Sprintf("may not import %s, of this module only %q", dir, r.onlyLocal)
		}
		return ""
	}
	switch {
	case i.standard():
		return ""
	case slices.ContainsFunc(r.notForeign, begins):
		return "may not import " + i.target
	case r.onlyForeign != nil && !slices.ContainsFunc(r.onlyForeign, begins):
		return fmt.Sprintf("may not import %s, of other modules only %q", i.target, r.onlyForeign)
	}
	return ""
}

func checkImports(tree []source) []string {
	var breaches []string
	for _, s := range tree {
		for _, r := range importRules {
			if !r.covers(s) {
				continue
			}
			for _, i := range s.imports() {
				if why := r.forbids(i); why != "" {
					breaches = append(breaches, fmt.Sprintf("%s: %s %s", i.at, s.dir(), why))
				}
			}
		}
	}
	return breaches
}
