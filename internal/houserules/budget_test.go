package houserules_test

import (
	"bytes"
	"go/ast"
	"os"
	"strings"
	"testing"
)

const (
	maxLines   = 300 // of a file that is no test
	maxNames   = 100 // exported by package session
	maxMethods = 26  // of session.Session
)

func TestFilesAreShort(t *testing.T) {
	for _, dir := range packageDirs(t) {
		for _, file := range goFiles(t, dir) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(b, []byte("\n")); n > maxLines && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s has %d lines, more than %d: it holds more than one idea", file, n, maxLines)
			}
		}
	}
}

func TestSessionStaysSmall(t *testing.T) {
	names, methods := 0, 0
	for _, tree := range sources(t, root+"/session") {
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && receiver(f) == "Session" && f.Name.IsExported() && f.Name.Name != "Format" { // that is for package fmt
				methods++
			}
			names += exported(d)
		}
	}
	if names > maxNames || methods > maxMethods {
		t.Errorf("package session exports %d names (%d at the most), Session has %d methods (%d)", names, maxNames, methods, maxMethods)
	}
	t.Logf("%d names, %d methods", names, methods)
}

// exported counts the names that a declaration at the top of a file exports, methods aside.
func exported(d ast.Decl) (n int) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.IsExported() {
			n++
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				n += count(s.Name)
			case *ast.ValueSpec:
				n += count(s.Names...)
			}
		}
	}
	return n
}

func count(names ...*ast.Ident) (n int) {
	for _, name := range names {
		if name.IsExported() {
			n++
		}
	}
	return n
}
