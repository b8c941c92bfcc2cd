// Package needs finds the programs that tests run against: real servers, a real browser.
package needs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// A Program is something that a test starts.
type Program struct {
	Name    string // of the executable
	Package string // of Debian's package that has it
	Dirs    string // a pattern of directories, besides those of PATH, in which it may be
}

// The programs that tests start.
var (
	Redis    = Program{Name: "redis-server", Package: "redis-server"}
	Postgres = Program{Name: "postgres", Package: "postgresql", Dirs: "/usr/lib/postgresql/*/bin"}
	Chromium = Program{Name: "chromium", Package: "chromium"}
	Strace   = Program{Name: "strace", Package: "strace"}
)

// Path returns the program's path. Where it is not installed the test is skipped, and `make test` says so at its end;
// in CI, which has to have it, the test fails.
func (p Program) Path(tb testing.TB) string {
	tb.Helper()
	if path, err := exec.LookPath(p.Name); err == nil {
		return path
	}
	if found, _ := filepath.Glob(filepath.Join(p.Dirs, p.Name)); p.Dirs != "" && len(found) > 0 {
		return slices.Max(found)
	}
	missing := fmt.Sprintf("%s is not installed: apt-get install %s", p.Name, p.Package)
	if os.Getenv("CI") != "" {
		tb.Fatal(missing)
	}
	p.tell(tb)
	tb.Skip(missing)
	return ""
}

// tell writes down what is missing where `make test` asks for it: see .ci/test.
func (p Program) tell(tb testing.TB) {
	tb.Helper()
	path := os.Getenv("PROAPI_SKIPPED")
	if path == "" {
		return
	}
	dir, err := os.Getwd() // the package's, in a test
	if err != nil {
		tb.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // make's own path
	if err != nil {
		tb.Fatal(err)
	}
	_, err = fmt.Fprintf(f, "%s\t%s\t%s\t%s\n", p.Name, p.Package, dir, tb.Name())
	if err = errors.Join(err, f.Close()); err != nil {
		tb.Fatal(err)
	}
}
