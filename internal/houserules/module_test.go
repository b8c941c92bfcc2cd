package houserules_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// named matches a block of Markdown that says which file it is.
var named = regexp.MustCompile("(?ms)^```go file=(\\S+)\n(.*?)^```")

// namedFiles returns the files that a document shows, by their names.
func namedFiles(text string) map[string]string {
	files := map[string]string{}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		files[m[1]] = m[2]
	}
	return files
}

// newModule makes the module example.com/shop, which requires what this one does, and this one as it is here, and puts the
// files into a directory of it. It returns that directory.
func newModule(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	module := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(here, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.mod" {
			text = []byte(strings.Replace(string(text), "module github.com/proapi-go/proapi\n", "module example.com/shop\n", 1) +
				"\nrequire github.com/proapi-go/proapi v0.0.0\n\nreplace github.com/proapi-go/proapi => " + here + "\n")
		}
		writeFile(t, filepath.Join(module, name), string(text))
	}
	dir = filepath.Join(module, dir)
	for name, text := range files {
		writeFile(t, filepath.Join(dir, name), text)
	}
	return dir
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// goCommand runs the go command in a directory of such a module.
func goCommand(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
