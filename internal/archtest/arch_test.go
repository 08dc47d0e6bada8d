package archtest

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestTree holds this repository to the rules.
func TestTree(t *testing.T) {
	t.Parallel()
	tree, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree) < 10 {
		t.Fatalf("only %d Go files found: is this the root of the repository?", len(tree))
	}
	for _, r := range rules {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			for _, breach := range r.check(tree) {
				t.Error(breach)
			}
		})
	}
}

// TestRules shows that each rule can fail, and where it does not.
func TestRules(t *testing.T) {
	t.Parallel()
	const self = module + "/"
	importing := func(target string) string { return "package p\n\nimport _ \"" + target + "\"\n" }
	once := func(more string) string {
		return "package p\n\nimport \"" + self + "internal/provider/rent\"\n\nvar m, err = rent.Once(c)\n" + more
	}
	long := func(lines int) string { return strings.Repeat("\n", lines) }

	tests := []struct {
		name, rule, file, text string
		want                   string // part of the one breach; empty: none
	}{
		{"pure imports framework", "imports", "internal/money/m.go", importing("github.com/hashicorp/terraform-plugin-framework/types"), "internal/money/m.go:3: internal/money may not import"},
		{"pure imports client", "imports", "internal/market/m.go", importing(self + "internal/clients/runpod/wire"), "may not import internal/clients/runpod/wire"},
		{"pure imports pure", "imports", "internal/market/m.go", importing(self + "internal/gpu"), ""},
		{"pure test imports a test library", "imports", "internal/market/m_test.go", importing("github.com/google/go-cmp/cmp"), ""},
		{"normalize imports wire", "imports", "internal/market/normalize/n.go", importing(self + "internal/clients/vastai/wire"), ""},
		{"normalize imports client", "imports", "internal/market/normalize/n.go", importing(self + "internal/clients/vastai"), "may not import internal/clients/vastai,"},
		{"client imports framework", "imports", "internal/clients/vastai/c.go", importing("github.com/hashicorp/terraform-plugin-log/tflog"), "may not import github.com/hashicorp/terraform-plugin-log"},
		{"client imports retryablehttp", "imports", "internal/clients/transport/c.go", importing("github.com/hashicorp/go-retryablehttp"), ""},
		{"client imports market", "imports", "internal/clients/vastai/c.go", importing(self + "internal/market"), "may not import internal/market"},
		{"client imports provider", "imports", "internal/clients/poll/c.go", importing(self + "internal/provider/kernel"), "may not import internal/provider/kernel"},
		{"client imports sim", "imports", "internal/clients/runpod/c.go", importing(self + "internal/sim"), "may not import internal/sim"},
		{"client test imports sim", "imports", "internal/clients/runpod/c_test.go", importing(self + "internal/sim"), ""},
		{"clients of each other", "imports", "internal/clients/runpod/c_test.go", importing(self + "internal/clients/vastai"), "may not import internal/clients/vastai"},
		{"transport knows a platform", "imports", "internal/clients/transport/c.go", importing(self + "internal/clients/runpod"), "may not import internal/clients/runpod"},
		{"wire imports clock", "imports", "internal/clients/runpod/wire/w.go", importing(self + "internal/clock"), "may not import internal/clock"},
		{"platform imports the other", "imports", "internal/provider/vastai/instance/r.go", importing(self + "internal/provider/runpod/pod"), "may not import internal/provider/runpod/pod"},
		{"platform imports its client", "imports", "internal/provider/vastai/instance/r.go", importing(self + "internal/clients/vastai"), ""},
		{"sim imports client", "imports", "internal/sim/vastaisim/s_test.go", importing(self + "internal/clients/vastai/wire"), "may not import internal/clients/vastai/wire"},
		{"sim imports library", "imports", "internal/sim/runpodsim/s.go", importing("github.com/google/go-cmp/cmp"), "may not import github.com/google/go-cmp/cmp"},
		{"contract imports validator", "imports", "internal/sim/contract/c.go", importing("github.com/santhosh-tekuri/jsonschema/v6"), ""},
		{"main imports sim", "imports", "main.go", importing(self + "internal/sim"), "may not import internal/sim"},
		{"provider imports harness", "imports", "internal/provider/p.go", importing(self + "internal/provider/acctest"), "may not import internal/provider/acctest"},
		{"protocol imports provider", "imports", "internal/provider/acctest/protocol/p.go", importing(self + "internal/provider"), "may not import internal/provider,"},
		{"gpusim imports sim", "imports", "cmd/gpusim/main.go", importing(self + "internal/sim"), ""},
		{"similar name", "imports", "internal/clients/runpodx/c.go", importing(self + "internal/clients/vastai"), ""},

		{"now", "time", "internal/market/m.go", "package p\n\nimport \"time\"\n\nvar at = time.Now()\n", "m.go:5: time.Now"},
		{"sleep in a test", "time", "internal/market/m_test.go", "package p\n\nimport \"time\"\n\nfunc f() { time.Sleep(1) }\n", "time.Sleep"},
		{"renamed", "time", "internal/market/m.go", "package p\n\nimport clock \"time\"\n\nvar at = clock.Tick(1)\n", "time.Tick"},
		{"dot", "time", "internal/market/m.go", "package p\n\nimport . \"time\"\n", "with a dot"},
		{"a duration", "time", "internal/market/m.go", "package p\n\nimport \"time\"\n\nconst d = time.Second\n", ""},
		{"the clock", "time", "internal/clock/c.go", "package p\n\nimport \"time\"\n\nvar at = time.Now()\n", ""},

		{"request", "http", "internal/provider/p.go", "package p\n\nimport \"net/http\"\n\nvar c = http.DefaultClient\n", "p.go:5: http.DefaultClient"},
		{"dot import", "http", "internal/provider/p.go", "package p\n\nimport . \"net/http\"\n", "with a dot"},
		{"status and method", "http", "internal/clients/runpod/p.go", "package p\n\nimport \"net/http\"\n\nvar c, m = http.StatusOK, http.MethodGet\n", ""},
		{"transport", "http", "internal/clients/transport/p.go", "package p\n\nimport \"net/http\"\n\nvar c = http.DefaultClient\n", ""},
		{"test", "http", "internal/provider/p_test.go", "package p\n\nimport \"net/http\"\n\nvar c = http.DefaultClient\n", ""},

		{"binary float", "decimals", "internal/provider/p.go", "package p\n\nimport \"github.com/hashicorp/terraform-plugin-framework/types\"\n\nvar v = types.Float64Value(0.1)\n", "p.go:5: Float64Value"},
		{"float parameter", "decimals", "internal/provider/p.go", "package p\n\nimport \"github.com/hashicorp/terraform-plugin-framework/function\"\n\nvar v = function.Float64Parameter{}\n", "Float64Parameter"},
		{"no number", "decimals", "internal/provider/p.go", "package p\n\nimport \"github.com/hashicorp/terraform-plugin-framework/types\"\n\nvar v = types.Float64Null()\n", ""},
		{"the kernel", "decimals", "internal/provider/kernel/k.go", "package p\n\nimport \"github.com/hashicorp/terraform-plugin-framework/types\"\n\nvar v = types.Float64Value(0.1)\n", ""},

		{"long file", "file length", "main.go", "package p" + long(500), "main.go: 50"},
		{"file that fits", "file length", "main.go", "package p" + long(498), ""},
		{"long method", "method length", "internal/provider/p/p.go", "package p\n\nfunc (r r) Update() {" + long(80) + "}\n", "Update has 81 lines"},
		{"method that fits", "method length", "internal/provider/p/p.go", "package p\n\nfunc (r r) Update() {" + long(78) + "}\n", ""},
		{"other method", "method length", "internal/provider/p/p.go", "package p\n\nfunc (r r) Schema() {" + long(200) + "}\n", ""},

		{"no comment", "package comment", "internal/x/x.go", "package x\n", "internal/x: no package comment"},
		{"comment", "package comment", "internal/x/x.go", "// Package x is.\npackage x\n", ""},
		{"directive", "package comment", "internal/x/x.go", "//go:build linux\n\npackage x\n", "internal/x: no package comment"},

		{"once without answered", "answered", "internal/provider/p/p.go", once(""), "internal/provider/p/p.go:5: rent.Once, and no Create"},
		{"once with answered elsewhere", "answered", "internal/provider/p/p.go", once("\n\nfunc (r r) Read() { defer m.Answered() }\n"), "rent.Once, and no Create"},
		{"once with answered", "answered", "internal/provider/p/p.go", once("\n\nfunc (r r) Create() {\n\tdefer m.Answered()\n}\n"), ""},

		{"silent skip", "skip message", "internal/x/x_test.go", "package x\n\nfunc f() { t.Skip() }\n", "x_test.go:3: a skip says why"},
		{"skip now", "skip message", "internal/x/x_test.go", "package x\n\nfunc f() { t.SkipNow() }\n", "a skip says why"},
		{"skip with a reason", "skip message", "internal/x/x_test.go", "package x\n\nfunc f() { t.Skip(\"why\") }\n", ""},
		{"skip in other code", "skip message", "internal/x/x.go", "package x\n\nfunc f() { scanner.Skip() }\n", ""},
		{"operation without an interval", "intervals", "internal/clients/vastai/x.go", "package vastai\n\nvar o = operation{name: \"x\"}\n", "x.go:3: an operation says its interval"},
		{"operation with an interval", "intervals", "internal/clients/vastai/x.go", "package vastai\n\nvar o = operation{name: \"x\", interval: unpaced}\n", ""},
		{"operation past the table", "intervals", "internal/clients/vastai/x.go", "package vastai\n\nvar o = transport.Op{Name: \"x\"}\n", "x.go:3: an operation without its interval"},
		{"operation of the other platform", "intervals", "internal/clients/runpod/x.go", "package runpod\n\nvar o = transport.Op{Name: \"x\"}\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			tree, err := load(fstest.MapFS{tt.file: {Data: []byte(tt.text)}})
			if err != nil {
				t.Fatal(err)
			}
			breaches := named(t, tt.rule).check(tree)
			switch {
			case tt.want == "" && len(breaches) > 0:
				t.Errorf("breaches %q, want none", breaches)
			case tt.want != "" && (len(breaches) == 0 || !strings.Contains(breaches[0], tt.want)):
				t.Errorf("breaches %q, want one with %q", breaches, tt.want)
			}
		})
	}
}

