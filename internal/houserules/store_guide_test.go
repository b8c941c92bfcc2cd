package houserules_test

import (
	"os"
	"testing"

	"github.com/proapi-go/proapi/internal/testpostgres"
)

func TestMain(m *testing.M) { os.Exit(testpostgres.Main(m)) }

// TestStoreOfTheGuideKeepsTheContract runs the test of docs/writing-a-store.md on the store of docs/writing-a-store.md.
func TestStoreOfTheGuideKeepsTheContract(t *testing.T) {
	text, err := os.ReadFile(root + "/docs/writing-a-store.md")
	if err != nil {
		t.Fatal(err)
	}
	files := namedFiles(string(text))
	if len(files) != 2 {
		t.Fatalf("docs/writing-a-store.md shows %d files, want the store and its test", len(files))
	}
	dir := newModule(t, "sqlstore", files)
	t.Setenv("TEST_DATABASE_URL", testpostgres.Database(t))
	goCommand(t, dir, "vet", ".")
	goCommand(t, dir, "test", ".")
}
