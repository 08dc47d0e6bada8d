package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/gpumarket/terraform-provider-gpumarket"

// source is one Go file of the module.
type source struct {
	path string // from the root of the repository, with slashes
	file *ast.File
	set  *token.FileSet
}

// dir is the folder of the file; "." is the root.
func (s source) dir() string { return path.Dir(s.path) }

// isTest tells whether the file is built for tests only.
func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// in tells whether the file lies in one of the folders, or below it.
func (s source) in(folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return within(s.dir(), f) })
}

func within(dir, folder string) bool {
	return dir == folder || strings.HasPrefix(dir, folder+"/")
}

// at names a place in the file.
func (s source) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", s.path, s.set.Position(pos).Line)
}

// lines is the number of lines of the node, its doc comment left out.
func (s source) lines(n ast.Node) int {
	return s.set.Position(n.End()).Line - s.set.Position(n.Pos()).Line + 1
}

// length is the number of lines of the file.
func (s source) length() int { return s.set.File(s.file.FileStart).LineCount() }

// imports are the import paths of the file, with where they stand.
func (s source) imports() []imported {
	var all []imported
	for _, spec := range s.file.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser accepts no such file
		}
		all = append(all, imported{target: target, at: s.at(spec.Pos())})
	}
	return all
}

// imported is one import of a file.
type imported struct{ target, at string }

// local is the folder of the import in this module; false when it is from
// elsewhere.
func (i imported) local() (string, bool) {
	if i.target == module {
		return ".", true
	}
	return strings.CutPrefix(i.target, module+"/")
}

// standard tells whether the import is of the standard library, whose first
// element has no dot.
func (i imported) standard() bool {
	first, _, _ := strings.Cut(i.target, "/")
	return !strings.Contains(first, ".")
}

// called is the name under which the file knows an imported package; empty when
// it does not import it.
func (s source) called(target string) string {
	for _, spec := range s.file.Imports {
		if spec.Path.Value != strconv.Quote(target) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(target)
	}
	return ""
}

// uses are the selections from an imported package, such as time.Now.
func (s source) uses(target string) []*ast.SelectorExpr {
	name := s.called(target)
	if name == "" {
		return nil
	}
	var found []*ast.SelectorExpr
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == name {
				found = append(found, sel)
			}
		}
		return true
	})
	return found
}

// load parses every Go file of the module below root, and leaves out other
// modules (folders with a go.mod of their own), hidden folders and testdata.
func load(root fs.FS) ([]source, error) {
	var all []source
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && skipped(root, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{path: name, file: file, set: set})
		return nil
	})
	return all, err
}

func skipped(root fs.FS, folder string) bool {
	base := path.Base(folder)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" {
		return true
	}
	_, err := fs.Stat(root, path.Join(folder, "go.mod"))
	return err == nil
}
