package needs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/proapi-go/proapi/internal/needs"
)

// TestOfSomethingMissing is run by the tests below, in a process of its own.
func TestOfSomethingMissing(t *testing.T) {
	if os.Getenv("NEEDS_TEST") == "" {
		t.Skip("the other tests run this one")
	}
	needs.Program{Name: "no-such-program", Package: "no-such-package", Dirs: t.TempDir() + "/*"}.Path(t)
	t.Error("a program that is nowhere was found")
}

// miss runs the test above.
func miss(t *testing.T, env ...string) (said string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOfSomethingMissing$", "-test.v")
	cmd.Env = append(append(os.Environ(), "NEEDS_TEST=1"), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestMissingProgramSkipsAndIsWrittenDown(t *testing.T) {
	list := filepath.Join(t.TempDir(), "skipped")
	said, err := miss(t, "CI=", "PROAPI_SKIPPED="+list)
	if err != nil || !strings.Contains(said, "--- SKIP") || !strings.Contains(said, "apt-get install no-such-package") {
		t.Errorf("want a test that is skipped and says how to get the program, got %v and:\n%s", err, said)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(list)
	if want := "no-such-program\tno-such-package\t" + dir + "\tTestOfSomethingMissing\n"; err != nil || string(got) != want {
		t.Errorf("the list is %q (%v), want %q", got, err, want)
	}
}

func TestMissingProgramFailsInCI(t *testing.T) {
	said, err := miss(t, "CI=true", "PROAPI_SKIPPED=")
	if err == nil || !strings.Contains(said, "no-such-program is not installed: apt-get install no-such-package") {
		t.Errorf("want a test that fails and says how to get the program, got %v and:\n%s", err, said)
	}
}

func TestProgramIsFoundBesidePATH(t *testing.T) {
	dir := t.TempDir()
	for _, version := range []string{"13", "15"} {
		if err := os.MkdirAll(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, version, "some-server"), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	got := needs.Program{Name: "some-server", Package: "x", Dirs: dir + "/*"}.Path(t)
	if want := filepath.Join(dir, "15", "some-server"); got != want {
		t.Errorf("got %s, want the newest, %s", got, want)
	}
}

// TestCIInstallsEveryProgram holds the list of .ci/install against this package's.
func TestCIInstallsEveryProgram(t *testing.T) {
	script, err := os.ReadFile("../../.ci/install")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []needs.Program{needs.Redis, needs.Postgres, needs.Chromium} {
		want := "\nneed " + p.Name + " " + p.Package
		if p.Dirs != "" {
			want += " '" + p.Dirs + "'"
		}
		if !strings.Contains(string(script), want+"\n") {
			t.Errorf(".ci/install lacks the line %q", strings.TrimSpace(want))
		}
	}
}
