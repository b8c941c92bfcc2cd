package houserules_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fence matches a Go block of a Markdown file.
var fence = regexp.MustCompile("(?ms)^```go\n(.*?)^```")

// declared matches variables that a fragment declares at its top.
var declared = regexp.MustCompile(`(?m)^(\w+)(?:, (\w+))? :?= `)

// preamble is what fragments may take for granted.
const preamble = `package snippet

import (
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/proapi-go/proapi"
	"github.com/proapi-go/proapi/session"
	"github.com/proapi-go/proapi/session/sessiontest"
	"github.com/proapi-go/proapi/session/storetest"
)

var (
	_ = errors.New
	_ = fmt.Sprint
	_ = log.Fatal
	_ = slog.Default
	_ http.Handler
	_ httptest.ResponseRecorder
	_ = os.Getenv
	_ *testing.T
	_ time.Time
	_ proapi.Map
	_ session.Options
	_ = sessiontest.New
	_ = storetest.Run

	accountPages http.Handler
	sessions     *session.Manager
	w            http.ResponseWriter
	r            *http.Request
)

func valid(user, password string) bool           { return user != password }
func sendMoney()                                 {}
func newApp(*testing.T) *proapi.App              { return nil }
func newStore(*testing.T) session.Store          { return nil }
func userOfOldCookie(*http.Request) (string, error) { return "", nil }
func endOldSession(*http.Request) error          { return nil }
func open(url string) (session.Store, error)     { return nil, nil }
`

func TestGoInTheDocumentationCompiles(t *testing.T) {
	overlay := map[string]string{}
	args := []string{"build", "-overlay", filepath.Join(t.TempDir(), "overlay.json")}
	where, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range markdown(t) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		blocks := fence.FindAllStringSubmatch(string(text), -1)
		if calls := callsHere(string(text)); calls != "" {
			blocks = append(blocks, []string{"", calls})
		}
		for i, block := range blocks {
			name := fmt.Sprintf("%s-%d", strings.TrimSuffix(filepath.Base(doc), ".md"), i+1)
			file := filepath.Join(t.TempDir(), name+".go")
			if err := os.WriteFile(file, []byte(program(block[1])), 0o600); err != nil {
				t.Fatal(err)
			}
			overlay[filepath.Join(where, "snippets", name, "main.go")] = file
			args = append(args, "./snippets/"+name)
		}
	}
	if len(overlay) < 10 {
		t.Fatalf("found %d blocks of Go in the documentation, want more", len(overlay))
	}
	b, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(args[2], b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Errorf("the file's name is the document and the number of its block: %v\n%s", err, out)
	}
}

// program makes a block a file that compiles if the block is right.
func program(block string) string {
	switch {
	case strings.HasPrefix(block, "package "):
		return block
	case strings.HasPrefix(block, "func "):
		return preamble + block
	}
	var used strings.Builder
	for _, m := range declared.FindAllStringSubmatch(block, -1) {
		for _, name := range m[1:] {
			if name != "" && name != "_" {
				fmt.Fprintf(&used, "\t_ = %s\n", name)
			}
		}
	}
	return preamble + "\nfunc _(s *session.Session, app *proapi.App, mux *http.ServeMux) error {\n" + block + used.String() + "\treturn nil\n}\n"
}

// hereCell matches the Go of a table's last column.
var hereCell = regexp.MustCompile("\\| `([^`|]+)`[^`|]*\\|$")

// callsHere returns the Go in the last columns of tables that compare other libraries with what is done "here", each
// cell in a block of its own.
func callsHere(text string) string {
	var calls strings.Builder
	here := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		here = strings.HasPrefix(line, "|") && (here || strings.HasSuffix(line, "| here |"))
		cell := hereCell.FindStringSubmatch(line)
		if !here || cell == nil || strings.HasPrefix(cell[1], "openssl") {
			continue
		}
		calls.WriteString("{\n\t" + cell[1] + "\n") // with a tab: the block's own declarations begin the line
		for _, m := range declared.FindAllStringSubmatch(cell[1], -1) {
			for _, name := range m[1:] {
				if name != "" && name != "_" {
					calls.WriteString("\t_ = " + name + "\n")
				}
			}
		}
		calls.WriteString("}\n")
	}
	return calls.String()
}

func markdown(t *testing.T) []string {
	t.Helper()
	files := []string{root + "/README.md"}
	err := filepath.WalkDir(root+"/docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
