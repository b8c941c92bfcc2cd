package pgstore_test

import (
	"os"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/session/pgstore"
)

// What the documentation tells an administrator to run is what Migrate runs.
func TestTableIsAsDocumented(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var documented strings.Builder
	for line := range strings.Lines(string(source)) {
		if code, ok := strings.CutPrefix(line, "//\t"); ok {
			documented.WriteString(code)
		}
	}
	if !strings.Contains(documented.String(), pgstore.TableStatements()) {
		t.Errorf("the documentation does not show what Migrate runs:\n%s", pgstore.TableStatements())
	}
}
