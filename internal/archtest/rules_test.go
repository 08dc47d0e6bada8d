package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// rule checks the whole tree and returns one line for each breach.
type rule struct {
	name  string
	check func([]source) []string
}

var rules = []rule{
	{"imports", checkImports},
	{"time", checkTime},
	{"http", checkHTTP},
	{"decimals", checkDecimals},
	{"file length", checkFileLength},
	{"method length", checkMethodLength},
	{"package comment", checkPackageComment},
	{"answered", checkAnswered},
	{"skip message", checkSkip},
	{"intervals", checkIntervals},
}

// readsTime are the functions of package time that read the machine's clock or
// wait on it.
var readsTime = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}

// checkTime keeps time behind clock.Clock, in tests too: a test that sleeps is
// slow and fails on a busy machine.
func checkTime(tree []source) []string {
	var breaches []string
	for _, s := range tree {
		if s.in("internal/clock") {
			continue
		}
		if s.called("time") == "." {
			breaches = append(breaches, s.path+": imports time with a dot")
		}
		for _, sel := range s.uses("time") {
			if slices.Contains(readsTime, sel.Sel.Name) {
				breaches = append(breaches, fmt.Sprintf("%s: time.%s: take a clock.Clock", s.at(sel.Pos()), sel.Sel.Name))
			}
		}
	}
	return breaches
}

// speaksHTTP are the folders that send or serve requests.
var speaksHTTP = []string{"internal/clients/transport", "internal/sim", "internal/provider/acctest", "cmd/gpusim"}

// checkHTTP lets other code name methods, statuses and headers, and hand a
// RoundTripper on, but not send or serve anything.
func checkHTTP(tree []source) []string {
	harmless := func(name string) bool {
		return strings.HasPrefix(name, "Method") || strings.HasPrefix(name, "Status") ||
			name == "Header" || name == "RoundTripper"
	}
	var breaches []string
	for _, s := range tree {
		if s.isTest() || s.in(speaksHTTP...) {
			continue
		}
		if s.called("net/http") == "." {
			breaches = append(breaches, s.path+": imports net/http with a dot")
		}
		for _, sel := range s.uses("net/http") {
			if !harmless(sel.Sel.Name) {
				breaches = append(breaches, fmt.Sprintf("%s: http.%s: HTTP is spoken in internal/clients/transport", s.at(sel.Pos()), sel.Sel.Name))
			}
		}
	}
	return breaches
}

// checkDecimals lets numbers with a fraction reach Terraform only through the kernel,
// which makes decimals of them, and keeps function parameters from being float64s,
// which refuse a number that was computed.
func checkDecimals(tree []source) []string {
	const framework = "github.com/hashicorp/terraform-plugin-framework/"
	binary := map[string][]string{
		framework + "types":           {"Float64Value", "Float64PointerValue", "NumberValue", "Float32Value", "Float32PointerValue"},
		framework + "types/basetypes": {"NewFloat64Value", "NewFloat64PointerValue", "NewNumberValue", "NewFloat32Value", "NewFloat32PointerValue"},
		framework + "function":        {"Float64Parameter", "Float32Parameter", "Float64Return", "Float32Return"},
	}
	var breaches []string
	for _, s := range tree {
		if s.isTest() || s.in("internal/provider/kernel") {
			continue
		}
		for pkg, names := range binary {
			for _, sel := range s.uses(pkg) {
				if slices.Contains(names, sel.Sel.Name) {
					breaches = append(breaches, fmt.Sprintf("%s: %s: take kernel.Amount or kernel.Decimal, and a NumberParameter", s.at(sel.Pos()), sel.Sel.Name))
				}
			}
		}
	}
	return breaches
}

const (
	maxFileLines   = 500
	maxMethodLines = 80
)

func checkFileLength(tree []source) []string {
	var breaches []string
	for _, s := range tree {
		if n := s.length(); n >= maxFileLines {
			breaches = append(breaches, fmt.Sprintf("%s: %d lines; a file stays under %d", s.path, n, maxFileLines))
		}
	}
	return breaches
}

