// Package houserules_test keeps the rules of this repository that no linter knows.
package houserules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

func TestEveryStoreRunsTheConformanceSuite(t *testing.T) {
	stores := 0
	for _, dir := range packageDirs(t) {
		if !exportsStore(t, dir) {
			continue
		}
		stores++
		if !testsMention(t, dir, "storetest.Run(") {
			t.Errorf("%s exports a store, and its tests do not call storetest.Run", dir)
		}
	}
	if stores < 2 {
		t.Errorf("found %d packages that export a store, want memstore and filestore at least", stores)
	}
}

// packageDirs returns the directories of the module's packages, without those that only test stores.
func packageDirs(t *testing.T) []string {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return err
		case d.Name() == "testdata" || d.Name() == ".git" || d.Name() == "storetest":
			return filepath.SkipDir
		}
		dirs = append(dirs, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// exportsStore reports whether the package has an exported type with the methods of store.Store.
func exportsStore(t *testing.T, dir string) bool {
	t.Helper()
	methods := map[string]int{}
	for _, tree := range sources(t, dir) {
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && isStoreMethod(f) {
				methods[receiver(f)]++
			}
		}
	}
	for name, n := range methods {
		if ast.IsExported(name) && n == 3 {
			return true
		}
	}
	return false
}

// isStoreMethod reports whether f looks like Load, Save or Delete of the contract: as many parameters, a context first.
func isStoreMethod(f *ast.FuncDecl) bool {
	want := map[string]int{"Load": 2, "Save": 3, "Delete": 3}[f.Name.Name]
	have := 0
	for _, p := range f.Type.Params.List {
		have += max(1, len(p.Names))
	}
	if want == 0 || have != want {
		return false
	}
	sel, ok := f.Type.Params.List[0].Type.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Context"
}

func receiver(f *ast.FuncDecl) string {
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// sources returns the package's files, without its tests.
func sources(t *testing.T, dir string) (trees []*ast.File) {
	t.Helper()
	for _, file := range goFiles(t, dir) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
	}
	return trees
}

func testsMention(t *testing.T, dir, text string) bool {
	t.Helper()
	for _, file := range goFiles(t, dir) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") && strings.Contains(string(b), text) {
			return true
		}
	}
	return false
}

func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}
