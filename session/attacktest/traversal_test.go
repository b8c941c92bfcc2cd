package attacktest_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The attacker writes a path into his cookie, as CVE-2018-18926 and CVE-2024-3400 began. No byte of a cookie is ever part of
// a path: what is in the directory is named by hashes, and outside of it nothing changes.
func TestCookieIsNoPath(t *testing.T) {
	root := t.TempDir()
	outside := root + "/outside"
	if err := os.WriteFile(outside, []byte("as it was"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, newFiles(t, root+"/sessions"))
	for _, cookie := range []string{
		"../outside", "..%2foutside", "%2e%2e%2foutside", `..\outside`, `..%5coutside`, "....//outside", "/etc/passwd", "file:///etc/passwd",
		"outside%00", "CON", "a:b", ".", "..", "~", "|id", "$(id)", "../" + strings.Repeat("A", 69), strings.Repeat("../", 24),
		"../../" + strings.Repeat("a", 4000), "\xc0\xae\xc0\xae\xc0\xafoutside", ".lock", "user-1", "quarantine",
	} {
		c := s.client(t, cookie)
		c.send("GET", "/me")
		c.token = cookie
		c.send("POST", "/signin?user="+cookie)
		c.send("POST", "/cart?item="+cookie)
		c.token = cookie
		c.send("POST", "/signout")
	}
	names := tree(t, root)
	allowed := regexp.MustCompile(`^(outside|sessions|sessions/[0-9a-f]{2}(/(\.?lock|[0-9a-f]{64}|user-[0-9a-f]{64}(/[0-9a-f]{64})?))?|sessions/[.a-z-]+)$`)
	for _, name := range names {
		if !allowed.MatchString(name) {
			t.Errorf("there is %q", name)
		}
	}
	if got, err := os.ReadFile(outside); string(got) != "as it was" || err != nil {
		t.Errorf("the file outside of the directory holds %q, %v", got, err)
	}
	if len(names) < 20 {
		t.Errorf("the directory has %d names, want those of the sessions: %q", len(names), names)
	}
}

// tree returns the names of everything below a directory.
func tree(t *testing.T, root string) []string {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if name, _ := filepath.Rel(root, path); name != "." {
			names[filepath.ToSlash(name)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(names))
}