// checkMethodLength keeps the methods that Terraform calls short enough to be
// read from top to bottom.
func checkMethodLength(tree []source) []string {
	crud := []string{"Create", "Read", "Update", "Delete", "ModifyPlan"}
	var breaches []string
	for _, s := range tree {
		if s.isTest() || !s.in("internal/provider") {
			continue
		}
		for _, decl := range s.file.Decls {
			method, ok := decl.(*ast.FuncDecl)
			if !ok || method.Recv == nil || !slices.Contains(crud, method.Name.Name) {
				continue
			}
			if n := s.lines(method.Type) + s.lines(method.Body) - 1; n >= maxMethodLines {
				breaches = append(breaches, fmt.Sprintf("%s: %s has %d lines; such a method stays under %d", s.at(method.Pos()), method.Name.Name, n, maxMethodLines))
			}
		}
	}
	return breaches
}

// checkPackageComment wants one file of each package to say what it is for.
func checkPackageComment(tree []source) []string {
	documented := map[string]bool{}
	for _, s := range tree {
		if s.isTest() {
			continue
		}
		documented[s.dir()] = documented[s.dir()] || strings.TrimSpace(s.file.Doc.Text()) != ""
	}
	var breaches []string
	for dir, ok := range documented {
		if !ok {
			breaches = append(breaches, dir+": no package comment")
		}
	}
	return breaches
}

// checkAnswered wants the Create of a package that creates through rent.Once to defer
// Answered: without it what Terraform owns looks like an orphan to the next process.
func checkAnswered(tree []source) []string {
	creates, defers := map[string]string{}, map[string]bool{}
	for _, s := range tree {
		if s.isTest() || !s.in("internal/provider") {
			continue
		}
		for _, sel := range s.uses(module + "/internal/provider/rent") {
			if sel.Sel.Name == "Once" {
				creates[s.dir()] = s.at(sel.Pos())
			}
		}
		for _, decl := range s.file.Decls {
			method, ok := decl.(*ast.FuncDecl)
			if !ok || method.Recv == nil || method.Name.Name != "Create" {
				continue
			}
			for _, statement := range method.Body.List {
				if deferred, ok := statement.(*ast.DeferStmt); ok {
					sel, ok := deferred.Call.Fun.(*ast.SelectorExpr)
					defers[s.dir()] = defers[s.dir()] || ok && sel.Sel.Name == "Answered"
				}
			}
		}
	}
	var breaches []string
	for dir, at := range creates {
		if !defers[dir] {
			breaches = append(breaches, at+": rent.Once, and no Create of the package defers Answered")
		}
	}
	return breaches
}

// checkSkip wants a reason for every test that does not run.
func checkSkip(tree []source) []string {
	var breaches []string
	for _, s := range tree {
		if !s.isTest() && s.called("testing") == "" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && len(call.Args) == 0 && (sel.Sel.Name == "Skip" || sel.Sel.Name == "SkipNow") {
				breaches = append(breaches, s.at(call.Pos())+": a skip says why")
			}
			return true
		})
	}
	return breaches
}

// checkIntervals keeps every operation of Vast.ai, which limits each on its own,
// together with its interval: all are made from the client's operation, and each of
// these says how often it may be called. Where the platform names no figure it says
// unpaced.
func checkIntervals(tree []source) []string {
	const client, definition = "internal/clients/vastai", "internal/clients/vastai/operation.go"
	var breaches []string
	for _, s := range tree {
		if !s.in(client) || s.isTest() || s.path == definition {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			switch kind := literal.Type.(type) {
			case *ast.SelectorExpr:
				if kind.Sel.Name == "Op" {
					breaches = append(breaches, s.at(literal.Pos())+": an operation without its interval: make it from an operation{}")
				}
			case *ast.Ident:
				if kind.Name == "operation" && !names(literal, "interval") {
					breaches = append(breaches, s.at(literal.Pos())+": an operation says its interval, or that it is unpaced")
				}
			}
			return true
		})
	}
	return breaches
}

// names tells whether a composite literal sets the field.
func names(literal *ast.CompositeLit, field string) bool {
	return slices.ContainsFunc(literal.Elts, func(element ast.Expr) bool {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		key, ok := pair.Key.(*ast.Ident)
		return ok && key.Name == field
	})
}
