package houserules_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Z]\w*)\(`)
)

// A claim of docs/security.md is as good as the test that it names.
func TestTestsThatTheSecurityPageNamesAreThere(t *testing.T) {
	page, err := os.ReadFile(root + "/docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, dir := range packageDirs(t) {
		for _, file := range goFiles(t, dir) {
			if !strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range testFunc.FindAllSubmatch(source, -1) {
				there[string(m[1])] = true
			}
		}
	}
	named := testName.FindAllString(string(page), -1)
	if len(named) < 80 {
		t.Errorf("the page names %d tests, want those of all its rows", len(named))
	}
	for _, name := range named {
		if !there[name] {
			t.Errorf("docs/security.md names %s, and there is no such test", name)
		}
	}
}