func named(t *testing.T, name string) rule {
	t.Helper()
	for _, r := range rules {
		if r.name == name {
			return r
		}
	}
	t.Fatalf("no rule %q", name)
	return rule{}
}

// TestLoad shows what belongs to the tree.
func TestLoad(t *testing.T) {
	t.Parallel()
	file := &fstest.MapFile{Data: []byte("package p\n")}
	tree, err := load(fstest.MapFS{
		"main.go":               file,
		"internal/a/a.go":       file,
		"internal/a/a_test.go":  file,
		"internal/a/notes.md":   {Data: []byte("no Go")},
		"internal/a/testdata/x": file,
		"internal/a/testdata/b.go": {
			Data: []byte("not Go either"),
		},
		".cache/c.go":   file,
		"tools/go.mod":  {Data: []byte("module other\n")},
		"tools/tool.go": file,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range tree {
		got = append(got, s.path)
	}
	if want := "internal/a/a.go internal/a/a_test.go main.go"; strings.Join(got, " ") != want {
		t.Errorf("loaded %q, want %q", got, want)
	}

	if _, err := load(fstest.MapFS{"bad.go": {Data: []byte("package")}}); err == nil {
		t.Error("a file that is not Go was accepted")
	}
	if _, err := load(brokenFS{}); err == nil {
		t.Error("a tree that cannot be read was accepted")
	}
}

type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, fs.ErrPermission }
